//! Why a call is not answered.

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
        if platform::database::passes(&error) {
            Self::Unavailable(error.into())
        } else {
            Self::Internal(error.into())
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
