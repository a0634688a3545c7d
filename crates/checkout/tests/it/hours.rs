//! Hours in which goods of a category are not sold.

use proto::checkout::v1 as pb;
use time::macros::datetime;

use crate::shop::{PASTA, SPIRIT, Shop, UNKNOWN, WINE, why};

#[tokio::test]
async fn wine_is_not_sold_by_night_neither_at_the_scan_nor_when_payment_begins() {
    let shop = Shop::open().await;
    shop.close("20:00-08:00 Vins").await;
    let till = shop.till("LILLE-01");
    shop.service.clock.set(datetime!(2026-05-02 19:58 +2));
    let basket = till.fill(&[PASTA, WINE]).await;
    shop.service.clock.set(datetime!(2026-05-02 20:00 +2));
    let id = basket.basket_id.clone();
    assert_eq!(why(till.scan(&id, WINE).await), "NOT_SOLD_NOW");
    assert_eq!(why(till.begin(&id, basket.basket_version).await), "NOT_SOLD_NOW");
    let waiting = till.scan(&id, UNKNOWN).await.unwrap();
    let line_id = waiting.unknown_codes[0].line_id;
    assert_eq!(why(till.resolve(&id, line_id, WINE).await), "NOT_SOLD_NOW", "an attendant sells none either");
    till.remove(&id, line_id).await.unwrap();
    let without = till.remove(&id, 2).await.unwrap();
    till.pay(&without).await.unwrap();
    shop.till("ARRAS-01").sell(&[WINE]).await;
    shop.service.clock.set(datetime!(2026-05-03 08:00 +2));
    till.sell(&[WINE]).await;
}

#[tokio::test]
async fn nobody_is_called_for_goods_that_are_not_sold_at_this_hour() {
    let shop = Shop::open().await;
    shop.close("22:00-06:00 Vins").await;
    let till = shop.till("LILLE-01");
    shop.service.clock.set(datetime!(2026-05-02 21:59 +2));
    let basket = till.fill(&[SPIRIT]).await;
    shop.service.clock.set(datetime!(2026-05-02 22:00 +2));
    let began: Result<pb::Basket, _> = till.begin(&basket.basket_id, basket.basket_version).await;
    assert_eq!(why(began), "NOT_SOLD_NOW", "before the approval that it waits for");
}
