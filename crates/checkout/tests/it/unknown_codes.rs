//! Codes that nobody knows.

use crate::{
    shop::{JAM, PASTA, Shop, UNKNOWN, why},
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
