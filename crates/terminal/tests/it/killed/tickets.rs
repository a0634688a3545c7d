//! `kill -9` after the sale: the code, or the paper, that its shopper asked for.

use std::sync::Arc;

use terminal::paper::sink::{self, Sink};
use tokio::sync::Notify;

use super::*;
use crate::shop::listener;

/// Gives the till a printer that is well.
async fn with_printer(shop: &mut Shop) -> Sink {
    let (printer, sink) = (listener().await, Sink::default());
    shop.config.printer_addr = Some(printer.local_addr().unwrap().to_string());
    tokio::spawn(sink::serve(printer, sink.clone(), Shutdown::new()));
    sink
}

/// A till in front of a basket whose ticket is wanted on paper.
async fn sells_on_paper(shop: &Shop) -> Process {
    let till = Process::start(shop).await;
    till.shows("idle").await;
    till.does("scan", json!({"code": "item-250"})).await;
    let chosen = till.does("receipt", json!({"choice": "paper"})).await;
    assert_eq!(chosen["screen"], "scanning", "{chosen}");
    till
}

#[tokio::test]
async fn killed_while_the_code_of_the_ticket_is_shown() {
    let mut shop = Shop::open().await;
    shop.config.public_url = Some("https://tickets.example".parse().unwrap());
    let till = Process::start(&shop).await;
    till.shows("idle").await;
    till.does("scan", json!({"code": "item-250"})).await;
    let sale = till.does("pay", json!({})).await;
    assert_eq!(sale["receipt"], "qr");
    till.kill9().await;
    let till = Process::start(&shop).await;
    assert_eq!(till.shows("thanks").await["sale"], sale);
    till.does("next", json!({})).await;
    till.kill9().await;
    let till = Process::start(&shop).await;
    till.shows("idle").await;
    is_sold_once(&shop);
}

#[tokio::test]
async fn killed_before_the_paper_of_the_ticket_is_begun() {
    let mut shop = Shop::open().await;
    let sink = with_printer(&mut shop).await;
    let till = sells_on_paper(&shop).await;
    shop.books.fail_always("CompleteSale", Fault::LoseReply);
    let _paying = till.pays();
    shop.books.wait_for_calls("CompleteSale", 2).await;
    till.kill9().await;
    assert!(sink.papers().is_empty());
    shop.books.mend();
    let till = Process::start(&shop).await;
    let shown = till.shows("thanks").await;
    assert_eq!(shown["sale"]["receipt"], "paper");
    // The paper is in the journal when it has come out: killed then, the till owes nothing.
    let printed = async { while till.shows("thanks").await["notice"] != "PRINTED" {} };
    tokio::time::timeout(PATIENCE, printed).await.unwrap();
    till.kill9().await;
    let till = Process::start(&shop).await;
    till.shows("idle").await;
    assert_eq!((sink.papers().len(), shop.books.calls("PrintTicket")), (1, 1));
    is_sold_once(&shop);
}

/// A printer that is well, and falls silent in the middle of a paper.
async fn falls_silent(printer: TcpListener, begun: Arc<Notify>) {
    loop {
        let (mut stream, _) = printer.accept().await.unwrap();
        let begun = Arc::clone(&begun);
        tokio::spawn(async move {
            // `DLE EOT n` asks how it is; anything else is a paper.
            loop {
                match stream.read_u8().await {
                    Ok(0x10) => {
                        stream.read_u16().await.unwrap();
                        stream.write_u8(0b0001_0010).await.unwrap();
                    }
                    Ok(_) => break,
                    Err(_) => return,
                }
            }
            begun.notify_one();
            std::future::pending::<()>().await;
        });
    }
}

#[tokio::test]
async fn killed_between_the_begin_and_the_end_of_the_paper_of_the_ticket() {
    let (mut shop, printer, begun) = (Shop::open().await, listener().await, Arc::new(Notify::new()));
    shop.config.printer_addr = Some(printer.local_addr().unwrap().to_string());
    tokio::spawn(falls_silent(printer, Arc::clone(&begun)));
    let till = sells_on_paper(&shop).await;
    till.does("pay", json!({})).await;
    begun.notified().await;
    till.kill9().await;
    let sink = with_printer(&mut shop).await;
    let till = Process::start(&shop).await;
    assert_eq!(till.shows("thanks").await["sale"]["receipt"], "paper");
    shop.books.wait_for_report(|report| report.unprinted_sequence == 1).await;
    assert_eq!((sink.papers().len(), shop.books.calls("PrintTicket")), (0, 1));
    is_sold_once(&shop);
}
