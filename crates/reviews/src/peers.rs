//! Calls to other services.

use std::time::Duration;

use platform::{
    config::TlsArgs,
    status,
    stores::{CheckoutArgs, Checkouts},
};
use proto::checkout::v1::{
    Payout as WirePayout, RefundLinesRequest, checkout_service_client::CheckoutServiceClient,
};
use tonic::{Request, Status};

use crate::domain::{Complaint, Payout, Refusal};

/// How long checkout may take; then the outcome is unknown.
const DEADLINE: Duration = Duration::from_secs(3);

/// The checkout of each store, which gives money back. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Checkout(Checkouts);

/// What a refund came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was given.
    Refunded {
        /// So much, in cents.
        amount_minor: i64,
    },
    /// It will not be given.
    Refused(Refusal),
    /// It may have been given or not: to be asked again, under the same id.
    Unknown,
}

impl Checkout {
    /// Talks to the checkouts, which need not be there yet.
    ///
    /// # Errors
    /// When the URL or a file of the identity is wrong.
    pub fn new(args: &CheckoutArgs, tls: &TlsArgs) -> anyhow::Result<Self> {
        Ok(Self(Checkouts::connect(args, tls)?))
    }

    /// Asks for the refund of a complaint. However often it is asked, the money goes back once: the request id is the complaint's.
    #[tracing::instrument(skip_all, fields(complaint_id = %complaint.complaint_id.0))]
    pub async fn refund(&self, complaint: &Complaint) -> Outcome {
        let payout = match complaint.payout {
            Payout::Desk => WirePayout::Desk,
            Payout::StoreCredit => WirePayout::StoreCredit,
        };
        let mut request = Request::new(RefundLinesRequest {
            request_id: complaint.checkout_request.to_string(),
            sale_id: complaint.sale_id.0.to_string(),
            line_ids: complaint.line_ids.clone(),
            payout: payout.into(),
        });
        request.set_timeout(DEADLINE);
        let mut client = CheckoutServiceClient::new(self.0.of(&complaint.store_code));
        // The channel's own deadline does not count the time to connect.
        match tokio::time::timeout(DEADLINE, client.refund_lines(request)).await {
            Ok(Ok(answer)) => {
                let total = answer.into_inner().credit_note.and_then(|note| note.total);
                let Some(total) = total else {
                    tracing::error!("checkout answered a refund without an amount");
                    return Outcome::Unknown;
                };
                Outcome::Refunded { amount_minor: total.amount_minor }
            }
            Ok(Err(status)) => refused(&status),
            Err(_) => {
                tracing::warn!("checkout does not answer; the refund is asked again");
                Outcome::Unknown
            }
        }
    }
}

/// Only what checkout says about the refund itself is an answer. All else passes, or is mended by a person; until then the
/// complaint waits.
fn refused(status: &Status) -> Outcome {
    match status::reason(status).as_deref() {
        Some("LINE_ALREADY_REFUNDED") => Outcome::Refused(Refusal::LineAlreadyRefunded),
        Some("REFUND_PERIOD_OVER") => Outcome::Refused(Refusal::RefundPeriodOver),
        Some("NO_MEMBER") => Outcome::Refused(Refusal::NoMember),
        reason => {
            tracing::warn!(code = ?status.code(), reason, "checkout gives no answer; the refund is asked again");
            Outcome::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use platform::status::refusal;
    use tonic::Code;

    use super::*;

    #[test]
    fn only_an_answer_about_the_refund_ends_the_asking() {
        let said = |code, reason| refused(&refusal("checkout", code, reason, "no"));
        for (reason, refusal) in [
            ("LINE_ALREADY_REFUNDED", Refusal::LineAlreadyRefunded),
            ("REFUND_PERIOD_OVER", Refusal::RefundPeriodOver),
            ("NO_MEMBER", Refusal::NoMember),
        ] {
            assert_eq!(said(Code::FailedPrecondition, reason), Outcome::Refused(refusal));
        }
        for (code, reason) in [
            (Code::Unavailable, "UNAVAILABLE"),
            (Code::Unavailable, platform::stores::STORE_OUT_OF_REACH),
            (Code::Internal, "INTERNAL"),
            (Code::NotFound, "NOT_FOUND"),
            (Code::PermissionDenied, "NOT_ALLOWED"),
            (Code::InvalidArgument, "REQUEST_ID_REUSED"),
        ] {
            assert_eq!(said(code, reason), Outcome::Unknown, "{reason}");
        }
        assert_eq!(refused(&Status::deadline_exceeded("")), Outcome::Unknown);
    }
}
