//! What a basket is paid with. Money was taken already, so that nothing is refused but what must not be kept.

use caisse_ap::SlipRule;
use money::Cents;
use proto::checkout::v1 as pb;
use tonic::{Request, Response, Status};

use super::{Till, convert};
use crate::{
    app::{App, tender as app_tender},
    domain::{
        id::TenderId,
        payment::{Card, Given, Means, Tender},
    },
    error::Error,
};

pub async fn take(
    app: &App,
    request: Request<pb::TakeTenderRequest>,
) -> Result<Response<pb::TakeTenderResponse>, Status> {
    let (till, message) = Till::calls(request)?;
    let pb::TakeTenderRequest { request_id, basket_id, tender } = &message;
    let command = till.command("TakeTender", &message, request_id, basket_id, 0)?;
    let tender = tender.clone().ok_or_else(|| Error::field("tender", "nothing was given"))?;
    let shown = app_tender::take_tender(app, command, given(tender)?).await?;
    Ok(Response::new(pb::TakeTenderResponse { basket: Some(shown.into()) }))
}

pub async fn give_back(
    app: &App,
    request: Request<pb::ReturnTenderRequest>,
) -> Result<Response<pb::ReturnTenderResponse>, Status> {
    let (till, message) = Till::calls(request)?;
    let pb::ReturnTenderRequest { request_id, basket_id, tender_id } = &message;
    let command = till.command("ReturnTender", &message, request_id, basket_id, 0)?;
    let tender_id = TenderId(convert::uuid("tender_id", tender_id)?);
    let shown = app_tender::return_tender(app, command, tender_id).await?;
    Ok(Response::new(pb::ReturnTenderResponse { basket: Some(shown.into()) }))
}

pub async fn store_credit(
    app: &App,
    request: Request<pb::GetStoreCreditRequest>,
) -> Result<Response<pb::GetStoreCreditResponse>, Status> {
    let (till, message) = Till::calls(request)?;
    let basket_id = convert::basket_id(&message.basket_id)?;
    let (balance, currency) = app_tender::get_store_credit(app, &till.code, basket_id).await?;
    Ok(Response::new(pb::GetStoreCreditResponse { balance: convert::money(balance, currency) }))
}

/// A tender as the till tells it: every field is looked at, the refusal names it.
pub fn given(message: pb::Tender) -> Result<Given, Error> {
    let kind = message.kind();
    let tender_id = TenderId(convert::uuid("tender.tender_id", &message.tender_id)?);
    if message.amount_minor <= 0 {
        return Err(Error::field("tender.amount_minor", "not above zero"));
    }
    let (means, slip_text) = match (kind, message.card) {
        (pb::TenderKind::Unspecified, _) => return Err(Error::field("tender.kind", "none of the kinds")),
        (pb::TenderKind::StoreCredit, None) => (Means::StoreCredit, String::new()),
        (pb::TenderKind::StoreCredit, Some(_)) => {
            return Err(Error::field("tender.card", "store credit has no card"));
        }
        (_, None) => return Err(Error::field("tender.card", "a card's tender has one")),
        (_, Some(card)) if card.amount_minor != message.amount_minor => {
            return Err(Error::field("tender.card.amount_minor", "not that of the tender"));
        }
        (kind, Some(card)) => {
            let (card, slip_text) = card_of(card)?;
            let means = match kind {
                pb::TenderKind::MealVoucher => Means::MealVoucher { card },
                _ => Means::Card { card },
            };
            (means, slip_text)
        }
    };
    let tender = Tender { tender_id, amount: Cents::new(message.amount_minor), means };
    Ok(Given { tender, slip_text })
}

fn card_of(card: pb::CardPayment) -> Result<(Card, String), Error> {
    convert::last4("tender.card.pan_last4", &card.pan_last4)?;
    convert::slip("tender.card.slip_text", &card.slip_text)?;
    let application_id = word("tender.card.application_id", card.application_id, 32)?;
    if !application_id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Error::field("tender.card.application_id", "not hexadecimal"));
    }
    let shown = Card {
        brand: word("tender.card.brand", card.brand, 32)?,
        pan_last4: card.pan_last4,
        application_id,
        authorisation: word("tender.card.authorisation", card.authorisation, 32)?,
        contactless: card.contactless,
    };
    Ok((shown, card.slip_text))
}

fn word(field: &str, text: String, longest: usize) -> Result<String, Error> {
    if text.chars().count() > longest || !text.chars().all(convert::is_plain) {
        return Err(Error::field(field, format!("not at most {longest} plain characters")));
    }
    if SlipRule::default().check(&text).is_err() {
        return Err(Error::field(field, "a card number"));
    }
    Ok(text)
}

impl From<Tender> for pb::Tender {
    fn from(tender: Tender) -> Self {
        let amount_minor = tender.amount.get();
        let kind = match tender.means {
            Means::Card { .. } => pb::TenderKind::Card,
            Means::MealVoucher { .. } => pb::TenderKind::MealVoucher,
            Means::StoreCredit => pb::TenderKind::StoreCredit,
        };
        let card = tender.means.card().cloned().map(|card| pb::CardPayment {
            amount_minor,
            brand: card.brand,
            pan_last4: card.pan_last4,
            application_id: card.application_id,
            authorisation: card.authorisation,
            contactless: card.contactless,
            slip_text: String::new(),
        });
        Self { tender_id: tender.tender_id.to_string(), kind: kind.into(), amount_minor, card }
    }
}
