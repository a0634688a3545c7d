//! When nobody knows whether the shopper paid: nothing is charged again, and a person settles it.

use proto::checkout::v1::{self as pb, BasketState, InterventionDecision as Decision};
use terminal::card::{Late, NotTaken, Outcome};
use terminal::tender::Way;
use terminal::till::{Means, Notice, Screen, Seen, Settlement, View};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::books::Fault;
use crate::payment::payment_of;
use crate::shop::{Running, Shop, is_attendant, is_thanks};

fn paid(pan_last4: &str) -> Settlement {
    Settlement::Paid(Seen { pan_last4: pan_last4.into(), ..Seen::default() })
}

async fn unknown(shop: &Shop, code: &str) -> Running {
    let running = shop.start_with(&[code]).await;
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
    assert!(is_attendant(&running.till.view()));
    running
}

#[tokio::test]
async fn a_connection_that_breaks_after_approval_is_unknown_and_settled_as_paid() {
    let shop = Shop::open().await;
    let running = unknown(&shop, "item-216").await;
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::NeedsAttendant);
    let code = shop.attendant_code();
    let wrong = running.till.settle("000", paid("0674")).await.unwrap_err();
    assert_eq!(wrong, Notice::WrongAttendantCode);
    assert_eq!(running.till.settle(&code, paid("67")).await.unwrap_err(), Notice::NotFourDigits);
    let view = running.till.settle(&code, paid("0674")).await.unwrap();
    assert!(is_thanks(&view));
    assert_eq!(shop.charged(), [216]);
    let sales = shop.books.sales();
    assert_eq!(sales.len(), 1);
    assert_eq!(sales[0].payments[0].card.as_ref().unwrap().pan_last4, "0674");
    assert_eq!(shop.ledger().len(), 1);
}

#[tokio::test]
async fn no_answer_is_unknown_and_settled_as_not_paid() {
    let shop = Shop::open().await;
    let running = unknown(&shop, "item-118").await;
    let code = shop.attendant_code();
    let checked = running.till.settle(&code, Settlement::TryAgain).await.unwrap_err();
    assert_eq!(checked, Notice::PaymentUnknown);
    assert!(is_attendant(&running.till.view()));
    let view = running.till.settle(&code, Settlement::NotPaid).await.unwrap();
    assert_eq!(view.basket(), shop.books.basket_in(BasketState::Open).as_ref());
    assert!(shop.charged().is_empty() && shop.books.sales().is_empty());
    running.till.scan("item-100", 0).await.unwrap();
    running.till.remove(1).await.unwrap();
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!(shop.charged(), [100]);
}

#[tokio::test]
async fn a_guesser_is_shut_out_and_nothing_can_be_settled_without_trouble() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    let code = shop.attendant_code();
    assert_eq!(running.till.settle(&code, paid("0674")).await.unwrap_err(), Notice::NoBasket);
    running.till.scan("item-168", 0).await.unwrap();
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
    for _ in 0..5 {
        let guessed = running.till.settle("guess", Settlement::NotPaid).await.unwrap_err();
        assert_eq!(guessed, Notice::WrongAttendantCode);
    }
    let shut = running.till.settle(&code, Settlement::NotPaid).await.unwrap_err();
    assert_eq!(shut, Notice::WrongAttendantCode);
    assert!(is_attendant(&running.till.view()));
}

#[tokio::test]
async fn a_sale_that_checkout_has_settles_an_unknown_payment() {
    let shop = Shop::open().await;
    let running = unknown(&shop, "item-118").await;
    let Screen::Attendant { attempt_id, .. } = running.till.view().screen else { panic!() };
    sold_elsewhere(&shop, attempt_id, 118);
    running.dies().await;
    let running = shop.start();
    let view = running.shows(is_thanks).await;
    assert_eq!(view.sale().unwrap().total_minor, 118);
    assert_eq!((shop.charged(), shop.ledger().len()), (vec![], 1));
    assert_ne!(view.notice, Some(Notice::NotPaid(NotTaken::SettledByStaff)));
}

/// Another machine makes the sale of the frozen basket, paid by this tender.
fn sold_elsewhere(shop: &Shop, tender_id: Uuid, amount_minor: i64) {
    let frozen = shop.books.basket_in(BasketState::Frozen).unwrap();
    let tender = pb::Tender { tender_id: tender_id.to_string(), amount_minor, ..Default::default() };
    shop.books.shelf().complete(("elsewhere", Vec::new()), &frozen.basket_id, Some(tender)).unwrap();
}

#[tokio::test]
async fn a_sale_that_was_paid_by_another_payment_settles_no_unknown_one() {
    let shop = Shop::open().await;
    let running = unknown(&shop, "item-118").await;
    sold_elsewhere(&shop, Uuid::now_v7(), 118);
    running.dies().await;
    let running = shop.start();
    let view = running.shows(|view| view.notice == Some(Notice::PaymentUnknown)).await;
    assert!(is_attendant(&view) && shop.ledger().is_empty());
    let code = shop.attendant_code();
    let checked = running.till.settle(&code, Settlement::TryAgain).await.unwrap_err();
    assert_eq!(checked, Notice::PaymentUnknown);
    // It was taken: then it has to go back, for the basket is paid.
    assert_eq!(running.till.settle(&code, paid("0674")).await.unwrap_err(), Notice::SaleRefused);
    running.till.settle(&code, Settlement::NotPaid).await.unwrap();
    running.shows(|view| view.screen == Screen::Idle).await;
    assert!(shop.ledger().is_empty());
}

/// A till that has taken 2,50 €, which checkout does not answer.
async fn taken(shop: &Shop) -> (Running, JoinHandle<Result<View, Notice>>, Uuid) {
    let running = shop.start_with(&["item-250"]).await;
    shop.books.fail_always("CompleteSale", Fault::Unavailable);
    let paying = running.paying();
    shop.books.wait_for_calls("CompleteSale", 1).await;
    let reference = shop.charges.all()[0].reference.clone().unwrap();
    (running, paying, reference.parse().unwrap())
}

#[tokio::test]
async fn money_for_a_basket_that_is_a_sale_by_another_payment_calls_a_person_and_nobody_is_thanked() {
    let shop = Shop::open().await;
    let (running, paying, _) = taken(&shop).await;
    sold_elsewhere(&shop, Uuid::now_v7(), 250);
    shop.books.mend();
    assert_eq!(paying.await.unwrap().unwrap_err(), Notice::SaleRefused);
    let is_told = |report: &pb::ReportTillRequest| {
        report.trouble() == pb::InterventionKind::SaleRefused && report.paid_minor == 250
    };
    shop.books.wait_for_report(is_told).await;
    // It is not forgotten, whatever happens.
    running.dies().await;
    let running = shop.start();
    let view = running.shows(is_attendant).await;
    assert!(matches!(view.screen, Screen::Attendant { total_minor: 250, .. }));
    assert_eq!((shop.charged(), shop.books.sales().len(), shop.ledger().len()), (vec![250], 1, 0));
    let code = shop.attendant_code();
    running.shows(|view| view.notice == Some(Notice::SaleRefused)).await;
    let again = running.till.settle(&code, Settlement::TryAgain).await.unwrap_err();
    assert_eq!(again, Notice::SaleRefused);
    running.till.settle(&code, Settlement::NotPaid).await.unwrap();
    running.shows(|view| view.screen == Screen::Idle).await;
}

#[tokio::test]
async fn money_for_a_basket_that_is_a_sale_by_this_very_payment_is_thanked_for() {
    let shop = Shop::open().await;
    let (_running, paying, attempt_id) = taken(&shop).await;
    sold_elsewhere(&shop, attempt_id, 250);
    shop.books.mend();
    assert!(is_thanks(&paying.await.unwrap().unwrap()));
    assert_eq!((shop.charged(), shop.books.sales().len(), shop.ledger().len()), (vec![250], 1, 1));
}

#[tokio::test]
async fn a_sale_that_checkout_refuses_for_good_ends_when_the_money_is_given_back() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.fail_always("CompleteSale", Fault::Refuse("INVALID_FIELD"));
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::SaleRefused);
    running.dies().await;
    let running = shop.start();
    running.shows(is_attendant).await;
    let code = shop.attendant_code();
    let again = running.till.settle(&code, Settlement::TryAgain).await.unwrap_err();
    assert_eq!(again, Notice::SaleRefused);
    let view = running.till.settle(&code, Settlement::NotPaid).await.unwrap();
    assert!(view.basket().is_some());
    assert!(shop.books.sales().is_empty() && shop.ledger().is_empty());
    running.till.cancel().await.unwrap();
}

#[tokio::test]
async fn the_merchants_slip_settles_a_payment_with_its_authorisation_and_the_shopper_gets_a_slip_that_says_so()
 {
    let shop = Shop::open().await;
    let running = unknown(&shop, "item-216").await;
    let code = shop.attendant_code();
    let slip = |amount: &str, authorisation: &str| {
        Settlement::Paid(Seen {
            pan_last4: "0674".into(),
            authorisation: authorisation.into(),
            brand: "Visa".into(),
            amount: amount.into(),
        })
    };
    for (wrong, notice) in [
        (slip("2,15", "A00395"), Notice::OtherAmount),
        (slip("", "A00395"), Notice::OtherAmount),
        (slip("deux", "A00395"), Notice::OtherAmount),
        (slip("2,16", "12 34"), Notice::NotAnAuthorisation),
        (slip("2,16", "4970101234567893"), Notice::CardNumberTyped),
    ] {
        assert_eq!(running.till.settle(&code, wrong).await.unwrap_err(), notice);
    }
    assert!(is_thanks(&running.till.settle(&code, slip("2,16", "a00395")).await.unwrap()));
    let payment = shop.books.sales()[0].payments[0].card.clone().unwrap();
    assert_eq!((payment.authorisation.as_str(), payment.brand.as_str()), ("A00395", "Visa"));
    let mailed = shop.books.shelf().slips[0].clone();
    assert!(
        mailed.contains("RÉGLÉ D’APRÈS LE TICKET COMMERÇANT") && mailed.contains("NUM AUTO : A00395"),
        "{mailed}"
    );
    assert_eq!(shop.charged(), [216]);
}

#[tokio::test]
async fn the_merchants_slip_of_a_part_settles_the_part_and_not_the_total() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    shop.plays(&["silence"]);
    let part = Means::CardPart { amount_minor: 500 };
    assert_eq!(running.till.pay_by(part).await.unwrap_err(), Notice::PaymentUnknown);
    let code = shop.attendant_code();
    let slip = |amount: &str| {
        let (pan_last4, authorisation) = ("0674".into(), "A00395".into());
        Settlement::Paid(Seen { pan_last4, authorisation, brand: "Visa".into(), amount: amount.into() })
    };
    assert_eq!(running.till.settle(&code, slip("12,00")).await.unwrap_err(), Notice::OtherAmount);
    let view = running.till.settle(&code, slip("5,00")).await.unwrap();
    let Screen::Held { tenders, due_minor } = view.screen else { panic!("{view:?}") };
    assert_eq!((tenders[0].amount_minor, tenders[0].brand.as_str(), due_minor), (500, "Visa", 700));
}

/// What the card terminal said of 1,18 €, late.
fn late(attempt_id: Uuid, is_taken: bool) -> Late {
    let (cause, complement, slip_text) = (NotTaken::Refused, None, String::new());
    let outcome = match is_taken {
        true => Outcome::Taken(payment_of(118)),
        false => Outcome::NotTaken { cause, complement, slip_text },
    };
    Late { reference: attempt_id.to_string(), amount_minor: 118, outcome }
}

/// A till whose card terminal says late what the test says.
async fn with_late_answers(shop: &Shop) -> (Running, UnboundedSender<Late>) {
    let mut parts = terminal::parts(&shop.config, platform::Clock::system()).unwrap();
    let (card_terminal, answers) = unbounded_channel();
    parts.late = answers;
    let running = shop.start_from(parts);
    running.ready().await;
    (running, card_terminal)
}

#[tokio::test]
async fn what_a_payment_was_settled_as_is_not_forgotten_with_the_next_one_that_is_settled() {
    let shop = Shop::open().await;
    let (running, card_terminal) = with_late_answers(&shop).await;
    let code = shop.attendant_code();
    let mut settled = Vec::new();
    for settlement in [paid("0674"), paid("0674"), paid("0674"), Settlement::NotPaid, Settlement::NotPaid] {
        if running.till.view().basket().is_none() {
            running.till.scan("item-118", 0).await.unwrap();
        }
        assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
        let Screen::Attendant { attempt_id, .. } = running.till.view().screen else { panic!() };
        settled.push(attempt_id);
        running.till.settle(&code, settlement).await.unwrap();
    }
    // The first sale was paid, as a person said; the second was not; the first payment that was not made was made after all.
    for (place, is_taken) in [(0, true), (1, false), (3, true)] {
        card_terminal.send(late(settled[place], is_taken)).unwrap();
    }
    let view = running.shows(|view| view.notice == Some(Notice::TakenAfterAll)).await;
    let noted: Vec<_> = view.notes.iter().map(|note| (note.note_id, note.taken_minor)).collect();
    assert_eq!(noted, [(settled[1], 0), (settled[3], 118)]);
    assert_eq!(view.notes[1].basket_id, view.basket_id);
}

/// A person says on the page of the store what became of it. The till hears of it by its next report, whatever makes it report.
fn is_settled_on_the_page(shop: &Shop, decision: Decision) {
    let (decision, pan_last4) = (decision.into(), "0674".into());
    let settlement = pb::Intervention { decision, pan_last4, ..Default::default() };
    shop.books.shelf().orders.settlement = Some(settlement);
}

#[tokio::test]
async fn a_late_answer_that_comes_before_the_till_hears_what_a_person_said_calls_somebody() {
    for (decision, is_taken) in [(Decision::Refuse, true), (Decision::Approve, false)] {
        let shop = Shop::open().await;
        let (running, card_terminal) = with_late_answers(&shop).await;
        running.till.scan("item-118", 0).await.unwrap();
        assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
        let Screen::Attendant { attempt_id, .. } = running.till.view().screen else { panic!() };
        is_settled_on_the_page(&shop, decision);
        card_terminal.send(late(attempt_id, is_taken)).unwrap();
        let view = running.shows(|view| !view.notes.is_empty()).await;
        let noted: Vec<_> = view.notes.iter().map(|note| (note.note_id, note.taken_minor)).collect();
        assert_eq!(noted, [(attempt_id, if is_taken { 118 } else { 0 })]);
        // What the person said stands: nobody is sold to who was sent away, and nobody pays again who has paid.
        assert_eq!((is_thanks(&view), shop.books.sales().len()), (!is_taken, usize::from(!is_taken)));
        assert_eq!(view.notice == Some(Notice::TakenAfterAll), is_taken, "{view:?}");
    }
}

#[tokio::test]
async fn money_that_went_back_late_after_a_person_gave_it_by_hand_calls_somebody() {
    let shop = Shop::open().await;
    let (running, card_terminal) = with_late_answers(&shop).await;
    shop.plays(&["approve", "silence"]);
    running.till.scan("item-1200", 0).await.unwrap();
    running.till.pay_by(Means::CardPart { amount_minor: 500 }).await.unwrap();
    assert_eq!(running.till.give_back().await.unwrap_err(), Notice::GiveBackUnknown);
    let Screen::Attendant { attempt_id, .. } = running.till.view().screen else { panic!() };
    is_settled_on_the_page(&shop, Decision::Refuse);
    let (reference, outcome) = (attempt_id.to_string(), Outcome::Taken(payment_of(500)));
    card_terminal.send(Late { reference, amount_minor: -500, outcome }).unwrap();
    let view = running.shows(|view| !view.notes.is_empty()).await;
    assert_eq!((view.notes[0].note_id, view.notes[0].taken_minor), (attempt_id, -500));
    assert_eq!((view.returned.len(), view.returned[0].way), (1, Way::Staff));
}

#[tokio::test]
async fn what_a_person_gave_back_by_hand_is_not_given_by_the_card_terminal_as_well() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-1200"]).await;
    shop.plays(&["approve", "refuse", "approve"]);
    running.till.pay_by(Means::CardPart { amount_minor: 500 }).await.unwrap();
    assert_eq!(running.till.give_back().await.unwrap_err(), Notice::GivenBackByHand);
    is_settled_on_the_page(&shop, Decision::Refuse);
    // Where a report of the till's own was faster, nothing is left to be settled here.
    let _ = running.till.settle(&shop.attendant_code(), Settlement::TryAgain).await;
    running.shows(|view| view.basket().is_some()).await;
    assert_eq!((shop.charged(), shop.books.calls("ReturnTender")), (vec![500], 1));
}

#[tokio::test]
async fn a_refused_sale_is_not_tried_again_when_a_person_has_given_its_money_back() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.fail_always("CompleteSale", Fault::Refuse("INVALID_FIELD"));
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::SaleRefused);
    is_settled_on_the_page(&shop, Decision::Refuse);
    shop.books.mend();
    let _ = running.till.settle(&shop.attendant_code(), Settlement::TryAgain).await;
    running.shows(|view| view.basket().is_some()).await;
    assert!(shop.books.sales().is_empty());
}
