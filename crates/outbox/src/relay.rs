//! Publishing what the outbox holds: one leader per database, one event at a time, in order, and for as long as it takes.

mod leader;
mod publish;
mod reconcile;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Context;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::bus::{Bus, BusError, StreamSpec};
use leader::Leadership;
pub use reconcile::Reconciled;

/// How long an event may wait when nobody says that it is there.
const POLL: Duration = Duration::from_millis(50);
/// How often a replica that does not lead tries to.
const STANDBY: Duration = Duration::from_millis(500);
const FIRST_DELAY: Duration = Duration::from_millis(50);
const LONGEST_DELAY: Duration = Duration::from_secs(5);
/// Longest time the end waits for the last events to be published; what is left then waits in the outbox.
const LAST_ROUND: Duration = Duration::from_secs(5);

/// Tells the relay in this process that a commit has just left events in the outbox. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// A new one, for one relay.
    pub fn new() -> Self {
        Self::default()
    }

    /// To be called after the commit. Waking a relay that is busy, in another process or not there costs nothing.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    async fn woken(&self) {
        self.0.notified().await;
    }
}

/// Where the outbox is, and where its events go.
#[derive(Debug, Clone)]
pub struct RelayConfig {
    /// The service's database. The relay opens up to three connections of its own: one for the leader's lock, two for its
    /// reads and marks, so that a flood of requests cannot starve it.
    pub database: PgConnectOptions,
    /// The service's own stream, created when absent.
    pub stream: StreamSpec,
}

/// Why a round of the relay did not finish. The rows stay, and the next round begins with them.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The outbox could not be read or marked.
    #[error("the outbox is out of reach")]
    Database(#[from] sqlx::Error),
    /// The stream did not acknowledge.
    #[error("the stream did not take the event")]
    Bus(#[from] BusError),
    /// Another relay leads, or this one was asked to stop.
    #[error("the relay was stopped")]
    Stopped,
}

/// The relay of one service. Constructed, it does nothing; [`Relay::run`] makes it work.
pub struct Relay {
    config: RelayConfig,
    pool: PgPool,
    bus: Bus,
    wake: Wake,
    /// The highest sequence the stream has acknowledged: one below it means that the stream went back in time.
    highest_sequence: AtomicI64,
    /// Whether something suggests that the stream has lost events.
    in_doubt: AtomicBool,
    doubt: Notify,
}

impl Relay {
    /// A relay that is not running yet.
    pub fn new(config: RelayConfig, bus: Bus, wake: Wake) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(config.database.clone().application_name("outbox relay"));
        Self {
            config,
            pool,
            bus,
            wake,
            highest_sequence: AtomicI64::new(0),
            in_doubt: AtomicBool::new(false),
            doubt: Notify::new(),
        }
    }

    /// Runs a relay in a task of its own until `shutdown`. Should the relay panic, it is started again.
    pub fn start(config: RelayConfig, bus: Bus, wake: Wake, shutdown: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(async move {
            let relay = Arc::new(Self::new(config, bus, wake));
            let mut backoff = Backoff::new(FIRST_DELAY, LONGEST_DELAY);
            loop {
                let attempt = relay.clone();
                let stop = shutdown.clone();
                match tokio::spawn(async move { attempt.run(stop).await }).await {
                    Ok(()) => return,
                    Err(error) => tracing::error!(%error, "the relay failed, and is started again"),
                }
                tokio::time::sleep(backoff.next_delay()).await;
            }
        })
    }

    /// The relay's part in a service: publishes until `served`, then what the last calls left, and takes leave of NATS. So a service
    /// ends its relay after its server.
    ///
    /// # Errors
    /// When the relay's task was lost.
    pub async fn serve(
        config: RelayConfig,
        bus: Bus,
        wake: Wake,
        served: CancellationToken,
    ) -> anyhow::Result<()> {
        Self::start(config.clone(), bus.clone(), wake.clone(), served).await.context("the relay failed")?;
        let last = Self::new(config, bus.clone(), wake);
        match tokio::time::timeout(LAST_ROUND, last.relay_once()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last events wait in the outbox"),
            Err(_) => tracing::warn!("the last events wait in the outbox: NATS takes too long"),
        }
        if let Err(error) = bus.flush().await {
            tracing::debug!(%error, "NATS was not told good-bye");
        }
        Ok(())
    }

    /// Publishes whenever this replica leads, until `shutdown`.
    pub async fn run(self: &Arc<Self>, shutdown: CancellationToken) {
        let mut backoff = Backoff::new(FIRST_DELAY, LONGEST_DELAY);
        loop {
            let elected = Leadership::win(&self.config.database, &shutdown).await;
            match elected {
                Ok(Some(leadership)) => {
                    backoff.reset();
                    self.lead(leadership, &shutdown).await;
                }
                Ok(None) => break,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(
                        error,
                        stream = self.config.stream.name(),
                        "cannot ask who leads the relay"
                    );
                }
            }
            if shutdown.run_until_cancelled(tokio::time::sleep(backoff.next_delay())).await.is_none() {
                break;
            }
        }
        self.pool.close().await;
    }

    /// Everything that a leader does, until the lock is lost or `shutdown`.
    async fn lead(self: &Arc<Self>, leadership: Leadership, shutdown: &CancellationToken) {
        let stream = self.config.stream.name();
        tracing::info!(stream, "leading the relay");
        let leading = shutdown.child_token();
        let lock = tokio::spawn(leadership.hold(leading.clone()));
        let reconciling = tokio::spawn(self.clone().reconcile_until(leading.clone()));
        self.publish_until(&leading).await;
        leading.cancel();
        for ended in [reconciling.await, lock.await] {
            if let Err(error) = ended {
                tracing::error!(%error, stream, "a part of the relay failed");
            }
        }
        tracing::info!(stream, "no longer leading the relay");
    }

    async fn publish_until(&self, leading: &CancellationToken) {
        let mut backoff = Backoff::new(FIRST_DELAY, LONGEST_DELAY);
        while !leading.is_cancelled() {
            match self.relay_batch(leading).await {
                Ok(batch) => {
                    backoff.reset();
                    if batch.full {
                        continue;
                    }
                    tokio::select! {
                        () = leading.cancelled() => {}
                        () = self.wake.woken() => {}
                        () = tokio::time::sleep(POLL) => {}
                    }
                }
                Err(RelayError::Stopped) => return,
                Err(error) => {
                    let delay = backoff.next_delay();
                    self.tell(&error);
                    tokio::select! {
                        () = leading.cancelled() => {}
                        () = self.bus.reconnected() => {}
                        () = tokio::time::sleep(delay) => {}
                    }
                }
            }
        }
    }

    fn tell(&self, error: &RelayError) {
        let stream = self.config.stream.name();
        let cause = error as &dyn std::error::Error;
        match error {
            // Known to last, told when it began, and seen in the depth of the outbox.
            RelayError::Bus(BusError::NotConnected) => tracing::debug!(error = cause, stream, "events wait"),
            _ => tracing::warn!(error = cause, stream, "events wait in the outbox"),
        }
    }

    /// Publishes what is in the outbox now, whoever leads, and says how many events. For tests, and for operators.
    pub async fn relay_once(&self) -> Result<u64, RelayError> {
        self.bus.ensure_stream(&self.config.stream).await?;
        let mut published = 0;
        loop {
            let batch = self.relay_batch(&CancellationToken::new()).await?;
            published += batch.published;
            if !batch.full {
                return Ok(published);
            }
        }
    }

    fn suspect(&self) {
        self.in_doubt.store(true, Ordering::Relaxed);
        self.doubt.notify_one();
    }
}
