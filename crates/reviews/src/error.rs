//! Why a call is not answered.

use sqlx::error::DatabaseError;

use crate::domain::{FormError, LinkError, Refusal, TextError, UnknownLine, WishError};

/// Everything that can keep a verb from its answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field that cannot be meant.
    #[error("{field}: {why}")]
    Field {
        /// Its name in the contract.
        field: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A text that is not taken.
    #[error("{field}: {why}")]
    Text {
        /// The field's name in the contract.
        field: &'static str,
        /// What is wrong with it.
        why: TextError,
    },
    /// The link does not open.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The link is good, and the event of its sale is still on its way.
    #[error("the purchase will be here in a moment")]
    SaleOnItsWay,
    /// The review form is not taken.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The sale has no such line.
    #[error(transparent)]
    UnknownLine(#[from] UnknownLine),
    /// Nothing is given back.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A line is asked for by a complaint that has no answer yet.
    #[error("the refund of a line waits for its answer")]
    RefundWaits,
    /// There is no such review, or the caller may not see it: nobody learns which.
    #[error("no such review")]
    NotFound,
    /// The id stands for another command already.
    #[error("this request id was used for another content")]
    RequestIdReused,
    /// Nothing is known to be wrong with the request: the same one may succeed later.
    #[error("cannot answer now")]
    Unavailable(#[source] anyhow::Error),
    /// A fault of ours.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl From<WishError> for Error {
    fn from(error: WishError) -> Self {
        match error {
            WishError::UnknownLine(unknown) => unknown.into(),
            WishError::Refused(refusal) => refusal.into(),
            WishError::Waits => Self::RefundWaits,
        }
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Unavailable(error.into()),
            sqlx::Error::Database(cause) if passes(cause.as_ref()) => Self::Unavailable(error.into()),
            _ => Self::Internal(error.into()),
        }
    }
}

impl From<outbox::RecordError> for Error {
    fn from(error: outbox::RecordError) -> Self {
        match error {
            outbox::RecordError::Database(cause) => cause.into(),
            other => Self::Internal(other.into()),
        }
    }
}

/// Connections, resources, an operator's hand, deadlocks and time-outs pass; the rest would fail again.
fn passes(error: &dyn DatabaseError) -> bool {
    error.code().is_some_and(|code| {
        ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class)) || code == "55P03"
    })
}
