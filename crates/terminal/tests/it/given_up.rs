//! A basket that is given up while checkout is away is told of when it is back; the till serves the next shopper meanwhile.

use proto::checkout::v1::{self as pb, BasketState, CancelCause};
use terminal::till::Screen;

use crate::books::{Fault, Shelf};
use crate::shop::{Shop, is_thanks, total};

fn cancelled(shelf: &Shelf) -> usize {
    shelf.baskets.values().filter(|kept| kept.now().state() == BasketState::Cancelled).count()
}

#[tokio::test]
async fn a_basket_that_was_given_up_while_checkout_was_away_is_told_of_later_once_and_keeps_nobody_waiting() {
    for fault in [Fault::Unavailable, Fault::LoseReply] {
        let shop = Shop::open().await;
        let running = shop.start_with(&["item-250"]).await;
        shop.books.fail_always("CancelBasket", fault);
        assert_eq!(running.till.cancel().await.unwrap().screen, Screen::Idle);
        // The next shopper is served, and pays.
        assert_eq!(total(&running.till.scan("item-300", 0).await.unwrap()), 300);
        assert!(is_thanks(&running.till.pay().await.unwrap()));
        let before = shop.books.calls("CancelBasket");
        shop.books.mend();
        shop.books.wait_for_calls("CancelBasket", before + 1).await;
        shop.books.wait_for_shelf(|shelf| cancelled(shelf) == 1).await;
        assert_eq!(shop.books.sales().len(), 1, "{fault:?}");
        assert_eq!(shop.books.shelf().causes.last(), Some(&CancelCause::Shopper));
    }
}

#[tokio::test]
async fn a_basket_that_nobody_was_at_any_more_is_told_of_with_its_cause_after_a_restart_too() {
    let mut shop = Shop::open().await;
    shop.config.idle_seconds = 1;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.fail_always("CancelBasket", Fault::Unavailable);
    running.shows(|view| view.screen == Screen::Idle).await;
    running.dies().await;
    shop.books.mend();
    let running = shop.start();
    shop.books.wait_for_shelf(|shelf| cancelled(shelf) == 1).await;
    assert_eq!(shop.books.shelf().causes, [CancelCause::Idle]);
    assert_eq!(running.ready().await.screen, Screen::Idle);
}

#[tokio::test]
async fn what_checkout_has_answered_is_not_told_again_and_a_refusal_is_an_answer() {
    for fault in [None, Some(Fault::Refuse("BASKET_CLOSED"))] {
        let shop = Shop::open().await;
        let running = shop.start_with(&["item-250"]).await;
        if let Some(fault) = fault {
            shop.books.fail_once("CancelBasket", fault);
        }
        running.till.cancel().await.unwrap();
        running.till.scan("item-300", 0).await.unwrap();
        running.dies().await;
        let running = shop.start();
        running.ready().await;
        running.till.cancel().await.unwrap();
        assert_eq!(shop.books.calls("CancelBasket"), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_machine_that_is_not_the_till_any_more_tells_of_no_basket_until_it_is_again() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.fail_always("CancelBasket", Fault::Unavailable);
    running.till.cancel().await.unwrap();
    running.dies().await;
    shop.books.mend();
    shop.books.fail_always("ClaimTill", Fault::Refuse("TILL_CLONED"));
    let (claims, before) = (shop.books.calls("ClaimTill"), shop.books.calls("CancelBasket"));
    let running = shop.start();
    shop.books.wait_for_calls("ClaimTill", claims + 2).await;
    assert_eq!(shop.books.calls("CancelBasket"), before);
    shop.books.mend();
    shop.books.wait_for_shelf(|shelf| cancelled(shelf) == 1).await;
    assert_eq!(running.ready().await.screen, Screen::Idle);
}

#[tokio::test]
async fn a_basket_is_not_given_up_while_nobody_knows_of_a_payment_that_its_till_does_not_know_of_either() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    // Another machine was the till meanwhile, and asked for a payment.
    let basket_id = running.till.view().basket_id.unwrap().to_string();
    let kind = pb::InterventionKind::PaymentUnknown.into();
    shop.books.shelf().orders.waiting = vec![pb::Intervention { kind, basket_id, ..Default::default() }];
    shop.books.decide(|basket| basket.set_state(BasketState::Frozen));
    // Where a report of the till's own was faster, there is nothing to give up.
    let _ = running.till.cancel().await;
    assert!(shop.books.basket_in(BasketState::Frozen).is_some());
    assert!(shop.books.shelf().causes.is_empty());
}
