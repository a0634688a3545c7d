//! The stories: one function a verb. Read this part to know what reviews does.

mod command;
mod complaint;
mod feed;
mod link;
mod review;

pub use command::Command;
pub use complaint::ComplaintPage;
pub use feed::{Entry, EntryId, Feed};
pub use link::Opened;
pub use review::Page;

use std::sync::Arc;

use outbox::Wake;
use platform::Clock;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::Notify;

use crate::peers::Checkout;

/// What every verb works with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The service's own database.
    db: PgPool,
    /// Business time.
    clock: Clock,
    /// To be called after every commit that leaves an event.
    wake: Wake,
    /// Gives money back.
    checkout: Checkout,
    /// Says that a complaint waits for another attempt.
    waiting: Arc<Notify>,
    /// Reviews and complaints as they are written, for those who watch.
    feed: Feed,
}

impl App {
    /// Puts together what the verbs need.
    pub fn new(db: PgPool, clock: Clock, wake: Wake, checkout: Checkout) -> Self {
        Self { db, clock, wake, checkout, waiting: Arc::default(), feed: Feed::default() }
    }

    /// The time now, as exactly as the database keeps it: what is answered first is what is read later.
    fn now(&self) -> OffsetDateTime {
        let now = self.clock.now();
        now.replace_microsecond(now.microsecond()).expect("the microsecond of an instant is one")
    }
}
