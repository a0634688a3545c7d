//! `kill -9` while a shopper leaves with a code, or comes back with one: the basket is whole, and it is one.

use super::*;

/// A till whose shopper has left and noted the code.
async fn left() -> (Shop, Process, Hand, String) {
    let (shop, till, hand) = scanned().await;
    let shown = till.does("suspend", json!({})).await;
    assert_eq!(shown["screen"], "suspended");
    let code = shown["code"].as_str().unwrap().to_owned();
    till.does("next", json!({})).await;
    (shop, till, hand, code)
}

#[tokio::test]
async fn killed_before_checkout_answers_that_the_basket_is_suspended() {
    for fault in [Fault::Unavailable, Fault::LoseReply] {
        let (shop, till, _hand) = scanned().await;
        shop.books.fail_always("SuspendBasket", fault);
        let leaving = tokio::spawn(Process::say(till.address, "suspend", json!({})));
        shop.books.wait_for_calls("SuspendBasket", 1).await;
        till.kill9().await;
        assert_eq!(leaving.await.unwrap(), None);
        shop.books.mend();
        let till = Process::start(&shop).await;
        let code = till.shows("suspended").await["code"].clone();
        till.does("next", json!({})).await;
        let shown = till.does("resume", json!({"code": code})).await;
        assert_eq!(shown["basket"]["total_minor"], 250, "{fault:?}");
    }
}

#[tokio::test]
async fn killed_while_the_code_is_shown() {
    let (shop, till, _hand) = scanned().await;
    let code = till.does("suspend", json!({})).await["code"].clone();
    till.kill9().await;
    let till = Process::start(&shop).await;
    assert_eq!(till.shows("suspended").await["code"], code);
}

#[tokio::test]
async fn killed_before_checkout_answers_that_the_basket_is_resumed() {
    for (fault, screen) in [(Fault::LoseReply, "scanning"), (Fault::Unavailable, "idle")] {
        let (shop, till, _hand, code) = left().await;
        shop.books.fail_always("ResumeBasket", fault);
        let coming = tokio::spawn(Process::say(till.address, "resume", json!({"code": code})));
        shop.books.wait_for_calls("ResumeBasket", 1).await;
        till.kill9().await;
        assert_eq!(coming.await.unwrap(), None);
        shop.books.mend();
        let till = Process::start(&shop).await;
        till.shows(screen).await;
        if screen == "idle" {
            till.does("resume", json!({"code": code})).await;
        }
        assert_eq!(till.shows("scanning").await["basket"]["total_minor"], 250, "{fault:?}");
        assert_eq!(shop.books.shelf().baskets.len(), 1, "no copy");
    }
}
