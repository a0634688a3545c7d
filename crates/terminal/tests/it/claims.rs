//! One machine at a time is a till; and a till that cannot serve anybody says why.

use proto::checkout::v1::{self as pb, TillFinding};
use terminal::client::Refusal;
use terminal::simulator;
use terminal::till::{Closure, Notice, Screen, View};

use crate::books::Fault;
use crate::kiosk::{get, page_of};
use crate::shop::{Shop, is_thanks, listener};

const CLONED: Closure = Closure::Claimed(Refusal::TillCloned);
const ELSEWHERE: Closure = Closure::Claimed(Refusal::TillClaimedElsewhere);

fn is_closed(closure: Closure) -> impl FnMut(&View) -> bool {
    move |view| view.screen == Screen::Closed(closure)
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

#[tokio::test]
async fn a_cloned_till_sells_nothing_and_says_why_until_it_is_released() {
    let shop = Shop::open().await;
    shop.books.fail_always("ClaimTill", Fault::Refuse("TILL_CLONED"));
    let running = shop.start();
    running.shows(is_closed(CLONED)).await;
    assert_eq!(running.till.scan("item-250", 0).await.unwrap_err(), Notice::Closed);
    let page = get(&page_of(&running), "/").await.text;
    assert!(page.contains("est une copie") && page.contains("appelez le bureau"), "{page}");
    // It says nothing in the name of the other one.
    assert_eq!((shop.books.calls("ReportTill"), shop.books.calls("OpenBasket")), (0, 0));
    shop.books.mend();
    running.shows(is_idle).await;
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
    running.shows(is_idle).await;
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
