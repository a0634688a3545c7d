//! Refunds that the office gives back to the card in the acquirer's own pages, and what has become of each.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use proto::checkout::v1::{
    AcquirerRefundState, ListRefundsDueRequest, Payout, RefundPayment, SettleAcquirerRefundRequest,
};

use crate::{
    app::{App, as_staff},
    error::{Refusal, Refused},
    session::Session,
    text::Lang,
    web::{Page, form::Fields, form_id, places, render, show},
};

/// Tasks on a page.
const SHOWN: i32 = 50;

#[derive(Template)]
#[template(path = "refund_tasks.html")]
struct TasksPage {
    page: Page,
    tasks: Vec<Row>,
    next_page_token: String,
    done: bool,
}

struct Row {
    refund: RefundPayment,
    /// All that is given back.
    total: String,
    /// What of it the bank is still to give.
    due: String,
    /// What went back by card terminals already; empty for nothing.
    so_far: String,
    given: String,
    bought: String,
    sent: bool,
    /// How the sale was paid: means, brand, last digits and amount.
    payments: Vec<(&'static str, String, String, String)>,
    request_id: String,
}

pub async fn list(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let wanted = Fields::of_query(query.as_deref());
    let request = ListRefundsDueRequest {
        page_size: SHOWN,
        page_token: wanted.text("after"),
        method: Payout::Acquirer.into(),
        ..ListRefundsDueRequest::default()
    };
    let answer = app.checkout_of(&session).payouts.list_refunds_due(as_staff(&session, request)).await;
    let answer = answer.map_err(Refused::by(lang))?.into_inner();
    let zone = places::zone(&app, &session.account.store_code).await;
    let title = lang.say("Remboursements par la banque", "Refunds by the bank");
    Ok(render(&TasksPage {
        page: Page::of(&session, lang, title).at("/refunds/acquirer"),
        tasks: answer.refunds.into_iter().map(|refund| row(refund, &zone, lang)).collect(),
        next_page_token: answer.next_page_token,
        done: wanted.text("done") == "noted",
    }))
}

/// Records what has become of a task; the list is shown again, so that reloading it sends nothing.
pub async fn settle(
    State(app): State<App>,
    Extension(lang): Extension<Lang>,
    Extension(session): Extension<Session>,
    Path(refund_id): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let state = match fields.text("state").as_str() {
        "sent" => AcquirerRefundState::Sent,
        "done" => AcquirerRefundState::Done,
        "refused" => AcquirerRefundState::Refused,
        _ => return Err(Refused(lang, Refusal::BAD_FORM)),
    };
    let request = SettleAcquirerRefundRequest {
        request_id: fields.request_id(),
        refund_id,
        state: state.into(),
        reference: fields.text("reference"),
        store_code: String::new(),
    };
    let answer = app.checkout_of(&session).payouts.settle_acquirer_refund(as_staff(&session, request)).await;
    answer.map_err(Refused::by(lang))?;
    Ok(Redirect::to("/refunds/acquirer?done=noted").into_response())
}

fn row(refund: RefundPayment, zone: &str, lang: Lang) -> Row {
    Row {
        payments: show::payments(&refund.payments, lang),
        total: show::money(refund.total.as_ref()),
        due: show::amount(refund.total.as_ref().map_or(0, |total| total.amount_minor) - refund.given_minor),
        so_far: show::amount_if_any(refund.given_minor),
        given: show::moment(refund.refunded_time, zone, lang),
        bought: show::moment(refund.sale_completed_time, zone, lang),
        sent: refund.acquirer_state() == AcquirerRefundState::Sent,
        request_id: form_id(),
        refund,
    }
}
