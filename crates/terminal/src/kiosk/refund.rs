//! Where somebody of the store gives a refund back to its card.

use askama::Template;
use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Kiosk, api,
    forms::{Filled, back},
    page::{Frame, frame, html},
    words::refund::Words,
};
use crate::till::{Notice, Screen};

#[derive(Deserialize)]
pub(super) struct RefundForm {
    /// The number of the credit note.
    number: String,
    /// The till of the credit note, or empty.
    #[serde(default)]
    terminal_code: String,
    attendant_code: String,
}

/// The same for programs.
#[derive(Deserialize)]
pub(super) struct RefundRequest {
    number: i64,
    #[serde(default)]
    terminal_code: String,
    attendant_code: String,
}

#[derive(Template)]
#[template(path = "refund.html")]
struct RefundPage<'a> {
    frame: Frame<'a>,
    refund: &'static Words,
}

/// Where the credit note is named, while nobody is served; not at a till that is locked.
pub(super) async fn show(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    // Whoever types is there.
    let _ = kiosk.till.touch().await;
    let view = kiosk.till.view();
    if !matches!(view.screen, Screen::Idle | Screen::Thanks(_)) {
        return Redirect::to("/").into_response();
    }
    let language = kiosk.language(&view, &headers);
    let refund = language.refund();
    html(RefundPage { frame: frame(&kiosk.code, &view, language, "refund", refund.title), refund }.render())
}

/// Gives it back, and shows what became of it.
pub(super) async fn give(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<RefundForm>,
) -> Response {
    let done = match form.number.trim().parse() {
        Ok(number) => kiosk.till.give_refund(&form.attendant_code, number, &form.terminal_code).await,
        Err(_) => Err(Notice::NotUnderstood),
    };
    back(&kiosk, done, &headers)
}

/// The same for programs: answers when the refund went back, or when it surely did not, or when nobody knows.
pub(super) async fn asked(State(kiosk): State<Kiosk>, Json(request): Json<RefundRequest>) -> Response {
    let RefundRequest { number, terminal_code, attendant_code } = request;
    api::answer(&kiosk, kiosk.till.give_refund(&attendant_code, number, &terminal_code).await)
}
