//! Servers that die while shoppers pay: the tills sell on or recover, and in the end every figure agrees.

use e2e::{OpenShop, rush::Rush};

#[tokio::test(flavor = "multi_thread")]
async fn the_bus_killed_during_sales_costs_nothing() {
    let open = OpenShop::open().await;
    let mut rush = Rush::at(&open);
    rush.sell(10).await;
    open.shop.nats.kill9().await.unwrap();
    rush.sell(10).await;
    open.shop.nats.restart().await.unwrap();
    rush.sell(10).await;
    open.settles(&rush.end().await, 0).await;
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
    open.settles(&rush.end().await, 0).await;
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
    open.settles(&rush.end().await, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_was_away_gets_every_receipt_once() {
    let open = OpenShop::open().await;
    let mut rush = Rush::at(&open);
    open.shop.sink.stop().await;
    rush.sell(12).await;
    open.shop.sink.start_again().await.unwrap();
    rush.sell(4).await;
    open.settles(&rush.end().await, 0).await;
}
