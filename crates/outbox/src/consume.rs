//! Applying events: each once, whatever is delivered how often, and none in silence.

mod apply;
mod durable;
mod pull;

use std::future::Future;
use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::bus::{Bus, BusError};
use crate::event::Event;
pub(crate) use apply::receive;

/// After so many failures an event is put aside as a dead letter.
pub const MAX_DELIVERIES: u32 = 10;

/// Applies the events of one consumer.
pub trait Handle: Send + Sync + 'static {
    /// Applies `event` within `tx`, where the loop has already noted that it was received: both are committed together or not
    /// at all. It only touches the database; what else is to follow is recorded there and done after the commit.
    ///
    /// Events may come in another order than they happened, most of all after a failure; where the order matters the event
    /// carries a sequence, and one that comes too early answers [`HandleError::Retry`].
    fn handle(
        &self,
        tx: &mut PgConnection,
        event: &Event,
    ) -> impl Future<Output = Result<(), HandleError>> + Send;

    /// Called after the commit, to wake a relay or a worker.
    fn committed(&self) {}
}

/// Why an event was not applied.
///
/// Any other error becomes [`Retry`](Self::Retry) by `?`.
#[derive(Debug)]
pub enum HandleError {
    /// It may work later: it is delivered again with growing delays, and put aside after [`MAX_DELIVERIES`] failures.
    Retry(anyhow::Error),
    /// It will never work: it is put aside at once, with this reason. The reason is kept: nothing personal in it.
    Reject(String),
}

impl<E: Into<anyhow::Error>> From<E> for HandleError {
    fn from(error: E) -> Self {
        Self::Retry(error.into())
    }
}

/// Which events a consumer reads.
#[derive(Debug, Clone)]
pub struct ConsumerSpec {
    /// Such as `SALES`; created by the service that owns it.
    pub stream: String,
    /// The name of the consumer, on the server and in the inbox: the name of the service.
    pub durable: String,
    /// Such as `sales.completed.*`; none means all of the stream.
    pub filter_subjects: Vec<String>,
    /// The delay after the first failure of an event; it doubles with each further one.
    pub first_delay: Duration,
    /// Counts what the loop has done.
    pub progress: Progress,
}

impl ConsumerSpec {
    /// Reads `filter_subjects` of `stream` as `durable`.
    pub fn new(stream: &str, durable: &str, filter_subjects: &[&str]) -> Self {
        Self {
            stream: stream.to_owned(),
            durable: durable.to_owned(),
            filter_subjects: filter_subjects.iter().map(|&subject| subject.to_owned()).collect(),
            first_delay: Duration::from_millis(250),
            progress: Progress::default(),
        }
    }
}

/// What a consumer has done since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events applied and committed.
    pub applied: u64,
    /// Deliveries of events that had been applied before.
    pub duplicates: u64,
    /// Attempts that failed and are to be repeated.
    pub retries: u64,
    /// Events put aside.
    pub dead_letters: u64,
}

/// Counts what a consumer does, and lets others wait for it. Clones count together.
#[derive(Debug, Clone)]
pub struct Progress(watch::Sender<Counts>);

impl Default for Progress {
    fn default() -> Self {
        Self(watch::Sender::new(Counts::default()))
    }
}

impl Progress {
    /// The counts now.
    pub fn counts(&self) -> Counts {
        *self.0.borrow()
    }

    /// Waits until at least `events` were applied.
    pub async fn applied(&self, events: u64) {
        self.reached(|counts| counts.applied >= events).await;
    }

    /// Waits until the counts satisfy `condition`, and returns them.
    pub async fn reached(&self, condition: impl Fn(&Counts) -> bool) -> Counts {
        let mut counts = self.0.subscribe();
        let reached = counts.wait_for(|counts| condition(counts)).await;
        *reached.expect("self holds the sender")
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        self.0.send_modify(change);
    }
}

/// Why a consumer does not start.
#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    /// The consumer is there already with another configuration; changing it is a person's decision.
    #[error(
        "the consumer {durable} of {stream} is not as it must be: {differences}; once it is deleted it is made anew, and what was applied stays applied"
    )]
    Drift {
        /// The stream it reads.
        stream: String,
        /// Its name.
        durable: String,
        /// What differs, as `field is X, not Y`.
        differences: String,
    },
    /// The server cannot be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The database did not answer.
    #[error("the inbox is out of reach")]
    Database(#[from] sqlx::Error),
}

/// Applies events with `handler` until `shutdown`.
///
/// The effect and the inbox row are committed together, and only then is the message acknowledged. An event that was applied
/// before is acknowledged and changes nothing. One that fails is delivered again, later and later, and in the end put aside as
/// a dead letter, as is one that cannot be read; neither keeps the next ones waiting. A panic of the handler is a failure like
/// any other.
///
/// The loop outlives restarts of NATS and of the database, and a deleted consumer. It ends only on `shutdown`, after the
/// message in hand, or at the start with an error: a server too old, or a consumer with another configuration.
pub async fn consume<H: Handle>(
    spec: ConsumerSpec,
    pool: PgPool,
    bus: Bus,
    handler: H,
    shutdown: CancellationToken,
) -> Result<(), ConsumeError> {
    pull::Loop::new(spec, pool, bus, handler, shutdown).run().await
}
