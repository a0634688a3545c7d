//! The stories: one function a verb. Read this part to know what checkout does.

pub mod catalogue;
mod guesses;
mod hold;
mod keys;

pub mod acquirer;
pub mod attendance;
pub mod audit;
pub mod basket;
pub mod claim;
pub mod journal;
pub mod member;
pub mod payment;
pub mod refund;
pub mod refund_credit;
pub mod refund_payment;
pub mod refund_request;
pub mod sale;
pub mod setting;
pub mod suspension;
pub mod tender;
pub mod ticket_copy;
pub mod till;

use std::sync::Arc;

use fiscal::{Sealed, Signature};
use outbox::Wake;
use platform::Clock;
use sqlx::PgPool;
use time::OffsetDateTime;

use crate::app::catalogue::{CatalogueCell, Imports};
pub use crate::app::{guesses::Guesses, keys::Keys};

/// What every verb works with. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The service's own database.
    pub db: PgPool,
    /// Business time.
    pub clock: Clock,
    /// To be called after every commit that leaves an event.
    pub wake: Wake,
    /// What is sold now, in memory.
    pub catalogue: CatalogueCell,
    /// What the draw of the baskets starts from.
    pub audit_seed: [u8; 32],
    /// How far the imports of this replica have come.
    pub imports: Imports,
    /// What each till may still guess.
    pub guesses: Guesses,
    /// The contracts with the bank, which card slips may show.
    pub card_contracts: Arc<[String]>,
    /// The keys of the fiscal journal.
    pub keys: Keys,
    /// The month in whose first day fiscal years start.
    pub fiscal_year_starts: u8,
}

impl App {
    /// Signs a seal by the key of its till.
    pub fn sign(&self, siret: &str, terminal_code: &str, sealed: &Sealed) -> Signature {
        self.keys.till(siret, terminal_code).sign(&sealed.hash)
    }

    /// The time of a sale or refund, in whole milliseconds: the same wherever it is written, whatever a column or a message can hold.
    pub fn now(&self) -> OffsetDateTime {
        let now = self.clock.now();
        now.replace_nanosecond(now.nanosecond() / 1_000_000 * 1_000_000).unwrap_or(now)
    }

    /// The time of what is sealed no earlier than something else: than the end of the last day that was closed, or than the document that
    /// it speaks of. The clock may have gone back since, and that of another replica may be ahead.
    pub fn now_after(&self, earlier: Option<OffsetDateTime>) -> OffsetDateTime {
        earlier.map_or(self.now(), |earlier| earlier.max(self.now()))
    }
}
