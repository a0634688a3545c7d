//! Why a verb was not carried out.

use thiserror::Error as ThisError;

use crate::domain::{card::Blocked, session::Refused};

/// Everything that can keep a verb from its answer. None of it repeats what somebody typed.
#[derive(Debug, ThisError)]
pub enum Error {
    /// It is not there, or not the caller's: nobody learns which.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The card recognises nobody any more.
    #[error("the card is blocked: the bearer sees the desk")]
    CardBlocked,
    /// The caller shows too many cards that nobody holds.
    #[error("too many unknown cards, try again later")]
    TooManyCards,
    /// Somebody else signs in by that name.
    #[error("the sign-in name is taken")]
    LoginTaken,
    /// Nobody is signed in by these words.
    #[error(transparent)]
    SignIn(#[from] Refused),
    /// Nobody is signed in any more.
    #[error("the session is over")]
    SessionOver,
    /// The id stands for another command already.
    #[error("this request id was used for another content")]
    RequestIdReused,
    /// Nothing is known to be wrong with the request: the same one may succeed later.
    #[error("membership cannot answer now; the same request may be sent again")]
    Unavailable(#[source] anyhow::Error),
    /// A fault of ours.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl From<Blocked> for Error {
    fn from(_: Blocked) -> Self {
        Self::CardBlocked
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
