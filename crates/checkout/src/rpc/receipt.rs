//! How the shopper wants the ticket, and the papers of it.

use platform::rpc::caller;
use proto::checkout::v1 as pb;
use tonic::{Request, Response, Status};

use super::{Till, convert, scope};
use crate::{
    app::{App, payment, ticket_copy},
    domain::basket::receipt::{Language, Receipt},
    error::Error,
};

/// Digits of a SHA-256 in hexadecimal.
const HASH_DIGITS: usize = 64;

pub async fn choose(
    app: &App,
    request: Request<pb::ChooseReceiptRequest>,
) -> Result<Response<pb::ChooseReceiptResponse>, Status> {
    let (till, message) = Till::calls(request)?;
    let pb::ChooseReceiptRequest { request_id, basket_id, basket_version, .. } = &message;
    let command = till.command("ChooseReceipt", &message, request_id, basket_id, *basket_version)?;
    let language = Language::parse(&message.language);
    let language = language.ok_or_else(|| Error::field("language", "neither fr nor en"))?;
    let shown = payment::choose_receipt(app, command, wish(&message)?, language).await?;
    Ok(Response::new(pb::ChooseReceiptResponse { basket: Some(shown.into()) }))
}

pub async fn print(
    app: &App,
    request: Request<pb::PrintTicketRequest>,
) -> Result<Response<pb::PrintTicketResponse>, Status> {
    let caller = caller(&request)?;
    let message = request.into_inner();
    let key = convert::request_key("PrintTicket", &message, &message.request_id)?;
    let sale_id = convert::sale_id(&message.sale_id)?;
    let command = ticket_copy::Command { caller: &caller.id(), request: key };
    let copy = ticket_copy::print_ticket(app, &scope(&caller)?, command, sale_id).await?;
    Ok(Response::new(pb::PrintTicketResponse {
        ticket: Some(copy.ticket.into()),
        copy: copy.number,
        slip_texts: copy.slip_texts,
    }))
}

pub async fn download(
    app: &App,
    request: Request<pb::DownloadTicketRequest>,
) -> Result<Response<pb::DownloadTicketResponse>, Status> {
    let caller = caller(&request)?.id();
    let message = request.into_inner();
    let request = convert::request_key("DownloadTicket", &message, &message.request_id)?;
    let sale_id = convert::sale_id(&message.sale_id)?;
    let command = ticket_copy::Command { caller: &caller, request };
    let copy = ticket_copy::download_ticket(app, command, sale_id).await?;
    Ok(Response::new(pb::DownloadTicketResponse {
        ticket: Some(copy.ticket.into()),
        copy: copy.number,
        slip_texts: copy.slip_texts,
        card_contracts: app.card_contracts.to_vec(),
    }))
}

/// A choice, with what belongs to it and nothing else.
fn wish(message: &pb::ChooseReceiptRequest) -> Result<Receipt, Error> {
    let choice = message.choice();
    if choice != pb::ReceiptChoice::TypedEmail && !message.guest_contact_id.is_empty() {
        return Err(Error::field("guest_contact_id", "belongs to TYPED_EMAIL"));
    }
    if choice != pb::ReceiptChoice::Qr && !message.token_sha256.is_empty() {
        return Err(Error::field("token_sha256", "belongs to QR"));
    }
    Ok(match choice {
        pb::ReceiptChoice::Unspecified => return Err(Error::field("choice", "none of the choices")),
        pb::ReceiptChoice::CardEmail => Receipt::CardEmail,
        pb::ReceiptChoice::TypedEmail => Receipt::TypedEmail {
            guest_contact_id: convert::uuid("guest_contact_id", &message.guest_contact_id)?,
        },
        pb::ReceiptChoice::Qr => {
            let token_sha256 = sha256("token_sha256", &message.token_sha256)?.to_owned();
            Receipt::Qr { token_sha256 }
        }
        pb::ReceiptChoice::Paper => Receipt::Paper,
        pb::ReceiptChoice::None => Receipt::None,
    })
}

/// The hash of what is shown to a shopper alone.
pub fn sha256<'a>(field: &str, text: &'a str) -> Result<&'a str, Error> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() == HASH_DIGITS && text.bytes().all(is_digit) {
        Ok(text)
    } else {
        Err(Error::field(field, "not 64 small hexadecimal digits"))
    }
}

/// A choice as the till is told it.
pub fn choice(receipt: Option<&Receipt>) -> pb::ReceiptChoice {
    match receipt {
        None => pb::ReceiptChoice::Unspecified,
        Some(Receipt::CardEmail) => pb::ReceiptChoice::CardEmail,
        Some(Receipt::TypedEmail { .. }) => pb::ReceiptChoice::TypedEmail,
        Some(Receipt::Qr { .. }) => pb::ReceiptChoice::Qr,
        Some(Receipt::Paper) => pb::ReceiptChoice::Paper,
        Some(Receipt::None) => pb::ReceiptChoice::None,
    }
}

/// The id of the address that the ticket goes to, as the till is told it; empty where none was typed.
pub fn guest_contact_id(receipt: Option<&Receipt>) -> String {
    match receipt {
        Some(Receipt::TypedEmail { guest_contact_id }) => guest_contact_id.to_string(),
        _ => String::new(),
    }
}
