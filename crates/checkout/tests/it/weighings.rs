//! Goods by weight, and codes that stand for several pieces.

use proto::checkout::v1 as pb;

use crate::{
    shop::{APPLES, CARROTS, CASE, CHEESE, CIDER, PASTA, Shop, label, why},
    till::{scan, total},
};

#[tokio::test]
async fn a_tare_is_kept_on_the_line_and_the_price_by_the_kilogram_or_litre_stands_beside_it() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    let weighed = pb::ScanItemRequest { tare_milli: 12, ..scan(&id, CARROTS, 1_250) };
    till.send_scan(weighed).await.unwrap();
    till.scan(&id, PASTA).await.unwrap();
    let basket = till.scan(&id, CIDER).await.unwrap();
    let beside: Vec<_> = basket
        .lines
        .iter()
        .map(|line| (line.tare_milli, line.measure.as_str(), line.measure_price_minor))
        .collect();
    assert_eq!(beside, [(12, "kg", Some(180)), (0, "kg", Some(480)), (0, "l", Some(413)), (0, "", None)]);
    assert_eq!(basket.lines[0].total_minor, 225);
    let heavy = pb::ScanItemRequest { tare_milli: 100_000, ..scan(&id, CARROTS, 1_250) };
    assert_eq!(why(till.send_scan(heavy).await), "INVALID_FIELD");
    let ticket = till.pay(&basket).await.unwrap();
    assert_eq!(ticket.lines, basket.lines, "the ticket says the same");
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    let line = &event.lines[2];
    assert_eq!((line.measure.as_str(), line.measure_price_minor, event.lines[0].tare_milli), ("l", 413, 12));
}

#[tokio::test]
async fn the_quantity_that_a_label_says_is_nobodys_to_change() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[&label("2612345", 1_200)]).await;
    assert!(basket.lines[0].measured);
    assert_eq!(why(till.set(&basket.basket_id, 1, 1_000).await), "QUANTITY_OUT_OF_RANGE");
    let own = till.scan_some(&basket.basket_id, APPLES, 300).await.unwrap();
    assert!(!own.lines[1].measured);
}

#[tokio::test]
async fn a_pack_whose_price_no_gram_gives_is_sold_by_the_kilogram_at_the_price_of_its_label_to_the_cent() {
    let shop = Shop::open().await;
    shop.promote(|promotion| promotion.percent_basis_points = 5_000).await;
    let report =
        shop.prices(&format!("code,price,member_price,price_from\n{CHEESE},20.00,9.00,2026-05-01\n")).await;
    assert_eq!(report.rejected, Vec::new());
    let (till, card) = (shop.till("LILLE-01"), shop.card(1).await);
    let basket = till.fill(&[&label("2754321", 1_231)]).await;
    assert_eq!(total(&basket), 615, "half of 12.31 off");
    let basket = till.identify(&basket.basket_id, &card).await.unwrap();
    let line = &basket.lines[0];
    assert_eq!(
        (line.sold_by(), line.quantity_milli, line.unit_price_minor),
        (pb::SoldBy::Kilogram, 616, 2_000)
    );
    assert_eq!((line.gross_minor, line.total_minor), (1_231, 554), "9 for 20 of each euro of the label");
    assert_eq!(
        (basket.article_count, line.measure.as_str(), line.measure_price_minor),
        (1, "kg", Some(2_000))
    );
    let ticket = till.pay(&basket).await.unwrap();
    assert_eq!((&ticket.lines, ticket.total.unwrap().amount_minor), (&basket.lines, 554));
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    let told = &event.lines[0];
    assert_eq!((told.sold_by.as_str(), told.quantity_milli, told.gross_minor), ("kg", 616, 1_231));
    assert_eq!((told.total_minor, event.total_minor), (554, 554));
}

#[tokio::test]
async fn a_case_of_six_is_a_line_of_six_and_grows_with_single_bottles() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[CASE, CIDER]).await;
    let lines: Vec<_> = basket.lines.iter().map(|line| (line.gtin.as_str(), line.quantity_milli)).collect();
    assert_eq!(lines, [("09524000000057", 7_000), ("09524000000064", 7_000)]);
    assert_eq!((total(&basket), basket.deposit_minor), (7 * 310 + 7 * 20, 140));
}

#[tokio::test]
async fn the_same_code_belongs_to_one_product_though_nobody_looked_at_import() {
    let shop = Shop::open().await;
    let steal = |statement: &'static str| sqlx::query(statement).execute(&shop.service.db.pool);
    for statement in [
        "insert into product_code values ('19524000000054', '09524000000019', 1)",
        "insert into product_code values ('09524000000026', '09524000000019', 1)",
        "insert into product select '19524000000054', name, brand, category, net_content, sold_by, vat_code from product limit 1",
    ] {
        let refused = steal(statement).await.unwrap_err();
        assert!(refused.into_database_error().unwrap().is_unique_violation(), "{statement}");
    }
}
