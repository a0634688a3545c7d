//! The verbs of the page as JSON, for programs that play shoppers.

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use proto::checkout::v1 as pb;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Kiosk, code,
    forms::{SeenForm, SettlementWord},
    means::MeansWord,
    refund,
    training::Card,
};
use crate::{
    receipt::{Mailbox, Wanted},
    tender::{Returned, Tender},
    till::{Given, Notice, Sale, Screen, View},
};

pub(super) fn router() -> Router<Kiosk> {
    Router::new()
        .route("/basket", get(basket))
        .route("/scan", post(scan))
        .route("/identify", post(identify))
        .route("/quantity", post(quantity))
        .route("/remove", post(remove))
        .route("/discount", post(discount))
        .route("/empties", post(empties))
        .route("/unidentify", post(unidentify))
        .route("/receipt", post(receipt))
        .route("/print", post(print))
        .route("/pay", post(pay))
        .route("/give-back", post(give_back))
        .route("/cancel", post(cancel))
        .route("/suspend", post(suspend))
        .route("/resume", post(resume))
        .route("/next", post(next))
        .route("/help", post(help))
        .route("/no-help", post(no_help))
        .route("/refund", post(refund::asked))
        .route("/settle", post(settle))
        .route("/training/card", post(training_card))
}

#[derive(Deserialize)]
struct ScanRequest {
    code: String,
    #[serde(default)]
    quantity_milli: i64,
    #[serde(default)]
    tare_milli: i64,
    /// When the scanner read it, in milliseconds of its own clock: then an echo is dropped.
    read_ms: Option<u64>,
}

#[derive(Deserialize)]
struct CodeRequest {
    code: String,
}

#[derive(Deserialize)]
struct QuantityRequest {
    line_id: i32,
    quantity_milli: i64,
}

#[derive(Deserialize)]
struct LineRequest {
    line_id: i32,
}

#[derive(Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
enum ReceiptRequest {
    CardEmail,
    TypedEmail { email: String },
    Qr,
    Paper,
    None,
}

#[derive(Default, Deserialize)]
struct PayRequest {
    #[serde(default)]
    means: MeansWord,
    amount_minor: Option<i64>,
}

#[derive(Deserialize)]
struct SettleRequest {
    attendant_code: String,
    settlement: SettlementWord,
    #[serde(flatten)]
    seen: SeenForm,
}

#[derive(Deserialize)]
struct CardRequest {
    card: Card,
}

/// What the till shows.
#[derive(Serialize)]
struct Shown<'a> {
    screen: &'static str,
    revision: u64,
    /// Somebody practises: nothing that is shown is in earnest.
    training: bool,
    notice: Option<&'static str>,
    /// The slip of a payment that was not made.
    slip: Option<&'a str>,
    /// Somebody was called, and comes.
    called: bool,
    basket: Option<Basket<'a>>,
    /// What is paid so far, where a part is.
    held: Option<Held<'a>>,
    /// What was given back.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    returned: &'a [Returned],
    sale: Option<SaleMade>,
    /// What brings the basket back that was suspended here.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

#[derive(Serialize)]
struct Held<'a> {
    paid_minor: i64,
    due_minor: i64,
    tenders: &'a [Tender],
}

#[derive(Serialize)]
struct Basket<'a> {
    basket_id: &'a str,
    basket_version: i64,
    total_minor: i64,
    discount_minor: i64,
    article_count: i64,
    member_identified: bool,
    deposit_minor: i64,
    /// The age that an attendant has to approve before payment; 0 when nothing waits for that.
    approval_age: i32,
    unknown_codes: Vec<&'a str>,
    lines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    line_id: i32,
    gtin: &'a str,
    name: &'a str,
    quantity_milli: i64,
    unit_price_minor: i64,
    total_minor: i64,
    /// The line whose deposit this is; 0 for others.
    deposit_of_line_id: i32,
}

#[derive(Serialize)]
struct SaleMade {
    sale_id: Uuid,
    total_minor: i64,
    sequence: i64,
    /// It was practised, and is no sale.
    training: bool,
    /// How the ticket is given.
    receipt: &'static str,
    /// What the code on the screen opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_url: Option<String>,
}

#[derive(Serialize)]
struct Refused {
    refused: &'static str,
}

async fn basket(State(kiosk): State<Kiosk>) -> Response {
    Json(shown(&kiosk, &kiosk.till.view())).into_response()
}

async fn scan(State(kiosk): State<Kiosk>, Json(request): Json<ScanRequest>) -> Response {
    let done = match request.read_ms {
        Some(read_ms) => kiosk.till.scan_at(&request.code, read_ms).await,
        None => kiosk.till.weighed(&request.code, request.quantity_milli, request.tare_milli).await,
    };
    answer(&kiosk, done)
}

async fn identify(State(kiosk): State<Kiosk>, Json(request): Json<CodeRequest>) -> Response {
    answer(&kiosk, kiosk.till.identify(&request.code).await)
}

async fn quantity(State(kiosk): State<Kiosk>, Json(request): Json<QuantityRequest>) -> Response {
    answer(&kiosk, kiosk.till.set_quantity(request.line_id, request.quantity_milli).await)
}

async fn remove(State(kiosk): State<Kiosk>, Json(request): Json<LineRequest>) -> Response {
    answer(&kiosk, kiosk.till.remove(request.line_id).await)
}

async fn discount(State(kiosk): State<Kiosk>, Json(request): Json<CodeRequest>) -> Response {
    answer(&kiosk, kiosk.till.apply_discount(&request.code).await)
}

async fn empties(State(kiosk): State<Kiosk>, Json(request): Json<ScanRequest>) -> Response {
    answer(&kiosk, kiosk.till.return_deposit(&request.code, request.quantity_milli).await)
}

async fn unidentify(State(kiosk): State<Kiosk>) -> Response {
    answer(&kiosk, kiosk.till.unidentify().await)
}

/// Answers when the sale is acknowledged, or when a part is paid, or when the payment has failed, or is unknown.
async fn pay(State(kiosk): State<Kiosk>, request: Option<Json<PayRequest>>) -> Response {
    let request = request.map(|Json(request)| request).unwrap_or_default();
    let means = match request.means.with(request.amount_minor) {
        Ok(means) => means,
        Err(notice) => return refused(notice),
    };
    match kiosk.till.pay_by(means).await {
        Ok(view) => match view.sale() {
            Some(sale) => Json(made(&kiosk, sale)).into_response(),
            None => Json(shown(&kiosk, &view)).into_response(),
        },
        Err(notice) => refused(notice),
    }
}

/// Answers when all that was paid is given back.
async fn give_back(State(kiosk): State<Kiosk>) -> Response {
    answer(&kiosk, kiosk.till.give_back().await)
}

async fn receipt(State(kiosk): State<Kiosk>, Json(request): Json<ReceiptRequest>) -> Response {
    let wanted = match request {
        ReceiptRequest::CardEmail => Wanted::CardEmail,
        ReceiptRequest::TypedEmail { email } => match Mailbox::parse(&email) {
            Ok(mailbox) => Wanted::TypedEmail(mailbox),
            Err(_) => return refused(Notice::NotAnAddress),
        },
        ReceiptRequest::Qr => Wanted::Qr,
        ReceiptRequest::Paper => Wanted::Paper,
        ReceiptRequest::None => Wanted::Nothing,
    };
    answer(&kiosk, kiosk.till.choose_receipt(wanted).await)
}

async fn print(State(kiosk): State<Kiosk>) -> Response {
    answer(&kiosk, kiosk.till.print().await)
}

async fn cancel(State(kiosk): State<Kiosk>) -> Response {
    answer(&kiosk, kiosk.till.cancel().await)
}

async fn suspend(State(kiosk): State<Kiosk>) -> Response {
    answer(&kiosk, kiosk.till.suspend().await)
}

async fn resume(State(kiosk): State<Kiosk>, Json(request): Json<CodeRequest>) -> Response {
    answer(&kiosk, kiosk.till.resume(&request.code).await)
}

async fn next(State(kiosk): State<Kiosk>) -> Response {
    answer(&kiosk, kiosk.till.next().await)
}

async fn help(State(kiosk): State<Kiosk>) -> Response {
    answer(&kiosk, kiosk.till.help().await)
}

async fn no_help(State(kiosk): State<Kiosk>) -> Response {
    answer(&kiosk, kiosk.till.no_help().await)
}

async fn settle(State(kiosk): State<Kiosk>, Json(request): Json<SettleRequest>) -> Response {
    let settlement = request.settlement.with(request.seen);
    answer(&kiosk, kiosk.till.settle(&request.attendant_code, settlement).await)
}

async fn training_card(State(kiosk): State<Kiosk>, Json(request): Json<CardRequest>) -> Response {
    answer(&kiosk, kiosk.till.practise(request.card == Card::Accepted))
}

pub(super) fn answer(kiosk: &Kiosk, done: Result<View, Notice>) -> Response {
    match done {
        Ok(view) => Json(shown(kiosk, &view)).into_response(),
        Err(notice) => refused(notice),
    }
}

/// 503 when the same may succeed later, 409 when something else has to be done first.
fn refused(notice: Notice) -> Response {
    let status = match notice {
        Notice::NoAnswer | Notice::Busy | Notice::Closed | Notice::Stopping => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::CONFLICT,
    };
    (status, Json(Refused { refused: notice.reason() })).into_response()
}

fn shown<'a>(kiosk: &Kiosk, view: &'a View) -> Shown<'a> {
    Shown {
        screen: match &view.screen {
            Screen::Starting => "starting",
            Screen::Idle => "idle",
            Screen::Locked => "locked",
            Screen::Closed(_) => "closed",
            Screen::Scanning(_) => "scanning",
            Screen::Paying { .. } => "paying",
            Screen::Held { .. } => "held",
            Screen::GivingBack { .. } => "giving_back",
            Screen::Telling { .. } => "telling",
            Screen::Attendant { .. } => "attendant",
            Screen::Suspended(_) => "suspended",
            Screen::Thanks(_) => "thanks",
        },
        revision: view.revision,
        training: view.training,
        notice: view.notice.map(Notice::reason),
        slip: view.unpaid.as_ref().map(|unpaid| unpaid.slip_text.as_str()),
        called: view.called,
        basket: view.basket().map(Basket::from),
        held: held(view),
        returned: &view.returned,
        sale: view.sale().map(|sale| made(kiosk, sale)),
        code: match &view.screen {
            Screen::Suspended(code) => Some(code.text()),
            _ => None,
        },
    }
}

fn held(view: &View) -> Option<Held<'_>> {
    let Screen::Held { tenders, due_minor } = &view.screen else { return None };
    let paid_minor = tenders.iter().map(|tender| tender.amount_minor).sum();
    Some(Held { paid_minor, due_minor: *due_minor, tenders })
}

fn made(kiosk: &Kiosk, sale: &Sale) -> SaleMade {
    let url = kiosk.till.offers().public_url.as_ref();
    let Sale { sale_id, total_minor, sequence, training, .. } = *sale;
    let (receipt, receipt_url) = match &sale.given {
        Given::CardEmail => ("card_email", None),
        Given::TypedEmail => ("typed_email", None),
        Given::Qr(token) => ("qr", url.map(|url| code::address(url, token, training))),
        Given::Paper => ("paper", None),
        Given::Nothing => ("none", None),
        Given::AtDesk => ("desk", None),
    };
    SaleMade { sale_id, total_minor, sequence, training, receipt, receipt_url }
}

impl<'a> From<&'a pb::Basket> for Basket<'a> {
    fn from(basket: &'a pb::Basket) -> Self {
        Self {
            basket_id: &basket.basket_id,
            basket_version: basket.basket_version,
            total_minor: basket.total.as_ref().map_or(0, |total| total.amount_minor),
            discount_minor: basket.discount_minor,
            article_count: basket.article_count,
            member_identified: basket.member_identified,
            deposit_minor: basket.deposit_minor,
            approval_age: basket.approval_age,
            unknown_codes: basket.unknown_codes.iter().map(|unknown| unknown.code.as_str()).collect(),
            lines: basket.lines.iter().map(Line::from).collect(),
        }
    }
}

impl<'a> From<&'a pb::Line> for Line<'a> {
    fn from(line: &'a pb::Line) -> Self {
        Self {
            line_id: line.line_id,
            gtin: &line.gtin,
            name: &line.name,
            quantity_milli: line.quantity_milli,
            unit_price_minor: line.unit_price_minor,
            total_minor: line.total_minor,
            deposit_of_line_id: line.deposit_of_line_id,
        }
    }
}
