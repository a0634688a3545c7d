//! `kill -9` of a till, and a copy of its disk, at every step of a refund: it goes back once, or nobody knows and a person is called.

use serde_json::{Value, json};

use super::*;
use crate::killed::{Hand, Process, answer, approved, scanned};

/// A till in a process that has sold, its card terminal worked by hand, and 4,50 € of a refund to give back.
async fn owing() -> (Shop, Process, Hand) {
    let (shop, till, hand) = scanned().await;
    let paying = till.says("pay", json!({}));
    let (stream, request) = hand.asked().await;
    answer(stream, approved(&request, 250)).await;
    assert_eq!(paying.await.unwrap().unwrap()["total_minor"], 250);
    till.does("next", json!({})).await;
    shop.books.shelf().owed.due = vec![450];
    (shop, till, hand)
}

fn refund(shop: &Shop) -> Value {
    json!({"attendant_code": shop.attendant_code(), "number": 3})
}

#[tokio::test]
async fn killed_before_checkout_answers_that_the_refund_is_the_tills() {
    for (fault, said) in [(Fault::Unavailable, vec![]), (Fault::LoseReply, vec![(State::Refused, 0)])] {
        let (shop, till, hand) = owing().await;
        shop.books.fail_always("ClaimRefundCredit", fault);
        let _giving = till.says("refund", refund(&shop));
        shop.books.wait_for_calls("ClaimRefundCredit", 1).await;
        till.kill9().await;
        shop.books.mend();
        let till = Process::start(&shop).await;
        till.shows("idle").await;
        assert_eq!(told(&shop), said, "it is no till's");
        assert!(hand.is_left_alone().await, "its holder may be gone");
        let giving = till.says("refund", refund(&shop));
        let (stream, request) = hand.asked().await;
        answer(stream, approved(&request, 450)).await;
        giving.await.unwrap().unwrap();
        assert_eq!(told(&shop).last(), Some(&(State::Done, 450)));
    }
}

#[tokio::test]
async fn killed_while_the_card_terminal_gives_the_money_back() {
    let (shop, till, hand) = owing().await;
    let _giving = till.says("refund", refund(&shop));
    let (stream, request) = hand.asked().await;
    till.kill9().await;
    answer(stream, approved(&request, 450)).await;
    let till = Process::start(&shop).await;
    till.shows("attendant").await;
    shop.books.wait_for_calls("ReportRefundCredit", 1).await;
    assert_eq!(till.does("refund", refund(&shop)).await["refused"], "NEEDS_ATTENDANT");
    assert!(hand.is_left_alone().await, "it is never asked for again");
    till.settles(&shop, json!({"settlement": "paid"})).await;
    till.shows("idle").await;
    assert_eq!(told(&shop), [(State::Unknown, 0), (State::Done, 450)]);
}

#[tokio::test]
async fn killed_when_the_money_went_back_and_checkout_does_not_know_it() {
    for fault in [Fault::Unavailable, Fault::LoseReply] {
        let (shop, till, hand) = owing().await;
        shop.books.fail_always("ReportRefundCredit", fault);
        let _giving = till.says("refund", refund(&shop));
        let (stream, request) = hand.asked().await;
        answer(stream, approved(&request, 450)).await;
        shop.books.wait_for_calls("ReportRefundCredit", 2).await;
        till.kill9().await;
        shop.books.mend();
        let till = Process::start(&shop).await;
        till.shows("idle").await;
        assert_eq!(told(&shop), [(State::Done, 450)]);
        assert!(hand.is_left_alone().await);
    }
}

#[tokio::test]
async fn a_clone_of_a_till_that_claims_a_refund_says_nothing_of_it_before_it_is_the_till() {
    let shop = Shop::open().await;
    died_while_it_claims(&shop).await;
    shop.books.fail_always("ClaimTill", Fault::Refuse("TILL_CLONED"));
    let clone = shop.start_copy(&shop.copy_the_disk());
    clone.shows(|view| matches!(view.screen, Screen::Closed(_))).await;
    assert_eq!(shop.books.calls("ReportRefundCredit"), 0, "the original may be at it");
    shop.books.mend();
    clone.shows(|view| view.screen == Screen::Idle).await;
    assert_eq!(shop.books.calls("ReportRefundCredit"), 1);
}
