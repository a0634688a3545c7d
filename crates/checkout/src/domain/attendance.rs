//! What waits at a till for a person of the store, and what that person may decide.

use jiff::ToSpan;
use money::{Cents, Quantity};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    audit::Recount,
    id::{BasketId, TenderId},
    payment::CardKind,
    wall,
};

#[cfg(test)]
mod tests;

/// Why somebody has to come; the most pressing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nobody knows whether the shopper paid.
    PaymentUnknown,
    /// A part that was paid has to go back by hand.
    GiveBack,
    /// Nobody knows whether money of a refund went back to its card.
    RefundUnknown,
    /// The money was taken, and the sale was refused.
    SaleRefused,
    /// Goods that are not sold to everybody.
    Approval,
    /// The shopper calls.
    Help,
    /// A code that is not known.
    UnknownCode,
    /// A basket that was drawn.
    Audit,
    /// The card terminal said, late, another thing than what a payment was settled as.
    LateAnswer,
    /// A card slip held a whole card number and was left out.
    SlipRefused,
    /// A basket that nobody is at any more.
    Abandoned,
}

/// Goods of a drawn basket that somebody looks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    /// Their name.
    pub name: String,
    /// How much of them was scanned.
    pub quantity: Quantity,
    /// By weight.
    pub by_weight: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Approve,
    /// No.
    Refuse,
    /// Somebody has been there.
    Done,
    /// It was over before anybody answered.
    Withdrawn,
}

/// What a till is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was heard of it yet.
    Unspecified,
    /// It finds out where it stood.
    Starting,
    /// Nobody is served.
    Idle,
    /// A basket is open.
    Scanning,
    /// The card terminal is asked.
    Paying,
    /// It needs a person.
    Stopped,
    /// A basket was paid just now.
    Paid,
    /// It serves nobody.
    Locked,
}

/// What a decision needs to know; nothing of who the shopper is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The age that the goods want.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub minimum_age: u8,
    /// The unknown code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Its number among the lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_id: Option<i32>,
    /// What was asked for, or was in the basket.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub amount: Cents,
    /// What was taken.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub paid: Cents,
    /// When the card terminal was asked.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub asked_time: Option<OffsetDateTime>,
    /// The last four digits of the card, as the answer said them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pan_last4: String,
    /// What was found when a part of a drawn basket was scanned again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recount: Option<Recount>,
    /// What to look for in a drawn basket.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<Goods>,
    /// What the till calls it, where the till goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note_id: Option<Uuid>,
    /// The payment, as it was sent to the card terminal for reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt_id: Option<Uuid>,
    /// What the card terminal was asked to read, where the till said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_kind: Option<CardKind>,
    /// The tender that is to be given back; nothing where it is all that is held, or the till did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tender_id: Option<TenderId>,
    /// The bank's authorisation, as the answer said it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub authorisation: String,
    /// The card's scheme, as the answer said it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub brand: String,
    /// How the payment was found to be made, by its word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
    /// No machine told of it: it was called for here, when the machine was gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untold: bool,
}

/// Something at a till that waits for a person, or waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intervention {
    /// Its identity.
    pub intervention_id: Uuid,
    /// The store.
    pub store_code: String,
    /// The till.
    pub terminal_code: String,
    /// The basket, if there is one.
    pub basket_id: Option<BasketId>,
    /// Why.
    pub kind: Kind,
    /// What a decision needs to know.
    pub detail: Detail,
    /// Since when.
    pub raised: OffsetDateTime,
    /// What became of it, and when.
    pub answered: Option<(Decision, OffsetDateTime)>,
    /// Somebody practised: it is told in no event and measured nowhere.
    pub training: bool,
}

/// Why a decision is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Somebody was first, or it was over.
    #[error("this was answered already, or is over")]
    Already,
    /// Not a decision that this kind takes.
    #[error("this cannot be decided about it")]
    NotAnAnswer,
    /// Goods for which one has to be older came into the basket meanwhile.
    #[error("the goods want {minimum_age} years by now")]
    AgeRaised {
        /// The age in years.
        minimum_age: u8,
    },
    /// Nobody can say whether whoever decides still may, and money could go back twice by it.
    #[error("the sign-in has ended, and the centre that would renew it is out of reach")]
    SignInEnded,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::PaymentUnknown,
        Self::GiveBack,
        Self::RefundUnknown,
        Self::SaleRefused,
        Self::Approval,
        Self::Help,
        Self::UnknownCode,
        Self::Audit,
        Self::LateAnswer,
        Self::SlipRefused,
        Self::Abandoned,
    ];

    /// The word in tables and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PaymentUnknown => "payment_unknown",
            Self::GiveBack => "give_back",
            Self::RefundUnknown => "refund_unknown",
            Self::SaleRefused => "sale_refused",
            Self::Approval => "approval",
            Self::Help => "help",
            Self::UnknownCode => "unknown_code",
            Self::Audit => "audit",
            Self::LateAnswer => "late_answer",
            Self::SlipRefused => "slip_refused",
            Self::Abandoned => "abandoned",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it is the till's own report that raises it and ends it.
    pub fn is_payment(self) -> bool {
        matches!(self, Self::PaymentUnknown | Self::GiveBack | Self::SaleRefused | Self::RefundUnknown)
    }

    /// Whether only somebody decides it whose sign-in has not ended: a refund that is said not to have gone back goes back again.
    pub fn wants_sign_in(self) -> bool {
        self == Self::RefundUnknown
    }

    /// Whether the till notes it and goes on.
    pub fn is_note(self) -> bool {
        matches!(self, Self::LateAnswer | Self::SlipRefused)
    }

    /// Whether a person may decide this about it.
    pub fn takes(self, decision: Decision) -> bool {
        match self {
            Self::Approval | Self::UnknownCode | Self::Audit | Self::PaymentUnknown | Self::RefundUnknown => {
                matches!(decision, Decision::Approve | Decision::Refuse)
            }
            // What was taken is given back at the card terminal: then nothing was paid.
            Self::GiveBack | Self::SaleRefused => decision == Decision::Refuse,
            Self::Help | Self::LateAnswer | Self::SlipRefused | Self::Abandoned => decision == Decision::Done,
        }
    }
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 4] = [Self::Approve, Self::Refuse, Self::Done, Self::Withdrawn];

    /// The word in tables and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Refuse => "refuse",
            Self::Done => "done",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.as_str() == word)
    }
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 8] = [
        Self::Unspecified,
        Self::Starting,
        Self::Idle,
        Self::Scanning,
        Self::Paying,
        Self::Stopped,
        Self::Paid,
        Self::Locked,
    ];

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::Scanning => "scanning",
            Self::Paying => "paying",
            Self::Stopped => "stopped",
            Self::Paid => "paid",
            Self::Locked => "locked",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }
}

impl Intervention {
    /// Decides it now, once.
    ///
    /// # Errors
    /// When it was answered before, or cannot be answered so.
    pub fn answer(&mut self, decision: Decision, now: OffsetDateTime) -> Result<(), AnswerError> {
        match self.answered {
            Some(_) => Err(AnswerError::Already),
            None if self.kind.takes(decision) => {
                self.answered = Some((decision, now.max(self.raised)));
                Ok(())
            }
            None => Err(AnswerError::NotAnAnswer),
        }
    }

    /// It is over before anybody answered.
    pub fn withdraw(&mut self, now: OffsetDateTime) {
        self.answered = Some((Decision::Withdrawn, now.max(self.raised)));
    }

    /// What it is about, so that the same thing is not raised twice at a till: a payment of a basket, a line of it, the basket. A
    /// call is about the till.
    pub fn subject(&self) -> String {
        let basket_id = self.basket_id.map(|basket_id| basket_id.to_string()).unwrap_or_default();
        match self.kind {
            Kind::PaymentUnknown | Kind::GiveBack | Kind::SaleRefused | Kind::RefundUnknown => {
                let asked = self.detail.asked_time.map_or(0, OffsetDateTime::unix_timestamp_nanos);
                format!("{basket_id}/{}", asked / 1_000_000)
            }
            Kind::UnknownCode => format!("{basket_id}/{}", self.detail.line_id.unwrap_or_default()),
            Kind::Approval | Kind::Audit | Kind::Abandoned => basket_id,
            Kind::LateAnswer | Kind::SlipRefused => {
                self.detail.note_id.map(|note_id| note_id.to_string()).unwrap_or_default()
            }
            Kind::Help => String::new(),
        }
    }

    /// How long it waited, in milliseconds; nothing while it does.
    pub fn waited_ms(&self) -> Option<u64> {
        let (_, answered) = self.answered?;
        Some(u64::try_from((answered - self.raised).whole_milliseconds()).unwrap_or_default())
    }
}

/// Who was born on this day or before is old enough now, by the calendar on the wall of the store: nobody types an age, and nobody
/// computes one in their head.
pub fn born_until(minimum_age: u8, time_zone: &str, now: OffsetDateTime) -> Option<String> {
    let today = wall::clock(time_zone, now)?.date();
    Some(today.checked_sub(i32::from(minimum_age).years()).ok()?.to_string())
}

fn is_zero(age: &u8) -> bool {
    *age == 0
}

fn is_nothing(amount: &Cents) -> bool {
    *amount == Cents::ZERO
}
