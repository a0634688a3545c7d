//! Codes that nobody knows.

use proto::checkout::v1 as pb;

use crate::{
    shop::{APPLES, CHEESE, JAM, PASTA, Shop, UNKNOWN, label, new_id, why},
    till::{scan, total},
};

#[tokio::test]
async fn an_unknown_code_never_blocks_the_shopper_and_stays_on_the_basket_for_the_attendant() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[PASTA]).await.basket_id;
    let answer = till.send_scan(scan(&id, UNKNOWN, 0)).await.unwrap();
    assert_eq!((answer.unknown, answer.line_id), (true, 2));
    let basket = till.scan(&id, JAM).await.unwrap();
    assert_eq!((basket.lines.len(), total(&basket), basket.unknown_codes.len()), (2, 540, 1));
    assert_eq!(basket.unknown_codes[0].code, format!("0{UNKNOWN}"));
    assert_eq!(why(till.begin(&id, basket.basket_version).await), "CODES_UNRESOLVED");
    assert_eq!(why(till.resolve(&id, 9, JAM).await), "UNKNOWN_LINE");
    assert_eq!(why(till.resolve(&id, 2, UNKNOWN).await), "UNKNOWN_CODE");
    let resolved = till.resolve(&id, 2, JAM).await.unwrap();
    assert_eq!((total(&resolved), resolved.unknown_codes.len()), (840, 0));
    till.pay(&resolved).await.unwrap();
}

#[tokio::test]
async fn an_unknown_code_can_be_set_aside() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[PASTA, UNKNOWN]).await;
    let basket = till.remove(&basket.basket_id, 2).await.unwrap();
    assert_eq!((basket.lines.len(), basket.unknown_codes.len()), (1, 0));
    till.pay(&basket).await.unwrap();
}

#[tokio::test]
async fn what_a_label_says_holds_for_the_product_that_the_attendant_names() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[&label("2699999", 1_200), &label("2799999", 1_231), UNKNOWN]).await;
    let shown: Vec<_> = basket.unknown_codes.iter().map(|unknown| unknown.code.as_str()).collect();
    assert_eq!(
        shown,
        ["02699999000009", "02799999000006", "09524000009999"],
        "the number of the article is shown"
    );
    let id = basket.basket_id;
    assert_eq!(why(till.resolve_some(&id, 1, APPLES, 500).await), "QUANTITY_OUT_OF_RANGE");
    assert_eq!(why(till.resolve(&id, 1, PASTA).await), "LABEL_MISMATCH");
    till.resolve(&id, 1, APPLES).await.unwrap();
    till.resolve(&id, 2, CHEESE).await.unwrap();
    assert_eq!(why(till.resolve(&id, 3, APPLES).await), "QUANTITY_OUT_OF_RANGE", "nothing weighed it");
    let basket = till.resolve_some(&id, 3, APPLES, 500).await.unwrap();
    let lines: Vec<_> = basket.lines.iter().map(|line| (line.quantity_milli, line.total_minor)).collect();
    assert_eq!(lines, [(1_200, 854), (616, 1_231), (500, 356)]);
    assert_eq!((total(&basket), basket.unknown_codes.len()), (2_441, 0));
    till.pay(&basket).await.unwrap();
}

#[tokio::test]
async fn expired_and_recalled_goods_stop_though_nobody_knew_their_code() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    shop.recall(JAM, "L7").await;
    let element = |more: &str| format!("]C1010{UNKNOWN}{more}");
    let basket = till.fill(&[&element("17200101"), &element("10L7"), &element("10L8")]).await;
    let id = basket.basket_id;
    assert_eq!(why(till.resolve(&id, 1, JAM).await), "EXPIRED");
    assert_eq!(why(till.resolve(&id, 2, JAM).await), "RECALLED");
    let basket = till.resolve(&id, 3, JAM).await.unwrap();
    assert_eq!(basket.lines[0].batch, "L8");
    shop.recall(JAM, "L8").await;
    for line_id in [1, 2] {
        till.remove(&id, line_id).await.unwrap();
    }
    let basket = till.get(&id).await.unwrap();
    assert_eq!(why(till.begin(&id, basket.basket_version).await), "RECALLED", "its batch is known");
}

#[tokio::test]
async fn resolving_twice_with_one_request_resolves_once() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[&label("2699999", 1_200)]).await;
    let request = pb::ResolveCodeRequest {
        request_id: new_id(),
        basket_id: basket.basket_id.clone(),
        line_id: 1,
        code: APPLES.to_owned(),
        quantity_milli: 0,
        basket_version: 2,
    };
    let resolve =
        async |request: &pb::ResolveCodeRequest| till.client.clone().resolve_code(request.clone()).await;
    let first = resolve(&request).await.unwrap().into_inner();
    assert_eq!(resolve(&request).await.unwrap().into_inner(), first);
    let late = pb::ResolveCodeRequest { request_id: new_id(), ..request };
    assert_eq!(why(resolve(&late).await), "BASKET_VERSION_STALE");
    assert_eq!(why(till.resolve(&basket.basket_id, 1, APPLES).await), "UNKNOWN_LINE");
}
