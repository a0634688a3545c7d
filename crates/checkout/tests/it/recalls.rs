//! Goods that must not be sold.

use std::time::{Duration, Instant};

use platform::Role;
use proto::checkout::v1 as pb;
use testbed::eventually;
use tonic::Request;

use crate::{
    shop::{CASE, CIDER, JAM, PASTA, Shop, WINE, label, new_id, why},
    till::{completion, scan},
};

/// What a recall may take until every till knows it.
const TWO_SECONDS: Duration = Duration::from_secs(2);

/// A code of GS1 that says article, last day and batch.
fn coded(code: &str, more: &str) -> String {
    format!("]C1010{code}{more}")
}

async fn bought(shop: &Shop, recall_id: &str) -> Vec<(String, i64, String)> {
    let request = pb::ListRecallSalesRequest { recall_id: recall_id.to_owned(), ..Default::default() };
    let found = shop.operator().list_recall_sales(request).await.unwrap().into_inner().sales;
    found.into_iter().map(|sale| (sale.member_id, sale.quantity_milli, sale.batch)).collect()
}

#[tokio::test]
async fn expired_goods_stop_at_the_scan() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    assert_eq!(why(till.scan(&id, &coded(PASTA, "17260501")).await), "EXPIRED");
    let basket = till.scan(&id, &coded(PASTA, "1726050210L7")).await.unwrap();
    assert_eq!(basket.lines[0].batch, "L7", "the batch is kept on the line");
    till.pay(&basket).await.unwrap();
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    assert_eq!(event.lines[0].batch, "L7");
}

#[tokio::test]
async fn a_recall_reaches_every_till_within_two_seconds_and_an_open_basket_before_payment() {
    let shop = Shop::open().await;
    let replica = shop.service.another();
    let (near, far) = (shop.till("LILLE-01"), shop.till_of(&replica, "LILLE-02"));
    let open = far.fill(&[JAM, PASTA]).await;
    let (near_id, far_id) = (near.open().await.basket_id, far.open().await.basket_id);
    let since = Instant::now();
    shop.recall(JAM, "").await;
    assert_eq!(why(near.scan(&near_id, JAM).await), "RECALLED");
    let stopped = async || far.scan(&far_id, JAM).await.is_err();
    eventually(TWO_SECONDS, "the other replica stops the sale", stopped).await.unwrap();
    assert!(since.elapsed() < TWO_SECONDS, "{:?}", since.elapsed());
    assert_eq!(why(far.scan(&far_id, JAM).await), "RECALLED");
    assert_eq!(why(far.begin(&open.basket_id, open.basket_version).await), "RECALLED");
    let without = far.remove(&open.basket_id, 1).await.unwrap();
    far.pay(&without).await.unwrap();
    replica.stop().await;
}

#[tokio::test]
async fn a_recall_lists_the_member_ids_that_bought_it() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let card = shop.card(1).await;
    for (codes, card) in [
        (vec![coded(JAM, "10L7"), coded(JAM, "10L8")], Some(&card)),
        (vec![JAM.to_owned(), PASTA.to_owned()], None),
        (vec![WINE.to_owned()], Some(&card)),
    ] {
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let mut basket = till.fill(&codes).await;
        if let Some(card) = card {
            basket = till.identify(&basket.basket_id, card).await.unwrap();
        }
        till.pay(&basket).await.unwrap();
    }
    let member: uuid::Uuid = sqlx::query_scalar("select member_id from member_card")
        .fetch_one(&shop.service.db.pool)
        .await
        .unwrap();
    let member = member.to_string();
    let batch = shop.recall(JAM, "L7").await;
    let may_be = (String::new(), 1_000, String::new());
    assert_eq!(bought(&shop, &batch).await, [(member.clone(), 1_000, "L7".to_owned()), may_be.clone()]);
    let all = shop.recall(JAM, "").await;
    assert_eq!(bought(&shop, &all).await.len(), 3);
    let fresh = till.open().await.basket_id;
    assert_eq!(why(till.scan(&fresh, &coded(JAM, "10L8")).await), "RECALLED");
    let manager = shop.staff(Role::Manager, "ARRAS");
    let request = pb::ListRecallSalesRequest { recall_id: all, ..Default::default() };
    let request = shop.service.as_staff(&manager, Request::new(request));
    let seen = shop.catalogue("portal").list_recall_sales(request).await.unwrap().into_inner().sales;
    assert_eq!(seen, [], "a manager is told of the own store only");
}

#[tokio::test]
async fn a_recall_by_the_code_of_a_case_stops_its_bottles_and_one_of_no_product_is_refused() {
    let shop = Shop::open().await;
    shop.recall(CASE, "").await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    assert_eq!(why(till.scan(&id, CASE).await), "RECALLED");
    assert_eq!(why(till.scan(&id, CIDER).await), "RECALLED");
    let recall = pb::Recall {
        recall_id: new_id(),
        gtin: "09524136009993".to_owned(),
        reason: "éclats de verre".to_owned(),
        ..Default::default()
    };
    let request = pb::PutRecallRequest { request_id: new_id(), recall: Some(recall), ends_now: false };
    assert_eq!(why(shop.operator().put_recall(request).await), "INVALID_FIELD");
}

#[tokio::test]
async fn a_recall_of_a_batch_that_no_code_can_bear_is_refused() {
    let shop = Shop::open().await;
    for batch in ["L 7", "lot n° 7", "012345678901234567890"] {
        let recall = pb::Recall {
            recall_id: new_id(),
            gtin: barcode::Gtin::parse(PASTA).unwrap().to_string(),
            batch: batch.to_owned(),
            reason: "éclats de verre".to_owned(),
            ..Default::default()
        };
        let request = pb::PutRecallRequest { request_id: new_id(), recall: Some(recall), ends_now: false };
        assert_eq!(why(shop.operator().put_recall(request).await), "INVALID_FIELD", "{batch}");
    }
}

async fn put(shop: &Shop, code: &str) -> Result<String, tonic::Status> {
    let recall = pb::Recall {
        recall_id: new_id(),
        gtin: code.to_owned(),
        reason: "éclats de verre".to_owned(),
        ..Default::default()
    };
    put_as(shop, &new_id(), recall).await
}

async fn put_as(shop: &Shop, request_id: &str, recall: pb::Recall) -> Result<String, tonic::Status> {
    let request =
        pb::PutRecallRequest { request_id: request_id.to_owned(), recall: Some(recall), ends_now: false };
    Ok(shop.operator().put_recall(request).await?.into_inner().recall.unwrap().recall_id)
}

#[tokio::test]
async fn recalling_the_same_goods_again_is_one_recall_and_lists_whose_payment_had_begun() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let underway = till.freeze(&[JAM]).await;
    let first = put(&shop, JAM).await.unwrap();
    assert_eq!(bought(&shop, &first).await, []);
    till.complete(completion(&underway)).await.unwrap();
    let (request_id, again) = (
        new_id(),
        pb::Recall {
            recall_id: new_id(),
            gtin: JAM.to_owned(),
            reason: "encore".to_owned(),
            ..Default::default()
        },
    );
    for _ in 0..2 {
        assert_eq!(put_as(&shop, &request_id, again.clone()).await.unwrap(), first);
    }
    assert_eq!(bought(&shop, &first).await, [(String::new(), 1_000, String::new())]);
    let listed = shop.operator().list_recalls(pb::ListRecallsRequest::default()).await.unwrap().into_inner();
    let [recall] = &listed.recalls[..] else { panic!("one") };
    assert_eq!(recall.reason, "éclats de verre");
    let start = recall.start_time.unwrap();
    let request = pb::PutRecallRequest { request_id: new_id(), recall: Some(recall.clone()), ends_now: true };
    let ended = shop.operator().put_recall(request).await.unwrap().into_inner().recall.unwrap();
    assert!(ended.end_time.unwrap().seconds > start.seconds, "by the clock of the shop");
    assert_ne!(put(&shop, JAM).await.unwrap(), first, "what has ended stops nothing");
}

#[tokio::test]
async fn the_label_of_one_piece_recalls_the_goods_as_the_stores_read_it() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let ticket = till.sell(&[&label("2612345", 1_250)]).await;
    assert_eq!(ticket.lines[0].quantity_milli, 1_250);
    let recall_id = put(&shop, &label("2612345", 480)).await.unwrap();
    assert_eq!(bought(&shop, &recall_id).await, [(String::new(), 1_250, String::new())]);
    let id = till.open().await.basket_id;
    assert_eq!(why(till.scan(&id, &label("2612345", 700)).await), "RECALLED");
    assert_eq!(why(put(&shop, &label("2699999", 480)).await), "INVALID_FIELD");
}

#[tokio::test]
async fn a_recall_ends_and_never_changes_its_goods() {
    let shop = Shop::open().await;
    let recall_id = shop.recall(JAM, "").await;
    let request = pb::ListRecallsRequest::default();
    let [recall] = &shop.operator().list_recalls(request).await.unwrap().into_inner().recalls[..] else {
        panic!("one")
    };
    let put = async |recall| {
        let request = pb::PutRecallRequest { request_id: new_id(), recall: Some(recall), ends_now: false };
        shop.operator().put_recall(request).await
    };
    assert_eq!(why(put(pb::Recall { gtin: format!("0{PASTA}"), ..recall.clone() }).await), "INVALID_FIELD");
    let end = Some(prost_types::Timestamp { seconds: 1_777_000_000, nanos: 0 });
    put(pb::Recall { end_time: end, ..recall.clone() }).await.unwrap();
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    assert_eq!(till.send_scan(scan(&id, JAM, 0)).await.unwrap().line_id, 1);
    assert_eq!(recall.recall_id, recall_id);
}
