//! What can go wrong in the service.

use crate::domain::UnknownZone;

/// Why a call was not answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field is wrong.
    #[error("{field}: {why}")]
    InvalidField {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No event told of this store, or the caller may not see it.
    #[error("this store is not known")]
    NotFound,
    /// The database is out of reach or slow: trying again may help.
    #[error("the database is out of reach")]
    Unavailable(#[source] anyhow::Error),
    /// A defect.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
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

impl From<UnknownZone> for Error {
    fn from(error: UnknownZone) -> Self {
        Self::Internal(error.into())
    }
}
