//! Errors as the caller sees them.

use platform::status::{bad_field, refusal};
use tonic::{Code, Status};

use crate::error::Error;

const SERVICE: &str = "receipt";

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidField { field, why } => bad_field(SERVICE, "INVALID_FIELD", field, why),
            Error::NotFound => {
                refusal(SERVICE, Code::NotFound, "NOT_FOUND", "this is not known, or no longer")
            }
            Error::NotUnknown => refusal(
                SERVICE,
                Code::FailedPrecondition,
                "NOT_UNKNOWN",
                "this delivery is not unknown: there is nothing to settle",
            ),
            Error::RequestIdReused => bad_field(
                SERVICE,
                "REQUEST_ID_REUSED",
                "request_id",
                "the request id was used for another request",
            ),
            Error::Unavailable(cause) => {
                tracing::warn!(%cause, "the database is out of reach");
                refusal(SERVICE, Code::Unavailable, "UNAVAILABLE", "try again")
            }
            Error::Internal(cause) => {
                tracing::error!(cause = format!("{cause:#}"), "internal error");
                refusal(SERVICE, Code::Internal, "INTERNAL", "internal error")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_code_and_reason() {
        let table = [
            (Error::InvalidField { field: "state", why: "none" }, Code::InvalidArgument, "INVALID_FIELD"),
            (Error::NotFound, Code::NotFound, "NOT_FOUND"),
            (Error::NotUnknown, Code::FailedPrecondition, "NOT_UNKNOWN"),
            (Error::RequestIdReused, Code::InvalidArgument, "REQUEST_ID_REUSED"),
            (Error::from(sqlx::Error::PoolTimedOut), Code::Unavailable, "UNAVAILABLE"),
            (Error::Internal(anyhow::anyhow!("secret")), Code::Internal, "INTERNAL"),
        ];
        for (error, code, reason) in table {
            let status = Status::from(error);
            assert_eq!((status.code(), platform::status::reason(&status).as_deref()), (code, Some(reason)));
            assert!(!status.message().contains("secret"));
        }
    }
}
