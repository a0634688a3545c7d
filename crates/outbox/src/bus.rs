//! The connection to NATS, and what is demanded of the server before anything is entrusted to it.

mod analysts;
mod follow;
mod monitor;
mod shops;
mod stream;

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::{self, message::PublishMessage, publish::PublishAck};
use async_nats::{Client, ClientError, ConnectOptions, Event as ConnectionEvent};
use tokio::sync::watch;

pub use monitor::follow_line;
pub use stream::StreamSpec;

/// How long a start waits for the server, before it goes on without.
const FIRST_WAIT: Duration = Duration::from_secs(3);
/// The bound of an API request and of a publication's acknowledgement; after it the outcome is unknown.
const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_ACKS_IN_FLIGHT: usize = 256;

/// Where NATS is, and as whom to talk to it.
#[derive(Clone)]
pub struct BusConfig {
    /// Such as `nats://127.0.0.1:4222`; `tls://…` demands TLS.
    pub url: String,
    /// The service's own user, which has its own inbox prefix `_INBOX_<user>`.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The authority of the server's certificate, when it is not a public one; with it TLS is demanded, whatever the URL says.
    pub ca_file: Option<PathBuf>,
    /// The server's monitoring endpoint, such as `http://127.0.0.1:8222`, to check that it writes durably.
    pub monitor_url: Option<String>,
}

impl BusConfig {
    /// The configuration of the service `user` from its arguments.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn from_args(args: &platform::config::BusArgs, user: &str) -> anyhow::Result<Self> {
        if let Some(file) = &args.nats_ca {
            // The client would find out at each connection, and try for ever.
            let authority = fs::read_to_string(file)
                .with_context(|| format!("cannot read the authority of NATS in {}", file.display()))?;
            anyhow::ensure!(
                authority.contains("-----BEGIN CERTIFICATE-----"),
                "there is no certificate in {}, the authority of NATS",
                file.display()
            );
        }
        Ok(Self {
            url: args.nats_url.to_string(),
            user: user.to_owned(),
            password: platform::config::read_secret(&args.nats_password_file)?.expose().to_owned(),
            ca_file: args.nats_ca.clone(),
            monitor_url: args.nats_monitor_url.as_ref().map(ToString::to_string),
        })
    }
}

impl fmt::Debug for BusConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusConfig")
            .field("url", &self.url)
            .field("user", &self.user)
            .field("monitor_url", &self.monitor_url)
            .finish_non_exhaustive()
    }
}

/// What went wrong between us and NATS.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The server is older than what was measured to be safe.
    #[error(
        "nats-server {version} is too old: 2.12 or newer is needed, for older ones lose acknowledged messages"
    )]
    TooOld {
        /// What the server says it is.
        version: String,
    },
    /// The server knows no such user, or another password.
    #[error("NATS refuses the user {user}: check the name and the password")]
    Refused {
        /// Who tried to connect.
        user: String,
    },
    /// The server does not answer at the moment.
    #[error("not connected to NATS")]
    NotConnected,
    /// A stream is there already with another configuration; changing it is a person's decision.
    #[error("the stream {stream} is not as it must be: {differences}")]
    StreamDrift {
        /// Its name.
        stream: String,
        /// What differs, as `field is X, not Y`.
        differences: String,
    },
    /// The stream is not there.
    #[error("the stream {0} is missing")]
    StreamMissing(String),
    /// The user may connect but the request was refused, failed, or was not answered in time.
    #[error("{what} failed")]
    Request {
        /// What was asked.
        what: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl BusError {
    pub(crate) fn request(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Request { what: what.into(), source: source.into() }
    }
}

/// A connection to NATS that outlives restarts of the server. Cheap to clone.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    jetstream: jetstream::Context,
    link: watch::Receiver<Link>,
    user: String,
}

/// What the connection has come to.
#[derive(Default)]
struct Link {
    connects: u64,
    refused: bool,
}

impl Bus {
    /// Connects, refuses a server that is too old or does not know us, and warns of one that does not write durably.
    ///
    /// A server that is down is no error: the bus connects when it comes up, and until then events stay in the outbox.
    pub async fn connect(config: BusConfig) -> Result<Self, BusError> {
        let (report, link) = watch::channel(Link::default());
        let client = options(&config, report)
            .connect(&config.url)
            .await
            .map_err(|error| BusError::request(format!("connecting to {}", config.url), error))?;
        let jetstream = ContextBuilder::new()
            .timeout(TIMEOUT)
            .ack_timeout(TIMEOUT)
            .max_ack_inflight(MAX_ACKS_IN_FLIGHT)
            .build(client.clone());
        let bus = Self { client, jetstream, link, user: config.user };
        bus.first_contact(&config.url).await?;
        if let Some(url) = config.monitor_url {
            let mut link = bus.link.clone();
            tokio::spawn(async move {
                if link.wait_for(|link| link.connects > 0).await.is_ok() {
                    monitor::warn_unless_durable(&url).await;
                }
            });
        }
        Ok(bus)
    }

    async fn first_contact(&self, url: &str) -> Result<(), BusError> {
        let mut link = self.link.clone();
        tokio::select! {
            // A flush returns once the server was heard: only then is its version known.
            _ = self.client.flush() => self.ready(),
            _ = link.wait_for(|link| link.refused) => Err(BusError::Refused { user: self.user.clone() }),
            () = tokio::time::sleep(FIRST_WAIT) => {
                tracing::warn!(url, "NATS does not answer yet; events wait in the outbox");
                Ok(())
            }
        }
    }

    /// Whether the server can be used now: connected, and new enough.
    pub fn ready(&self) -> Result<(), BusError> {
        let version = self.client.server_info().version;
        if self.client.connection_state() != async_nats::connection::State::Connected || version.is_empty() {
            return Err(BusError::NotConnected);
        }
        if !self.client.is_server_compatible(2, 12, 0) {
            return Err(BusError::TooOld { version });
        }
        Ok(())
    }

    /// Waits for the next time the connection is made.
    pub async fn reconnected(&self) {
        let mut link = self.link.clone();
        let before = link.borrow().connects;
        if link.wait_for(|link| link.connects > before).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Sends what is still buffered, such as acknowledgements, before the process ends.
    pub async fn flush(&self) -> Result<(), BusError> {
        match tokio::time::timeout(TIMEOUT, self.client.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(BusError::request("flushing", error)),
            Err(_) => Err(BusError::NotConnected),
        }
    }

    /// Deletes a durable consumer, for a service that rebuilds what it derives from events.
    pub async fn delete_consumer(&self, stream: &str, durable: &str) -> Result<(), BusError> {
        match self.jetstream.delete_consumer_from_stream(durable, stream).await {
            Ok(_) => Ok(()),
            Err(error) => {
                Err(BusError::request(format!("deleting the consumer {durable} of {stream}"), error))
            }
        }
    }

    pub(crate) fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Publishes and awaits the stream's acknowledgement. An error means that the outcome is unknown.
    pub(crate) async fn publish(
        &self,
        subject: &str,
        message: PublishMessage,
    ) -> Result<PublishAck, BusError> {
        use async_nats::jetstream::context::{PublishError, PublishErrorKind};
        let failed = |error: PublishError| match error.kind() {
            PublishErrorKind::StreamNotFound => BusError::StreamMissing(subject.to_owned()),
            _ => BusError::request(format!("publishing on {subject}"), error),
        };
        let acknowledgement =
            self.jetstream.send_publish(subject.to_owned(), message).await.map_err(failed)?;
        acknowledgement.await.map_err(failed)
    }
}

fn options(config: &BusConfig, report: watch::Sender<Link>) -> ConnectOptions {
    let mut options = ConnectOptions::with_user_and_password(config.user.clone(), config.password.clone())
        .name(&config.user)
        // Inboxes are shared by default: anybody's answers could be read by everybody.
        .custom_inbox_prefix(format!("_INBOX_{}", config.user))
        .retry_on_initial_connect()
        .max_reconnects(None)
        .reconnect_delay_callback(|attempts| {
            let failures = u32::try_from(attempts).unwrap_or(u32::MAX);
            crate::backoff::delay_after(failures, Duration::from_millis(50), Duration::from_secs(2))
        })
        .ping_interval(Duration::from_secs(10))
        .connection_timeout(TIMEOUT)
        .request_timeout(Some(TIMEOUT))
        .event_callback(move |event| {
            match &event {
                ConnectionEvent::Connected => report.send_modify(|link| link.connects += 1),
                ConnectionEvent::ClientError(error) if is_refusal(error) => {
                    report.send_modify(|link| link.refused = true);
                }
                _ => {}
            }
            log(&event);
            std::future::ready(())
        });
    if let Some(file) = &config.ca_file {
        options = options.add_root_certificates(file.clone());
    }
    // A server that offers no TLS, or somebody on the way who takes the offer out, gets no password.
    options.require_tls(config.ca_file.is_some() || config.url.starts_with("tls://"))
}

/// The client has no kind for it, only the server's own words.
fn is_refusal(error: &ClientError) -> bool {
    error.to_string().to_lowercase().contains("authorization violation")
}

fn log(event: &ConnectionEvent) {
    match event {
        ConnectionEvent::Connected => tracing::info!("connected to NATS"),
        ConnectionEvent::Disconnected => tracing::warn!("disconnected from NATS, to be tried again"),
        ConnectionEvent::LameDuckMode => tracing::warn!("the NATS server is about to shut down"),
        ConnectionEvent::SlowConsumer(subscription) => {
            tracing::error!(subscription, "messages were dropped: a subscription is not read fast enough");
        }
        // Most often a permission: the request behind it then times out without a word.
        ConnectionEvent::ServerError(error) => tracing::error!(%error, "the NATS server refused something"),
        ConnectionEvent::ClientError(error) => tracing::warn!(%error, "the NATS client failed at something"),
        ConnectionEvent::Draining | ConnectionEvent::Closed => {
            tracing::info!(%event, "the connection to NATS ends")
        }
    }
}
