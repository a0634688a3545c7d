//! Calls to other services.

use std::{collections::BTreeMap, time::Duration};

use platform::{
    config::TlsArgs,
    status,
    stores::{CheckoutArgs, Checkouts},
};
use proto::checkout::v1::{
    CreditNote, Line, Payout as WirePayout, PreviewRefundRequest, RefundCause, RefundPart,
    RefundRequestState, RequestRefundRequest, RequestRefundResponse,
    refund_service_client::RefundServiceClient,
};
use tonic::{Request, Status};

use crate::{
    domain::{Complaint, Forecast, Payout, Refund, RefundedPart, Refusal, SaleId, Wish},
    error::Error,
};

/// How long checkout may take; then the outcome is unknown.
const DEADLINE: Duration = Duration::from_secs(3);

/// The checkout of each store, which gives money back. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Checkout(Checkouts);

/// What a refund came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was given.
    Refunded {
        /// So much, in cents.
        amount_minor: i64,
        /// How it goes back, as far as checkout says.
        payout: Option<Payout>,
        /// What it gives back.
        refund: Refund,
    },
    /// A person of the store decides: to be asked again, under the same id.
    Deciding,
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
        let mut request = Request::new(RequestRefundRequest {
            request_id: complaint.checkout_request.to_string(),
            sale_id: complaint.sale_id.0.to_string(),
            parts: parts(&complaint.parts),
            payout: WirePayout::from(complaint.payout).into(),
            ..RequestRefundRequest::default()
        });
        request.set_timeout(DEADLINE);
        let mut client = RefundServiceClient::new(self.0.of(&complaint.store_code));
        // The channel's own deadline does not count the time to connect.
        match tokio::time::timeout(DEADLINE, client.request_refund(request)).await {
            Ok(Ok(answer)) => become_of(answer.into_inner()).unwrap_or_else(|| {
                tracing::error!("checkout answered a refund without saying which or how much");
                Outcome::Unknown
            }),
            Ok(Err(status)) => match refusal(&status) {
                Some(refusal) => Outcome::Refused(refusal),
                None => {
                    let reason = status::reason(&status);
                    tracing::warn!(
                        code = ?status.code(),
                        reason,
                        "checkout gives no answer; the refund is asked again"
                    );
                    Outcome::Unknown
                }
            },
            Err(_) => {
                tracing::warn!("checkout does not answer; the refund is asked again");
                Outcome::Unknown
            }
        }
    }

    /// Asks what a refund would come to.
    ///
    /// # Errors
    /// When it would be refused, or checkout does not answer.
    pub async fn preview(&self, store_code: &str, sale_id: SaleId, wish: &Wish) -> Result<Forecast, Error> {
        let mut request = Request::new(PreviewRefundRequest {
            sale_id: sale_id.0.to_string(),
            parts: parts(&wish.parts),
            payout: WirePayout::from(wish.payout).into(),
        });
        request.set_timeout(DEADLINE);
        let mut client = RefundServiceClient::new(self.0.of(store_code));
        let answer = match tokio::time::timeout(DEADLINE, client.preview_refund(request)).await {
            Ok(Ok(answer)) => answer.into_inner(),
            Ok(Err(status)) => {
                let unavailable =
                    || Error::Unavailable(anyhow::anyhow!("checkout answers {:?}", status.code()));
                return Err(refusal(&status).map_or_else(unavailable, Error::Refused));
            }
            Err(_) => return Err(Error::Unavailable(anyhow::anyhow!("checkout does not answer"))),
        };
        Ok(Forecast {
            amount_minor: answer.total.as_ref().map_or(0, |total| total.amount_minor),
            store_credit_minor: answer.store_credit_minor,
            deciding: answer.cause() != RefundCause::Unspecified,
            payout: told(answer.payout()).unwrap_or(wish.payout),
            by_hand_minor: answer.by_hand_minor,
        })
    }
}

fn parts(parts: &BTreeMap<i32, i64>) -> Vec<RefundPart> {
    let part = |(&line_id, &quantity_milli)| RefundPart { line_id, quantity_milli, amount_minor: 0 };
    parts.iter().map(part).collect()
}

/// What checkout says has become of a request; nothing where it does not say enough.
fn become_of(answer: RequestRefundResponse) -> Option<Outcome> {
    match answer.state() {
        RefundRequestState::Given => given(answer.credit_note),
        RefundRequestState::Waiting => Some(Outcome::Deciding),
        RefundRequestState::Refused => Some(Outcome::Refused(Refusal::Declined)),
        RefundRequestState::Unspecified => None,
    }
}

fn given(note: Option<CreditNote>) -> Option<Outcome> {
    let note = note?;
    let part = |line: &Line| RefundedPart {
        line_id: line.line_id,
        quantity_milli: line.quantity_milli,
        total_minor: line.total_minor,
    };
    let refund = Refund {
        refund_id: note.refund_id.parse().ok()?,
        sale_id: SaleId(note.sale_id.parse().ok()?),
        parts: note.lines.iter().map(part).collect(),
    };
    let payout = told(note.payout());
    Some(Outcome::Refunded { amount_minor: note.total?.amount_minor, payout, refund })
}

/// How the money goes back; nothing where checkout does not say, or says a way that came up after this program.
fn told(payout: WirePayout) -> Option<Payout> {
    match payout {
        WirePayout::Desk => Some(Payout::Desk),
        WirePayout::StoreCredit => Some(Payout::StoreCredit),
        WirePayout::Acquirer => Some(Payout::Acquirer),
        WirePayout::Unspecified => None,
    }
}

/// Only what checkout says about the refund itself is an answer. All else passes, or is mended by a person; until then the
/// complaint waits.
fn refusal(status: &Status) -> Option<Refusal> {
    match status::reason(status).as_deref() {
        Some("LINE_ALREADY_REFUNDED") => Some(Refusal::LineAlreadyRefunded),
        Some("REFUND_ABOVE_LINE") => Some(Refusal::AboveLine),
        Some("REFUND_PERIOD_OVER") => Some(Refusal::RefundPeriodOver),
        Some("NO_MEMBER") => Some(Refusal::NoMember),
        _ => None,
    }
}

impl From<Payout> for WirePayout {
    fn from(payout: Payout) -> Self {
        match payout {
            Payout::Desk => Self::Desk,
            Payout::StoreCredit => Self::StoreCredit,
            Payout::Acquirer => Self::Acquirer,
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn only_an_answer_about_the_refund_ends_the_asking() {
        let said = |code, reason| refusal(&platform::status::refusal("checkout", code, reason, "no"));
        for (reason, refusal) in [
            ("LINE_ALREADY_REFUNDED", Refusal::LineAlreadyRefunded),
            ("REFUND_ABOVE_LINE", Refusal::AboveLine),
            ("REFUND_PERIOD_OVER", Refusal::RefundPeriodOver),
            ("NO_MEMBER", Refusal::NoMember),
        ] {
            assert_eq!(said(Code::FailedPrecondition, reason), Some(refusal));
        }
        for (code, reason) in [
            (Code::Unavailable, "UNAVAILABLE"),
            (Code::Unavailable, platform::stores::STORE_OUT_OF_REACH),
            (Code::Internal, "INTERNAL"),
            (Code::NotFound, "NOT_FOUND"),
            (Code::PermissionDenied, "NOT_ALLOWED"),
            (Code::InvalidArgument, "REQUEST_ID_REUSED"),
        ] {
            assert_eq!(said(code, reason), None, "{reason}");
        }
        assert_eq!(refusal(&Status::deadline_exceeded("")), None);
    }

    #[test]
    fn a_person_who_decides_is_no_answer_yet_and_one_who_has_refused_is() {
        let state = |state: RefundRequestState| {
            become_of(RequestRefundResponse { state: state.into(), ..RequestRefundResponse::default() })
        };
        assert_eq!(state(RefundRequestState::Waiting), Some(Outcome::Deciding));
        assert_eq!(state(RefundRequestState::Refused), Some(Outcome::Refused(Refusal::Declined)));
        assert_eq!(state(RefundRequestState::Given), None, "without a credit ticket");
        assert_eq!(state(RefundRequestState::Unspecified), None);
    }
}
