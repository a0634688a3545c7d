//! Refunds that somebody asked for: given at once, or decided by a person.

use money::Cents;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    id::{RefundId, RefundRequestId},
    refund::{
        CreditNote, Payout, Reason,
        part::{GivenBack, Part},
        policy::Cause,
    },
    sale::Ticket,
};

/// What was asked for, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRequest {
    /// Its identity.
    pub refund_request_id: RefundRequestId,
    /// The sale.
    pub ticket: Ticket,
    /// The parts of its lines.
    pub parts: Vec<Part>,
    /// How the money is to go back.
    pub payout: Payout,
    /// Why.
    pub reason: Reason,
    /// What it would have given back when it was asked for.
    pub total: Cents,
    /// When it was asked for.
    pub requested: OffsetDateTime,
    /// Why a person decides; nothing when nobody had to.
    pub cause: Option<Cause>,
    /// What became of it.
    pub state: State,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for a person.
    Waiting,
    /// It was given.
    Given {
        /// As this refund.
        refund_id: RefundId,
        /// By whom; nothing when nobody had to decide.
        answered: Option<Answered>,
    },
    /// It was not given.
    Refused(Answered),
}

/// Who decided, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// A staff account, whom only membership knows.
    pub by: Uuid,
    /// When.
    pub at: OffsetDateTime,
}

/// What a person sees beside a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// What was given back of the sale.
    pub given_back: Vec<GivenBack>,
    /// The refunds of the sale, the newest first.
    pub notes: Vec<CreditNote>,
    /// Of the member, if there is one.
    pub of_member: Option<OfMember>,
}

/// The refunds of a member in the last ninety days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfMember {
    /// How many.
    pub refunds: i64,
    /// How much.
    pub total: Cents,
}

/// A person's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is given.
    Give,
    /// It is not.
    Refuse,
}

/// Somebody decided before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request was answered already")]
pub struct AnsweredAlready;

impl RefundRequest {
    /// Refuses a second answer.
    pub fn check_waits(&self) -> Result<(), AnsweredAlready> {
        if self.state == State::Waiting { Ok(()) } else { Err(AnsweredAlready) }
    }
}

impl State {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Given { .. } => "given",
            Self::Refused(_) => "refused",
        }
    }
}
