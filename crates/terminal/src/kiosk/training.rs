//! The card terminal that is not there: an assistant says on the page what it answers.

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;

use super::{
    Kiosk,
    forms::{Filled, back},
};

#[derive(Deserialize)]
pub(super) struct CardForm {
    card: Card,
}

/// What can be practised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Card {
    Accepted,
    Refused,
}

pub(super) async fn card(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<CardForm>,
) -> Response {
    let done = kiosk.till.practise(form.card == Card::Accepted);
    back(&kiosk, done, &headers)
}
