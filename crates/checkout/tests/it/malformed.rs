//! Messages that cannot be meant: refused with the field at fault, and nothing is changed.

use std::fmt::Debug;

use platform::status::{field, reason};
use proto::checkout::v1 as pb;
use tonic::{Code, Status};

use crate::{
    shop::{PASTA, Shop, new_id, why},
    till::{by_card, card_of, completion, give_back, scan, take},
};

#[track_caller]
fn refused<T: Debug>(wanted: &str, answer: Result<T, Status>) {
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{wanted}: {status:?}");
    assert_eq!(reason(&status).as_deref(), Some("INVALID_FIELD"), "{wanted}");
    assert_eq!(field(&status).as_deref(), Some(wanted));
}

const NO_IDS: [&str; 5] =
    ["", "x", "00000000-0000-0000-0000-000000000000", "019a-", "019a9f2e-0000-7000-8000-00000000000g"];

#[tokio::test]
async fn an_id_that_is_none_is_refused_by_its_name() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    for no_id in NO_IDS {
        let request = pb::OpenBasketRequest { request_id: no_id.to_owned(), ..Default::default() };
        refused("request_id", till.client.clone().open_basket(request).await);
        let request = pb::ScanItemRequest { request_id: no_id.to_owned(), ..scan(&id, PASTA, 0) };
        refused("request_id", till.send_scan(request).await);
        refused("basket_id", till.scan(no_id, PASTA).await);
        refused("basket_id", till.get(no_id).await);
        refused("basket_id", till.cancel(no_id).await);
        let request = pb::GetCardSlipRequest { sale_id: no_id.to_owned(), ..Default::default() };
        refused("sale_id", shop.client("receipt").get_card_slip(request).await);
    }
    let neither = pb::GetSaleRequest::default();
    refused("sale_id", till.sale(neither).await);
    let both = pb::GetSaleRequest { sale_id: new_id(), basket_id: new_id(), ..Default::default() };
    refused("basket_id", till.sale(both).await);
    let ticket = |terminal_code: &str, sequence| pb::GetSaleRequest {
        terminal_code: terminal_code.to_owned(),
        sequence,
        ..pb::GetSaleRequest::default()
    };
    refused("sequence", till.sale(ticket("LILLE-01", 0)).await);
    refused("sequence", till.sale(ticket("LILLE-01", -1)).await);
    refused("terminal_code", till.sale(ticket("LILLE-01-OF-TOO-MANY", 1)).await);
    let two = pb::GetSaleRequest { sale_id: new_id(), ..ticket("LILLE-01", 1) };
    refused("terminal_code", till.sale(two).await);
}

#[tokio::test]
async fn a_scan_that_is_empty_too_long_or_of_a_version_below_zero_is_refused() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    refused("code", till.scan(&id, "").await);
    refused("code", till.scan(&id, &"9".repeat(257)).await);
    for code in ["9".repeat(256), "\u{202e}9524000000019".to_owned(), "'; drop table sale; --".to_owned()] {
        assert_eq!(why(till.scan(&id, &code).await), "UNREADABLE_CODE");
    }
    let request = pb::ScanItemRequest { basket_version: -1, ..scan(&id, PASTA, 0) };
    refused("basket_version", till.send_scan(request).await);
    refused("basket_version", till.begin(&id, 0).await);
    refused("promotion_code", till.claim(&id, "").await);
    refused("promotion_code", till.claim(&id, &"A".repeat(25)).await);
    assert_eq!(till.scan(&id, &format!("]E0{PASTA}\r\n")).await.unwrap().lines.len(), 1);
    let large = till.send_scan(scan(&id, &"9".repeat(100_000), 0)).await.unwrap_err();
    assert_eq!(large.code(), Code::OutOfRange, "a message of this size is not even read: {large:?}");
}

#[tokio::test]
async fn a_payment_that_says_too_little_or_too_much_is_refused() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[PASTA]).await;
    let none = pb::CompleteSaleRequest { tender: None, ..completion(&frozen) };
    assert_eq!(why(till.complete(none).await), "PAYMENT_NEEDED");
    type Change = fn(&mut pb::Tender, &mut pb::CardPayment);
    let changes: [(&str, Change); 15] = [
        ("tender.tender_id", |tender, _| tender.tender_id = "1".to_owned()),
        ("tender.kind", |tender, _| tender.kind = 0),
        ("tender.kind", |tender, _| tender.kind = 9),
        ("tender.amount_minor", |tender, _| tender.amount_minor = 0),
        ("tender.amount_minor", |tender, _| tender.amount_minor = -240),
        ("tender.card.amount_minor", |_, card| card.amount_minor = 239),
        ("tender.card.pan_last4", |_, card| card.pan_last4 = "636".to_owned()),
        ("tender.card.pan_last4", |_, card| card.pan_last4 = "4970101234567893".to_owned()),
        ("tender.card.pan_last4", |_, card| card.pan_last4 = "63६8".to_owned()),
        ("tender.card.brand", |_, card| card.brand = "4970101234567893".to_owned()),
        ("tender.card.brand", |_, card| card.brand = "C\u{202e}B".to_owned()),
        ("tender.card.authorisation", |_, card| card.authorisation = "4970101234567893".to_owned()),
        ("tender.card.application_id", |_, card| card.application_id = "CARTE".to_owned()),
        ("tender.card.slip_text", |_, card| card.slip_text = "x".repeat(4_001)),
        ("tender.card.slip_text", |_, card| card.slip_text = "CARTE\u{1b}[2J".to_owned()),
    ];
    for (name, change) in changes {
        let mut tender = by_card(240);
        let mut card = tender.card.take().unwrap();
        change(&mut tender, &mut card);
        tender.card = Some(card);
        refused(name, till.take(take(&frozen, tender.clone())).await);
        let last = pb::CompleteSaleRequest { tender: Some(tender), ..completion(&frozen) };
        refused(name, till.complete(last).await);
    }
    let credit = pb::Tender { kind: pb::TenderKind::StoreCredit.into(), ..by_card(240) };
    refused("tender.card", till.take(take(&frozen, credit)).await);
    refused("tender.card", till.take(take(&frozen, pb::Tender { card: None, ..by_card(240) })).await);
    let nothing = pb::TakeTenderRequest { tender: None, ..take(&frozen, by_card(240)) };
    refused("tender", till.take(nothing).await);
    refused("tender_id", till.give_back(give_back(&frozen, "card")).await);
    let mut request = completion(&frozen);
    let payment = card_of(&mut request);
    payment.slip_text = "é".repeat(3_950) + "\n1234567 73282932000074 30004";
    payment.pan_last4 = String::new();
    payment.brand = "American Express".to_owned();
    till.complete(request).await.unwrap();
}

#[tokio::test]
async fn a_refund_that_names_no_line_too_many_or_one_twice_is_refused() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA]).await;
    let send = async |line_ids: Vec<i32>, payout: i32| {
        let request = pb::RefundLinesRequest {
            request_id: new_id(),
            sale_id: ticket.sale_id.clone(),
            line_ids,
            payout,
            ..pb::RefundLinesRequest::default()
        };
        shop.client("reviews").refund_lines(request).await
    };
    let send_part = async |line_ids: Vec<i32>, quantity_milli: i64, amount_minor: i64, reason: i32| {
        let request = pb::RefundLinesRequest {
            request_id: new_id(),
            sale_id: ticket.sale_id.clone(),
            line_ids,
            payout: pb::Payout::Desk.into(),
            parts: vec![pb::RefundPart { line_id: 1, quantity_milli, amount_minor }],
            reason,
        };
        shop.client("reviews").refund_lines(request).await
    };
    let desk = pb::Payout::Desk.into();
    refused("line_ids", send(vec![], desk).await);
    refused("line_ids", send((1..=201).collect(), desk).await);
    refused("line_ids", send(vec![1, 1], desk).await);
    refused("line_ids", send_part(vec![1], 1_000, 0, 0).await);
    refused("parts", send_part(vec![], 1_000, 100, 0).await);
    refused("parts", send_part(vec![], -1_000, 0, 0).await);
    refused("parts", send_part(vec![], 0, -1, 0).await);
    refused("reason", send_part(vec![], 0, 1, 99).await);
    assert_eq!(why(send_part(vec![], 500, 0, 0).await), "QUANTITY_OUT_OF_RANGE");
    refused("payout", send(vec![1], 0).await);
    refused("payout", send(vec![1], 99).await);
    assert_eq!(why(send(vec![-1], desk).await), "UNKNOWN_LINE");
    assert_eq!(shop.count("select count(*) from refund").await, 0);
}

#[tokio::test]
async fn a_reason_to_abandon_is_one_of_three() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[PASTA]).await;
    for outcome in ["", "refused", "PAID"] {
        let request = pb::AbandonPaymentRequest {
            request_id: new_id(),
            basket_id: frozen.basket_id.clone(),
            outcome: outcome.to_owned(),
            ..Default::default()
        };
        refused("outcome", till.client.clone().abandon_payment(request).await);
    }
}
