//! Refunds that the till's card terminal gives back.

use proto::checkout::v1 as pb;
use tonic::{Code, Request};
use uuid::Uuid;

use super::{CallError, Client, RequestId, present};
use crate::tender::Tender;

/// What of a refund is still to be given back, in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StillDue {
    /// To cards, at a till.
    pub to_cards_minor: i64,
    /// By hand, at the desk.
    pub by_hand_minor: i64,
}

impl Client {
    /// Claims a refund of the store for this till: what goes back next, to which card, and the till of its credit note.
    pub async fn claim_refund_credit(
        &self,
        id: RequestId,
        credit_id: Uuid,
        number: i64,
        terminal_code: &str,
    ) -> Result<(Tender, String), CallError> {
        let request = pb::ClaimRefundCreditRequest {
            request_id: id.to_string(),
            credit_id: credit_id.to_string(),
            credit_note_number: number,
            credit_note_terminal_code: terminal_code.to_owned(),
            generation: self.generation(),
        };
        let send = |message: Request<pb::ClaimRefundCreditRequest>| {
            let mut payouts = self.payouts.clone();
            async move { payouts.claim_refund_credit(message).await }
        };
        let reply = self.until_answered(request, send).await?;
        let credit = present(reply.credit)?;
        let tender = present(credit.tender.as_ref().and_then(Tender::read))?;
        // A repeat of a claim that is over by now gives nothing to be asked for.
        if credit.state() != pb::RefundCreditState::Asked {
            return Err(CallError::NoAnswer(Code::Aborted));
        }
        Ok((Tender { amount_minor: credit.amount_minor, ..tender }, reply.credit_note_terminal_code))
    }

    /// Tells what became of it, and learns what of the refund is still to be given back.
    pub async fn report_refund_credit(
        &self,
        id: RequestId,
        told: pb::ReportRefundCreditRequest,
    ) -> Result<StillDue, CallError> {
        let request = pb::ReportRefundCreditRequest { request_id: id.to_string(), ..told };
        let send = |message: Request<pb::ReportRefundCreditRequest>| {
            let mut payouts = self.payouts.clone();
            async move { payouts.report_refund_credit(message).await }
        };
        let reply = self.until_answered(request, send).await?;
        Ok(StillDue { to_cards_minor: reply.due_minor, by_hand_minor: reply.by_hand_minor })
    }
}
