//! The one mapping of refusals to the wire: a code, a stable reason, the field at fault, and nothing of what is inside.

use platform::status::{bad_field, refusal};
use tonic::{Code, Status};

use crate::{domain::session::Refused, error::Error};

const SERVICE: &str = "membership";

/// A field that cannot be meant.
#[derive(Debug)]
pub struct BadField {
    field: String,
    flaw: String,
}

impl BadField {
    /// Names the field and its flaw, which never repeats what was in it.
    pub fn new(field: impl Into<String>, flaw: impl ToString) -> Self {
        Self { field: field.into(), flaw: flaw.to_string() }
    }
}

impl From<BadField> for Status {
    fn from(bad: BadField) -> Self {
        let message = format!("{} {}", bad.field, bad.flaw);
        bad_field(SERVICE, "INVALID_FIELD", &bad.field, message)
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let (code, reason) = match &error {
            Error::NotFound(_) => (Code::NotFound, "NOT_FOUND"),
            Error::CardBlocked => (Code::FailedPrecondition, "CARD_BLOCKED"),
            Error::TooManyCards => (Code::ResourceExhausted, "TOO_MANY_ATTEMPTS"),
            Error::LoginTaken => (Code::AlreadyExists, "LOGIN_TAKEN"),
            Error::SignIn(Refused::WrongCredentials) => (Code::Unauthenticated, "WRONG_CREDENTIALS"),
            Error::SignIn(Refused::TooManyAttempts) => (Code::ResourceExhausted, "TOO_MANY_ATTEMPTS"),
            Error::SessionOver => (Code::Unauthenticated, "SESSION_OVER"),
            Error::RequestIdReused => (Code::InvalidArgument, "REQUEST_ID_REUSED"),
            Error::Unavailable(_) => (Code::Unavailable, "UNAVAILABLE"),
            Error::Internal(_) => (Code::Internal, "INTERNAL"),
        };
        tell(&error);
        refusal(SERVICE, code, reason, error.to_string())
    }
}

/// Logs the cause, once, where it leaves the service. As a sentence, never by `Debug`: the details that PostgreSQL adds to an error
/// may be a member's row.
fn tell(error: &Error) {
    match error {
        Error::Internal(cause) => tracing::error!(cause = format!("{cause:#}"), "a call failed"),
        Error::Unavailable(cause) => tracing::warn!(cause = format!("{cause:#}"), "a call was put off"),
        Error::NotFound(_)
        | Error::CardBlocked
        | Error::TooManyCards
        | Error::LoginTaken
        | Error::SignIn(_)
        | Error::SessionOver
        | Error::RequestIdReused => {}
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;
    use platform::status::{field, reason};

    use super::*;

    #[test]
    fn every_refusal_has_its_code_and_reason() {
        for (error, code, expected) in [
            (Error::NotFound("member"), Code::NotFound, "NOT_FOUND"),
            (Error::CardBlocked, Code::FailedPrecondition, "CARD_BLOCKED"),
            (Error::TooManyCards, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS"),
            (Error::LoginTaken, Code::AlreadyExists, "LOGIN_TAKEN"),
            (Refused::WrongCredentials.into(), Code::Unauthenticated, "WRONG_CREDENTIALS"),
            (Refused::TooManyAttempts.into(), Code::ResourceExhausted, "TOO_MANY_ATTEMPTS"),
            (Error::SessionOver, Code::Unauthenticated, "SESSION_OVER"),
            (Error::RequestIdReused, Code::InvalidArgument, "REQUEST_ID_REUSED"),
            (Error::Unavailable(anyhow!("pool")), Code::Unavailable, "UNAVAILABLE"),
            (sqlx::Error::PoolTimedOut.into(), Code::Unavailable, "UNAVAILABLE"),
            (Error::Internal(anyhow!("secret")), Code::Internal, "INTERNAL"),
            (sqlx::Error::RowNotFound.into(), Code::Internal, "INTERNAL"),
        ] {
            let told = error.to_string();
            let status = Status::from(error);
            assert_eq!(status.code(), code, "{told}");
            assert_eq!(reason(&status).as_deref(), Some(expected), "{told}");
        }
    }

    #[test]
    fn what_is_inside_stays_inside() {
        let status = Status::from(Error::Internal(anyhow!("row of Camille Durand")));
        assert_eq!(status.message(), "internal error");
        assert!(!String::from_utf8_lossy(status.details()).contains("Camille"));
    }

    #[test]
    fn a_bad_field_is_named() {
        let status = Status::from(BadField::new("details.email", "must be given"));
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(reason(&status).as_deref(), Some("INVALID_FIELD"));
        assert_eq!(field(&status).as_deref(), Some("details.email"));
        assert_eq!(status.message(), "details.email must be given");
    }
}
