//! Leaving the till with a code, and coming back with it. The code stands in no address: it is typed, or pressed key by key, into
//! forms alone.

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
use crate::{
    suspension::ALPHABET,
    till::{Notice, Screen},
};

/// The longest that is typed: a card's number, or a code with gaps.
const LONGEST: usize = 32;
/// The key that takes the last letter back.
const BACK: &str = "back";

#[derive(Deserialize)]
pub(super) struct ResumeForm {
    #[serde(default)]
    code: String,
    /// A key of the page; empty when the shopper is done.
    #[serde(default)]
    key: String,
}

#[derive(Template)]
#[template(path = "resume.html")]
struct ResumePage<'a> {
    frame: Frame<'a>,
    typed: &'a str,
    keys: Vec<char>,
}

pub(super) async fn suspend(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let done = kiosk.till.suspend().await;
    back(&kiosk, done, &headers)
}

/// Where the code is typed, while nobody is served.
pub(super) async fn show(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    match kiosk.till.view().screen {
        Screen::Idle | Screen::Thanks(_) => page(&kiosk, &headers, "", None),
        _ => Redirect::to("/").into_response(),
    }
}

/// A key more, or the basket.
pub(super) async fn resume(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<ResumeForm>,
) -> Response {
    let mut typed: String = form.code.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    match form.key.as_str() {
        "" => {}
        BACK => {
            typed.pop();
            return page(&kiosk, &headers, &typed, None);
        }
        key => {
            let is_key = |letter: &char| ALPHABET.iter().any(|known| char::from(*known) == *letter);
            typed.extend(key.chars().filter(is_key).take(1));
            return page(&kiosk, &headers, &typed, None);
        }
    }
    match kiosk.till.resume(&typed).await {
        // What was typed is corrected where it stands.
        Err(notice @ Notice::NotACode) => page(&kiosk, &headers, &typed, Some(notice)),
        done => back(&kiosk, done, &headers),
    }
}

fn page(kiosk: &Kiosk, headers: &HeaderMap, typed: &str, notice: Option<Notice>) -> Response {
    let view = kiosk.till.view();
    let language = kiosk.language(&view, headers);
    let mut frame = frame(&kiosk.code, &view, language, "resume", language.words().resume);
    frame.notice = notice.map(|notice| language.notice(notice));
    html(ResumePage { frame, typed, keys: ALPHABET.iter().copied().map(char::from).collect() }.render())
}
