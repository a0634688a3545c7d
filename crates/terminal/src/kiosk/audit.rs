//! A drawn basket of which an attendant scans a part again: the page keeps what was scanned, and needs nothing of the till until it is
//! sent with the attendants' code.

use askama::Template;
use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Kiosk,
    forms::{Filled, back},
    page::{Frame, frame, html},
};

/// So many scans fit into the body of a form.
const MOST: usize = 100;
/// Longest text of a scan.
const LONGEST: usize = 128;

#[derive(Default, Deserialize)]
pub(super) struct AgainForm {
    /// What was scanned before, one a line.
    #[serde(default)]
    codes: String,
    /// What was scanned now.
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub(super) struct EndForm {
    codes: String,
    attendant_code: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage<'a> {
    frame: Frame<'a>,
    codes: &'a [String],
    joined: String,
}

/// Where goods are scanned again, while the basket waits to be looked at.
pub(super) async fn show(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    page(&kiosk, &headers, &[]).await
}

/// One more.
pub(super) async fn scan(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<AgainForm>,
) -> Response {
    let mut codes = split(&form.codes);
    let code: String = form.code.trim().chars().filter(|c| !c.is_control() || *c == '\u{1d}').collect();
    if !code.is_empty() && code.chars().count() <= LONGEST && codes.len() < MOST {
        codes.push(code);
    }
    page(&kiosk, &headers, &codes).await
}

/// Sends them, and shows what was found.
pub(super) async fn end(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<EndForm>,
) -> Response {
    let done = kiosk.till.record_audit(&form.attendant_code, split(&form.codes)).await;
    back(&kiosk, done, &headers)
}

fn split(codes: &str) -> Vec<String> {
    codes.lines().map(str::trim).filter(|code| !code.is_empty()).take(MOST).map(ToOwned::to_owned).collect()
}

async fn page(kiosk: &Kiosk, headers: &HeaderMap, codes: &[String]) -> Response {
    // Whoever scans is there.
    let _ = kiosk.till.touch().await;
    let view = kiosk.till.view();
    if !view.basket().is_some_and(|basket| basket.audit_waits) {
        return Redirect::to("/").into_response();
    }
    let language = kiosk.language(&view, headers);
    let frame = frame(&kiosk.code, &view, language, "audit", language.words().audit_title);
    html(AuditPage { frame, codes, joined: codes.join("\n") }.render())
}
