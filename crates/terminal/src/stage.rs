//! Where a till stands, as its journal keeps it, and the moves between.
//!
//! ```text
//!            opened            asked              answered: taken, all of it
//!   Idle ───────────▶ Scanning ─────▶ Asked ─────────────────────────────▶ Taken ──▶ Idle
//!     ▲                │   ▲           ▲  │ answered: not taken             ▲  │ held: more is due
//!     └────────────────┘   │     asked │  ▼                                 │  ▼
//!          closed          └─────── NotTaken ──▶ Held ◀──────────────────── │ ─┘
//!                  reopened                      ▲  │ drawn: store credit   │
//!                                                │  └───────────────────────┘
//!                                                │  │ credit asked           returned: store credit
//!                                                │  ▼                                  │
//!                                                │ CreditAsked ──▶ Owed ──▶ Returned ◀─┘
//!                                                │     └──────────────────────▲ │
//!                                                └────────── returned told ─────┘
//! ```
//!
//! A basket may be paid by several means. What was given and does not cover the amount is *held*: checkout keeps it. From `Held` the
//! rest is paid, or everything is given back, the last first; after the last one `Returned` leads to `NotTaken`, and the basket is
//! open again. Store credit needs no card terminal: it leads from `Scanning` or `Held` to `Taken` at once.
//!
//! Where nothing is to be paid, because empties came back, `Scanning` leads to `Free` without the card terminal, and from there to
//! `Idle`.
//!
//! A person may lead `Asked` and a `Taken` that checkout refused to `NotTaken`: nothing was taken, or it was given back. `CreditAsked`
//! and `Owed` become `Returned` when a person has given the money back.
//!
//! `Scanning` leads to `Suspending` while a shopper leaves with a code, and from there to `Idle` once it was noted; `Idle` to `Resuming`
//! while another one comes, and from there to `Scanning`. Both survive whatever happens before checkout has answered.
//!
//! `Asked` without an answer is *unknown*: no move leads from it to another request. So is `CreditAsked`. What becomes of a refund of an
//! earlier sale, between `Idle` and `Idle`, is drawn in `stage/refund.rs`.

use caisse_ap::Complement;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    card::{NotTaken, Outcome, Payment},
    client::RequestId,
    suspension::SuspensionCode,
    tender::{Bill, Returned, TenderKind},
};

mod attempt;
mod bill;
mod giving_back;
mod refund;
mod unpaid;

pub use attempt::{Attempt, Credit};
pub use refund::{Refund, Step};
pub(crate) use unpaid::BETWEEN_SLIPS;
pub use unpaid::Unpaid;

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
        /// What its shopper reads of a payment that was not made, until the next edit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unpaid: Option<Unpaid>,
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
    /// The amount was taken, or a part of it; checkout may not know yet.
    Taken {
        /// The payment.
        attempt: Attempt,
        /// What the card terminal answered; nothing of store credit.
        #[serde(default)]
        payment: Option<Payment>,
        /// Identity of the request that makes the sale, or keeps what was taken.
        request_id: RequestId,
    },
    /// Nothing is to be paid, and no card terminal is asked; checkout may not know yet.
    Free {
        /// What would have been paid: zero, or below for what is paid out at the desk.
        attempt: Attempt,
        /// Identity of the request that makes the sale.
        request_id: RequestId,
    },
    /// A part is paid, and checkout keeps it: the rest is paid next, or all of it is given back.
    Held {
        /// What was given.
        bill: Bill,
        /// What is still to be paid, in cents.
        due_minor: i64,
    },
    /// The card terminal may have got the request to give a tender back, and no answer is known.
    CreditAsked {
        /// What was given.
        bill: Bill,
        /// What is still to be paid, in cents.
        due_minor: i64,
        /// What was asked.
        credit: Credit,
    },
    /// The card terminal does not give it back, or not all of it: a person has to.
    Owed {
        /// What was given.
        bill: Bill,
        /// What is still to be paid, in cents.
        due_minor: i64,
        /// What was asked of the card terminal, or would have been.
        credit: Credit,
        /// What is left to be given back by hand, in cents.
        owed_minor: i64,
    },
    /// A tender was given back; checkout may not know yet.
    Returned {
        /// What was given; the tender is still in it.
        bill: Bill,
        /// What is still to be paid, in cents.
        due_minor: i64,
        /// What went back, and how.
        returned: Returned,
        /// Identity of the request that tells checkout.
        request_id: RequestId,
    },
    /// Money of a refund of an earlier sale goes back to its card; no basket is there.
    Refund {
        /// How far it is.
        refund: Refund,
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
            Self::Idle | Self::Resuming { .. } => Ok(Self::Scanning { basket_id, version, unpaid: None }),
            Self::Scanning { unpaid, .. } => {
                Ok(Self::Scanning { basket_id, version, unpaid: unpaid.clone() })
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
                Ok(Self::Scanning { basket_id: *basket_id, version: *version, unpaid: None })
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
        if self.may_be_paid_by(&attempt) && attempt.kind != TenderKind::StoreCredit {
            Ok(Self::Asked { attempt })
        } else {
            Err(self.illegal("asked"))
        }
    }

    /// Store credit is given: nobody but checkout has to be asked.
    pub fn drawn(&self, attempt: Attempt, request_id: RequestId) -> Result<Self, IllegalMove> {
        if self.may_be_paid_by(&attempt) && attempt.kind == TenderKind::StoreCredit {
            Ok(Self::Taken { attempt, payment: None, request_id })
        } else {
            Err(self.illegal("paid by store credit"))
        }
    }

    /// Whether the attempt pays, wholly or in part, what is due here.
    fn may_be_paid_by(&self, attempt: &Attempt) -> bool {
        let is_amount = attempt.amount_minor > 0 && attempt.rest_minor >= 0;
        match self {
            Self::Scanning { basket_id, .. } => is_amount && attempt.bill == Bill::of(*basket_id),
            Self::Held { bill, due_minor } => {
                is_amount && attempt.bill == *bill && attempt.due_minor() == *due_minor
            }
            _ => false,
        }
    }

    /// Nothing is to be paid.
    pub fn free(&self, attempt: Attempt, request_id: RequestId) -> Result<Self, IllegalMove> {
        match self {
            Self::Scanning { basket_id, .. }
                if *basket_id == attempt.bill.basket_id && attempt.amount_minor <= 0 =>
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
            Outcome::Taken(payment) | Outcome::Partial(payment) => {
                Self::Taken { attempt, payment: Some(payment), request_id }
            }
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
                Ok(Self::Taken { attempt: attempt.clone(), payment: Some(payment), request_id })
            }
            _ => Err(self.illegal("settled as paid")),
        }
    }

    /// A person has seen that nothing was taken, or has given back the whole of what checkout refused; and the slip of that, if a card
    /// was asked.
    pub fn settled_as_not_paid(&self, slip_text: String, request_id: RequestId) -> Result<Self, IllegalMove> {
        match self {
            Self::Asked { attempt } | Self::Taken { attempt, .. } | Self::Free { attempt, .. } => {
                Ok(Self::left(attempt.clone(), NotTaken::SettledByStaff, slip_text, request_id))
            }
            _ => Err(self.illegal("settled as not paid")),
        }
    }

    /// Checkout knows that nothing was taken: the basket is open again, and its shopper reads why. Never while something is held.
    pub fn reopened(&self, version: i64) -> Result<Self, IllegalMove> {
        match self {
            Self::NotTaken { attempt, cause, complement, slip_text, .. } if attempt.bill.held.is_empty() => {
                let unpaid = Some(Unpaid::of(attempt, *cause, complement, slip_text));
                Ok(Self::Scanning { basket_id: attempt.bill.basket_id, version, unpaid })
            }
            _ => Err(self.illegal("reopened")),
        }
    }

    /// Checkout keeps what was taken, and more is due; or nothing was taken after something is held.
    pub fn held(&self) -> Result<Self, IllegalMove> {
        match self {
            Self::Taken { attempt, payment, .. } => {
                let due_minor = attempt.due_after(payment.as_ref());
                let mut bill = attempt.bill.clone();
                bill.held.push(attempt.tender(payment.as_ref()));
                if due_minor > 0 {
                    Ok(Self::Held { bill, due_minor })
                } else {
                    Err(self.illegal("partly paid"))
                }
            }
            // Checkout is not told now: the slip waits for the end of the payment.
            Self::NotTaken { attempt, slip_text, .. } if !attempt.bill.held.is_empty() => {
                let bill = attempt.bill.clone().with_slip(slip_text);
                Ok(Self::Held { bill, due_minor: attempt.due_minor() })
            }
            _ => Err(self.illegal("partly paid")),
        }
    }

    /// The basket is a sale, was given up or left the till; or there was none. An unknown payment ends here only when checkout shows the sale.
    pub fn closed(&self) -> Result<Self, IllegalMove> {
        match self {
            Self::Scanning { .. } | Self::Suspending { .. } | Self::Resuming { .. } | Self::Free { .. } => {
                Ok(Self::Idle)
            }
            Self::Asked { attempt } if attempt.rest_minor == 0 => Ok(Self::Idle),
            Self::Taken { attempt, payment, .. } if attempt.due_after(payment.as_ref()) == 0 => {
                Ok(Self::Idle)
            }
            _ => Err(self.illegal("closed")),
        }
    }

    /// The basket that the till is at.
    pub fn basket_id(&self) -> Option<Uuid> {
        match self {
            Self::Idle | Self::Resuming { .. } | Self::Refund { .. } => None,
            Self::Scanning { basket_id, .. } | Self::Suspending { basket_id, .. } => Some(*basket_id),
            Self::Asked { attempt }
            | Self::NotTaken { attempt, .. }
            | Self::Taken { attempt, .. }
            | Self::Free { attempt, .. } => Some(attempt.bill.basket_id),
            Self::Held { bill, .. }
            | Self::CreditAsked { bill, .. }
            | Self::Owed { bill, .. }
            | Self::Returned { bill, .. } => Some(bill.basket_id),
        }
    }

    fn left(attempt: Attempt, cause: NotTaken, slip_text: String, request_id: RequestId) -> Self {
        Self::NotTaken { attempt, cause, complement: String::new(), slip_text, request_id }
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
            Self::Held { .. } => "partly paid",
            Self::CreditAsked { .. } => "waiting for money to go back",
            Self::Owed { .. } => "in debt",
            Self::Returned { .. } => "given back",
            Self::Refund { .. } => "at a refund",
        };
        IllegalMove { from, to }
    }
}

#[cfg(test)]
mod tests;
