//! The process dies after the sale: the paper or the code that its shopper asked for is not lost with it, and nothing is printed twice.

use std::net::SocketAddr;

use proto::checkout::v1::TillFinding;
use terminal::{
    journal::{Journal, LastSale},
    paper::{
        PrinterFailure,
        sink::{self, Health, Sink},
    },
    receipt::Wanted,
    stage::Stage,
    till::{Given, Notice, Screen},
};
use time::macros::datetime;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::shop::{CODE, Running, Shop, is_thanks, listener};
use crate::tickets::{with_codes, with_printer};

/// A shop whose printer takes the connection and says nothing.
async fn with_silent_printer() -> (Shop, TcpListener) {
    let (mut shop, silent) = (Shop::open().await, listener().await);
    shop.config.printer_addr = Some(silent.local_addr().unwrap().to_string());
    (shop, silent)
}

/// The printer is put in order, at the address that the till knows.
async fn put_in_order(address: SocketAddr) -> Sink {
    let (at, sink) = (TcpListener::bind(address).await.unwrap(), Sink::default());
    tokio::spawn(sink::serve(at, sink.clone(), platform::Shutdown::new()));
    sink
}

/// A sale whose ticket is behind a code.
async fn sold_with_code(shop: &Shop) -> Running {
    let running = shop.start_with(&["item-250"]).await;
    assert!(matches!(running.till.pay().await.unwrap().sale().unwrap().given, Given::Qr(_)));
    running
}

/// A sale whose ticket is wanted on paper.
async fn sold_on_paper(shop: &Shop) -> Running {
    let running = shop.start_with(&["item-250"]).await;
    running.till.choose_receipt(Wanted::Paper).await.unwrap();
    assert!(is_thanks(&running.till.pay().await.unwrap()));
    running
}

#[tokio::test]
async fn a_paper_that_was_begun_when_the_till_died_calls_a_person_and_is_not_printed_by_itself() {
    let (shop, silent) = with_silent_printer().await;
    let running = sold_on_paper(&shop).await;
    let asked = silent.accept().await.unwrap();
    running.dies().await;
    let address = silent.local_addr().unwrap();
    drop((asked, silent));
    let sink = put_in_order(address).await;
    for _ in 0..2 {
        let running = shop.start();
        let view = running.shows(is_thanks).await;
        assert_eq!((view.unprinted, view.sale().unwrap().given), (1, Given::Paper));
        let view = running.shows(|view| view.notice.is_some()).await;
        assert_eq!(view.notice, Some(Notice::NotPrinted(PrinterFailure::Silent)));
        shop.books
            .wait_for_report(|report| {
                report.unprinted_sequence == 1
                    && report.findings().any(|it| it == TillFinding::TicketUnprinted)
            })
            .await;
        running.dies().await;
    }
    assert_eq!((sink.papers().len(), shop.books.calls("PrintTicket")), (0, 0));
    // Asked for, it comes; then nobody has to.
    let running = shop.start();
    running.shows(is_thanks).await;
    assert_eq!(running.print().await, Some(Notice::Printed));
    running.shows(|view| view.unprinted == 0).await;
    running.dies().await;
    let running = shop.start();
    assert_eq!((running.ready().await.screen, running.till.view().unprinted), (Screen::Idle, 0));
    assert!(sink.papers().len() == 1 && sink.papers()[0].contains("ORIGINAL"), "{:?}", sink.papers());
}

#[tokio::test]
async fn a_paper_that_was_not_begun_when_the_till_died_is_printed_once() {
    let (shop, silent) = with_silent_printer().await;
    let running = sold_on_paper(&shop).await;
    let asked = silent.accept().await.unwrap();
    running.dies().await;
    let address = silent.local_addr().unwrap();
    drop((asked, silent));
    // As the disk is before the paper is begun: after the sale was written down, and before anything else.
    let journal = Journal::open(&shop.config.journal, CODE).unwrap();
    let last = journal.read().unwrap().last_sale.unwrap();
    assert!(last.paper_begun && last.sale.given == Given::Paper);
    journal.keep_sale(Some(&LastSale { paper_begun: false, ..last })).await.unwrap();
    drop(journal);
    let sink = put_in_order(address).await;
    let running = shop.start();
    running.shows(is_thanks).await;
    assert_eq!(running.printed().await, Some(Notice::Printed));
    running.dies().await;
    let view = shop.start().ready().await;
    assert_eq!((view.screen, view.unprinted), (Screen::Idle, 0));
    assert!(sink.papers().len() == 1 && sink.papers()[0].contains("ORIGINAL"), "{:?}", sink.papers());
}

#[tokio::test]
async fn a_shopper_who_is_surely_gone_is_not_thanked_again_and_a_missing_paper_is_still_a_persons() {
    for on_paper in [false, true] {
        let (mut shop, silent) = with_silent_printer().await;
        shop.config.public_url = Some("https://tickets.example".parse().unwrap());
        let running = if on_paper { sold_on_paper(&shop).await } else { sold_with_code(&shop).await };
        running.dies().await;
        let later = platform::Clock::manual(datetime!(2026-05-02 10:16 UTC));
        let running = shop.start_from(terminal::parts(&shop.config, later).unwrap());
        let view = running.ready().await;
        assert_eq!((view.screen, view.unprinted), (Screen::Idle, i64::from(on_paper)));
        drop(silent);
    }
}

#[tokio::test]
async fn a_paper_that_came_out_before_the_till_died_is_not_printed_again_and_calls_nobody() {
    let (shop, sink) = with_printer().await;
    let running = sold_on_paper(&shop).await;
    assert_eq!(running.printed().await, Some(Notice::Printed));
    running.dies().await;
    let running = shop.start();
    let view = running.ready().await;
    assert_eq!((view.screen, view.unprinted), (Screen::Idle, 0));
    assert_eq!((sink.papers().len(), shop.books.calls("PrintTicket")), (1, 1));
}

#[tokio::test]
async fn a_paper_that_failed_still_calls_a_person_after_a_restart_until_the_next_shopper() {
    let (shop, sink) = with_printer().await;
    let running = shop.start_with(&["item-250"]).await;
    running.till.choose_receipt(Wanted::Paper).await.unwrap();
    sink.is(Health::PaperEnd);
    running.till.pay().await.unwrap();
    assert_eq!(running.printed().await, Some(Notice::NotPrinted(PrinterFailure::PaperEnd)));
    running.dies().await;
    let running = shop.start();
    assert_eq!(running.shows(is_thanks).await.unprinted, 1);
    running.till.scan("item-300", 0).await.unwrap();
    assert_eq!(running.till.view().unprinted, 0);
    running.till.cancel().await.unwrap();
    running.dies().await;
    let view = shop.start().ready().await;
    assert_eq!((view.screen, view.unprinted), (Screen::Idle, 0));
    assert!(sink.papers().is_empty());
}

#[tokio::test]
async fn a_code_is_on_the_screen_again_after_the_till_died_until_the_next_shopper() {
    let shop = with_codes().await;
    let mut running = shop.start_with(&["item-250"]).await;
    let sale = *running.till.pay().await.unwrap().sale().unwrap();
    assert!(matches!(sale.given, Given::Qr(_)));
    for _ in 0..2 {
        running.dies().await;
        running = shop.start();
        assert_eq!(running.shows(is_thanks).await.sale(), Some(&sale));
    }
    running.till.next().await.unwrap();
    running.dies().await;
    assert_eq!(shop.start().ready().await.screen, Screen::Idle);
}

#[tokio::test]
async fn a_code_is_shown_after_a_restart_for_the_rest_of_its_time_alone() {
    let mut shop = with_codes().await;
    shop.config.thanks_seconds = 12;
    sold_with_code(&shop).await.dies().await;
    // A code stays for a minute; half a minute more is for the restart.
    for (now, is_shown) in [
        (datetime!(2026-05-02 10:01:25 UTC), true),
        (datetime!(2026-05-02 10:01:31 UTC), false),
        (datetime!(2026-05-02 10:00 UTC), false),
    ] {
        let parts = terminal::parts(&shop.config, platform::Clock::manual(now)).unwrap();
        let running = shop.start_from(parts);
        assert_eq!(is_thanks(&running.ready().await), is_shown, "{now}");
        running.dies().await;
    }
}

#[tokio::test]
async fn a_code_never_reaches_a_later_shopper_wherever_the_till_dies() {
    let shop = with_codes().await;
    let running = sold_with_code(&shop).await;
    running.till.scan("item-100", 0).await.unwrap();
    running.dies().await;
    let owed = |shop: &Shop| Journal::open(&shop.config.journal, CODE).unwrap().read().unwrap().last_sale;
    assert_eq!(owed(&shop), None, "it was left when the next basket was opened");
    // As an earlier version left it, or as the disk is when the till dies before the shopper is seen to be gone.
    let running = shop.start();
    running.ready().await;
    running.till.cancel().await.unwrap();
    running.till.scan("item-250", 0).await.unwrap();
    running.till.pay().await.unwrap();
    running.dies().await;
    let journal = Journal::open(&shop.config.journal, CODE).unwrap();
    assert!(journal.read().unwrap().last_sale.is_some());
    journal.stage(&Stage::Idle.opened(Uuid::from_u128(9), 1).unwrap()).await.unwrap();
    drop(journal);
    let running = shop.start();
    running.shows(|view| view.basket().is_some()).await;
    running.till.cancel().await.unwrap();
    running.dies().await;
    let running = shop.start();
    assert_eq!(running.ready().await.screen, Screen::Idle);
    running.dies().await;
    assert_eq!(owed(&shop), None);
}
