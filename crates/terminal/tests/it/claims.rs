//! One machine at a time is a till; and a till that cannot serve anybody says why.

use proto::checkout::v1::{self as pb, TillFinding};
use terminal::client::Refusal;
use terminal::receipt::Wanted;
use terminal::simulator;
use terminal::till::{Closure, Means, Notice, Screen, Settlement, View};

use crate::books::Fault;
use crate::checkout::CARD;
use crate::kiosk::{get, page_of};
use crate::shop::{Running, Shop, is_attendant, is_thanks, listener};

const CLONED: Closure = Closure::Claimed(Refusal::TillCloned);
const ELSEWHERE: Closure = Closure::Claimed(Refusal::TillClaimedElsewhere);

fn is_closed(closure: Closure) -> impl FnMut(&View) -> bool {
    move |view| view.screen == Screen::Closed(closure)
}

pub const PART: Means = Means::CardPart { amount_minor: 500 };

pub fn is_held(view: &View) -> bool {
    matches!(view.screen, Screen::Held { .. })
}

fn is_idle(view: &View) -> bool {
    view.screen == Screen::Idle
}

#[tokio::test]
async fn a_till_asks_to_be_the_one_machine_before_it_serves_anybody_and_says_so_where_money_begins() {
    let shop = Shop::open().await;
    for generation in [1, 2] {
        let running = shop.start_with(&["item-250"]).await;
        assert!(is_thanks(&running.till.pay().await.unwrap()));
        assert_eq!(std::mem::take(&mut shop.books.shelf().generations), [generation, generation]);
        running.stops().await;
    }
    let claims = shop.books.shelf().claims.clone();
    assert_eq!((claims[0].generation, claims[1].generation), (0, 1));
    assert_eq!((&claims[0].instance_id, &claims[0].place), (&claims[1].instance_id, &claims[1].place));
}

#[tokio::test]
async fn a_till_whose_checkout_does_not_answer_waits_says_so_and_sells_nothing() {
    let shop = Shop::open().await;
    shop.books.fail_always("ClaimTill", Fault::Unavailable);
    let running = shop.start();
    running.shows(is_closed(Closure::NoCheckout)).await;
    assert_eq!(running.till.scan("item-250", 0).await.unwrap_err(), Notice::Busy);
    let page = get(&page_of(&running), "/").await.text;
    assert!(page.contains("attend le serveur du magasin"), "{page}");
    assert_eq!(shop.books.calls("OpenBasket"), 0);
    shop.books.mend();
    running.shows(is_idle).await;
    running.till.scan("item-250", 0).await.unwrap();
}

/// Everything that a shopper or an attendant may ask of a till is refused.
async fn does_nothing(running: &Running, code: &str) {
    let till = &running.till;
    let answers = [
        till.scan("item-250", 0).await,
        till.return_deposit("item-100", 1).await,
        till.resolve(code, 1, "item-100", 0).await,
        till.take_bags(1).await,
        till.identify(CARD).await,
        till.unidentify().await,
        till.set_quantity(1, 2_000).await,
        till.remove(1).await,
        till.apply_discount("MERCI").await,
        till.record_audit(code, vec!["item-250".into()]).await,
        till.choose_receipt(Wanted::Nothing).await,
        till.pay().await,
        till.pay_by(Means::CardPart { amount_minor: 100 }).await,
        till.pay_by(Means::MealVoucher { amount_minor: None }).await,
        till.pay_by(Means::StoreCredit).await,
        till.give_back().await,
        till.cancel().await,
        till.suspend().await,
        till.resume(CARD).await,
        till.settle(code, Settlement::TryAgain).await,
        till.settle(code, Settlement::NotPaid).await,
    ];
    for (command, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap_err(), Notice::Closed, "command {command}");
    }
}

#[tokio::test]
async fn a_cloned_till_sells_nothing_charges_nothing_and_says_why_until_it_is_released() {
    for codes in [&[][..], &["item-250"]] {
        let shop = Shop::open().await;
        if !codes.is_empty() {
            shop.start_with(codes).await.dies().await;
        }
        shop.books.fail_always("ClaimTill", Fault::Refuse("TILL_CLONED"));
        let before = shop.books.all_calls();
        let running = shop.start();
        running.shows(is_closed(CLONED)).await;
        does_nothing(&running, &shop.attendant_code()).await;
        let page = get(&page_of(&running), "/").await.text;
        assert!(page.contains("est une copie") && page.contains("appelez le bureau"), "{page}");
        // Nothing reaches a basket, a sale or a card, and it says nothing in the name of the other one.
        assert_eq!((shop.books.all_calls(), shop.charged()), (before, vec![]));
        assert!(!codes.is_empty() || shop.books.calls("ReportTill") == 0);
        shop.books.mend();
        running.shows(|view| if codes.is_empty() { is_idle(view) } else { view.basket().is_some() }).await;
    }
}

/// A till that holds 5,00 € of 12,00 €.
pub async fn with_a_part(shop: &Shop) -> Running {
    let running = shop.start_with(&["item-1200"]).await;
    running.till.pay_by(PART).await.unwrap();
    running
}

#[tokio::test]
async fn a_clone_of_a_till_that_holds_a_part_moves_no_money_in_either_direction() {
    let shop = Shop::open().await;
    with_a_part(&shop).await.dies().await;
    let copy = shop.copy_the_disk();
    let original = shop.start();
    original.shows(is_held).await;
    shop.books.fail_always("ClaimTill", Fault::Refuse("TILL_CLONED"));
    let clone = shop.start_copy(&copy);
    clone.shows(is_closed(CLONED)).await;
    does_nothing(&clone, &shop.attendant_code()).await;
    assert_eq!(shop.charged(), [500]);
    for rpc in ["ReturnTender", "CompleteSale", "AbandonPayment"] {
        assert_eq!(shop.books.calls(rpc), 0, "{rpc}");
    }
    assert_eq!(shop.books.calls("TakeTender"), 1);
    assert!(is_thanks(&original.till.pay().await.unwrap()));
    assert_eq!((shop.charged(), shop.books.sales().len()), (vec![500, 700], 1));
}

#[tokio::test]
async fn a_till_whose_place_was_taken_a_moment_ago_moves_no_money_of_a_part_that_it_holds() {
    let shop = Shop::open().await;
    let running = with_a_part(&shop).await;
    shop.books.fail_always("ClaimTill", Fault::Refuse("TILL_CLAIMED_ELSEWHERE"));
    shop.books.shelf().orders.claimed_elsewhere = true;
    // It has not heard of it by any report of its own.
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::Closed);
    assert_eq!(running.till.give_back().await.unwrap_err(), Notice::Closed);
    running.shows(is_closed(ELSEWHERE)).await;
    assert_eq!(running.till.pay_by(PART).await.unwrap_err(), Notice::Closed);
    assert_eq!(running.till.give_back().await.unwrap_err(), Notice::Closed);
    assert_eq!((shop.charged(), shop.books.calls("ReturnTender")), (vec![500], 0));
    shop.books.shelf().orders.claimed_elsewhere = false;
    shop.books.mend();
    running.shows(is_held).await;
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!(shop.charged(), [500, 700]);
}

#[tokio::test]
async fn a_clone_of_a_till_that_owes_money_does_not_give_it_back_by_its_card_terminal() {
    let shop = Shop::open().await;
    let running = with_a_part(&shop).await;
    shop.plays(&["", "refuse"]);
    assert_eq!(running.till.give_back().await.unwrap_err(), Notice::GivenBackByHand);
    running.dies().await;
    shop.books.fail_always("ClaimTill", Fault::Refuse("TILL_CLONED"));
    let clone = shop.start();
    clone.shows(is_attendant).await;
    let again = clone.till.settle(&shop.attendant_code(), Settlement::TryAgain).await.unwrap_err();
    assert_eq!((again, shop.charged()), (Notice::Closed, vec![500]));
}

#[tokio::test]
async fn a_part_that_another_machine_went_on_with_is_what_checkout_holds_of_it_and_nothing_is_charged() {
    let other = |amount_minor| pb::Tender {
        tender_id: uuid::Uuid::now_v7().to_string(),
        kind: pb::TenderKind::Card.into(),
        amount_minor,
        ..Default::default()
    };
    // The other machine has taken one more part.
    let shop = Shop::open().await;
    let running = with_a_part(&shop).await;
    shop.books.decide(|basket| {
        basket.tenders.push(other(300));
        basket.due_minor = 400;
    });
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::BasketChanged);
    let Screen::Held { tenders, due_minor } = running.till.view().screen else { panic!() };
    assert_eq!((tenders.len(), tenders[1].amount_minor, due_minor), (2, 300, 400));
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    assert_eq!(shop.charged(), [500, 400]);
    // It has given everything back.
    let shop = Shop::open().await;
    let running = with_a_part(&shop).await;
    shop.books.decide(|basket| {
        basket.tenders.clear();
        basket.set_state(pb::BasketState::Open);
    });
    assert_eq!(running.till.give_back().await.unwrap_err(), Notice::BasketChanged);
    assert!(running.till.view().basket().is_some());
    assert_eq!(shop.charged(), [500]);
    // It has made the sale.
    let shop = Shop::open().await;
    let running = with_a_part(&shop).await;
    let basket_id = running.till.view().basket_id.unwrap().to_string();
    shop.books.shelf().complete(("elsewhere", Vec::new()), &basket_id, Some(other(700))).unwrap();
    running.dies().await;
    let running = shop.start();
    running.shows(is_idle).await;
    assert_eq!(shop.charged(), [500]);
}

#[tokio::test]
async fn a_till_whose_place_was_taken_stops_selling_and_leaves_the_basket_as_it_is() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.fail_always("ClaimTill", Fault::Refuse("TILL_CLAIMED_ELSEWHERE"));
    shop.books.shelf().orders.claimed_elsewhere = true;
    running.shows(is_closed(ELSEWHERE)).await;
    assert_eq!(running.till.scan("item-250", 0).await.unwrap_err(), Notice::Closed);
    assert_eq!(running.till.cancel().await.unwrap_err(), Notice::Closed);
    assert_eq!((shop.books.calls("CancelBasket"), shop.books.calls("ScanItem")), (0, 1));
    shop.books.shelf().orders.claimed_elsewhere = false;
    shop.books.mend();
    running.shows(|view| view.basket().is_some()).await;
    assert!(is_thanks(&running.till.pay().await.unwrap()));
}

#[tokio::test]
async fn a_till_that_took_money_completes_its_sale_although_another_machine_is_the_till_by_now() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-250"]).await;
    shop.books.fail_always("CompleteSale", Fault::Unavailable);
    let paying = running.paying();
    shop.books.wait_for_calls("CompleteSale", 1).await;
    running.dies().await;
    paying.await.unwrap().unwrap_err();
    shop.books.mend();
    shop.books.fail_always("ClaimTill", Fault::Refuse("TILL_CLONED"));
    let running = shop.start();
    running.shows(is_thanks).await;
    assert_eq!((shop.books.sales().len(), shop.charged()), (1, vec![250]));
    running.till.next().await.unwrap();
    running.shows(is_closed(CLONED)).await;
    assert_eq!(running.till.scan("item-250", 0).await.unwrap_err(), Notice::Closed);
}

#[tokio::test]
async fn a_power_cut_while_the_till_asks_is_a_repeat_and_no_clone() {
    let shop = Shop::open().await;
    for fault in [Fault::Unavailable, Fault::LoseReply] {
        let before = shop.books.calls("ClaimTill");
        shop.books.fail_always("ClaimTill", fault);
        let running = shop.start();
        shop.books.wait_for_calls("ClaimTill", before + 1).await;
        running.dies().await;
    }
    shop.books.mend();
    shop.start().ready().await;
    let claims = shop.books.shelf().claims.clone();
    assert!(claims.len() >= 2);
    let is_the_same = |claim: &pb::ClaimTillRequest| claim == &claims[0];
    assert!(claims.iter().all(is_the_same), "{claims:?}");
}

#[tokio::test]
async fn a_till_without_its_card_terminal_is_closed_and_opens_by_itself() {
    let mut shop = Shop::open().await;
    let card_at = listener().await;
    let address = card_at.local_addr().unwrap();
    drop(card_at);
    shop.config.card_addr = Some(address.to_string());
    let running = shop.start_checked();
    running.shows(is_closed(Closure::Findings)).await;
    assert_eq!(running.till.scan("item-250", 0).await.unwrap_err(), Notice::Closed);
    let page = get(&page_of(&running), "/").await.text;
    assert!(
        page.contains("Le terminal de carte ne répond pas : vérifiez qu’il est allumé et relié."),
        "{page}"
    );
    let told = |report: &pb::ReportTillRequest| {
        report.stage() == pb::TillStage::Stopped
            && report.findings().any(|found| found == TillFinding::CardTerminalSilent)
    };
    shop.books.wait_for_report(told).await;
    let (config, card_at) = (shop.simulator(address), tokio::net::TcpListener::bind(address).await.unwrap());
    tokio::spawn(simulator::serve(config, card_at, shop.charges.clone(), platform::Shutdown::new()));
    let view = running.shows(is_idle).await;
    assert_eq!(view.notice, None);
    running.till.scan("item-250", 0).await.unwrap();
    assert!(is_thanks(&running.till.pay().await.unwrap()));
}

#[tokio::test]
async fn a_clock_that_differs_a_missing_scale_and_a_certificate_that_ends_are_told_and_close_nothing() {
    let mut shop = Shop::open().await;
    shop.config.scale_addr = Some("127.0.0.1:1".into());
    let server_time = prost_types::Timestamp { seconds: 1_777_716_000 + 61, nanos: 0 };
    shop.books.shelf().orders.server_time = Some(server_time);
    let end = platform::identity::ends(&shop.config.tls.tls_cert).unwrap();
    let mut parts =
        terminal::parts(&shop.config, platform::Clock::manual(end - time::Duration::days(13))).unwrap();
    let checks = terminal::checks(&shop.config, &parts);
    parts.clock = platform::Clock::manual(time::macros::datetime!(2026-05-02 10:00 UTC));
    let running = shop.start_from(parts);
    tokio::spawn(terminal::check::run(checks, running.till.clone()));
    let wanted = [TillFinding::ScaleSilent, TillFinding::CertificateEnds, TillFinding::ClockWrong];
    let view = running.shows(|view| view.findings.len() == 3).await;
    assert_eq!((view.findings.as_slice(), view.screen), (&wanted[..], Screen::Idle));
    running.till.scan("item-250", 0).await.unwrap();
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    shop.books.shelf().orders.server_time =
        Some(prost_types::Timestamp { seconds: 1_777_716_000 + 59, nanos: 0 });
    running.shows(|view| view.findings.len() == 2).await;
}
