//! Every card payment that was refused, failed, given up or given back yields its slip: on the screen, and with the ticket.

use proto::checkout::v1 as pb;
use terminal::card::NotTaken;
use terminal::paper::{PrinterFailure, sink::Health};
use terminal::till::{Notice, Screen, Settlement};

use crate::kiosk::{get, page_of, send};
use crate::shop::{Shop, is_thanks};
use crate::tenders::part;
use crate::tickets::with_printer;

/// What checkout was told of payments that were not made and of money that went back.
fn told(shop: &Shop) -> Vec<String> {
    shop.books.shelf().unpaid_slips.clone()
}

/// Holds that there are so many slips, each with its words.
fn are(slips: &[String], words: &[&str]) {
    assert_eq!(slips.len(), words.len(), "{slips:?}");
    for (slip, word) in slips.iter().zip(words) {
        assert!(slip.contains(word), "{slip}");
    }
}

#[tokio::test]
async fn the_slip_of_a_second_card_that_was_refused_goes_with_the_ticket_also_after_a_crash() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    shop.plays(&["approve", "refuse", "approve", "approve"]);
    running.till.pay_by(part(500)).await.unwrap();
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::NotPaid(NotTaken::Refused));
    assert!(running.till.view().unpaid.unwrap().slip_text.contains("ABANDON DEBIT"));
    running.dies().await;
    let running = shop.start();
    running.ready().await;
    running.till.pay_by(part(300)).await.unwrap();
    assert!(told(&shop).is_empty());
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    are(&told(&shop), &["ABANDON DEBIT"]);
}

#[tokio::test]
async fn the_slip_of_money_that_went_back_to_the_card_is_shown_and_told_with_that_of_the_card_that_was_refused()
 {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    shop.plays(&["approve", "refuse", "approve"]);
    running.till.pay_by(part(500)).await.unwrap();
    running.till.pay().await.unwrap_err();
    let view = running.till.give_back().await.unwrap();
    assert_eq!(view.notice, Some(Notice::NotPaid(NotTaken::GivenBack)));
    let shown = view.unpaid.unwrap().slip_text;
    are(&told(&shop), &["ABANDON DEBIT", "\nCREDIT"]);
    assert_eq!(shown, told(&shop).join("\n\n"));
    // Whoever leaves now still sees them.
    assert_eq!(running.till.cancel().await.unwrap().unpaid.unwrap().slip_text, shown);
}

#[tokio::test]
async fn the_slip_of_a_credit_that_was_refused_or_given_in_part_is_told_as_well() {
    for (fate, words) in [("refuse", "ABANDON CREDIT"), ("less", "\nCREDIT"), ("abandon", "ABANDON CREDIT")] {
        let shop = Shop::open().await;
        let running = shop.start_with(&["item-1200"]).await;
        shop.plays(&["approve", fate]);
        running.till.pay_by(part(500)).await.unwrap();
        assert_eq!(running.till.give_back().await.unwrap_err(), Notice::GivenBackByHand, "{fate}");
        let settled = running.till.settle(&shop.attendant_code(), Settlement::NotPaid).await.unwrap();
        are(&told(&shop), &[words]);
        assert!(settled.unpaid.unwrap().slip_text.contains(words), "{fate}");
    }
}

#[tokio::test]
async fn a_payment_that_is_settled_as_not_made_yields_its_slip_at_the_till_and_from_the_office() {
    for at_the_till in [true, false] {
        let shop = Shop::open().await;
        let running = shop.start_with(&["item-118"]).await;
        assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
        if at_the_till {
            running.till.settle(&shop.attendant_code(), Settlement::NotPaid).await.unwrap();
        } else {
            let decision = pb::InterventionDecision::Refuse.into();
            shop.books.shelf().orders.settlement = Some(pb::Intervention { decision, ..Default::default() });
        }
        let view = running.shows(|view| view.basket().is_some()).await;
        let slip = view.unpaid.unwrap().slip_text;
        assert!(slip.contains("MONTANT : 1,18 EUR\nRIEN N’A ÉTÉ DÉBITÉ\nCONSTATÉ PAR LE MAGASIN"), "{slip}");
        assert_eq!((view.notice, told(&shop)), (Some(Notice::NotPaid(NotTaken::SettledByStaff)), vec![slip]));
    }
}

#[tokio::test]
async fn a_second_payment_that_is_settled_as_not_made_yields_its_slip_with_the_ticket() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    shop.plays(&["approve", "silence", "approve"]);
    running.till.pay_by(part(300)).await.unwrap();
    assert_eq!(running.till.pay_by(part(200)).await.unwrap_err(), Notice::PaymentUnknown);
    let view = running.till.settle(&shop.attendant_code(), Settlement::NotPaid).await.unwrap();
    assert!(view.unpaid.unwrap().slip_text.contains("MONTANT : 2,00 EUR"));
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    are(&told(&shop), &["MONTANT : 2,00 EUR\nRIEN N’A ÉTÉ DÉBITÉ\nCONSTATÉ PAR LE MAGASIN"]);
}

#[tokio::test]
async fn the_slip_of_a_card_that_was_refused_is_there_after_a_restart_until_the_shopper_goes_on() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-113"]).await;
    running.till.pay().await.unwrap_err();
    let before = running.till.view();
    running.dies().await;
    let running = shop.start();
    let view = running.shows(|view| view.notice.is_some()).await;
    assert_eq!((view.notice, &view.unpaid), (Some(Notice::NotPaid(NotTaken::Refused)), &before.unpaid));
    assert!(view.unpaid.unwrap().slip_text.contains("ABANDON DEBIT"));
    // An edit takes it off the screen, for good; whoever gives up after it still reads it.
    assert!(running.till.scan("item-100", 0).await.unwrap().unpaid.is_none());
    running.dies().await;
    let running = shop.start();
    let view = running.ready().await;
    assert_eq!((view.notice, &view.unpaid), (None, &None));
    assert_eq!(running.till.cancel().await.unwrap().unpaid, before.unpaid);
    running.till.scan("item-250", 0).await.unwrap();
    assert!(running.till.cancel().await.unwrap().unpaid.is_none());
}

#[tokio::test]
async fn the_slip_of_a_refused_card_is_there_at_a_locked_till_too() {
    for is_locked in [true, false] {
        let shop = Shop::open().await;
        let running = shop.start_with(&["item-113"]).await;
        running.till.pay().await.unwrap_err();
        running.till.cancel().await.unwrap();
        if is_locked {
            shop.books.shelf().orders.locked = true;
            running.shows(|view| view.screen == Screen::Locked).await;
        } else {
            running.till.finds(vec![pb::TillFinding::CardTerminalSilent]);
            running.shows(|view| matches!(view.screen, Screen::Closed(_))).await;
        }
        let page = page_of(&running);
        let text = get(&page, "/").await.text;
        assert!(text.contains("ABANDON DEBIT") && text.contains("Caisse fermée"), "{text}");
        let text = send(&page, "/next", "").await;
        assert!(!text.contains("ABANDON DEBIT") && text.contains("Caisse fermée"), "{text}");
    }
}

#[tokio::test]
async fn a_slip_that_is_not_printed_stays_to_be_read() {
    let (shop, sink) = with_printer().await;
    let running = shop.start_with(&["item-113"]).await;
    running.till.pay().await.unwrap_err();
    sink.is(Health::PaperEnd);
    assert_eq!(running.print().await, Some(Notice::SlipNotPrinted(PrinterFailure::PaperEnd)));
    assert!(running.till.view().unpaid.unwrap().slip_text.contains("ABANDON DEBIT"));
}

#[tokio::test]
async fn what_was_given_back_is_read_after_a_restart_with_its_slips() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    shop.plays(&["approve", "approve"]);
    running.till.pay_by(part(500)).await.unwrap();
    let before = running.till.give_back().await.unwrap();
    running.dies().await;
    let view = shop.start().shows(|view| view.notice.is_some()).await;
    assert_eq!((view.notice, view.unpaid), (before.notice, before.unpaid));
    assert_eq!((view.returned.len(), view.returned), (1, before.returned));
}
