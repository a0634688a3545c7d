//! Editing a basket, and bringing back what a crash of checkout's database threw away.

use proto::checkout::v1::BasketState;
use terminal::client::Refusal;
use terminal::till::{Notice, Screen};

use crate::books::Fault;
use crate::checkout::CARD;
use crate::membership::GREETING;
use crate::shop::{Shop, is_thanks, total};

#[tokio::test]
async fn a_member_card_in_the_product_field_identifies_the_member() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let view = running.till.scan(&format!("]E0{CARD}\r\n"), 0).await.unwrap();
    assert!(view.basket().unwrap().member_identified);
    assert_eq!(view.greeting.as_deref(), Some(GREETING));
    assert_eq!(shop.books.calls("ScanItem"), 0);
    let unknown = running.till.identify("2900000000438").await.unwrap_err();
    assert_eq!(unknown, Notice::Refused(Refusal::UnknownCard));
    assert!(running.till.view().basket().unwrap().member_identified);
    assert_eq!(running.till.identify("4006381333931").await.unwrap_err(), Notice::NotACard);
}

#[tokio::test]
async fn membership_out_of_reach_costs_the_greeting_and_nothing_else() {
    let shop = Shop::open().await;
    shop.books.fail_always("GetGreeting", Fault::Unavailable);
    let running = shop.start_with(&["item-250"]).await;
    let view = running.till.identify(CARD).await.unwrap();
    assert!(view.basket().unwrap().member_identified);
    assert_eq!(view.greeting, None);
}

#[tokio::test]
async fn every_edit_shows_the_whole_basket() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250", "item-300"]).await;
    assert_eq!(total(&running.till.set_quantity(1, 3_000).await.unwrap()), 1_050);
    assert_eq!(total(&running.till.remove(2).await.unwrap()), 750);
    let view = running.till.apply_discount(" merci ").await.unwrap();
    assert_eq!(view.basket().unwrap().claimed_codes, ["MERCI"]);
    assert_eq!(total(&running.till.scan("gram-1000", 350).await.unwrap()), 1_100);
    let view = running.till.cancel().await.unwrap();
    assert!(matches!(view.screen, Screen::Idle));
    assert!(shop.books.basket_in(BasketState::Cancelled).is_some());
}

#[tokio::test]
async fn no_order_of_scan_claim_and_card_changes_the_basket() {
    let mut ends = Vec::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let shop = Shop::open().await;
        let running = shop.start_with(&[]).await;
        for step in order {
            let done = match step {
                0 => running.till.scan("item-250", 0).await,
                1 => running.till.apply_discount("MERCI").await,
                _ => running.till.identify(CARD).await,
            };
            assert_eq!(done.map(|_| ()), Ok(()), "step {step} of {order:?}");
        }
        let view = running.till.view();
        let basket = view.basket().unwrap();
        ends.push((total(&view), basket.claimed_codes.clone(), basket.member_identified));
        assert_eq!(running.till.pay().await.unwrap().sale().unwrap().total_minor, 250);
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

#[tokio::test]
async fn a_refusal_is_told_and_changes_nothing() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    for (code, refusal) in
        [("4006381333931", Refusal::UnknownCode), ("gram-100", Refusal::QuantityOutOfRange)]
    {
        assert_eq!(running.till.scan(code, 0).await.unwrap_err(), Notice::Refused(refusal));
    }
    assert_eq!(running.till.scan(" \n", 0).await.unwrap_err(), Notice::Refused(Refusal::UnreadableCode));
    let line = running.till.remove(7).await;
    assert!(line.is_ok() || line.unwrap_err() == Notice::Refused(Refusal::UnknownLine));
    let discount = running.till.apply_discount("NEVER").await.unwrap_err();
    assert_eq!(discount, Notice::Refused(Refusal::UnknownDiscount));
    assert_eq!(running.till.view().notice, Some(discount));
    assert_eq!(total(&running.till.scan("item-100", 0).await.unwrap()), 350);
    assert_eq!(running.till.view().notice, None);
}

#[tokio::test]
async fn commands_without_a_basket_say_so() {
    let shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::NoBasket);
    assert_eq!(running.till.remove(1).await.unwrap_err(), Notice::NoBasket);
    assert_eq!(running.till.cancel().await.unwrap_err(), Notice::NoBasket);
}

#[tokio::test]
async fn edits_that_were_thrown_back_are_sent_again_as_they_were() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250", "item-300"]).await;
    running.till.identify(CARD).await.unwrap();
    running.till.set_quantity(2, 2_000).await.unwrap();
    shop.books.throw_back(3);
    let view = running.till.scan("item-100", 0).await.unwrap();
    assert_eq!(total(&view), 950);
    assert!(view.basket().unwrap().member_identified);
    assert_eq!(view.basket(), shop.books.basket_in(BasketState::Open).as_ref());
    shop.books.throw_back(2);
    assert_eq!(running.till.pay().await.unwrap().sale().unwrap().total_minor, 950);
    assert_eq!(shop.charged(), [950]);
}

#[tokio::test]
async fn a_basket_that_is_gone_is_made_again_even_after_a_restart() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250", "item-300"]).await;
    shop.books.lose_baskets();
    let view = running.till.scan("item-100", 0).await.unwrap();
    assert_eq!(total(&view), 650);
    running.dies().await;
    shop.books.lose_baskets();
    let running = shop.start();
    assert_eq!(total(&running.ready().await), 650);
    assert!(is_thanks(&running.till.pay().await.unwrap()));
}

#[tokio::test]
async fn a_card_that_only_the_lost_process_knew_is_asked_for_again() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.identify(CARD).await.unwrap();
    running.dies().await;
    shop.books.throw_back(1);
    let running = shop.start();
    let view = running.ready().await;
    assert_eq!(view.notice, Some(Notice::PresentCardAgain));
    assert_eq!(total(&view), 250);
    assert!(running.till.identify(CARD).await.unwrap().basket().unwrap().member_identified);
}

#[tokio::test]
async fn a_basket_frozen_by_a_lost_command_is_opened_by_the_next_scan() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    let open = shop.books.basket_in(BasketState::Open).unwrap();
    let freeze = |basket: &mut proto::checkout::v1::Basket| {
        basket.set_state(BasketState::Frozen);
        Ok(())
    };
    let request = ("frozen", Vec::new());
    shop.books.shelf().edit(request, &open.basket_id, 0, &[BasketState::Open], freeze).unwrap();
    assert_eq!(total(&running.till.scan("item-100", 0).await.unwrap()), 350);
}

#[tokio::test]
async fn nobody_at_the_till_is_asked_and_then_the_basket_is_given_up() {
    let mut shop = Shop::open().await;
    shop.config.idle_seconds = 1;
    let running = shop.start_with(&["item-250"]).await;
    let view = running.shows(|view| view.notice == Some(Notice::StillThere)).await;
    assert_eq!(total(&view), 250);
    let shopper = view.shopper;
    let view = running.shows(|view| matches!(view.screen, Screen::Idle)).await;
    assert!(view.shopper > shopper);
    assert!(shop.books.basket_in(BasketState::Cancelled).is_some());
}

#[tokio::test]
async fn reading_and_typing_keep_the_basket_and_disturb_no_page() {
    let mut shop = Shop::open().await;
    shop.config.idle_seconds = 1;
    let running = shop.start_with(&["item-250"]).await;
    let before = running.till.view();
    assert_eq!(running.till.touch().await.unwrap().revision, before.revision);
    let warned = running.shows(|view| view.notice == Some(Notice::StillThere)).await;
    running.till.touch().await.unwrap();
    let kept = running.shows(|view| view.revision > warned.revision).await;
    assert_eq!((kept.notice, kept.gives_up, total(&kept)), (None, None, 250));
    // Nobody since: the till asks anew.
    let asked = running.shows(|view| view.notice == Some(Notice::StillThere)).await;
    assert_eq!((asked.shopper, total(&asked)), (before.shopper, 250));
}

#[tokio::test]
async fn thanks_make_way_by_themselves() {
    let mut shop = Shop::open().await;
    shop.config.thanks_seconds = 1;
    let running = shop.start_with(&["item-250"]).await;
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    running.shows(|view| matches!(view.screen, Screen::Idle)).await;
}
