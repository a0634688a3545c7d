//! Prices that change while a basket is open, prices of one store, files that come twice, prices that wait for a person.

use proto::checkout::v1 as pb;

use crate::{
    shop::{JAM, NOVELTY, PASTA, Shop, WINE, new_id, why},
    till::total,
};

#[tokio::test]
async fn a_price_changed_at_the_office_while_a_basket_is_open_leaves_the_shopper_the_lower_one() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    for (price, paid) in [("1.90", 190), ("9.90", 190), ("8.80", 880)] {
        let basket = till.fill(&[PASTA]).await;
        shop.reprice(PASTA, price).await;
        let ticket = till.pay(&basket).await.unwrap();
        assert_eq!(ticket.total.unwrap().amount_minor, paid, "{price}");
    }
}

#[tokio::test]
async fn a_store_may_have_a_price_of_its_own() {
    let shop = Shop::open().await;
    let report = shop.prices(&format!("code,price,price_from,store\n{JAM},2.50,2026-05-01,ARRAS\n")).await;
    assert_eq!((report.changed, report.rejected), (1, vec![]));
    let paid = async |till: &str| total(&shop.till(till).fill(&[JAM]).await);
    assert_eq!((paid("ARRAS-01").await, paid("LILLE-01").await), (250, 300));
}

#[tokio::test]
async fn a_file_of_prices_is_applied_once_however_often_it_is_sent() {
    let shop = Shop::open().await;
    let file = format!("code,price,price_from\n{JAM},2.50,2026-05-01\n{PASTA},1.90,2026-05-01\n");
    assert_eq!(shop.prices(&file).await.changed, 2);
    assert_eq!(shop.prices(&format!("code,price,price_from\n{JAM},2.70,2026-05-01\n")).await.changed, 1);
    for _ in 0..3 {
        let again = shop.prices(&file).await;
        assert_eq!((again.rows, again.changed, again.unchanged, again.overtaken), (2, 0, 1, 1));
    }
    let (windows, marked) = (file.replace('\n', "\r\n"), format!("\u{feff}{}", file.trim_end()));
    for same in [windows, marked] {
        let again = shop.prices(&same).await;
        assert_eq!((again.rows, again.changed, again.unchanged, again.overtaken), (2, 0, 1, 1), "{same:?}");
    }
    assert_eq!(total(&shop.till("LILLE-01").fill(&[JAM]).await), 270, "what was corrected since stays");
}

#[tokio::test]
async fn a_file_of_products_that_comes_again_undoes_no_correction_of_its_prices() {
    let shop = Shop::open().await;
    let row = |name: &str, price: &str| {
        format!("code,product_name,price,price_from,member_price\n{JAM},{name},{price},2026-05-01,2.40\n")
    };
    let first = shop.import(&row("Confiture", "2.50")).await;
    assert_eq!((first.prices, first.overtaken), (1, 0));
    let correction = format!("code,price,price_from,member_price\n{JAM},2.70,2026-05-01,2.40\n");
    assert_eq!(shop.prices(&correction).await.changed, 1);
    for name in ["Confiture", "Confiture extra"] {
        let again = shop.import(&row(name, "2.50")).await;
        assert_eq!((again.prices, again.overtaken), (0, 1), "{name}: the rest of the file may be new");
    }
    assert_eq!(total(&shop.till("LILLE-01").fill(&[JAM]).await), 270);
    assert_eq!(shop.import(&row("Confiture", "2.60")).await.prices, 1, "a price that was never said is new");
    let back = format!("code,price,price_from,member_price\n{JAM},2.50,2026-05-01,2.40\n");
    assert_eq!(shop.prices(&back).await.changed, 1, "a file of prices that never came may go back");
    assert_eq!(total(&shop.till("LILLE-01").fill(&[JAM]).await), 250);
}

#[tokio::test]
async fn a_price_that_is_fifty_times_its_yesterday_or_a_fiftieth_waits_for_a_person() {
    let shop = Shop::open().await;
    let file =
        format!("code,price,price_from,member_price\n{JAM},294,2026-05-01,\n{WINE},0.08,2026-05-01,0.07\n");
    let report = shop.prices(&file).await;
    assert_eq!((report.rows, report.changed, report.held, report.rejected), (2, 0, 2, vec![]));
    assert_eq!(shop.prices(&file).await.held, 0, "it waits once");
    let till = shop.till("LILLE-01");
    assert_eq!(total(&till.fill(&[JAM, WINE]).await), 1_100, "meanwhile the old prices hold");
    let list = async || {
        let request = pb::ListHeldPricesRequest { page_size: 1, page_token: String::new() };
        let first = shop.operator().list_held_prices(request).await.unwrap().into_inner();
        let request = pb::ListHeldPricesRequest { page_size: 1, page_token: first.next_page_token.clone() };
        let rest = match first.next_page_token.is_empty() {
            true => Vec::new(),
            false => shop.operator().list_held_prices(request).await.unwrap().into_inner().held_prices,
        };
        let mut all = [first.held_prices, rest].concat();
        all.sort_by_key(|held| held.price_minor);
        all
    };
    let [wine, jam] = &list().await[..] else { panic!("two prices") };
    assert_eq!((wine.price_minor, wine.member_price_minor, wine.previous_price_minor), (8, Some(7), 800));
    assert_eq!((wine.price_suspect, wine.member_price_suspect, wine.times), (true, true, 114));
    assert_eq!((jam.price_suspect, jam.member_price_suspect, jam.times), (true, false, 98));
    let settle = |held: &pb::HeldPrice, accept| pb::SettleHeldPriceRequest {
        request_id: new_id(),
        held_price_id: held.held_price_id.clone(),
        accept,
    };
    shop.operator().settle_held_price(settle(jam, false)).await.unwrap();
    let accept = settle(wine, true);
    shop.operator().settle_held_price(accept.clone()).await.unwrap();
    shop.operator().settle_held_price(accept.clone()).await.unwrap();
    let other = pb::SettleHeldPriceRequest { accept: false, ..accept };
    assert_eq!(why(shop.operator().settle_held_price(other).await), "REQUEST_ID_REUSED");
    assert_eq!(why(shop.operator().settle_held_price(settle(jam, true)).await), "NOT_FOUND");
    assert_eq!(list().await, []);
    assert_eq!(total(&till.fill(&[JAM, WINE]).await), 308);
}

#[tokio::test]
async fn a_newer_word_ends_the_wait_of_an_older_price() {
    let shop = Shop::open().await;
    assert_eq!(shop.prices(&format!("code,price,price_from\n{JAM},300,2026-05-01\n")).await.held, 1);
    assert_eq!(shop.prices(&format!("code,price,price_from\n{JAM},3.20,2026-05-01\n")).await.changed, 1);
    let listed = shop.operator().list_held_prices(pb::ListHeldPricesRequest::default()).await;
    assert_eq!(listed.unwrap().into_inner().held_prices, [], "accepting it would undo the newer one");
    assert_eq!(total(&shop.till("LILLE-01").fill(&[JAM]).await), 320);
}

#[tokio::test]
async fn of_two_prices_that_wait_for_one_start_the_newer_word_waits_alone() {
    let shop = Shop::open().await;
    let waits = async |row: &str| {
        let file = format!("code,price,price_from,member_price\n{JAM},{row}\n");
        assert_eq!(shop.prices(&file).await.held, 1, "{row}");
        let listed = shop.operator().list_held_prices(pb::ListHeldPricesRequest::default()).await;
        let held = listed.unwrap().into_inner().held_prices;
        held.iter().map(|held| (held.price_minor, held.member_price_minor)).collect::<Vec<_>>()
    };
    assert_eq!(waits("300,2026-05-01,").await, [(30_000, None)]);
    assert_eq!(waits("300,2026-05-01,280").await, [(30_000, Some(28_000))], "the price for members is new");
    assert_eq!(waits("310,2026-05-01,").await, [(31_000, None)]);
}

#[tokio::test]
async fn a_price_of_one_store_that_is_back_dated_waits_for_a_person_too() {
    let shop = Shop::open().await;
    let report = shop.prices(&format!("code,price,price_from,store\n{JAM},300,2025-12-01,LILLE\n")).await;
    assert_eq!((report.changed, report.held), (0, 1));
    assert_eq!(total(&shop.till("LILLE-01").fill(&[JAM]).await), 300);
}

#[tokio::test]
async fn goods_sold_for_the_first_time_during_an_announced_reduction_are_not_reduced() {
    let shop = Shop::open().await;
    shop.promote(|it| {
        it.start_time = Some(prost_types::Timestamp { seconds: 1_777_000_000, nanos: 0 });
        it.announcement = pb::Announcement::PriorPrice.into();
    })
    .await;
    let report = shop.prices(&format!("code,price,price_from\n{NOVELTY},1.00,2026-05-01\n")).await;
    assert_eq!((report.changed, report.held), (1, 0));
    let basket = shop.till("LILLE-01").fill(&[JAM, NOVELTY]).await;
    let shown: Vec<_> = basket.lines.iter().map(|line| (line.total_minor, line.prior_price_minor)).collect();
    assert_eq!(shown, [(270, Some(300)), (100, None)]);
}

#[tokio::test]
async fn a_reduction_is_announced_with_the_lowest_price_of_thirty_days_and_refused_without() {
    let shop = Shop::open().await;
    shop.prices(&format!("code,price,price_from\n{JAM},2.80,2026-04-20\n{JAM},3.00,2026-04-25\n")).await;
    let announced = |start_seconds: i64, gtin: &str, announcement: pb::Announcement| pb::Promotion {
        promotion_code: "SOLDES".to_owned(),
        label: "Soldes".to_owned(),
        benefit: pb::Benefit::Percent.into(),
        percent_basis_points: 1_000,
        start_time: Some(prost_types::Timestamp { seconds: start_seconds, nanos: 0 }),
        end_time: Some(prost_types::Timestamp { seconds: 1_798_700_000, nanos: 0 }),
        gtins: vec![format!("0{gtin}")],
        announcement: announcement.into(),
        ..pb::Promotion::default()
    };
    let put = async |promotion| {
        let request = pb::PutPromotionRequest { request_id: new_id(), promotion: Some(promotion) };
        shop.operator().put_promotion(request).await
    };
    // The first of January, when it was sold for the first time.
    let first_day = 1_767_222_000;
    assert_eq!(why(put(announced(first_day, JAM, pb::Announcement::PriorPrice)).await), "INVALID_FIELD");
    assert_eq!(why(put(announced(first_day, JAM, pb::Announcement::Perishable)).await), "INVALID_FIELD");
    put(announced(1_777_600_000, JAM, pb::Announcement::PriorPrice)).await.unwrap();
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[JAM, PASTA]).await;
    let shown: Vec<_> = basket.lines.iter().map(|line| (line.total_minor, line.prior_price_minor)).collect();
    assert_eq!(shown, [(270, Some(280)), (240, None)]);
    till.pay(&basket).await.unwrap();
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    assert_eq!(event.lines[0].prior_price_minor, 280);
}
