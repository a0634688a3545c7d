//! Why a verb was not carried out.

use sqlx::error::DatabaseError;

use crate::domain::{
    basket::BasketError, refund::RefundError, refund_payment::AlreadyPaidOut, sale::SaleError,
    scan::ScanError,
};

/// Everything that can keep a verb from its answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The basket does not allow it.
    #[error(transparent)]
    Basket(#[from] BasketError),
    /// What was scanned cannot be sold.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The basket cannot become a sale this way.
    #[error(transparent)]
    Sale(#[from] SaleError),
    /// The lines cannot be given back.
    #[error(transparent)]
    Refund(#[from] RefundError),
    /// Other baskets have used a promotion as often as it is given.
    #[error("the promotion {promotion_code} is used up")]
    UsedUp {
        /// Its code.
        promotion_code: String,
    },
    /// The money of the refund was given already.
    #[error(transparent)]
    PaidOut(#[from] AlreadyPaidOut),
    /// It is not there, or not the caller's: nobody learns which.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The id stands for another command already.
    #[error("this request id was used for another content")]
    RequestIdReused,
    /// A field that cannot be meant.
    #[error("{field}: {problem}")]
    Field {
        /// The field's name in the contract.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Nothing is known to be wrong with the request: the same one may succeed later.
    #[error("cannot answer now")]
    Unavailable(#[source] anyhow::Error),
    /// A fault of ours.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// A field that cannot be meant.
    pub fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { field: field.into(), problem: problem.into() }
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
