//! How the ticket is wanted: asked before payment, and answered with one press; an address is shown back before it is used.

use askama::Template;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Kiosk,
    forms::{Filled, back, pay},
    page::{Frame, frame, html},
};
use crate::{
    receipt::{Mailbox, Wanted},
    till::{Notice, View},
};

#[derive(Deserialize)]
pub(super) struct ReceiptForm {
    choice: Choice,
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
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage<'a> {
    frame: Frame<'a>,
    is_member: bool,
    has_code: bool,
    has_paper: bool,
}

#[derive(Template)]
#[template(path = "email.html")]
struct EmailPage<'a> {
    frame: Frame<'a>,
}

#[derive(Template)]
#[template(path = "email_confirm.html")]
struct ConfirmPage<'a> {
    frame: Frame<'a>,
    email: &'a str,
    /// What was perhaps meant.
    meant: Option<String>,
}

/// The question, while there is something to pay for.
pub(super) async fn show(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
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
        has_paper: offers.paper,
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
        Choice::TypedEmail => return email_page(&kiosk, &headers, None),
        Choice::CardEmail => Wanted::CardEmail,
        Choice::Qr => Wanted::Qr,
        Choice::Paper => Wanted::Paper,
        Choice::None => Wanted::Nothing,
    };
    choose_and_pay(kiosk, headers, wanted).await
}

/// Where an address is typed.
pub(super) async fn email(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    match kiosk.till.view().basket() {
        Some(_) => email_page(&kiosk, &headers, None),
        None => Redirect::to("/").into_response(),
    }
}

/// Shows the address back; with a second press it is used.
pub(super) async fn typed(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<EmailForm>,
) -> Response {
    let Ok(mailbox) = Mailbox::parse(&form.email) else {
        return email_page(&kiosk, &headers, Some(Notice::NotAnAddress));
    };
    if form.confirmed {
        return choose_and_pay(kiosk, headers, Wanted::TypedEmail(mailbox)).await;
    }
    let view = kiosk.till.view();
    let language = kiosk.language(&view, &headers);
    let meant = mailbox.meant().map(|meant| meant.as_str().to_owned());
    let words = language.words();
    let mut frame = frame(&kiosk.code, &view, language, "email-confirm", words.email_confirm);
    frame.announcement = format!("{} {}", words.email_confirm, mailbox.as_str());
    html(ConfirmPage { frame, email: mailbox.as_str(), meant }.render())
}

/// Prints the ticket once more.
pub(super) async fn print(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let done = kiosk.till.print().await;
    back(&kiosk, done, &headers)
}

async fn choose_and_pay(kiosk: Kiosk, headers: HeaderMap, wanted: Wanted) -> Response {
    let language = kiosk.language(&kiosk.till.view(), &headers).into();
    match kiosk.till.choose_receipt_in(wanted, language).await {
        Ok(_) => pay(State(kiosk), headers).await,
        Err(notice) => back(&kiosk, Err(notice), &headers),
    }
}

fn email_page(kiosk: &Kiosk, headers: &HeaderMap, notice: Option<Notice>) -> Response {
    let view: View = kiosk.till.view();
    let language = kiosk.language(&view, headers);
    let mut frame = frame(&kiosk.code, &view, language, "email", language.words().email_title);
    frame.notice = notice.map(|notice| language.notice(notice));
    html(EmailPage { frame }.render())
}
