//! Deposits, empties, bags.

use proto::checkout::v1 as pb;

use crate::{
    shop::{BAG, CASE, CIDER, DEPOSIT, PASTA, Shop, why},
    till::total,
};

#[tokio::test]
async fn a_deposit_is_outside_vat_and_no_promotion_touches_it() {
    let shop = Shop::open().await;
    shop.promote(|promotion| promotion.percent_basis_points = 5_000).await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[CIDER, CIDER]).await;
    assert_eq!((total(&basket), basket.deposit_minor, basket.discount_minor), (310 + 40, 40, 310));
    let [vat] = &basket.vat_totals[..] else { panic!("one rate") };
    assert_eq!((vat.ttc_minor, vat.vat_minor), (310, 16));
    assert_eq!((basket.lines[1].kind(), basket.lines[1].deposit_of_line_id), (pb::LineKind::Deposit, 1));
    let ticket = till.pay(&basket).await.unwrap();
    assert_eq!((ticket.deposit_minor, ticket.total.unwrap().amount_minor), (40, 350));
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    assert_eq!(
        (event.deposit_minor, event.lines[1].kind.as_str(), event.vat_totals[0].ttc_minor),
        (40, "deposit", 310)
    );
}

#[tokio::test]
async fn empties_bring_their_deposit_back_up_to_the_cap_of_the_store() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[CIDER]).await.basket_id;
    let basket = till.take_back(&id, CIDER, 3).await.unwrap();
    assert_eq!((total(&basket), basket.deposit_minor), (310 + 20 - 60, -40));
    assert_eq!(basket.lines[2].kind(), pb::LineKind::DepositReturn);
    let basket = till.take_back(&id, DEPOSIT, 247).await.unwrap();
    assert_eq!(basket.lines[2].quantity_milli, 250_000);
    assert_eq!(why(till.take_back(&id, DEPOSIT, 1).await), "DEPOSIT_LIMIT");
    assert_eq!(why(till.take_back(&id, PASTA, 1).await), "NOT_A_DEPOSIT");
    assert_eq!(why(till.set(&id, 3, 251_000).await), "DEPOSIT_LIMIT");
}

#[tokio::test]
async fn a_case_that_comes_back_brings_the_deposits_of_its_bottles() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[CASE]).await.basket_id;
    let basket = till.take_back(&id, CASE, 0).await.unwrap();
    assert_eq!((basket.lines[2].quantity_milli, basket.deposit_minor), (6_000, 0));
    let basket = till.take_back(&id, CASE, 2).await.unwrap();
    assert_eq!((basket.lines[2].quantity_milli, basket.deposit_minor), (18_000, -240));
}

#[tokio::test]
async fn only_empties_are_paid_out_at_the_desk_without_a_card() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    let basket = till.take_back(&id, DEPOSIT, 5).await.unwrap();
    assert_eq!((total(&basket), basket.article_count), (-100, 0));
    let ticket = till.pay(&basket).await.unwrap();
    assert_eq!(
        (ticket.total.unwrap().amount_minor, ticket.payments.len(), ticket.vat_totals.len()),
        (-100, 0, 0)
    );
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    let [payment] = &event.payments[..] else { panic!("one payment") };
    assert_eq!((payment.kind.as_str(), payment.amount_minor), ("desk", -100));
}

#[tokio::test]
async fn a_bag_is_a_line_of_its_own_kind_and_a_store_says_which_one_is_offered() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[BAG]).await;
    assert_eq!((basket.lines[0].kind(), total(&basket)), (pb::LineKind::Bag, 15));
    let shelf = shop.catalogue("terminal-LILLE-01").get_tiles(pb::GetTilesRequest {}).await.unwrap();
    let offered = shelf.into_inner().bag.unwrap();
    assert_eq!((offered.gtin.as_str(), offered.price_minor), ("09524000000071", Some(15)));
}

#[tokio::test]
async fn meal_vouchers_pay_eligible_products_up_to_the_cap_of_the_day() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[PASTA, CIDER]).await;
    assert_eq!(basket.meal_voucher_minor, 240);
    let basket = till.set(&basket.basket_id, 1, 20_000).await.unwrap();
    assert_eq!(basket.meal_voucher_minor, 2_500);
    let ticket = till.pay(&basket).await.unwrap();
    assert_eq!(ticket.meal_voucher_minor, 2_500);
}
