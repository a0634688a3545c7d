//! `kill -9` of a till at every step of a payment in parts: what is held stays held, what went back went back once, and no step is lost.

use caisse_ap::{Complement, Operation, simulate};
use proto::checkout::v1::BasketState;
use serde_json::{Value, json};

use crate::{
    books::Fault,
    checkout::CARD,
    killed::{Hand, Process, answer, approved, scanned},
    shop::Shop,
};

const PART: i64 = 100;

/// The card terminal is asked for this amount, and takes it, or gives it back.
async fn does(hand: &Hand, operation: Operation, amount_minor: i64) {
    let (stream, request) = hand.asked().await;
    assert_eq!(request.operation(), operation);
    assert_eq!(request.amount().unwrap().get(), amount_minor);
    answer(stream, approved(&request, amount_minor)).await;
}

/// A till that holds one euro of two and a half.
async fn held() -> (Shop, Process, Hand) {
    let (shop, till, hand) = scanned().await;
    let paying = till.says("pay", json!({"means": "card_part", "amount_minor": PART}));
    does(&hand, Operation::Debit, PART).await;
    is_held(&paying.await.unwrap().unwrap());
    (shop, till, hand)
}

fn is_held(shown: &Value) {
    assert_eq!(shown["screen"], "held", "{shown}");
    assert_eq!((&shown["held"]["paid_minor"], &shown["held"]["due_minor"]), (&json!(PART), &json!(150)));
}

/// The rest is asked for once, and the basket is one sale of two payments.
async fn pays_the_rest(shop: &Shop, till: &Process, hand: &Hand) {
    assert!(hand.is_left_alone().await, "nobody pays twice");
    let paying = till.says("pay", json!({}));
    does(hand, Operation::Debit, 150).await;
    assert_eq!(paying.await.unwrap().unwrap()["total_minor"], 250);
    let sales = shop.books.sales();
    assert_eq!((sales.len(), shop.ledger().len()), (1, 1));
    let amounts: Vec<i64> = sales[0].payments.iter().map(|tender| tender.amount_minor).collect();
    assert_eq!(amounts, [PART, 150]);
}

/// All went back: the basket is open, and nothing is held.
async fn is_open_again(shop: &Shop, till: &Process, hand: &Hand) {
    let shown = till.shows("scanning").await;
    assert_eq!(shown["basket"]["total_minor"], 250);
    assert!(hand.is_left_alone().await, "nothing goes back twice");
    let open = shop.books.basket_in(BasketState::Open).unwrap();
    assert!(open.tenders.is_empty() && shop.books.sales().is_empty());
}

#[tokio::test]
async fn killed_when_a_part_is_taken_and_checkout_does_not_know_it() {
    for (fault, means) in [
        (Fault::Unavailable, json!({"means": "card_part", "amount_minor": PART})),
        // The card terminal takes less than it was asked for.
        (Fault::LoseReply, json!({})),
    ] {
        let (shop, till, hand) = scanned().await;
        shop.books.fail_always("TakeTender", fault);
        let _paying = till.says("pay", means);
        let (stream, request) = hand.asked().await;
        answer(stream, approved(&request, PART)).await;
        shop.books.wait_for_calls("TakeTender", 2).await;
        till.kill9().await;
        shop.books.mend();
        let till = Process::start(&shop).await;
        is_held(&till.shows("held").await);
        pays_the_rest(&shop, &till, &hand).await;
    }
}

#[tokio::test]
async fn killed_while_a_part_is_held() {
    let (shop, till, hand) = held().await;
    till.kill9().await;
    let till = Process::start(&shop).await;
    is_held(&till.shows("held").await);
    pays_the_rest(&shop, &till, &hand).await;
}

#[tokio::test]
async fn killed_when_the_rest_is_asked() {
    let (shop, till, hand) = held().await;
    let _paying = till.says("pay", json!({}));
    let asked = hand.asked().await;
    till.kill9().await;
    drop(asked);
    let till = Process::start(&shop).await;
    till.shows("attendant").await;
    assert_eq!(till.does("give-back", json!({})).await["refused"], "NEEDS_ATTENDANT");
    is_held(&till.settles(&shop, json!({"settlement": "not_paid"})).await);
    pays_the_rest(&shop, &till, &hand).await;
}

#[tokio::test]
async fn killed_when_the_rest_is_refused() {
    let (shop, till, hand) = held().await;
    let paying = till.says("pay", json!({}));
    let (stream, request) = hand.asked().await;
    answer(stream, simulate::not_done(&request, Complement::Refused, None).unwrap()).await;
    assert_eq!(paying.await.unwrap().unwrap()["refused"], "PAYMENT_REFUSED");
    till.kill9().await;
    let till = Process::start(&shop).await;
    is_held(&till.shows("held").await);
    assert_eq!(shop.books.calls("AbandonPayment"), 0);
    pays_the_rest(&shop, &till, &hand).await;
}

#[tokio::test]
async fn killed_when_the_rest_is_taken_and_the_sale_is_not_known() {
    for fault in [Fault::Unavailable, Fault::LoseReply] {
        let (shop, till, hand) = held().await;
        shop.books.fail_always("CompleteSale", fault);
        let _paying = till.says("pay", json!({}));
        does(&hand, Operation::Debit, 150).await;
        shop.books.wait_for_calls("CompleteSale", 2).await;
        till.kill9().await;
        shop.books.mend();
        let till = Process::start(&shop).await;
        assert_eq!(till.shows("thanks").await["sale"]["total_minor"], 250);
        assert!(hand.is_left_alone().await);
        assert_eq!((shop.books.sales().len(), shop.ledger().len()), (1, 1));
    }
}

#[tokio::test]
async fn killed_when_the_card_terminal_is_asked_to_give_back() {
    let (shop, till, hand) = held().await;
    let _giving = till.says("give-back", json!({}));
    let asked = hand.asked().await;
    assert_eq!(asked.1.operation(), Operation::Credit);
    till.kill9().await;
    drop(asked);
    let till = Process::start(&shop).await;
    let shown = till.shows("attendant").await;
    assert_eq!(shown["notice"], "GIVE_BACK_UNKNOWN");
    assert!(hand.is_left_alone().await, "nothing goes back twice");
    let held = shop.books.basket_in(BasketState::Frozen).unwrap();
    assert_eq!(held.tenders.len(), 1);
    till.settles(&shop, json!({"settlement": "not_paid"})).await;
    is_open_again(&shop, &till, &hand).await;
}

#[tokio::test]
async fn killed_when_a_person_has_to_give_it_back() {
    let (shop, till, hand) = held().await;
    let giving = till.says("give-back", json!({}));
    let (stream, request) = hand.asked().await;
    answer(stream, simulate::not_done(&request, Complement::Refused, None).unwrap()).await;
    assert_eq!(giving.await.unwrap().unwrap()["refused"], "GIVEN_BACK_BY_HAND");
    till.kill9().await;
    let till = Process::start(&shop).await;
    till.shows("attendant").await;
    till.settles(&shop, json!({"settlement": "not_paid"})).await;
    is_open_again(&shop, &till, &hand).await;
}

#[tokio::test]
async fn killed_when_it_went_back_and_checkout_does_not_know_it() {
    for (rpc, fault) in [
        ("ReturnTender", Fault::Unavailable),
        ("ReturnTender", Fault::LoseReply),
        ("AbandonPayment", Fault::Unavailable),
        ("AbandonPayment", Fault::LoseReply),
    ] {
        let (shop, till, hand) = held().await;
        shop.books.fail_always(rpc, fault);
        let _giving = till.says("give-back", json!({}));
        does(&hand, Operation::Credit, PART).await;
        shop.books.wait_for_calls(rpc, 2).await;
        till.kill9().await;
        shop.books.mend();
        let till = Process::start(&shop).await;
        is_open_again(&shop, &till, &hand).await;
        assert_eq!(till.does("basket", json!({})).await["returned"][0]["way"], "card");
    }
}

#[tokio::test]
async fn killed_when_store_credit_is_taken_or_given_back_and_checkout_has_not_answered() {
    for rpc in ["TakeTender", "ReturnTender"] {
        for fault in [Fault::Unavailable, Fault::LoseReply] {
            let (shop, till, hand) = scanned().await;
            shop.books.shelf().store_credit = PART;
            till.does("identify", json!({"code": CARD})).await;
            shop.books.fail_always(rpc, fault);
            let paying = till.says("pay", json!({"means": "store_credit"}));
            if rpc == "ReturnTender" {
                is_held(&paying.await.unwrap().unwrap());
                let _giving = till.says("give-back", json!({}));
            }
            shop.books.wait_for_calls(rpc, 2).await;
            till.kill9().await;
            shop.books.mend();
            let till = Process::start(&shop).await;
            if rpc == "TakeTender" {
                is_held(&till.shows("held").await);
                assert_eq!(shop.books.shelf().store_credit, 0);
                pays_the_rest(&shop, &till, &hand).await;
            } else {
                is_open_again(&shop, &till, &hand).await;
                assert_eq!(shop.books.shelf().store_credit, PART);
            }
        }
    }
}
