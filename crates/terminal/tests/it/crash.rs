//! The process dies between any two steps: no second charge, no lost sale.

use proto::checkout::v1::BasketState;
use terminal::card::{NotTaken, Phase};
use terminal::till::{Given, Notice, Screen};

use crate::books::Fault;
use crate::checkout::CARD;
use crate::shop::{Shop, is_attendant, is_thanks, total};

#[tokio::test]
async fn between_two_scans_the_basket_is_taken_up() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250", "item-300"]).await;
    running.dies().await;
    let running = shop.start();
    let view = running.ready().await;
    assert_eq!(total(&view), 550);
    running.till.scan("item-100", 0).await.unwrap();
    assert_eq!(running.till.pay().await.unwrap().sale().unwrap().total_minor, 650);
    assert_eq!(shop.charged(), [650]);
}

#[tokio::test]
async fn before_a_scan_was_written_down_checkout_still_knows_it() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.dies().await;
    let basket = shop.books.basket_in(BasketState::Open).unwrap();
    let scanned = shop.books.shelf().edit(
        ("never written down", Vec::new()),
        &basket.basket_id,
        0,
        &[BasketState::Open],
        |basket| {
            let mut line = basket.lines[0].clone();
            line.line_id = 2;
            basket.lines.push(line);
            Ok(())
        },
    );
    scanned.unwrap();
    let running = shop.start();
    assert_eq!(total(&running.ready().await), 500);
}

#[tokio::test]
async fn after_the_basket_is_frozen_and_before_the_request_is_written_down_nothing_was_taken() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.dies().await;
    let basket = shop.books.basket_in(BasketState::Open).unwrap();
    let frozen = shop.books.shelf().edit(
        ("begun", Vec::new()),
        &basket.basket_id,
        0,
        &[BasketState::Open],
        |basket| {
            basket.set_state(BasketState::Frozen);
            Ok(())
        },
    );
    frozen.unwrap();
    let running = shop.start();
    assert_eq!(total(&running.ready().await), 250);
    assert!(shop.books.basket_in(BasketState::Open).is_some());
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!((shop.charged(), shop.books.sales().len()), (vec![250], 1));
}

#[tokio::test]
async fn while_the_card_terminal_is_asked_the_payment_is_unknown_and_not_asked_again() {
    let mut shop = Shop::open().await;
    shop.config.card_timeout_seconds = Some(240);
    let parts = terminal::parts(&shop.config, platform::Clock::system()).unwrap();
    let mut phase = parts.card.phase();
    let running = shop.start_from(parts);
    running.ready().await;
    running.till.scan("item-118", 0).await.unwrap();
    let paying = running.paying();
    phase.wait_for(|phase| *phase == Phase::Waiting).await.unwrap();
    running.dies().await;
    assert!(paying.await.unwrap().is_err());
    for _ in 0..3 {
        let running = shop.start();
        let view = running.shows(is_attendant).await;
        shop.books.wait_for_calls("GetSale", 1).await;
        assert!(matches!(view.screen, Screen::Attendant { total_minor: 118, .. }));
        assert_eq!(running.till.pay().await.unwrap_err(), Notice::NeedsAttendant);
        running.dies().await;
    }
    assert!(shop.charged().is_empty() && shop.books.sales().is_empty());
    assert!(shop.books.basket_in(BasketState::Frozen).is_some());
}

#[tokio::test]
async fn after_the_answer_and_before_the_sale_the_sale_is_made_at_the_next_start() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.identify(CARD).await.unwrap();
    shop.books.fail_always("CompleteSale", Fault::Unavailable);
    let paying = running.paying();
    running.shows(|view| matches!(view.screen, Screen::Telling { taken: true, .. })).await;
    shop.books.wait_for_calls("CompleteSale", 2).await;
    running.dies().await;
    assert!(paying.await.unwrap().is_err());
    assert!(shop.books.sales().is_empty());
    shop.books.mend();
    let running = shop.start();
    let view = running.shows(is_thanks).await;
    assert_eq!(view.sale().unwrap().total_minor, 250);
    assert_eq!(view.sale().unwrap().given, Given::CardEmail);
    assert_eq!((shop.charged(), shop.books.sales().len(), shop.ledger().len()), (vec![250], 1, 1));
}

#[tokio::test]
async fn after_the_sale_and_before_its_answer_the_same_sale_is_found() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.fail_always("CompleteSale", Fault::LoseReply);
    let paying = running.paying();
    shop.books.wait_for_calls("CompleteSale", 2).await;
    running.dies().await;
    assert!(paying.await.unwrap().is_err());
    assert_eq!(shop.books.sales().len(), 1);
    shop.books.mend();
    let running = shop.start();
    let view = running.shows(is_thanks).await;
    assert_eq!(view.sale().unwrap().sale_id.to_string(), shop.books.sales()[0].sale_id);
    assert_eq!((shop.charged(), shop.books.sales().len(), shop.ledger().len()), (vec![250], 1, 1));
}

#[tokio::test]
async fn after_a_refusal_and_before_checkout_knows_the_basket_opens_at_the_next_start() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-113"]).await;
    shop.books.fail_always("AbandonPayment", Fault::LoseReply);
    let paying = running.paying();
    running.shows(|view| matches!(view.screen, Screen::Telling { taken: false, .. })).await;
    shop.books.wait_for_calls("AbandonPayment", 2).await;
    running.dies().await;
    assert!(paying.await.unwrap().is_err());
    shop.books.mend();
    let running = shop.start();
    let view = running.shows(|view| view.basket().is_some()).await;
    assert_eq!(view.notice, Some(Notice::NotPaid(NotTaken::Refused)));
    assert_eq!(shop.books.basket_in(BasketState::Open).as_ref(), view.basket());
    assert!(shop.charged().is_empty());
}

#[tokio::test]
async fn after_everything_the_next_start_finds_nothing_to_do() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.pay().await.unwrap();
    running.dies().await;
    let running = shop.start();
    assert!(matches!(running.ready().await.screen, Screen::Idle));
    assert_eq!((shop.charged(), shop.books.sales().len(), shop.ledger().len()), (vec![250], 1, 1));
}

#[tokio::test]
async fn a_till_that_starts_before_checkout_waits_for_it() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.dies().await;
    shop.books.fail_once("GetBasket", Fault::Unavailable);
    shop.books.fail_once("GetBasket", Fault::Unavailable);
    let running = shop.start();
    assert_eq!(total(&running.ready().await), 250);
}

#[tokio::test]
async fn a_basket_that_was_closed_meanwhile_is_not_the_next_shoppers() {
    let shop = Shop::open().await;
    for state in [BasketState::Cancelled, BasketState::Paid] {
        let running = shop.start_with(&["item-250"]).await;
        running.dies().await;
        let open = shop.books.basket_in(BasketState::Open).unwrap();
        let close = |basket: &mut proto::checkout::v1::Basket| {
            basket.set_state(state);
            Ok(())
        };
        let id = format!("closed as {state:?}");
        let request = (id.as_str(), Vec::new());
        shop.books.shelf().edit(request, &open.basket_id, 0, &[BasketState::Open], close).unwrap();
        let running = shop.start();
        assert!(matches!(running.ready().await.screen, Screen::Idle));
        running.stops().await;
    }
}

#[tokio::test]
async fn the_journal_of_another_till_and_one_in_use_are_refused() {
    let mut shop = Shop::open().await;
    let running = shop.start_with(&[]).await;
    let refused = terminal::parts(&shop.config, platform::Clock::system()).unwrap_err();
    assert!(format!("{refused:#}").contains("cannot use the journal"), "{refused:#}");
    running.dies().await;
    shop.config.code = "LILLE-02".into();
    let refused = terminal::parts(&shop.config, platform::Clock::system()).unwrap_err();
    assert!(format!("{refused:#}").contains("LILLE-01"), "{refused:#}");
}

#[tokio::test]
async fn the_journal_knows_no_card_of_a_member() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.scan(CARD, 0).await.unwrap();
    shop.books.fail_always("CompleteSale", Fault::Unavailable);
    let paying = running.paying();
    shop.books.wait_for_calls("CompleteSale", 1).await;
    let bytes = std::fs::read(&shop.config.journal).unwrap();
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(holds(b"item-250") && holds(b"identify") && holds(b"\"taken\""));
    assert!(!holds(CARD.as_bytes()) && !holds("Zoé".as_bytes()));
    shop.books.mend();
    assert!(is_thanks(&paying.await.unwrap().unwrap()));
}
