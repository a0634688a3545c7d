//! Refunds that wait at the desk or at a till, and the record that they were paid out. A credit note is found by its number, which is nobody's name.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use proto::checkout::v1::{
    HandRefundToAcquirerRequest, ListRefundsDueRequest, PayOutRefundRequest, Payout, RefundCredit,
    RefundCreditState, RefundPayment, SettleRefundCreditRequest,
};

use crate::{
    app::{App, as_staff},
    error::Refused,
    session::Session,
    text::Lang,
    web::{Page, form::Fields, form_id, places, render_with, show},
};

/// Refunds on a page.
const SHOWN: i32 = 50;

#[derive(Template)]
#[template(path = "refunds.html")]
struct RefundsPage {
    page: Page,
    /// What was searched for; empty for all that is due.
    number: String,
    refunds: Vec<Row>,
    next_page_token: String,
    error: &'static str,
    /// What was done before this page: `paid`, `acquirer` or `noted`.
    done: String,
}

struct Row {
    refund: RefundPayment,
    amount: String,
    given: String,
    bought: String,
    lines: Vec<Line>,
    /// How the sale was paid: means, brand, last digits and amount.
    payments: Vec<(&'static str, String, String, String)>,
    /// When it was paid out; empty while it is due.
    paid: String,
    /// The bank gives it back: the desk does not.
    by_bank: bool,
    /// What is still to go back to cards; empty for nothing.
    to_cards: String,
    /// What a person is to pay by hand, and no card terminal; empty for nothing.
    by_hand: String,
    /// What went back by card terminals already; empty for nothing.
    so_far: String,
    /// What a card terminal of a till was asked for last.
    credit: Option<Credit>,
    request_id: String,
}

/// What a card terminal of a till was asked for.
struct Credit {
    id: String,
    till: String,
    amount: String,
    asked: String,
    /// The till is at it.
    under_way: bool,
    /// Nobody knows: somebody looks.
    unknown: bool,
    /// Nothing went back.
    refused: bool,
}

struct Line {
    name: String,
    quantity: String,
    amount: String,
}

pub async fn list(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let asked = Fields::of_query(query.as_deref());
    let title = lang.say("Remboursements à verser", "Refunds to pay out");
    let mut shown = RefundsPage {
        page: Page::of(&session, lang, title).at("/desk/refunds"),
        number: asked.text("number"),
        refunds: Vec::new(),
        next_page_token: String::new(),
        error: "",
        done: asked.text("done"),
    };
    let Some(credit_note_number) = number(&shown.number) else {
        shown.error = lang.say(
            "Le numéro de l’avoir est un nombre, par exemple 12.",
            "The credit note’s number is a number, for instance 12.",
        );
        return Ok(render_with(StatusCode::UNPROCESSABLE_ENTITY, &shown));
    };
    let request = ListRefundsDueRequest {
        page_size: SHOWN,
        page_token: asked.text("after"),
        credit_note_number,
        ..ListRefundsDueRequest::default()
    };
    let answer = app.checkout_of(&session).payouts.list_refunds_due(as_staff(&session, request)).await;
    let answer = answer.map_err(Refused::by(lang))?.into_inner();
    let zone = places::zone(&app, &session.account.store_code).await;
    shown.refunds = answer.refunds.into_iter().map(|refund| row(refund, &zone, lang)).collect();
    shown.next_page_token = answer.next_page_token;
    Ok(render_with(StatusCode::OK, &shown))
}

/// Records the payment; the list is shown again, so that reloading it sends nothing.
pub async fn pay_out(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(refund_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let request = PayOutRefundRequest { request_id: fields.request_id(), refund_id };
    app.checkout_of(&session)
        .payouts
        .pay_out_refund(as_staff(&session, request))
        .await
        .map_err(Refused::by(lang))?;
    Ok(Redirect::to("/desk/refunds?done=paid").into_response())
}

/// Leaves the refund to the bank.
pub async fn by_bank(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(refund_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let request =
        HandRefundToAcquirerRequest { request_id: fields.request_id(), refund_id, store_code: String::new() };
    let answer = app.checkout_of(&session).payouts.hand_refund_to_acquirer(as_staff(&session, request)).await;
    answer.map_err(Refused::by(lang))?;
    Ok(Redirect::to("/desk/refunds?done=acquirer").into_response())
}

/// Records what somebody found of a credit that nobody knows of.
pub async fn settle(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(credit_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let went_back = fields.yes_or_no("went_back").map_err(|refusal| Refused(lang, refusal))?;
    let state = if went_back { RefundCreditState::Done } else { RefundCreditState::Refused };
    let request = SettleRefundCreditRequest {
        request_id: fields.request_id(),
        credit_id,
        state: state.into(),
        store_code: String::new(),
    };
    let answer = app.checkout_of(&session).payouts.settle_refund_credit(as_staff(&session, request)).await;
    answer.map_err(Refused::by(lang))?;
    Ok(Redirect::to("/desk/refunds?done=noted").into_response())
}

/// The number of a credit note as somebody types it from a mail, such as `12` or `n° 12`; 0 when nothing was typed.
pub(super) fn number(typed: &str) -> Option<i64> {
    let digits = typed.trim_start_matches(|letter: char| !letter.is_ascii_digit()).trim();
    match (typed.is_empty(), digits.parse()) {
        (true, _) => Some(0),
        (false, Ok(number @ 1..)) => Some(number),
        (false, _) => None,
    }
}

fn row(refund: RefundPayment, zone: &str, lang: Lang) -> Row {
    let lines = refund.lines.iter().map(|line| Line {
        name: line.name.clone(),
        quantity: show::quantity(line.quantity_milli, show::measure(line.sold_by())),
        amount: show::amount(line.total_minor),
    });
    let left = refund.total.as_ref().map_or(0, |total| total.amount_minor) - refund.given_minor;
    Row {
        payments: show::payments(&refund.payments, lang),
        amount: show::money(refund.total.as_ref()),
        given: show::moment(refund.refunded_time, zone, lang),
        bought: show::moment(refund.sale_completed_time, zone, lang),
        lines: lines.collect(),
        paid: show::moment(refund.paid_out_time, zone, lang),
        by_bank: refund.method() == Payout::Acquirer,
        to_cards: show::amount_if_any(left - refund.by_hand_minor),
        by_hand: show::amount_if_any(refund.by_hand_minor),
        so_far: show::amount_if_any(refund.given_minor),
        credit: refund.credit.as_ref().map(|credit| shown(credit, zone, lang)),
        request_id: form_id(),
        refund,
    }
}

impl Row {
    /// What keeps everybody else from paying it.
    fn credit_at_till(&self) -> Option<&Credit> {
        self.credit.as_ref().filter(|credit| credit.under_way || credit.unknown)
    }
}

fn shown(credit: &RefundCredit, zone: &str, lang: Lang) -> Credit {
    Credit {
        id: credit.credit_id.clone(),
        till: credit.terminal_code.clone(),
        amount: show::amount(credit.amount_minor),
        asked: show::moment(credit.asked_time, zone, lang),
        under_way: credit.state() == RefundCreditState::Asked && !credit.waits_for_person,
        unknown: credit.waits_for_person,
        refused: credit.state() == RefundCreditState::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_credit_note_is_read_as_it_stands_in_the_mail() {
        for (typed, read) in [
            ("", Some(0)),
            ("12", Some(12)),
            ("n° 12", Some(12)),
            ("Avoir n°12", Some(12)),
            ("0012", Some(12)),
            ("0", None),
            ("douze", None),
            ("12 bis", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(number(typed), read, "{typed}");
        }
    }
}
