//! What tills and people say of the money of refunds that card terminals give back.

use money::Cents;
use proto::checkout::v1 as pb;
use tonic::{Request, Response, Status};

use super::{Till, convert};
use crate::{
    app::{
        App,
        refund_credit::{self as app, Giver, Wanted},
    },
    domain::{
        id::CreditId,
        payment::Tender,
        refund_credit::{Outcome, RefundCredit, State},
    },
    error::Error,
    events::timestamp,
};

/// The longest scheme of a card.
const LONGEST_BRAND: usize = 40;

pub async fn claim(
    state: &App,
    request: Request<pb::ClaimRefundCreditRequest>,
) -> Result<Response<pb::ClaimRefundCreditResponse>, Status> {
    let (till, message) = Till::calls(request)?;
    let key = convert::request_key("ClaimRefundCredit", &message, &message.request_id)?;
    if message.credit_note_number < 1 {
        return Err(Error::field("credit_note_number", "below one").into());
    }
    let of_terminal = Some(message.credit_note_terminal_code.as_str()).filter(|code| !code.is_empty());
    let wanted = Wanted {
        credit_id: credit_id(&message.credit_id)?,
        number: message.credit_note_number,
        of_terminal,
        generation: message.generation,
    };
    let (refund, credit) = app::claim_refund_credit(state, giver(&till), key, wanted).await?;
    Ok(Response::new(pb::ClaimRefundCreditResponse {
        credit: Some(shown(credit, &refund.payments)),
        credit_note_terminal_code: refund.credit_note.terminal_code,
    }))
}

pub async fn report(
    state: &App,
    request: Request<pb::ReportRefundCreditRequest>,
) -> Result<Response<pb::ReportRefundCreditResponse>, Status> {
    let (till, message) = Till::calls(request)?;
    let key = convert::request_key("ReportRefundCredit", &message, &message.request_id)?;
    let slip_text = convert::slip("slip_text", &message.slip_text)?.to_owned();
    let (outcome, credit_id) = (outcome(&message)?, credit_id(&message.credit_id)?);
    let told = (&outcome, slip_text);
    let (refund, credit) = app::report_refund_credit(state, giver(&till), key, credit_id, told).await?;
    Ok(Response::new(pb::ReportRefundCreditResponse {
        due_minor: refund.due_to_cards().get(),
        by_hand_minor: refund.due_by_hand().get(),
        credit: Some(shown(credit, &refund.payments)),
    }))
}

/// Whether a person has found that the money went back.
pub fn went_back(message: &pb::SettleRefundCreditRequest) -> Result<bool, Error> {
    match message.state() {
        pb::RefundCreditState::Done => Ok(true),
        pb::RefundCreditState::Refused => Ok(false),
        _ => Err(Error::field("state", "neither DONE nor REFUSED")),
    }
}

/// The credit of a message.
pub fn credit_id(text: &str) -> Result<CreditId, Error> {
    convert::uuid("credit_id", text).map(CreditId)
}

/// A credit, with the tender that it gives back.
pub fn shown(credit: RefundCredit, payments: &[Tender]) -> pb::RefundCredit {
    let tender = payments.iter().find(|tender| tender.tender_id == credit.tender_id);
    pb::RefundCredit {
        credit_id: credit.credit_id.to_string(),
        refund_id: credit.refund_id.to_string(),
        waits_for_person: credit.waits_for_person(),
        terminal_code: credit.terminal_code,
        tender: tender.cloned().map(Into::into),
        amount_minor: credit.amount.get(),
        state: match credit.state {
            State::Asked => pb::RefundCreditState::Asked.into(),
            State::Unknown => pb::RefundCreditState::Unknown.into(),
            State::Done => pb::RefundCreditState::Done.into(),
            State::Refused => pb::RefundCreditState::Refused.into(),
        },
        given_minor: credit.given.get(),
        asked_time: Some(timestamp(credit.asked)),
        pan_last4: credit.pan_last4,
    }
}

fn giver(till: &Till) -> Giver<'_> {
    Giver { caller: &till.caller, terminal_code: &till.code }
}

fn outcome(message: &pb::ReportRefundCreditRequest) -> Result<Outcome, Error> {
    match message.state() {
        pb::RefundCreditState::Done => {
            convert::last4("pan_last4", &message.pan_last4)?;
            let brand = &message.brand;
            if brand.chars().count() > LONGEST_BRAND || !brand.chars().all(convert::is_plain) {
                return Err(Error::field("brand", "not the scheme of a card"));
            }
            Ok(Outcome::Done {
                given: Cents::new(message.given_minor),
                brand: brand.clone(),
                pan_last4: message.pan_last4.clone(),
            })
        }
        pb::RefundCreditState::Refused => Ok(Outcome::Refused),
        pb::RefundCreditState::Unknown => Ok(Outcome::Unknown),
        pb::RefundCreditState::Unspecified | pb::RefundCreditState::Asked => {
            Err(Error::field("state", "neither DONE, REFUSED nor UNKNOWN"))
        }
    }
}
