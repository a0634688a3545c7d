//! Drawn baskets of which a part is scanned again at the till.

use platform::Role;
use proto::checkout::v1 as pb;

use crate::{
    attendance::waiting,
    shop::{CASE, CIDER, JAM, PASTA, Shop, UNKNOWN, label, new_id, why},
    till::Till,
};

/// A drawn basket that waits to be looked at.
async fn drawn(till: &Till, codes: &[&str]) -> pb::Basket {
    let basket = till.fill(codes).await;
    assert_eq!(why(till.begin(&basket.basket_id, basket.basket_version).await), "AUDIT_NEEDED");
    till.get(&basket.basket_id).await.unwrap()
}

fn again(basket: &pb::Basket, codes: &[&str]) -> pb::RecordAuditRequest {
    pb::RecordAuditRequest {
        request_id: new_id(),
        basket_id: basket.basket_id.clone(),
        codes: codes.iter().map(|code| (*code).to_owned()).collect(),
        basket_version: basket.basket_version,
    }
}

fn counts(recorded: &pb::RecordAuditResponse) -> (i64, i64, i64) {
    (recorded.found, recorded.missing, recorded.not_scanned)
}

#[tokio::test]
async fn a_part_that_is_scanned_again_ends_the_look_and_its_counts_are_told() {
    let shop = Shop::open().await;
    shop.audit(10_000).await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let apples = label("2612345", 1_250);
    let basket = drawn(&till, &[PASTA, PASTA, JAM, &apples, CASE]).await;
    let request = again(&basket, &[PASTA, &apples, CIDER]);
    let recorded = till.record(request.clone()).await.unwrap();
    assert_eq!(counts(&recorded), (3, 0, 7), "two pasta, a jam, apples and six cider were scanned");
    assert!(!recorded.basket.as_ref().unwrap().audit_waits);
    assert!(waiting(&shop, &attendant).await.is_empty(), "the page has nothing to be answered any more");
    assert_eq!(till.record(request.clone()).await.unwrap(), recorded, "a repeat gets the first answer");
    let other = pb::RecordAuditRequest { codes: vec![JAM.to_owned()], ..request };
    assert_eq!(why(till.record(other).await), "REQUEST_ID_REUSED");
    let event: pb::TillAttended = shop.event("sales.attended").await;
    assert_eq!((event.kind.as_str(), event.decision.as_str()), ("audit", "approve"));
    assert_eq!((event.found, event.missing, event.not_scanned), (3, 0, 7));
    till.pay(recorded.basket.as_ref().unwrap()).await.unwrap();
}

#[tokio::test]
async fn goods_that_the_basket_lacks_make_it_one_that_is_not_as_it_was_scanned() {
    let shop = Shop::open().await;
    shop.audit(10_000).await;
    let till = shop.till("LILLE-01");
    let basket = drawn(&till, &[PASTA]).await;
    let recorded = till.record(again(&basket, &[PASTA, PASTA, JAM, UNKNOWN, "9524000000018"])).await.unwrap();
    assert_eq!(counts(&recorded), (1, 3, 0), "a misread code proves nothing");
    let event: pb::TillAttended = shop.event("sales.attended").await;
    assert_eq!((event.decision.as_str(), event.missing), ("refuse", 3));
    let more = till.scan(&basket.basket_id, JAM).await.unwrap();
    till.pay(&more).await.unwrap();
}

#[tokio::test]
async fn a_look_that_is_over_or_was_never_asked_for_is_not_recorded() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let free = till.fill(&[PASTA]).await;
    assert_eq!(why(till.record(again(&free, &[PASTA])).await), "ANSWERED_ALREADY");
    shop.audit(10_000).await;
    let basket = drawn(&till, &[PASTA]).await;
    assert_eq!(why(till.record(again(&basket, &[])).await), "INVALID_FIELD");
    let misread = again(&basket, &["9524000000018"]);
    assert_eq!(why(till.record(misread).await), "NOTHING_SCANNED", "what cannot be read is not seen");
    assert!(till.get(&basket.basket_id).await.unwrap().audit_waits);
    let after = till.record(again(&basket, &[PASTA])).await.unwrap().basket.unwrap();
    assert_eq!(why(till.record(again(&after, &[JAM])).await), "ANSWERED_ALREADY");
}
