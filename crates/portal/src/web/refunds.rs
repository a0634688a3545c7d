//! Refunds that a person decides, and those that the office gives back in the acquirer's pages: what is asked for, the sale, and what was given back before.

pub mod acquirer;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use proto::checkout::v1::{
    AnswerRefundRequestRequest, CreditNote, Line as SoldLine, ListRefundRequestsRequest, Payout, RefundCause,
    RefundPart, RefundReason, RefundRequest, RefundRequestState, Ticket,
};

use super::{Page, form::Fields, form_id, places, render, show};
use crate::{
    app::{App, as_staff},
    error::Refused,
    session::Session,
    text::Lang,
};

/// Requests on a page.
const SHOWN: i32 = 50;

#[derive(Template)]
#[template(path = "refund_requests.html")]
struct RequestsPage {
    page: Page,
    /// Those that people have decided, instead of those that wait.
    answered: bool,
    requests: Vec<Row>,
    next_page_token: String,
    /// What was done before this page: `given` or `refused`.
    done: String,
}

struct Row {
    refund_request_id: String,
    ticket: String,
    bought: String,
    asked: String,
    amount: String,
    payout: &'static str,
    cause: &'static str,
    reason: &'static str,
    lines: Vec<Line>,
    /// Earlier refunds of the sale: number, moment and amount.
    refunds: Vec<(i64, String, String)>,
    member: String,
    /// What was decided, and when; empty while it waits.
    decided: &'static str,
    decided_at: String,
    request_id: String,
}

/// A line of the sale.
struct Line {
    name: String,
    quantity: String,
    amount: String,
    /// What of it is asked for; empty for nothing.
    asked: String,
    /// What of it was given back before; empty for nothing.
    given: String,
}

pub async fn list(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let wanted = Fields::of_query(query.as_deref());
    let answered = wanted.text("show") == "answered";
    let request = ListRefundRequestsRequest { page_size: SHOWN, page_token: wanted.text("after"), answered };
    let answer = app.checkout_of(&session).refunds.list_refund_requests(as_staff(&session, request)).await;
    let answer = answer.map_err(Refused::by(lang))?.into_inner();
    let zone = places::zone(&app, &session.account.store_code).await;
    let title = lang.say("Demandes de remboursement", "Refund requests");
    Ok(render(&RequestsPage {
        page: Page::of(&session, lang, title).at("/refunds"),
        answered,
        requests: answer.requests.into_iter().map(|request| row(request, &zone, lang)).collect(),
        next_page_token: answer.next_page_token,
        done: wanted.text("done"),
    }))
}

/// Decides; the list is shown again, so that reloading it sends nothing.
pub async fn answer(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(refund_request_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let gives = fields.yes_or_no("give").map_err(|refusal| Refused(lang, refusal))?;
    let (answer, done) = match gives {
        true => (RefundRequestState::Given, "given"),
        false => (RefundRequestState::Refused, "refused"),
    };
    let request_id = fields.request_id();
    let request = AnswerRefundRequestRequest { request_id, refund_request_id, answer: answer.into() };
    app.checkout_of(&session)
        .refunds
        .answer_refund_request(as_staff(&session, request))
        .await
        .map_err(Refused::by(lang))?;
    Ok(Redirect::to(&format!("/refunds?done={done}")).into_response())
}

fn row(request: RefundRequest, zone: &str, lang: Lang) -> Row {
    let sale = request.sale.clone().unwrap_or_default();
    let member = match (sale.member_id.is_empty(), request.member_refunds) {
        (true, _) => lang.say("Achat sans carte d’adhérent", "Bought without a member’s card").to_owned(),
        (false, 0) => lang.say("Aucun remboursement en 90 jours", "No refund in 90 days").to_owned(),
        (false, refunds) => {
            let said = lang.say("remboursement(s) en 90 jours, en tout", "refund(s) in 90 days, in all");
            format!("{refunds} {said} {}", show::amount(request.member_refunds_minor))
        }
    };
    Row {
        ticket: format!("{} {}", sale.terminal_code, sale.sequence),
        bought: show::moment(sale.completed_time, zone, lang),
        asked: show::moment(request.requested_time, zone, lang),
        amount: show::money(request.total.as_ref()),
        payout: payout(request.payout(), lang),
        cause: cause(request.cause(), lang),
        reason: reason(request.reason(), lang),
        lines: lines(&sale, &request.parts),
        refunds: request.credit_notes.iter().map(|note| refund(note, zone, lang)).collect(),
        member,
        decided: match request.state() {
            RefundRequestState::Given => lang.say("Accepté", "Granted"),
            RefundRequestState::Refused => lang.say("Refusé", "Refused"),
            RefundRequestState::Waiting | RefundRequestState::Unspecified => "",
        },
        decided_at: show::moment(request.answered_time, zone, lang),
        request_id: form_id(),
        refund_request_id: request.refund_request_id,
    }
}

fn refund(note: &CreditNote, zone: &str, lang: Lang) -> (i64, String, String) {
    (note.sequence, show::moment(note.refunded_time, zone, lang), show::money(note.total.as_ref()))
}

fn lines(sale: &Ticket, asked: &[RefundPart]) -> Vec<Line> {
    let of = |parts: &[RefundPart], line: &SoldLine| {
        parts.iter().find(|part| part.line_id == line.line_id).cloned()
    };
    let line = |line: &SoldLine| {
        let measure = show::measure(line.sold_by());
        let given = of(&sale.refunded_parts, line);
        let left = line.quantity_milli - given.as_ref().map_or(0, |given| given.quantity_milli);
        let asked = of(asked, line).map(|asked| match (asked.quantity_milli, asked.amount_minor) {
            (0, 0) => show::quantity(left, measure),
            (0, amount) => show::amount(amount),
            (quantity, _) => show::quantity(quantity, measure),
        });
        Line {
            name: line.name.clone(),
            quantity: show::quantity(line.quantity_milli, measure),
            amount: show::amount(line.total_minor),
            asked: asked.unwrap_or_default(),
            given: given.map(|given| show::amount(given.amount_minor)).unwrap_or_default(),
        }
    };
    sale.lines.iter().map(line).collect()
}

pub(super) fn payout(payout: Payout, lang: Lang) -> &'static str {
    match payout {
        Payout::StoreCredit => lang.say("en avoir", "as store credit"),
        Payout::Acquirer => {
            lang.say("par la banque, sur la carte qui a payé", "by the bank, to the card that paid")
        }
        Payout::Desk | Payout::Unspecified => {
            lang.say("à l’accueil, sur la carte qui a payé", "at the desk, to the card that paid")
        }
    }
}

pub(super) fn cause(cause: RefundCause, lang: Lang) -> &'static str {
    match cause {
        RefundCause::TooLate => lang.say("L’achat est trop ancien.", "The purchase is too long ago."),
        RefundCause::Amount => lang.say(
            "Le montant dépasse ce qui est remboursé d’office sur un ticket.",
            "The amount is above what is given back of one ticket by itself.",
        ),
        RefundCause::Budget => lang.say(
            "L’adhérent a déjà été remboursé d’office ce mois-ci.",
            "The member was given refunds by themselves this month already.",
        ),
        RefundCause::Unspecified => "",
    }
}

pub(super) fn reason(reason: RefundReason, lang: Lang) -> &'static str {
    match reason {
        RefundReason::Unspecified => lang.say("Sur simple demande", "On simple request"),
        RefundReason::Damaged => lang.say("Abîmé ou périmé", "Damaged or past its date"),
        RefundReason::NotAsDescribed => lang.say("Pas conforme", "Not as described"),
        RefundReason::WrongPrice => lang.say("Erreur de prix", "Wrong price"),
        RefundReason::NotTaken => lang.say("Pas emporté", "Not taken along"),
        RefundReason::Recalled => lang.say("Rappelé", "Recalled"),
    }
}
