//! Goods that come back over the counter: a sale of the store is found by what its ticket bears, and lines of it are given back for a reason,
//! after a page that says what will happen.

mod wish;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::StatusCode;
use proto::checkout::v1::{
    CreditNote, GetSaleRequest, Line as SoldLine, Payout, PreviewRefundRequest, RefundLinesRequest, Ticket,
};
use tonic::{Code, Status};
use wish::{PAYOUTS, REASONS, Wish, left_of};

use super::refunds::number;
use crate::{
    app::{App, as_staff},
    error::{Refusal, Refused},
    session::Session,
    text::Lang,
    web::{
        Page,
        complaint::MOST_PIECES,
        form::Fields,
        form_id, places,
        refunds::{cause, payout, reason},
        render, render_with, show,
    },
};

#[derive(Template)]
#[template(path = "sales.html")]
struct SalesPage {
    page: Page,
    /// What was searched for.
    terminal: String,
    number: String,
    error: &'static str,
    /// No ticket of the store bears it.
    missing: bool,
    sale: Option<Sale>,
}

/// A sale, and what of it is to come back.
struct Sale {
    sale_id: String,
    request_id: String,
    /// The identity of the form that asks for a copy.
    copy_id: String,
    ticket: String,
    bought: String,
    lines: Vec<Line>,
    /// Nothing is left to give back.
    is_over: bool,
    /// Ways for the money, and reasons: word, wording and whether it is chosen.
    payouts: Vec<(&'static str, &'static str, bool)>,
    reasons: Vec<(&'static str, &'static str, bool)>,
    flaw: &'static str,
}

struct Line {
    line_id: i32,
    name: String,
    /// What is left of it, or what it was where nothing is.
    detail: String,
    amount: String,
    is_over: bool,
    chosen: bool,
    /// How many pieces can be given back, where that is more than one.
    pieces: Vec<i64>,
    /// How many of them are asked for; 0 for all.
    chosen_pieces: i64,
    /// The money alone that is asked for, as it was typed.
    money: String,
}

#[derive(Template)]
#[template(path = "sales_confirm.html")]
struct ConfirmPage {
    page: Page,
    sale_id: String,
    request_id: String,
    ticket: String,
    lines: Vec<Chosen>,
    total: String,
    /// What of it goes to store credit though the money was asked for; empty for nothing.
    to_credit: String,
    /// What of it a person pays by hand; empty for nothing.
    by_hand: String,
    /// Why nobody is given this without a person; empty where everybody is.
    cause: &'static str,
    /// The word of what was asked for.
    payout: &'static str,
    /// How the money goes back; empty where none goes that way.
    way: &'static str,
    /// The bank was asked for, and cannot give all of it.
    turned: bool,
    reason: (&'static str, &'static str),
}

/// A line of which something comes back.
struct Chosen {
    line_id: i32,
    name: String,
    pieces: i64,
    money: String,
    /// How much of it.
    detail: String,
}

#[derive(Template)]
#[template(path = "sales_done.html")]
struct DonePage {
    page: Page,
    number: i64,
    till: String,
    ticket: String,
    given: String,
    /// Name, quantity and amount.
    lines: Vec<(String, String, String)>,
    total: String,
    /// What of it is store credit; empty for nothing.
    to_credit: String,
    /// What of it a person pays by hand; empty for nothing.
    by_hand: String,
    reason: &'static str,
    /// How the money goes back; empty where all of it is store credit that nobody asked for.
    payout: &'static str,
    /// What of it a till or the desk still has to give to cards; empty for nothing.
    to_cards: String,
    /// Whoever reads may record at the desk what waits.
    pays_out: bool,
}

pub async fn find(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let asked = Fields::of_query(query.as_deref());
    let mut shown = SalesPage::of(&session, lang);
    (shown.terminal, shown.number) = (asked.text("terminal").to_uppercase(), asked.text("number"));
    let has_till = !shown.terminal.is_empty();
    if !has_till && shown.number.is_empty() {
        return Ok(render(&shown));
    }
    let Some(sequence) = number(&shown.number).filter(|number| has_till && *number > 0) else {
        shown.error = lang.say(
            "Tapez le code de la caisse et le numéro du ticket, par exemple LILLE-01 et 41.",
            "Type the till’s code and the receipt’s number, for instance LILLE-01 and 41.",
        );
        return Ok(render_with(StatusCode::UNPROCESSABLE_ENTITY, &shown));
    };
    let terminal_code = shown.terminal.clone();
    let request = GetSaleRequest { terminal_code, sequence, ..GetSaleRequest::default() };
    match sale(&app, &session, request).await {
        Ok(ticket) => {
            let zone = places::zone(&app, &session.account.store_code).await;
            shown.sale = Some(Sale::of(&ticket, &zone, lang, form_id(), &Wish::default()));
        }
        Err(status) if status.code() == Code::NotFound => shown.missing = true,
        Err(status) => return Err(Refused::by(lang)(status)),
    }
    Ok(render(&shown))
}

/// A sale that was found before.
pub async fn open(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(sale_id): Path<String>,
) -> Result<Response, Refused> {
    let request = GetSaleRequest { sale_id, ..GetSaleRequest::default() };
    let ticket = sale(&app, &session, request).await.map_err(Refused::by(lang))?;
    let zone = places::zone(&app, &session.account.store_code).await;
    let shown = Sale::of(&ticket, &zone, lang, form_id(), &Wish::default());
    Ok(render(&SalesPage { sale: Some(shown), ..SalesPage::of(&session, lang) }))
}

/// The first sending is answered by what will happen; the confirmation gives the lines back.
pub async fn give_back(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(sale_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let wish = Wish::of(&fields);
    if fields.text("confirm") == "yes" {
        return given(&app, lang, &session, sale_id, fields.request_id(), &wish).await;
    }
    let request = GetSaleRequest { sale_id, ..GetSaleRequest::default() };
    let ticket = sale(&app, &session, request).await.map_err(Refused::by(lang))?;
    let flaw = if fields.has("edit") { Some("") } else { wish.flaw(&ticket, lang) };
    let Some(flaw) = flaw else {
        return confirmation(&app, lang, &session, ticket, fields.request_id(), &wish).await;
    };
    let zone = places::zone(&app, &session.account.store_code).await;
    let shown = Sale { flaw, ..Sale::of(&ticket, &zone, lang, fields.request_id(), &wish) };
    let status = if flaw.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(render_with(status, &SalesPage { sale: Some(shown), ..SalesPage::of(&session, lang) }))
}

async fn confirmation(
    app: &App,
    lang: Lang,
    session: &Session,
    ticket: Ticket,
    request_id: String,
    wish: &Wish,
) -> Result<Response, Refused> {
    let refused = || Refused(lang, Refusal::BAD_FORM);
    let ((reason_word, why), (payout_word, how)) = wish.reason.zip(wish.payout).ok_or_else(refused)?;
    let parts = wish.parts().ok_or_else(refused)?;
    let sale_id = ticket.sale_id.clone();
    let request = PreviewRefundRequest { sale_id, parts, payout: how.into() };
    let answer = app.checkout_of(session).refunds.preview_refund(as_staff(session, request)).await;
    let answer = answer.map_err(Refused::by(lang))?.into_inner();
    let goes = Some(answer.payout()).filter(|goes| *goes != Payout::Unspecified).unwrap_or(how);
    let is_credit = goes == Payout::StoreCredit;
    let total_minor = answer.total.as_ref().map_or(0, |total| total.amount_minor);
    let to_cards = total_minor - answer.store_credit_minor - answer.by_hand_minor;
    let lines = ticket.lines.iter().filter_map(|line| chosen(&ticket, line, wish, lang)).collect();
    Ok(render(&ConfirmPage {
        page: page(session, lang),
        request_id,
        ticket: name(&ticket),
        lines,
        total: show::money(answer.total.as_ref()),
        to_credit: show::amount_if_any(if is_credit { 0 } else { answer.store_credit_minor }),
        by_hand: show::amount_if_any(answer.by_hand_minor),
        cause: cause(answer.cause(), lang),
        payout: payout_word,
        way: if is_credit || to_cards > 0 { payout(goes, lang) } else { "" },
        turned: goes != how,
        reason: (reason_word, reason(why, lang)),
        sale_id: ticket.sale_id,
    }))
}

/// Gives the lines back. The same form sent again is answered by the same credit note.
async fn given(
    app: &App,
    lang: Lang,
    session: &Session,
    sale_id: String,
    request_id: String,
    wish: &Wish,
) -> Result<Response, Refused> {
    let refused = || Refused(lang, Refusal::BAD_FORM);
    let ((_, why), (_, how)) = wish.reason.zip(wish.payout).ok_or_else(refused)?;
    let request = RefundLinesRequest {
        request_id,
        sale_id,
        parts: wish.parts().ok_or_else(refused)?,
        payout: how.into(),
        reason: why.into(),
        ..RefundLinesRequest::default()
    };
    let answer = app.checkout_of(session).sales.refund_lines(as_staff(session, request)).await;
    let note = answer.map_err(Refused::by(lang))?.into_inner().credit_note.unwrap_or_default();
    let zone = places::zone(app, &session.account.store_code).await;
    Ok(render(&done(session, lang, &note, &zone)))
}

fn done(session: &Session, lang: Lang, note: &CreditNote, zone: &str) -> DonePage {
    let line = |line: &SoldLine| {
        let quantity = match line.quantity_milli {
            0 => String::new(),
            quantity => show::quantity(quantity, show::measure(line.sold_by())),
        };
        (line.name.clone(), quantity, show::amount(line.total_minor))
    };
    let total_minor = note.total.as_ref().map_or(0, |total| total.amount_minor);
    let page = Page::of(session, lang, lang.say("Avoir donné", "Credit note given")).at("/desk/sales");
    let to_cards = total_minor - note.store_credit_minor - note.by_hand_minor;
    let is_all_credit = note.store_credit_minor > 0 && note.store_credit_minor == total_minor;
    let is_other = is_all_credit && note.payout() != Payout::StoreCredit;
    DonePage {
        number: note.sequence,
        till: note.terminal_code.clone(),
        ticket: format!("{} {}", note.terminal_code, note.sale_sequence),
        given: show::moment(note.refunded_time, zone, lang),
        lines: note.lines.iter().map(line).collect(),
        total: show::amount(total_minor),
        to_credit: show::amount_if_any(note.store_credit_minor),
        by_hand: show::amount_if_any(note.by_hand_minor),
        reason: reason(note.reason(), lang),
        payout: if is_other { "" } else { payout(note.payout(), lang) },
        to_cards: show::amount_if_any(if note.payout() == Payout::Desk { to_cards } else { 0 }),
        pays_out: page.links.iter().any(|(route, _, _)| *route == "/desk/refunds"),
        page,
    }
}

async fn sale(app: &App, session: &Session, request: GetSaleRequest) -> Result<Ticket, Status> {
    let answer = app.checkout_of(session).sales.get_sale(as_staff(session, request)).await?;
    Ok(answer.into_inner().ticket.unwrap_or_default())
}

fn page(session: &Session, lang: Lang) -> Page {
    let title = lang.say("Articles qui reviennent", "Goods that come back");
    Page::of(session, lang, title).at("/desk/sales")
}

/// What a ticket is called.
fn name(ticket: &Ticket) -> String {
    format!("{} {}", ticket.terminal_code, ticket.sequence)
}

/// A line that is chosen, with how much of it.
fn chosen(ticket: &Ticket, line: &SoldLine, wish: &Wish, lang: Lang) -> Option<Chosen> {
    let asked = wish.lines.get(&line.line_id)?;
    let part = asked.part(line.line_id)?;
    let measure = show::measure(line.sold_by());
    let detail = match (part.quantity_milli, part.amount_minor) {
        (0, 0) => show::quantity(left_of(ticket, line)?.quantity_milli, measure),
        (0, amount) => {
            format!("{} {}", show::amount(amount), lang.say("sur le prix", "of the price"))
        }
        (quantity, _) => show::quantity(quantity, measure),
    };
    let (name, money) = (line.name.clone(), asked.money.clone());
    Some(Chosen { line_id: line.line_id, name, pieces: asked.pieces, money, detail })
}

impl SalesPage {
    /// Before anything is searched for.
    fn of(session: &Session, lang: Lang) -> Self {
        Self {
            page: page(session, lang),
            terminal: String::new(),
            number: String::new(),
            error: "",
            missing: false,
            sale: None,
        }
    }
}

impl Sale {
    fn of(ticket: &Ticket, zone: &str, lang: Lang, request_id: String, wish: &Wish) -> Self {
        let lines: Vec<Line> = ticket.lines.iter().map(|line| Line::of(ticket, line, wish)).collect();
        let (by, why) = (wish.payout.map(|(word, _)| word), wish.reason.map(|(word, _)| word));
        let is_offered = |how: Payout| how != Payout::StoreCredit || !ticket.member_id.is_empty();
        let payouts = PAYOUTS.into_iter().filter(|(_, how)| is_offered(*how));
        Self {
            sale_id: ticket.sale_id.clone(),
            request_id,
            copy_id: form_id(),
            ticket: name(ticket),
            bought: show::moment(ticket.completed_time, zone, lang),
            is_over: lines.iter().all(|line| line.is_over),
            lines,
            payouts: payouts
                .map(|(word, how)| (word, payout(how, lang), by.map_or(how == Payout::Desk, |by| by == word)))
                .collect(),
            reasons: REASONS
                .into_iter()
                .map(|(word, reason_of)| (word, reason(reason_of, lang), why == Some(word)))
                .collect(),
            flaw: "",
        }
    }
}

impl Line {
    fn of(ticket: &Ticket, line: &SoldLine, wish: &Wish) -> Self {
        let left = left_of(ticket, line);
        let (quantity, amount) = match &left {
            Some(left) => (left.quantity_milli, left.amount_minor),
            None => (line.quantity_milli, line.total_minor),
        };
        let measure = show::measure(line.sold_by());
        let pieces = if measure == "unit" && left.is_some() { quantity / 1_000 } else { 0 };
        let asked = wish.lines.get(&line.line_id);
        Self {
            line_id: line.line_id,
            name: line.name.clone(),
            detail: show::quantity(quantity, measure),
            amount: show::amount(amount),
            is_over: left.is_none(),
            chosen: asked.is_some(),
            pieces: if pieces > 1 { (1..=pieces.min(MOST_PIECES)).collect() } else { Vec::new() },
            chosen_pieces: asked.map_or(0, |asked| asked.pieces),
            money: asked.map(|asked| asked.money.clone()).unwrap_or_default(),
        }
    }
}
