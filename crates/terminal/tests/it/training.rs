//! Training: a till that practises shows it, asks no card terminal, and leaves nothing behind.

use proto::checkout::v1::TillStage;
use terminal::{
    paper::sink::{self, Sink},
    practice::MARK,
    receipt::{Mailbox, Wanted},
    till::{Given, Means, Notice, Screen, Settlement, View},
};
use tokio::task::JoinHandle;

use crate::books::Fault;
use crate::checkout::CARD;
use crate::kiosk::{get, page_of, send};
use crate::shop::{Running, Shop, is_attendant, is_thanks, listener};

const FRENCH: &str = "FORMATION — ticket factice";
const ENGLISH: &str = "TRAINING — not a valid receipt";

/// A till that the office has turned to training.
async fn trained(shop: &Shop) -> Running {
    shop.books.shelf().orders.training = true;
    let running = shop.start();
    running.shows(|view| view.training && matches!(view.screen, Screen::Idle)).await;
    running
}

/// Pays, and says what the card terminal answers that is not there.
async fn practise(running: &Running, accepted: bool) -> Result<(), Notice> {
    practise_by(running, Means::Card, accepted).await
}

async fn practise_by(running: &Running, means: Means, accepted: bool) -> Result<(), Notice> {
    let till = running.till.clone();
    says(running, tokio::spawn(async move { till.pay_by(means).await }), accepted).await
}

async fn practise_to_give_back(running: &Running, accepted: bool) -> Result<(), Notice> {
    let till = running.till.clone();
    says(running, tokio::spawn(async move { till.give_back().await }), accepted).await
}

/// Says what the card terminal answers that is not there, to what is asked of it.
async fn says(
    running: &Running,
    paying: JoinHandle<Result<View, Notice>>,
    accepted: bool,
) -> Result<(), Notice> {
    let is_turn = |screen: &Screen| matches!(screen, Screen::Paying { .. } | Screen::GivingBack { .. });
    running.shows(|view| view.training && is_turn(&view.screen)).await;
    // The screen is shown a moment before the stand-in waits.
    while running.till.practise(accepted).is_err() && !paying.is_finished() {
        tokio::task::yield_now().await;
    }
    paying.await.unwrap().map(drop)
}

#[tokio::test]
async fn a_till_that_trains_asks_no_card_terminal_and_its_books_know_nothing() {
    let shop = Shop::open().await;
    let running = trained(&shop).await;
    let view = running.till.scan("item-250", 0).await.unwrap();
    assert!(view.training && view.basket().unwrap().training);
    practise(&running, true).await.unwrap();
    let view = running.shows(is_thanks).await;
    assert!(view.training && view.sale().unwrap().training);
    assert!(shop.charged().is_empty() && shop.ledger().is_empty());
    let slip = shop.books.shelf().slips.pop().unwrap();
    assert!(slip.starts_with(MARK) && slip.ends_with("AUCUN PAIEMENT"), "{slip}");
    assert_eq!(shop.books.sales()[0].payments[0].card.as_ref().unwrap().brand, MARK);
    shop.books.wait_for_report(|report| report.training).await;
}

#[tokio::test]
async fn an_assistant_practises_a_refusal_on_the_page_and_tries_again() {
    let shop = Shop::open().await;
    let running = trained(&shop).await;
    running.till.scan("item-250", 0).await.unwrap();
    let paying = running.paying();
    running.shows(|view| matches!(view.screen, Screen::Paying { .. })).await;
    let page = page_of(&running);
    let asked = get(&page, "/").await.text;
    assert!(asked.contains("Carte acceptée") && asked.contains("Carte refusée"), "{asked}");
    assert!(asked.contains("personne ne paie"), "{asked}");
    while running.till.practise(false).is_err() && !paying.is_finished() {
        tokio::task::yield_now().await;
    }
    let refused = paying.await.unwrap().unwrap_err();
    assert_eq!(refused.reason(), "PAYMENT_REFUSED");
    let basket = get(&page, "/").await.text;
    assert!(basket.contains("Le paiement est refusé.") && basket.contains("PAIEMENT REFUSE"), "{basket}");
    assert!(basket.contains(MARK) && basket.contains(FRENCH), "{basket}");
    practise(&running, true).await.unwrap();
    assert!(shop.charged().is_empty());
    // There is nothing to say where nobody pays.
    let page = send(&page, "/training/card", "card=accepted").await;
    assert!(page.contains("Scannez d’abord un article"), "{page}");
}

#[tokio::test]
async fn every_page_of_a_till_that_trains_says_so_in_both_languages_and_none_does_in_earnest() {
    for (training, count) in [(true, 1), (false, 0)] {
        for (language, banner) in [("fr", FRENCH), ("en", ENGLISH)] {
            let mut shop = Shop::open().await;
            shop.config.public_url = Some("https://tickets.example".parse().unwrap());
            shop.books.shelf().orders.training = training;
            let running = shop.start();
            running.shows(|view| view.training == training && matches!(view.screen, Screen::Idle)).await;
            let page = page_of(&running);
            let choose = format!("language={language}");
            let mut pages = vec![send(&page, "/language", &choose).await, get(&page, "/products").await.text];
            pages.push(get(&page, "/resume").await.text);
            pages.push(send(&page, "/resume", "code=&key=A").await);
            pages.push(send(&page, "/scan", "code=item-250").await);
            for path in ["/products", "/receipt", "/receipt?then=means", "/receipt/email", "/means"] {
                pages.push(get(&page, path).await.text);
            }
            pages.push(send(&page, "/products", "text=carottes").await);
            pages.push(send(&page, "/weigh", "code=item-250&name=Carottes").await);
            pages.push(send(&page, "/receipt", "choice=typed_email").await);
            pages.push(send(&page, "/receipt/email", "email=lea%40gmial.com").await);
            let code = send(&page, "/suspend", "").await;
            assert!(code.contains("id=\"suspension-code\""), "{code}");
            pages.push(code);
            send(&page, "/next", "").await;
            // The next shopper has the language of the house.
            let home = get(&page, "/").await.text;
            assert_eq!(home.matches(FRENCH).count(), count, "{home}");
            for text in pages {
                assert_eq!(text.matches(banner).count(), count, "{language} {training}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn parts_and_meal_vouchers_are_practised_and_go_back_without_a_card_terminal_and_no_store_credit_is_drawn()
 {
    let shop = Shop::open().await;
    shop.books.shelf().store_credit = 500;
    shop.books.shelf().meal_voucher = 600;
    let running = trained(&shop).await;
    running.till.scan("item-1200", 0).await.unwrap();
    let view = running.till.identify(CARD).await.unwrap();
    assert_eq!((view.due.store_credit_minor, view.due.meal_voucher_minor), (0, 600));
    practise_by(&running, Means::CardPart { amount_minor: 500 }, true).await.unwrap();
    practise_by(&running, Means::MealVoucher { amount_minor: Some(400) }, true).await.unwrap();
    let page = page_of(&running);
    let held = get(&page, "/").await.text;
    assert!(held.contains(FRENCH) && held.contains("id=\"give-back-sure\""), "{held}");
    // A restart in between changes nothing.
    running.dies().await;
    let running = shop.start();
    running.shows(|view| view.training && matches!(view.screen, Screen::Held { due_minor: 300, .. })).await;
    let till = running.till.clone();
    let giving = tokio::spawn(async move { till.give_back().await });
    // The last one first; each is practised.
    for amount_minor in [400, 500] {
        let is_asked = |view: &View| matches!(&view.screen, Screen::GivingBack { tender } if tender.amount_minor == amount_minor);
        assert!(running.shows(is_asked).await.training);
        while running.till.practise(true).is_err() && !giving.is_finished() {
            tokio::task::yield_now().await;
        }
    }
    let view = giving.await.unwrap().unwrap();
    assert!(view.training && view.basket().is_some() && view.returned.len() == 2, "{view:?}");
    // What is refused is a person's to give back.
    practise_by(&running, Means::CardPart { amount_minor: 500 }, true).await.unwrap();
    let refused = practise_to_give_back(&running, false).await.unwrap_err();
    assert_eq!(refused, Notice::GivenBackByHand);
    running.till.settle(&shop.attendant_code(), Settlement::NotPaid).await.unwrap();
    practise(&running, true).await.unwrap();
    assert!(shop.charged().is_empty() && shop.ledger().is_empty());
    assert_eq!(shop.books.shelf().store_credit, 500);
}

#[tokio::test]
async fn an_address_typed_in_training_is_kept_by_nobody_and_the_screen_says_what_would_happen() {
    let shop = Shop::open().await;
    let running = trained(&shop).await;
    running.till.scan("item-250", 0).await.unwrap();
    let page = page_of(&running);
    let typing = get(&page, "/receipt/email").await.text;
    assert!(typing.contains("En formation, rien n’est envoyé"), "{typing}");
    let mailbox = Mailbox::parse("lea.unique@gmail.com").unwrap();
    running.till.choose_receipt(Wanted::TypedEmail(mailbox)).await.unwrap();
    practise(&running, true).await.unwrap();
    assert!(shop.books.shelf().addresses.is_empty());
    assert_eq!(running.till.view().sale().unwrap().given, Given::TypedEmail);
    let thanks = get(&page, "/").await.text;
    assert!(thanks.contains("En formation, rien n’est envoyé"), "{thanks}");
    // Nor is a member told that a mail comes.
    running.till.scan("item-250", 0).await.unwrap();
    running.till.identify(CARD).await.unwrap();
    practise(&running, true).await.unwrap();
    let thanks = get(&page, "/").await.text;
    assert!(thanks.contains("rien n’est envoyé") && !thanks.contains("dans votre boîte"), "{thanks}");
}

#[tokio::test]
async fn the_code_of_a_training_ticket_leads_to_a_page_of_its_own_and_its_paper_is_marked_at_both_ends() {
    let mut shop = Shop::open().await;
    shop.config.public_url = Some("https://tickets.example".parse().unwrap());
    let (at, sink) = (listener().await, Sink::default());
    shop.config.printer_addr = Some(at.local_addr().unwrap().to_string());
    tokio::spawn(sink::serve(at, sink.clone(), platform::Shutdown::new()));
    let running = trained(&shop).await;
    running.till.scan("item-250", 0).await.unwrap();
    practise(&running, true).await.unwrap();
    let shown = get(&page_of(&running), "/api/basket").await.text;
    assert!(shown.contains("https://tickets.example/t/training/"), "{shown}");
    assert!(shown.contains("\"training\":true"), "{shown}");
    assert_eq!(running.print().await, Some(Notice::Printed));
    let paper = sink.papers().pop().unwrap();
    let lines: Vec<&str> = paper.lines().filter(|line| !line.trim().is_empty()).collect();
    for end in [lines.first(), lines.last()] {
        assert!(end.unwrap().contains(MARK), "{paper}");
    }
}

#[tokio::test]
async fn a_basket_of_training_is_one_after_a_restart_too_from_the_first_screen_on() {
    let shop = Shop::open().await;
    let running = trained(&shop).await;
    running.till.scan("item-250", 0).await.unwrap();
    // The office turns the till back meanwhile, and checkout is out of reach.
    shop.books.shelf().orders.training = false;
    running.dies().await;
    shop.books.fail_always("GetBasket", Fault::Unavailable);
    let running = shop.start();
    running.shows(|view| view.training && view.screen == Screen::Starting).await;
    shop.books.mend();
    let view = running.shows(|view| view.basket().is_some()).await;
    assert!(view.training);
    practise(&running, true).await.unwrap();
    assert!(shop.charged().is_empty());
    running.till.next().await.unwrap();
    running.shows(|view| !view.training && matches!(view.screen, Screen::Idle)).await;
}

#[tokio::test]
async fn a_till_killed_while_it_practises_a_payment_still_practises_and_asks_no_card_terminal() {
    let shop = Shop::open().await;
    let running = trained(&shop).await;
    running.till.scan("item-250", 0).await.unwrap();
    running.paying();
    shop.books.wait_for_calls("BeginPayment", 1).await;
    running.dies().await;
    let running = shop.start();
    // Wherever it died: nobody knows, or the card terminal that is not there was not asked yet.
    let view = running.shows(|view| is_attendant(view) || view.basket().is_some()).await;
    assert!(view.training, "{view:?}");
    if is_attendant(&view) {
        let settlement = Settlement::NotPaid;
        running.till.settle(&shop.attendant_code(), settlement).await.unwrap();
        assert!(running.till.view().basket().unwrap().training);
    }
    assert!(shop.charged().is_empty());
}

#[tokio::test]
async fn a_shopper_of_the_moment_stays_in_earnest_when_the_till_is_turned_to_training() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.shelf().orders.training = true;
    let view = running.till.pay().await.unwrap();
    assert!(!view.training && !view.sale().unwrap().training);
    assert_eq!((shop.charged(), shop.ledger().len()), (vec![250], 1));
    shop.books.wait_for_report(|report| report.stage() == TillStage::Paid && !report.training).await;
    running.till.next().await.unwrap();
    running.shows(|view| view.training).await;
}
