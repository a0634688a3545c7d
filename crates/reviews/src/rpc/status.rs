//! The one mapping of refusals to the wire: a code, a stable reason, the field at fault, and nothing of what is inside.

use platform::status::{bad_field, refusal};
use tonic::{Code, Status};

use crate::{
    domain::{FormError, LinkError, Refusal, TextError},
    error::Error,
};

const SERVICE: &str = "reviews";

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        tell(&error);
        let said = error.to_string();
        let field = |reason, field: &str| bad_field(SERVICE, reason, field, said.as_str());
        let not_now = |reason| refusal(SERVICE, Code::FailedPrecondition, reason, said.as_str());
        match &error {
            Error::Field { field: name, .. } => field("INVALID_FIELD", name),
            Error::Text { field: name, why } => field(text_reason(*why), name),
            Error::Link(LinkError::Unknown) => refusal(SERVICE, Code::NotFound, "LINK_UNKNOWN", said),
            Error::Link(LinkError::Expired) => not_now("LINK_EXPIRED"),
            Error::Form(FormError::Empty) => field("EMPTY_REVIEW", "reviews"),
            Error::Form(FormError::Rating(index)) => {
                field("RATING_OUT_OF_RANGE", &format!("reviews[{index}].rating"))
            }
            Error::Form(FormError::Comment(index, why)) => {
                field(text_reason(*why), &format!("reviews[{index}].comment"))
            }
            Error::Form(FormError::Twice(index)) => {
                field("INVALID_FIELD", &format!("reviews[{index}].line_id"))
            }
            Error::UnknownLine(_) => field("UNKNOWN_LINE", "line_id"),
            Error::Refused(Refusal::LineAlreadyRefunded) => not_now("LINE_ALREADY_REFUNDED"),
            Error::Refused(Refusal::AboveLine) => not_now("REFUND_ABOVE_LINE"),
            Error::Refused(Refusal::Declined) => not_now("REFUND_DECLINED"),
            Error::Refused(Refusal::RefundPeriodOver) => not_now("REFUND_PERIOD_OVER"),
            Error::Refused(Refusal::NoMember) => field("INVALID_FIELD", "payout"),
            Error::RefundWaits => not_now("REFUND_WAITS"),
            Error::NotFound => refusal(SERVICE, Code::NotFound, "NOT_FOUND", said),
            Error::RequestIdReused => field("REQUEST_ID_REUSED", "request_id"),
            Error::SaleOnItsWay | Error::Unavailable(_) => {
                refusal(SERVICE, Code::Unavailable, "UNAVAILABLE", said)
            }
            Error::Internal(_) => refusal(SERVICE, Code::Internal, "INTERNAL", said),
        }
    }
}

fn text_reason(error: TextError) -> &'static str {
    match error {
        TextError::TooLong => "COMMENT_TOO_LONG",
        TextError::ControlCharacter => "INVALID_FIELD",
    }
}

/// Logs the cause, once, where it leaves the service. As a sentence, never by `Debug`: the details that PostgreSQL adds to an error
/// may be a row with somebody's words.
fn tell(error: &Error) {
    match error {
        Error::Internal(cause) => tracing::error!(cause = format!("{cause:#}"), "a call failed"),
        Error::Unavailable(cause) => tracing::warn!(cause = format!("{cause:#}"), "a call was put off"),
        Error::Field { .. }
        | Error::Text { .. }
        | Error::Link(_)
        | Error::SaleOnItsWay
        | Error::Form(_)
        | Error::UnknownLine(_)
        | Error::Refused(_)
        | Error::RefundWaits
        | Error::NotFound
        | Error::RequestIdReused => {}
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;
    use platform::status::{field, reason};

    use super::*;
    use crate::domain::UnknownLine;

    #[test]
    fn every_refusal_has_its_code_reason_and_field() {
        let text = |why| Error::Text { field: "reply", why };
        for (error, code, expected, at_fault) in [
            (
                Error::Field { field: "line_ids", why: "each once" },
                Code::InvalidArgument,
                "INVALID_FIELD",
                Some("line_ids"),
            ),
            (text(TextError::TooLong), Code::InvalidArgument, "COMMENT_TOO_LONG", Some("reply")),
            (text(TextError::ControlCharacter), Code::InvalidArgument, "INVALID_FIELD", Some("reply")),
            (LinkError::Unknown.into(), Code::NotFound, "LINK_UNKNOWN", None),
            (LinkError::Expired.into(), Code::FailedPrecondition, "LINK_EXPIRED", None),
            (FormError::Empty.into(), Code::InvalidArgument, "EMPTY_REVIEW", Some("reviews")),
            (
                FormError::Rating(2).into(),
                Code::InvalidArgument,
                "RATING_OUT_OF_RANGE",
                Some("reviews[2].rating"),
            ),
            (
                FormError::Comment(1, TextError::TooLong).into(),
                Code::InvalidArgument,
                "COMMENT_TOO_LONG",
                Some("reviews[1].comment"),
            ),
            (FormError::Twice(3).into(), Code::InvalidArgument, "INVALID_FIELD", Some("reviews[3].line_id")),
            (UnknownLine(9).into(), Code::InvalidArgument, "UNKNOWN_LINE", Some("line_id")),
            (Refusal::LineAlreadyRefunded.into(), Code::FailedPrecondition, "LINE_ALREADY_REFUNDED", None),
            (Refusal::RefundPeriodOver.into(), Code::FailedPrecondition, "REFUND_PERIOD_OVER", None),
            (Refusal::NoMember.into(), Code::InvalidArgument, "INVALID_FIELD", Some("payout")),
            (Error::RefundWaits, Code::FailedPrecondition, "REFUND_WAITS", None),
            (Error::NotFound, Code::NotFound, "NOT_FOUND", None),
            (Error::RequestIdReused, Code::InvalidArgument, "REQUEST_ID_REUSED", Some("request_id")),
            (Error::SaleOnItsWay, Code::Unavailable, "UNAVAILABLE", None),
            (out_of_reach(), Code::Unavailable, "UNAVAILABLE", None),
            (Error::Internal(anyhow!("secret")), Code::Internal, "INTERNAL", None),
        ] {
            let status = Status::from(error);
            assert_eq!((status.code(), reason(&status).as_deref()), (code, Some(expected)), "{status}");
            assert_eq!(field(&status).as_deref(), at_fault, "{status}");
            assert!(!status.message().contains("secret"));
        }
    }

    fn out_of_reach() -> Error {
        Error::Unavailable(anyhow!("secret"))
    }
}
