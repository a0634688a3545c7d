//! Servers that die while shoppers pay: the tills sell on or recover, and in the end every figure agrees.

use std::collections::BTreeSet;

use e2e::{AFTER_A_FAULT, OpenShop, lane::Sold, rush::Rush};

/// What was acknowledged is what the books, the stream, analytics and the mailbox know; every ledger agrees to the cent.
async fn settles(open: &OpenShop, sold: &[Sold]) {
    let report = open.figures_within(AFTER_A_FAULT).await;
    assert_eq!(report.sales, i64::try_from(sold.len()).unwrap());
    assert_eq!(report.revenue_cents, sold.iter().map(|sale| sale.total_minor).sum::<i64>());
    let acknowledged: BTreeSet<_> = sold.iter().map(|sale| sale.sale_id).collect();
    let ledgers = open.ledgers();
    assert_eq!(ledgers.len(), sold.len());
    assert_eq!(ledgers.into_iter().map(|line| line.sale_id).collect::<BTreeSet<_>>(), acknowledged);
    assert!(report.receipts_sent > 0);
    assert_eq!(report.receipts_unknown, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bus_killed_during_sales_costs_nothing() {
    let open = OpenShop::open().await;
    let mut rush = Rush::at(&open);
    rush.sell(10).await;
    open.shop.nats.kill9().await.unwrap();
    rush.sell(10).await;
    open.shop.nats.restart().await.unwrap();
    rush.sell(10).await;
    settles(&open, &rush.end().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_lost_every_stream_is_filled_again_from_the_outboxes() {
    let open = OpenShop::open().await;
    let mut rush = Rush::at(&open);
    rush.sell(10).await;
    open.shop.nats.lose_everything().await.unwrap();
    rush.sell(5).await;
    open.shop.nats.restart().await.unwrap();
    rush.sell(5).await;
    settles(&open, &rush.end().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_server_killed_during_sales_loses_no_acknowledged_sale() {
    let open = OpenShop::open().await;
    let mut rush = Rush::at(&open);
    for _ in 0..2 {
        rush.sell(8).await;
        open.shop.postgres.kill9().await.unwrap();
        open.shop.postgres.restart().await.unwrap();
    }
    rush.sell(8).await;
    settles(&open, &rush.end().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_was_away_gets_every_receipt_once() {
    let open = OpenShop::open().await;
    let mut rush = Rush::at(&open);
    open.shop.sink.stop().await;
    rush.sell(12).await;
    open.shop.sink.start_again().await.unwrap();
    rush.sell(4).await;
    settles(&open, &rush.end().await).await;
}
