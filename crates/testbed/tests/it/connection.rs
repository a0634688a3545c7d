//! A connection as one of the users of `deploy/nats/nats.conf`.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Stream};
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, Event};
use futures::StreamExt;
use testbed::Nats;
use tokio::sync::mpsc;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);
/// As large as production's largest stream: room is reserved when a stream is made, whatever the disk has free.
pub const LARGE: i64 = 8 << 30;

pub struct Connection {
    pub client: Client,
    pub jetstream: Context,
    refusals: mpsc::UnboundedReceiver<String>,
}

impl Connection {
    pub async fn open(nats: &Nats, user: &str) -> Connection {
        let (refused, refusals) = mpsc::unbounded_channel();
        let client = ConnectOptions::with_user_and_password(user.into(), nats.password(user).into())
            .custom_inbox_prefix(format!("_INBOX_{user}"))
            .event_callback(move |event| {
                let refused = refused.clone();
                async move {
                    if let Event::ServerError(error) = event {
                        let _ = refused.send(error.to_string());
                    }
                }
            })
            .connect(nats.url())
            .await
            .unwrap();
        let jetstream = jetstream::new(client.clone());
        Connection { client, jetstream, refusals }
    }

    /// Makes the stream of a domain, as its service does.
    pub async fn make_stream(&self, name: &str) -> Stream {
        let config = Config {
            name: name.into(),
            subjects: vec![format!("{}.>", name.to_lowercase())],
            max_bytes: LARGE,
            discard: DiscardPolicy::New,
            deny_delete: true,
            deny_purge: true,
            allow_direct: true,
            ..Config::default()
        };
        self.jetstream.get_or_create_stream(config).await.unwrap()
    }

    /// Publishes an event and awaits the acknowledgement.
    pub async fn publish(&self, subject: &str, payload: &str) {
        self.jetstream.publish(subject.to_owned(), payload.to_owned().into()).await.unwrap().await.unwrap();
    }

    /// Makes a durable pull consumer.
    pub async fn consumer(&self, stream: &str, name: &str, filter: &str) -> PullConsumer {
        let config = pull::Config {
            durable_name: Some(name.into()),
            filter_subject: filter.into(),
            ack_policy: AckPolicy::Explicit,
            ..pull::Config::default()
        };
        let stream = self.jetstream.get_stream(stream).await.unwrap();
        stream.get_or_create_consumer(name, config).await.unwrap()
    }

    /// That the server refuses a publication or subscription for want of permission.
    pub async fn is_refused(&mut self, subject: &str, payload: &str) {
        let inbox = self.client.new_inbox();
        self.client.publish_with_reply(subject.to_owned(), inbox, payload.to_owned().into()).await.unwrap();
        self.hears_refusal(subject).await;
    }

    /// That the server refuses a subscription for want of permission.
    pub async fn may_not_subscribe(&mut self, subject: &str) {
        let _subscription = self.client.subscribe(subject.to_owned()).await.unwrap();
        self.hears_refusal(subject).await;
    }

    async fn hears_refusal(&mut self, subject: &str) {
        let refusal = timeout(SOON, self.refusals.recv()).await;
        let refusal = refusal.unwrap_or_else(|_| panic!("{subject} was not refused")).unwrap();
        let expected = format!("to \"{}\"", subject.to_lowercase());
        assert!(refusal.to_lowercase().contains(&expected), "{refusal:?} is not about {subject}");
    }
}

/// The next message of a consumer, acknowledged.
pub async fn next(consumer: &PullConsumer) -> (String, String) {
    let mut messages = consumer.fetch().max_messages(1).expires(SOON).messages().await.unwrap();
    let message = messages.next().await.expect("a message in time").unwrap();
    message.double_ack().await.unwrap();
    (message.subject.to_string(), String::from_utf8(message.payload.to_vec()).unwrap())
}
