//! How the ticket is wanted: asked before payment, and answered with one press; an address is shown back before it is used.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Kiosk,
    forms::{Filled, back},
    means::pay_by,
    page::{Frame, frame, html},
};
use crate::{
    receipt::{Mailbox, Wanted},
    till::{Means, Notice, View},
};

#[derive(Deserialize)]
pub(super) struct ReceiptForm {
    choice: Choice,
    #[serde(default)]
    then: Then,
}

/// What follows the question of the ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Then {
    /// All is paid by card.
    #[default]
    Card,
    /// The shopper pays otherwise, and says how.
    Means,
}

#[derive(Deserialize)]
pub(super) struct ThenQuery {
    #[serde(default)]
    then: Then,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    CardEmail,
    TypedEmail,
    Qr,
    Paper,
    None,
}

/// An address; it comes in the body of a form and goes into no address of a page.
#[derive(Deserialize)]
pub(super) struct EmailForm {
    email: String,
    /// The shopper has seen it as it will be used.
    #[serde(default)]
    confirmed: bool,
    #[serde(default)]
    then: Then,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage<'a> {
    frame: Frame<'a>,
    is_member: bool,
    has_code: bool,
    has_paper: bool,
    /// The shopper pays otherwise than all by card.
    otherwise: bool,
}

#[derive(Template)]
#[template(path = "email.html")]
struct EmailPage<'a> {
    frame: Frame<'a>,
    otherwise: bool,
}

#[derive(Template)]
#[template(path = "email_confirm.html")]
struct ConfirmPage<'a> {
    frame: Frame<'a>,
    email: &'a str,
    /// What was perhaps meant.
    meant: Option<String>,
    otherwise: bool,
}

/// The question, while there is something to pay for.
pub(super) async fn show(
    State(kiosk): State<Kiosk>,
    Query(query): Query<ThenQuery>,
    headers: HeaderMap,
) -> Response {
    let view = kiosk.till.view();
    let Some(basket) = view.basket().filter(|basket| !basket.lines.is_empty()) else {
        return Redirect::to("/").into_response();
    };
    let language = kiosk.language(&view, &headers);
    let offers = kiosk.till.offers();
    let page = ReceiptPage {
        frame: frame(&kiosk.code, &view, language, "receipt", language.words().receipt_question),
        is_member: basket.member_identified,
        has_code: offers.public_url.is_some(),
        has_paper: offers.paper && view.can_print(),
        otherwise: query.then == Then::Means,
    };
    html(page.render())
}

/// Keeps the answer and goes on to payment.
pub(super) async fn choose(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<ReceiptForm>,
) -> Response {
    let wanted = match form.choice {
        Choice::TypedEmail => return email_page(&kiosk, &headers, None, form.then),
        Choice::CardEmail => Wanted::CardEmail,
        Choice::Qr => Wanted::Qr,
        Choice::Paper => Wanted::Paper,
        Choice::None => Wanted::Nothing,
    };
    choose_and_pay(kiosk, headers, wanted, form.then).await
}

/// Where an address is typed.
pub(super) async fn email(
    State(kiosk): State<Kiosk>,
    Query(query): Query<ThenQuery>,
    headers: HeaderMap,
) -> Response {
    email_page(&kiosk, &headers, None, query.then)
}

/// Shows the address back, while its shopper is there; with a second press it is used.
pub(super) async fn typed(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<EmailForm>,
) -> Response {
    let view = kiosk.till.view();
    if view.basket().is_none() {
        return Redirect::to("/").into_response();
    }
    let Ok(mailbox) = Mailbox::parse(&form.email) else {
        return email_page(&kiosk, &headers, Some(Notice::NotAnAddress), form.then);
    };
    if form.confirmed {
        return choose_and_pay(kiosk, headers, Wanted::TypedEmail(mailbox), form.then).await;
    }
    let language = kiosk.language(&view, &headers);
    let meant = mailbox.meant().map(|meant| meant.as_str().to_owned());
    let words = language.words();
    let mut frame = frame(&kiosk.code, &view, language, "email-confirm", words.email_confirm);
    frame.announcement = format!("{} {}", words.email_confirm, mailbox.as_str());
    let otherwise = form.then == Then::Means;
    html(ConfirmPage { frame, email: mailbox.as_str(), meant, otherwise }.render())
}

/// Prints the ticket once more.
pub(super) async fn print(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let done = kiosk.till.print().await;
    back(&kiosk, done, &headers)
}

async fn choose_and_pay(kiosk: Kiosk, headers: HeaderMap, wanted: Wanted, then: Then) -> Response {
    let language = kiosk.language(&kiosk.till.view(), &headers).into();
    match kiosk.till.choose_receipt_in(wanted, language).await {
        Ok(_) if then == Then::Means => Redirect::to("/means").into_response(),
        Ok(_) => pay_by(kiosk, headers, Means::Card).await,
        Err(notice) => back(&kiosk, Err(notice), &headers),
    }
}

fn email_page(kiosk: &Kiosk, headers: &HeaderMap, notice: Option<Notice>, then: Then) -> Response {
    let view: View = kiosk.till.view();
    if view.basket().is_none() {
        return Redirect::to("/").into_response();
    }
    let language = kiosk.language(&view, headers);
    let mut frame = frame(&kiosk.code, &view, language, "email", language.words().email_title);
    frame.notice = notice.map(|notice| language.notice(notice));
    html(EmailPage { frame, otherwise: then == Then::Means }.render())
}
