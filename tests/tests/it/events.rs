//! A sale that was acknowledged becomes its events and its receipt, once, whoever dies after the acknowledgement.

use e2e::{AFTER_A_FAULT, OpenShop, SOON, streams};
use proto::subject;

/// The events of a sale in the stream.
async fn events_of(open: &OpenShop, sale_id: uuid::Uuid) -> usize {
    streams::of_sale(&open.shop, subject::SALES, subject::sale_completed::TYPE, sale_id).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_made_while_the_bus_is_down_outlives_checkout_and_is_told_once() {
    let mut open = OpenShop::open().await;
    let (article, _) = open.article_ending(30);
    let card = open.members[0].card_number.clone();
    // The till knows the card once checkout does.
    open.lane(0).buy(Some(&card), std::slice::from_ref(&article)).await;
    open.figures().await;

    open.shop.nats.kill9().await.unwrap();
    let sold = open.lane(0).buy(Some(&card), &[article]).await;
    let checkout = open.shop.service("checkout").unwrap();
    checkout.kill9().await.unwrap();
    open.shop.nats.restart().await.unwrap();
    assert_eq!(events_of(&open, sold.sale_id).await, 0);
    open.shop.service("checkout").unwrap().restart().await.unwrap();

    open.receipt_of(sold.sale_id, AFTER_A_FAULT).await;
    let report = open.figures_within(AFTER_A_FAULT).await;
    assert_eq!((report.sales, report.receipts_sent), (2, 2));
    assert_eq!(events_of(&open, sold.sale_id).await, 1);
    assert_eq!(open.receipts_of(sold.sale_id), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_killed_right_after_each_acknowledgement_tells_each_sale_once() {
    let mut open = OpenShop::open().await;
    let (article, _) = open.article_ending(30);
    let mut sold = Vec::new();
    for visit in 0..6 {
        let card = open.members[visit % open.members.len()].card_number.clone();
        sold.push(open.lane(visit % 2).buy(Some(&card), std::slice::from_ref(&article)).await);
        open.shop.service("checkout").unwrap().restart().await.unwrap();
    }
    for sale in &sold {
        open.receipt_of(sale.sale_id, SOON).await;
    }
    let report = open.figures().await;
    assert_eq!((report.sales, report.receipts_sent), (6, 6));
    for sale in &sold {
        assert_eq!(events_of(&open, sale.sale_id).await, 1);
    }
    // Each till numbers its tickets without gaps.
    let mut tickets: Vec<i64> = sold.iter().map(|sale| sale.sequence).collect();
    tickets.sort_unstable();
    assert_eq!(tickets, [1, 1, 2, 2, 3, 3]);
}
