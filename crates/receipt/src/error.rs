//! What can go wrong in the service.

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
    /// There is no such delivery, or the caller may not see it.
    #[error("this delivery is not known")]
    NotFound,
    /// The delivery is not unknown: there is nothing to settle.
    #[error("this delivery is not unknown")]
    NotUnknown,
    /// The request id was used for another request.
    #[error("the request id was used for another request")]
    RequestIdReused,
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

impl From<outbox::RecordError> for Error {
    fn from(error: outbox::RecordError) -> Self {
        match error {
            outbox::RecordError::Database(error) => error.into(),
            other => Self::Internal(other.into()),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.into())
    }
}
