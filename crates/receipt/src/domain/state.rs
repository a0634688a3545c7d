//! What a mail is about, and where it stands.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CreditId, RefundId, SaleId};

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum About {
    /// The receipt of a sale.
    Sale(SaleId),
    /// The credit note of a refund.
    Refund {
        /// The refund.
        refund_id: RefundId,
        /// The sale it gives back from.
        sale_id: SaleId,
    },
    /// Money of a refund that went back to a card at a till.
    PaidBack {
        /// What the card terminal gave back.
        credit_id: CreditId,
        /// The refund.
        refund_id: RefundId,
        /// The sale it gives back from.
        sale_id: SaleId,
    },
}

/// Where a mail stands.
///
/// ```text
/// queued ─▶ leased ─▶ sending ─▶ sent | unknown | failed
///   ▲         │          │
///   └─────────┴──────────┘  when surely nothing was delivered     other: nobody to write to
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Waits for its turn, or for the next attempt.
    Queued,
    /// A worker prepares it; nothing was said to the mail server. After a crash it is queued again.
    Leased,
    /// The mail server may have it. After a crash it is unknown.
    Sending,
    /// The mail server took it.
    Sent,
    /// The mail server may have taken it: never sent again by itself.
    Unknown,
    /// The mail server refused it for good, or the attempts are used up.
    Failed,
    /// There is nobody to write to.
    Other,
}

impl About {
    /// The sale.
    #[must_use]
    pub fn sale_id(&self) -> SaleId {
        match *self {
            Self::Sale(sale_id) | Self::Refund { sale_id, .. } | Self::PaidBack { sale_id, .. } => sale_id,
        }
    }

    /// The refund of a credit note, or of money that went back.
    #[must_use]
    pub fn refund_id(&self) -> Option<Uuid> {
        match *self {
            Self::Sale(_) => None,
            Self::Refund { refund_id, .. } | Self::PaidBack { refund_id, .. } => Some(refund_id.0),
        }
    }

    /// What the card terminal gave back.
    #[must_use]
    pub fn credit_id(&self) -> Option<Uuid> {
        match *self {
            Self::Sale(_) | Self::Refund { .. } => None,
            Self::PaidBack { credit_id, .. } => Some(credit_id.0),
        }
    }

    /// The kind of mail, as events and the database name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sale(_) => "receipt",
            Self::Refund { .. } => "credit_note",
            Self::PaidBack { .. } => "paid_back",
        }
    }

    /// The mail's Message-ID. It is the same at each attempt, so that a second copy, should a person cause one, is recognised.
    #[must_use]
    pub fn message_id(&self, domain: &str) -> String {
        match self {
            Self::Sale(SaleId(id)) => format!("<receipt.{id}.1@{domain}>"),
            Self::Refund { refund_id: RefundId(id), .. } => format!("<credit.{id}.1@{domain}>"),
            Self::PaidBack { credit_id: CreditId(id), .. } => format!("<paid-back.{id}.1@{domain}>"),
        }
    }
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Queued, Self::Leased, Self::Sending, Self::Sent, Self::Unknown, Self::Failed, Self::Other];

    /// The state's word, in events and in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Other => "other",
        }
    }

    /// The state of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_found_by_its_word() {
        for state in State::ALL {
            assert_eq!(State::of(state.word()), Some(state));
        }
        assert_eq!(State::of("lost"), None);
    }

    #[test]
    fn a_mail_is_recognised_by_what_it_is_about() {
        let (sale_id, refund_id) = (SaleId(Uuid::from_u128(1)), RefundId(Uuid::from_u128(2)));
        assert_eq!(
            About::Sale(sale_id).message_id("shop.example"),
            "<receipt.00000000-0000-0000-0000-000000000001.1@shop.example>"
        );
        assert_eq!(
            About::Refund { refund_id, sale_id }.message_id("shop.example"),
            "<credit.00000000-0000-0000-0000-000000000002.1@shop.example>"
        );
        let credit_id = CreditId(Uuid::from_u128(3));
        assert_eq!(
            About::PaidBack { credit_id, refund_id, sale_id }.message_id("shop.example"),
            "<paid-back.00000000-0000-0000-0000-000000000003.1@shop.example>"
        );
    }
}
