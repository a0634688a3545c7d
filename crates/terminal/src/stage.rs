//! Where a till stands, as its journal keeps it, and the moves between.
//!
//! ```text
//!            opened            asked              answered: taken
//!   Idle ───────────▶ Scanning ─────▶ Asked ─────────────────────▶ Taken ──▶ Idle
//!     ▲                │   ▲            │ answered: not taken        ▲
//!     └────────────────┘   └─ NotTaken ◀┤                            │ a person says: paid
//!          closed         reopened      └ answered: less ▶ Partial   └── Asked
//! ```
//!
//! Where nothing is to be paid, because empties came back, `Scanning` leads to `Free` without the card terminal, and from there to
//! `Idle`.
//!
//! A person may lead `Asked`, `Partial` and a `Taken` that checkout refused to `NotTaken`: nothing was taken, or it was given back.
//!
//! `Scanning` leads to `Suspending` while a shopper leaves with a code, and from there to `Idle` once it was noted; `Idle` to `Resuming`
//! while another one comes, and from there to `Scanning`. Both survive whatever happens before checkout has answered.
//!
//! `Asked` without an answer is *unknown*: no move leads from it to another request.

use caisse_ap::Complement;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    card::{NotTaken, Outcome, Payment},
    client::RequestId,
    suspension::SuspensionCode,
};

/// One payment asked of the card terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its identity, sent along as reference where the card terminal takes one.
    pub attempt_id: Uuid,
    /// What is paid for.
    pub basket_id: Uuid,
    /// How much, in cents.
    pub amount_minor: i64,
    /// When it was asked, for the person who may have to look for it.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_time: OffsetDateTime,
}

/// Where a till stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Nobody is served.
    Idle,
    /// A basket is open.
    Scanning {
        /// The basket.
        basket_id: Uuid,
        /// The version it had when this was written; edits have their own.
        version: i64,
    },
    /// The basket waits for its shopper, who is shown the code; checkout may not know yet.
    Suspending {
        /// The basket.
        basket_id: Uuid,
        /// Its version as the shopper saw it.
        version: i64,
        /// What brings it back.
        code: SuspensionCode,
        /// Identity of the request that tells checkout.
        request_id: RequestId,
    },
    /// A shopper comes back; which basket that is checkout says. Neither code nor card is written down.
    Resuming {
        /// Identity of the request that asks checkout.
        request_id: RequestId,
    },
    /// The card terminal may have got the request, and no answer is known.
    Asked {
        /// The payment.
        attempt: Attempt,
    },
    /// Surely nothing was taken; checkout may not know yet.
    NotTaken {
        /// The payment.
        attempt: Attempt,
        /// Why.
        cause: NotTaken,
        /// The two digits of the card terminal's own reason, or empty.
        #[serde(default)]
        complement: String,
        /// The slip that says so, or empty where no card terminal was asked.
        #[serde(default)]
        slip_text: String,
        /// Identity of the request that tells checkout.
        request_id: RequestId,
    },
    /// The whole amount was taken; checkout may not know yet.
    Taken {
        /// The payment.
        attempt: Attempt,
        /// What the card terminal answered.
        payment: Payment,
        /// Identity of the request that makes the sale.
        request_id: RequestId,
    },
    /// Nothing is to be paid, and no card terminal is asked; checkout may not know yet.
    Free {
        /// What would have been paid: zero, or below for what is paid out at the desk.
        attempt: Attempt,
        /// Identity of the request that makes the sale.
        request_id: RequestId,
    },
    /// Less than the amount was taken: a person has to give it back.
    Partial {
        /// The payment.
        attempt: Attempt,
        /// What the card terminal answered.
        payment: Payment,
    },
}

/// A move that does not lead from this stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a till that is {from} cannot be {to}")]
pub struct IllegalMove {
    from: &'static str,
    to: &'static str,
}

impl Stage {
    /// A basket was opened, or the till has moved to another one.
    pub fn opened(&self, basket_id: Uuid, version: i64) -> Result<Self, IllegalMove> {
        match self {
            Self::Idle | Self::Scanning { .. } | Self::Resuming { .. } => {
                Ok(Self::Scanning { basket_id, version })
            }
            _ => Err(self.illegal("scanning")),
        }
    }

    /// The shopper is about to leave with a code.
    pub fn suspending(
        &self,
        version: i64,
        code: SuspensionCode,
        request_id: RequestId,
    ) -> Result<Self, IllegalMove> {
        match self {
            Self::Scanning { basket_id, .. } => {
                Ok(Self::Suspending { basket_id: *basket_id, version, code, request_id })
            }
            _ => Err(self.illegal("suspending")),
        }
    }

    /// Checkout has refused: the shopper goes on here.
    pub fn not_suspended(&self) -> Result<Self, IllegalMove> {
        match self {
            Self::Suspending { basket_id, version, .. } => {
                Ok(Self::Scanning { basket_id: *basket_id, version: *version })
            }
            _ => Err(self.illegal("not suspended")),
        }
    }

    /// A shopper comes back to a till that serves nobody.
    pub fn resuming(&self, request_id: RequestId) -> Result<Self, IllegalMove> {
        match self {
            Self::Idle => Ok(Self::Resuming { request_id }),
            _ => Err(self.illegal("resuming")),
        }
    }

    /// The card terminal is about to be asked.
    pub fn asked(&self, attempt: Attempt) -> Result<Self, IllegalMove> {
        match self {
            Self::Scanning { basket_id, .. } if *basket_id == attempt.basket_id => {
                Ok(Self::Asked { attempt })
            }
            _ => Err(self.illegal("asked")),
        }
    }

    /// Nothing is to be paid.
    pub fn free(&self, attempt: Attempt, request_id: RequestId) -> Result<Self, IllegalMove> {
        match self {
            Self::Scanning { basket_id, .. }
                if *basket_id == attempt.basket_id && attempt.amount_minor <= 0 =>
            {
                Ok(Self::Free { attempt, request_id })
            }
            _ => Err(self.illegal("free of charge")),
        }
    }

    /// The card terminal's outcome. An unknown one changes nothing: that is what makes it unknown.
    pub fn answered(&self, outcome: Outcome, request_id: RequestId) -> Result<Self, IllegalMove> {
        let Self::Asked { attempt } = self else { return Err(self.illegal("answered")) };
        let attempt = attempt.clone();
        Ok(match outcome {
            Outcome::Taken(payment) => Self::Taken { attempt, payment, request_id },
            Outcome::Partial(payment) => Self::Partial { attempt, payment },
            Outcome::NotTaken { cause, complement, slip_text } => {
                let complement = complement.map(Complement::code).unwrap_or_default();
                Self::NotTaken { attempt, cause, complement, slip_text, request_id }
            }
            Outcome::Unknown(_) => Self::Asked { attempt },
        })
    }

    /// A person has seen that the shopper paid the whole amount.
    pub fn settled_as_paid(&self, payment: Payment, request_id: RequestId) -> Result<Self, IllegalMove> {
        match self {
            Self::Asked { attempt } if payment.amount_minor == attempt.amount_minor => {
                Ok(Self::Taken { attempt: attempt.clone(), payment, request_id })
            }
            _ => Err(self.illegal("settled as paid")),
        }
    }

    /// A person has seen that nothing was taken, or has given back what was: a part, or the whole of a sale that checkout refused.
    pub fn settled_as_not_paid(&self, request_id: RequestId) -> Result<Self, IllegalMove> {
        match self {
            Self::Asked { attempt }
            | Self::Partial { attempt, .. }
            | Self::Taken { attempt, .. }
            | Self::Free { attempt, .. } => {
                let (attempt, cause) = (attempt.clone(), NotTaken::SettledByStaff);
                let (complement, slip_text) = (String::new(), String::new());
                Ok(Self::NotTaken { attempt, cause, complement, slip_text, request_id })
            }
            _ => Err(self.illegal("settled as not paid")),
        }
    }

    /// Checkout knows that nothing was taken: the basket is open again.
    pub fn reopened(&self, version: i64) -> Result<Self, IllegalMove> {
        match self {
            Self::NotTaken { attempt, .. } => Ok(Self::Scanning { basket_id: attempt.basket_id, version }),
            _ => Err(self.illegal("reopened")),
        }
    }

    /// The basket is a sale, was given up or left the till; or there was none. An unknown payment ends here only when checkout shows the sale.
    pub fn closed(&self) -> Result<Self, IllegalMove> {
        match self {
            Self::Scanning { .. }
            | Self::Suspending { .. }
            | Self::Resuming { .. }
            | Self::Asked { .. }
            | Self::Taken { .. }
            | Self::Free { .. } => Ok(Self::Idle),
            _ => Err(self.illegal("closed")),
        }
    }

    /// The basket that the till is at.
    pub fn basket_id(&self) -> Option<Uuid> {
        match self {
            Self::Idle | Self::Resuming { .. } => None,
            Self::Scanning { basket_id, .. } | Self::Suspending { basket_id, .. } => Some(*basket_id),
            Self::Asked { attempt }
            | Self::NotTaken { attempt, .. }
            | Self::Taken { attempt, .. }
            | Self::Free { attempt, .. }
            | Self::Partial { attempt, .. } => Some(attempt.basket_id),
        }
    }

    fn illegal(&self, to: &'static str) -> IllegalMove {
        let from = match self {
            Self::Idle => "idle",
            Self::Scanning { .. } => "scanning",
            Self::Suspending { .. } => "suspending",
            Self::Resuming { .. } => "resuming",
            Self::Asked { .. } => "waiting for an answer",
            Self::NotTaken { .. } => "left without payment",
            Self::Taken { .. } => "paid",
            Self::Free { .. } => "free of charge",
            Self::Partial { .. } => "partly paid",
        };
        IllegalMove { from, to }
    }
}

#[cfg(test)]
mod tests;
