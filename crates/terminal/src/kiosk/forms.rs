//! The page and its forms: a form does, then leads back to the page, so that a reload repeats nothing.

use axum::{
    Form,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{Kiosk, page, words::Language};
use crate::till::{Cue, Notice, Seen, Settlement, View};

/// Nobody carries more.
const MOST_BAGS: i64 = 20;

/// A form as the page sends it. What is none is answered by the page itself, in the shopper's language.
pub(super) struct Filled<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Kiosk> for Filled<T> {
    type Rejection = Response;

    async fn from_request(request: Request, kiosk: &Kiosk) -> Result<Self, Response> {
        let headers = request.headers().clone();
        match Form::from_request(request, kiosk).await {
            Ok(Form(form)) => Ok(Self(form)),
            Err(rejection) => {
                let page = told(kiosk, Notice::NotUnderstood, &headers);
                Err((rejection.status(), page).into_response())
            }
        }
    }
}

#[derive(Deserialize)]
pub(super) struct LanguageForm {
    language: Language,
}

#[derive(Deserialize)]
pub(super) struct CodeForm {
    code: String,
    /// When the scanner read it, in milliseconds of the page's own clock.
    #[serde(default)]
    read_ms: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct BagsForm {
    pieces: i64,
}

#[derive(Deserialize)]
pub(super) struct ResolveForm {
    attendant_code: String,
    line_id: i32,
    code: String,
    /// Empty where the product is not weighed, or a label says how much it weighs.
    #[serde(default)]
    grams: String,
}

#[derive(Deserialize)]
pub(super) struct QuantityForm {
    line_id: i32,
    quantity_milli: i64,
}

#[derive(Deserialize)]
pub(super) struct LineForm {
    line_id: i32,
}

#[derive(Deserialize)]
pub(super) struct SettleForm {
    attendant_code: String,
    settlement: SettlementWord,
    #[serde(flatten)]
    seen: SeenForm,
}

/// What an attendant has read of a payment that was made.
#[derive(Deserialize)]
pub(super) struct SeenForm {
    #[serde(default)]
    pan_last4: String,
    #[serde(default)]
    authorisation: String,
    #[serde(default)]
    brand: String,
    /// In euros.
    #[serde(default)]
    amount: String,
}

/// What an attendant can say.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SettlementWord {
    Paid,
    NotPaid,
    TryAgain,
}

impl SettlementWord {
    pub(super) fn with(self, seen: SeenForm) -> Settlement {
        let SeenForm { pan_last4, authorisation, brand, amount } = seen;
        match self {
            Self::Paid => Settlement::Paid(Seen { pan_last4, authorisation, brand, amount }),
            Self::NotPaid => Settlement::NotPaid,
            Self::TryAgain => Settlement::TryAgain,
        }
    }
}

/// The page of what the till shows.
pub(super) async fn show(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let view = kiosk.till.view();
    answer(&kiosk, &view, &headers)
}

pub(super) async fn language(State(kiosk): State<Kiosk>, Filled(form): Filled<LanguageForm>) -> Redirect {
    kiosk.choose(form.language);
    // Whoever chooses is there; who goes then without an article leaves the next one their own language.
    let _ = kiosk.till.touch().await;
    Redirect::to("/")
}

pub(super) async fn scan(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<CodeForm>,
) -> Response {
    let done = match form.read_ms {
        Some(read_ms) => kiosk.till.scan_at(&form.code, read_ms).await,
        None => kiosk.till.scan(&form.code, 0).await,
    };
    back(&kiosk, done, &headers)
}

pub(super) async fn identify(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<CodeForm>,
) -> Response {
    let done = kiosk.till.identify(&form.code).await;
    back(&kiosk, done, &headers)
}

pub(super) async fn quantity(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<QuantityForm>,
) -> Response {
    let done = kiosk.till.set_quantity(form.line_id, form.quantity_milli).await;
    back(&kiosk, done, &headers)
}

pub(super) async fn remove(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<LineForm>,
) -> Response {
    let done = kiosk.till.remove(form.line_id).await;
    back(&kiosk, done, &headers)
}

pub(super) async fn discount(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<CodeForm>,
) -> Response {
    let done = kiosk.till.apply_discount(&form.code).await;
    back(&kiosk, done, &headers)
}

pub(super) async fn empties(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<CodeForm>,
) -> Response {
    let done = kiosk.till.return_deposit(&form.code, 0).await;
    back(&kiosk, done, &headers)
}

pub(super) async fn bags(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<BagsForm>,
) -> Response {
    let done = kiosk.till.take_bags(form.pieces.clamp(0, MOST_BAGS)).await;
    back(&kiosk, done, &headers)
}

pub(super) async fn unidentify(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let done = kiosk.till.unidentify().await;
    back(&kiosk, done, &headers)
}

pub(super) async fn resolve(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<ResolveForm>,
) -> Response {
    let done = match form.grams.trim() {
        "" => kiosk.till.resolve(&form.attendant_code, form.line_id, &form.code, 0).await,
        grams => match grams.parse() {
            Ok(grams) => kiosk.till.resolve(&form.attendant_code, form.line_id, &form.code, grams).await,
            Err(_) => Err(Notice::NoWeight),
        },
    };
    back(&kiosk, done, &headers)
}

pub(super) async fn cancel(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let done = kiosk.till.cancel().await;
    back(&kiosk, done, &headers)
}

pub(super) async fn next(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let done = kiosk.till.next().await;
    back(&kiosk, done, &headers)
}

/// Somebody reads or types.
pub(super) async fn touch(State(kiosk): State<Kiosk>) -> StatusCode {
    // A till that is busy gives nothing up.
    let _ = kiosk.till.touch().await;
    StatusCode::NO_CONTENT
}

pub(super) async fn help(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let done = kiosk.till.help().await;
    back(&kiosk, done, &headers)
}

pub(super) async fn no_help(State(kiosk): State<Kiosk>, headers: HeaderMap) -> Response {
    let done = kiosk.till.no_help().await;
    back(&kiosk, done, &headers)
}

pub(super) async fn settle(
    State(kiosk): State<Kiosk>,
    headers: HeaderMap,
    Filled(form): Filled<SettleForm>,
) -> Response {
    let settlement = form.settlement.with(form.seen);
    let done = kiosk.till.settle(&form.attendant_code, settlement).await;
    back(&kiosk, done, &headers)
}

/// Back to the page. What the till itself refused stands there; what never reached the till is said here.
pub(super) fn back(kiosk: &Kiosk, done: Result<View, Notice>, headers: &HeaderMap) -> Response {
    match done {
        Err(notice) if kiosk.till.view().notice != Some(notice) => told(kiosk, notice, headers),
        _ => Redirect::to("/").into_response(),
    }
}

/// The page with what the till itself knows nothing of.
fn told(kiosk: &Kiosk, notice: Notice, headers: &HeaderMap) -> Response {
    let view = View { notice: Some(notice), cue: Some(Cue::Alert), ..kiosk.till.view() };
    answer(kiosk, &view, headers)
}

fn answer(kiosk: &Kiosk, view: &View, headers: &HeaderMap) -> Response {
    let language = kiosk.language(view, headers);
    page::html(page::render(&kiosk.code, kiosk.till.offers(), view, language))
}
