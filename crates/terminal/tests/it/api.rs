//! The verbs as JSON.

use axum::Router;
use http::StatusCode;
use serde_json::{Value, json};

use crate::books::Fault;
use crate::checkout::CARD;
use crate::kiosk::{call, page_of};
use crate::shop::Shop;

async fn post(page: &Router, path: &str, body: Value) -> (StatusCode, Value) {
    let request = http::Request::post(path)
        .header("host", "127.0.0.1:8090")
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = call(page, request.unwrap()).await;
    (answer.status, serde_json::from_str(&answer.text).unwrap_or(Value::String(answer.text)))
}

#[tokio::test]
async fn a_program_can_play_a_shopper_from_the_first_scan_to_the_sale() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let page = page_of(&running);
    let (status, shown) = post(&page, "/api/scan", json!({"code": "item-250"})).await;
    assert_eq!((status, &shown["screen"]), (StatusCode::OK, &json!("scanning")));
    post(&page, "/api/scan", json!({"code": "gram-1000", "quantity_milli": 350})).await;
    post(&page, "/api/identify", json!({"code": CARD})).await;
    post(&page, "/api/quantity", json!({"line_id": 1, "quantity_milli": 3000})).await;
    let (_, shown) = post(&page, "/api/discount", json!({"code": "MERCI"})).await;
    let basket = &shown["basket"];
    assert_eq!(basket["total_minor"], 1_100);
    assert_eq!(basket["member_identified"], true);
    assert_eq!(basket["lines"][1]["quantity_milli"], 350);
    let (_, shown) = post(&page, "/api/remove", json!({"line_id": 2})).await;
    assert_eq!(shown["basket"]["total_minor"], 750);
    let (status, sale) = post(&page, "/api/pay", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!({
        "sale_id": shop.books.sales()[0].sale_id,
        "total_minor": 750,
        "sequence": 1,
        "training": false,
        "receipt": "card_email",
    });
    assert_eq!(sale, expected);
    let (status, shown) = post(&page, "/api/next", json!({})).await;
    assert_eq!((status, &shown["screen"]), (StatusCode::OK, &json!("idle")));
}

#[tokio::test]
async fn a_refusal_has_its_reason() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let page = page_of(&running);
    let (status, refused) = post(&page, "/api/pay", json!({})).await;
    assert_eq!((status, refused), (StatusCode::CONFLICT, json!({"refused": "NO_BASKET"})));
    let (status, refused) = post(&page, "/api/scan", json!({"code": "nothing"})).await;
    assert_eq!((status, refused), (StatusCode::CONFLICT, json!({"refused": "UNKNOWN_CODE"})));
    post(&page, "/api/scan", json!({"code": "item-113"})).await;
    let (status, refused) = post(&page, "/api/pay", json!({})).await;
    assert_eq!((status, refused), (StatusCode::CONFLICT, json!({"refused": "PAYMENT_REFUSED"})));
    post(&page, "/api/cancel", json!({})).await;
    post(&page, "/api/scan", json!({"code": "item-116"})).await;
    let (status, refused) = post(&page, "/api/pay", json!({})).await;
    assert_eq!((status, refused), (StatusCode::CONFLICT, json!({"refused": "PAYMENT_UNKNOWN"})));
    let settle = json!({"attendant_code": shop.attendant_code(), "settlement": "paid", "pan_last4": "0674"});
    let (status, shown) = post(&page, "/api/settle", settle).await;
    assert_eq!((status, &shown["sale"]["total_minor"]), (StatusCode::OK, &json!(116)));
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_long_is_refused() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let page = page_of(&running);
    let (status, _) = post(&page, "/api/scan", json!("not an object")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, _) = post(&page, "/api/scan", json!({"code": "x".repeat(20_000)})).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, refused) = post(&page, "/api/scan", json!({"code": "x".repeat(300)})).await;
    assert_eq!((status, refused), (StatusCode::CONFLICT, json!({"refused": "UNREADABLE_CODE"})));
}

#[tokio::test]
async fn checkout_out_of_reach_may_be_tried_again() {
    let shop = Shop::open().await;
    let mut parts = terminal::parts(&shop.config, platform::Clock::system()).unwrap();
    let channel = platform::peer::connect(&shop.config.checkout_url, "checkout", &shop.config.tls).unwrap();
    let short = std::time::Duration::from_millis(100);
    let patience = terminal::client::Patience { total: short, ..Default::default() };
    parts.client = terminal::client::Client::new(channel, patience);
    let running = shop.start_from(parts);
    running.ready().await;
    let page = page_of(&running);
    shop.books.fail_always("OpenBasket", Fault::Unavailable);
    let (status, refused) = post(&page, "/api/scan", json!({"code": "item-250"})).await;
    let expected = (StatusCode::SERVICE_UNAVAILABLE, json!({"refused": "CHECKOUT_UNREACHABLE"}));
    assert_eq!((status, refused), expected);
    shop.books.mend();
    let (status, _) = post(&page, "/api/scan", json!({"code": "item-250"})).await;
    assert_eq!(status, StatusCode::OK);
}
