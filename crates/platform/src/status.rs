//! Refusals that tell what to do: a gRPC status with `google.rpc` details.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// A refusal with a stable reason in UPPER_SNAKE_CASE, in the domain `<service>.cabas`.
///
/// The message is for people and may change; it never carries internals.
#[must_use]
pub fn refusal(service: &str, code: Code, reason: &str, message: impl Into<String>) -> Status {
    Status::with_error_details(code, message, with_reason(service, reason))
}

/// A refusal that says how long it holds, as `google.rpc.RetryInfo`.
#[must_use]
pub fn refusal_until(
    service: &str,
    code: Code,
    reason: &str,
    message: impl Into<String>,
    retry_after: Duration,
) -> Status {
    let mut details = with_reason(service, reason);
    details.set_retry_info(Some(retry_after));
    Status::with_error_details(code, message, details)
}

/// A refusal that names the field at fault: `INVALID_ARGUMENT` with a field violation.
#[must_use]
pub fn bad_field(service: &str, reason: &str, field: &str, message: impl Into<String>) -> Status {
    let message = message.into();
    let mut details = with_reason(service, reason);
    details.add_bad_request_violation(field, message.clone());
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// The stable reason in a status, if it carries one.
#[must_use]
pub fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

/// How long a refusal holds, if the status says so.
#[must_use]
pub fn retry_after(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

/// The field at fault, if the status names one.
#[must_use]
pub fn field(status: &Status) -> Option<String> {
    let request = status.get_details_bad_request()?;
    request.field_violations.into_iter().next().map(|violation| violation.field)
}

fn with_reason(service: &str, reason: &str) -> ErrorDetails {
    ErrorDetails::with_error_info(reason, format!("{service}.cabas"), [] as [(String, String); 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_and_field_survive_the_wire() {
        let status = bad_field("checkout", "INVALID_FIELD", "basket_id", "not a UUID");
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(reason(&status).as_deref(), Some("INVALID_FIELD"));
        assert_eq!(field(&status).as_deref(), Some("basket_id"));
        let status = refusal("checkout", Code::FailedPrecondition, "BASKET_CLOSED", "the basket is paid");
        assert_eq!(reason(&status).as_deref(), Some("BASKET_CLOSED"));
        assert_eq!(field(&status), None);
        let wait = Duration::from_millis(2_500);
        let status = refusal_until("checkout", Code::ResourceExhausted, "TOO_MANY_CARDS", "later", wait);
        assert_eq!(reason(&status).as_deref(), Some("TOO_MANY_CARDS"));
        assert_eq!(retry_after(&status), Some(wait));
    }
}
