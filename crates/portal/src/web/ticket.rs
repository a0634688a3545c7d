//! The ticket behind the code that a till showed: read by whoever holds it, for 30 days. Nobody's name is on it. Each time that somebody
//! asks for it is a copy, which says whether it is the original or which duplicate. What only follows the link, as a messenger does that
//! draws a preview of it, has asked for nothing: the ticket comes when its button is pressed.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use http::{HeaderName, HeaderValue};
use money::{Cents, Quantity};
use proto::{
    checkout::v1::{
        GetTrainingTicketRequest, GetTrainingTicketResponse, Line, PrintTicketRequest, PrintTicketResponse,
        SoldBy, Tender, Ticket,
    },
    receipt::v1::{GetReceiptRequest, GetReceiptResponse},
};
use tonic::Code;

use super::{Page, form::Fields, form_id, render, show};
use crate::{
    app::{App, as_staff},
    error::{Refusal, Refused},
    session::Session,
    text::Lang,
};

/// No search engine is to find what a secret opens.
const ROBOTS: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));

#[derive(Template)]
#[template(path = "ticket_door.html")]
struct DoorPage {
    page: Page,
    request_id: String,
    training: bool,
}

#[derive(Template)]
#[template(path = "ticket.html")]
struct TicketPage {
    page: Page,
    shop: String,
    address_lines: Vec<String>,
    siret: String,
    vat_number: String,
    terminal: String,
    number: i64,
    /// Whether it is the original, or which duplicate.
    copy: String,
    bought: String,
    lines: Vec<TicketLine>,
    total: String,
    discount: Option<String>,
    deposits: Option<String>,
    /// Rate, amount without tax, and tax.
    vat_rows: Vec<(String, String, String)>,
    payments: Vec<String>,
    seal: String,
    slips: Vec<String>,
    /// Until when the page can be read, where a code opens it; else it is for the printer of the desk.
    until: Option<String>,
    /// It was practised, and is no ticket.
    training: bool,
}

struct TicketLine {
    name: String,
    detail: String,
    /// Label and amount of what was taken off.
    discounts: Vec<(String, String)>,
    total: String,
}

pub async fn door(Extension(lang): Extension<Lang>) -> Response {
    shown(&door_of(lang, false))
}

pub async fn practised_door(Extension(lang): Extension<Lang>) -> Response {
    shown(&door_of(lang, true))
}

pub async fn show(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let request = GetReceiptRequest { token, request_id: fields.request_id() };
    let answer = app.receipt.clone().get_receipt(request).await;
    let answer = answer.map_err(|status| gone(lang, status))?.into_inner();
    Ok(shown(&page_of(lang, answer)))
}

/// What stands behind the code of a till that trains: the checkout of its store alone has heard of it, and the code does not name it.
pub async fn show_practised(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let asked = app.every_checkout().map(|mut checkout| {
        let request = GetTrainingTicketRequest { token: token.clone(), request_id: fields.request_id() };
        async move { checkout.training.get_training_ticket(request).await }
    });
    let answer = first_found(futures::future::join_all(asked).await);
    let answer = answer.map_err(|status| gone(lang, status))?.into_inner();
    let GetTrainingTicketResponse { ticket, slip_texts, expiry_time, copy } = answer;
    let answer = GetReceiptResponse { ticket, slip_texts, expiry_time, copy };
    Ok(shown(&TicketPage { training: true, ..page_of(lang, answer) }))
}

/// The paper that a till could not print, or that somebody asks for who has no code: a copy like every other.
pub async fn show_at_the_desk(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(sale_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let request = PrintTicketRequest { request_id: fields.request_id(), sale_id };
    let answer = app.checkout_of(&session).sales.print_ticket(as_staff(&session, request)).await;
    let PrintTicketResponse { ticket, slip_texts, copy } = answer.map_err(Refused::by(lang))?.into_inner();
    let answer = GetReceiptResponse { ticket, slip_texts, copy, expiry_time: None };
    let page = Page::of(&session, lang, lang.say("Ticket à imprimer", "Receipt to print")).at("/desk/sales");
    Ok(render(&TicketPage { page, until: None, ..page_of(lang, answer) }))
}

/// The answer of whoever knows it; else what one said who could not tell, else that nobody does.
fn first_found<T>(answers: Vec<Result<T, tonic::Status>>) -> Result<T, tonic::Status> {
    let mut refused = tonic::Status::not_found("no checkout was asked");
    for answer in answers {
        match answer {
            Ok(found) => return Ok(found),
            Err(status) if refused.code() == Code::NotFound => refused = status,
            Err(_) => {}
        }
    }
    Err(refused)
}

fn gone(lang: Lang, status: tonic::Status) -> Refused {
    match status.code() {
        Code::NotFound | Code::InvalidArgument => Refused(lang, Refusal::TICKET_GONE),
        _ => Refused::by(lang)(status),
    }
}

fn door_of(lang: Lang, training: bool) -> DoorPage {
    DoorPage {
        page: Page::new(lang, lang.say("Votre ticket", "Your receipt")),
        request_id: form_id(),
        training,
    }
}

fn shown(page: &impl Template) -> Response {
    let mut response = render(page);
    response.headers_mut().insert(ROBOTS.0, ROBOTS.1);
    response
}

fn page_of(lang: Lang, answer: GetReceiptResponse) -> TicketPage {
    let ticket = answer.ticket.unwrap_or_default();
    let store = ticket.store.clone().unwrap_or_default();
    let total = ticket.total.as_ref().map_or(0, |total| total.amount_minor);
    TicketPage {
        page: Page::new(lang, lang.say("Votre ticket", "Your receipt")),
        bought: show::moment(ticket.completed_time, &store.time_zone, lang),
        until: Some(show::moment(answer.expiry_time, &store.time_zone, lang)),
        lines: ticket.lines.iter().map(|line| line_of(line, lang)).collect(),
        total: show::amount(total),
        discount: (ticket.discount_minor > 0).then(|| show::amount(ticket.discount_minor)),
        deposits: (ticket.deposit_minor != 0).then(|| show::amount(ticket.deposit_minor)),
        vat_rows: ticket
            .vat_totals
            .iter()
            .map(|row| {
                let rate = show::percentage(row.rate_basis_points, lang);
                (rate, show::amount(row.ht_minor), show::amount(row.vat_minor))
            })
            .collect(),
        payments: payments(lang, &ticket, total),
        seal: fiscal::shown(&ticket.fiscal_hash, &ticket.fiscal_version),
        number: ticket.sequence,
        copy: copy_of(lang, answer.copy),
        terminal: ticket.terminal_code,
        shop: store.name,
        address_lines: store.address_lines,
        siret: store.siret,
        vat_number: store.vat_number,
        slips: answer.slip_texts,
        training: ticket.training,
    }
}

fn copy_of(lang: Lang, copy: i64) -> String {
    match copy {
        0 => lang.say("Original", "Original").to_owned(),
        number => format!("{}\u{a0}{number}", lang.say("Duplicata n°", "Duplicate no.")),
    }
}

fn line_of(line: &Line, lang: Lang) -> TicketLine {
    let price = show::amount(line.unit_price_minor);
    let (unit_price, quantity) = (Cents::new(line.unit_price_minor), Quantity::new(line.quantity_milli));
    let is_product = money::is_price(unit_price, quantity, Cents::new(line.gross_minor));
    let detail = match line.sold_by() {
        SoldBy::Kilogram if !is_product => {
            let (at, said) = (lang.say("à", "at"), lang.say("prix de l’étiquette", "price of the label"));
            format!("{} {at} {price}/kg, {said}", show::quantity(line.quantity_milli, "kg"))
        }
        SoldBy::Kilogram => format!("{} × {price}/kg", show::quantity(line.quantity_milli, "kg")),
        SoldBy::Unit | SoldBy::Unspecified => {
            format!("{} × {price}", quantity.french())
        }
    };
    let guarantee = lang.say(
        "garantie légale de conformité : 2 ans à compter de la remise",
        "legal guarantee of conformity: 2 years from delivery",
    );
    let detail = if line.legal_guarantee { format!("{detail} · {guarantee}") } else { detail };
    let discounts = line.discounts.iter();
    TicketLine {
        name: line.name.clone(),
        detail,
        discounts: discounts.map(|off| (off.label.clone(), show::amount(-off.amount_minor))).collect(),
        total: show::amount(line.total_minor),
    }
}

/// How it was paid, one line a payment.
fn payments(lang: Lang, ticket: &Ticket, total: i64) -> Vec<String> {
    let payments = ticket.payments.iter().map(|paid| (means(lang, paid), paid.amount_minor));
    let at_desk = (total < 0)
        .then(|| (lang.say("À recevoir à l’accueil", "To receive at the desk").to_owned(), -total));
    let colon = lang.say("\u{a0}:", ":");
    payments.chain(at_desk).map(|(words, minor)| format!("{words}{colon} {}", show::amount(minor))).collect()
}

fn means(lang: Lang, paid: &Tender) -> String {
    let words = show::means(paid.kind(), lang);
    let Some(card) = &paid.card else { return words.to_owned() };
    format!("{words} {} ****{}", card.brand, card.pan_last4).trim_end_matches(" ****").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticket_of_durable_goods_says_that_the_law_guarantees_them_for_two_years() {
        let detail = |legal_guarantee, lang| {
            let sold_by = SoldBy::Unit.into();
            line_of(&Line { legal_guarantee, sold_by, quantity_milli: 1_000, ..Line::default() }, lang).detail
        };
        assert!(
            detail(true, Lang::French)
                .ends_with("garantie légale de conformité : 2 ans à compter de la remise")
        );
        assert!(
            detail(true, Lang::English).ends_with("legal guarantee of conformity: 2 years from delivery")
        );
        assert!(!detail(false, Lang::French).contains("garantie"));
    }
}
