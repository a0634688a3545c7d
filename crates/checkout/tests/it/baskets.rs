//! Scanning, correcting, claiming.

use proto::checkout::v1 as pb;

use crate::{
    shop::{APPLES, CHEESE, JAM, NOVELTY, PASTA, Shop, WINE, label, new_id, why},
    till::{scan, total},
};

fn quantities(basket: &pb::Basket) -> Vec<(i32, i64, i64)> {
    basket.lines.iter().map(|line| (line.line_id, line.quantity_milli, line.total_minor)).collect()
}

#[tokio::test]
async fn a_piece_scanned_again_grows_its_line_and_a_weighing_is_a_line_of_its_own() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.open().await;
    assert_eq!((basket.basket_version, basket.state(), total(&basket)), (1, pb::BasketState::Open, 0));
    let id = basket.basket_id;
    let first = till.send_scan(scan(&id, PASTA, 0)).await.unwrap();
    assert_eq!(first.line_id, 1);
    till.scan(&id, &label("2612345", 1_200)).await.unwrap();
    till.scan(&id, &label("2612345", 350)).await.unwrap();
    let again = till.send_scan(scan(&id, PASTA, 2_000)).await.unwrap();
    assert_eq!(again.line_id, 1);
    let basket = again.basket.unwrap();
    assert_eq!(quantities(&basket), [(1, 3_000, 720), (2, 1_200, 854), (3, 350, 249)]);
    assert_eq!((basket.basket_version, basket.article_count, total(&basket)), (5, 5, 1_823));
    assert_eq!(till.get(&id).await.unwrap(), basket);
    let vat = &basket.vat_totals[..];
    assert_eq!(
        (vat.len(), vat[0].rate_basis_points, vat[0].ttc_minor, vat[0].vat_minor),
        (1, 550, 1_823, 95)
    );
}

#[tokio::test]
async fn the_price_of_a_label_wins_whether_a_whole_gram_gives_it_or_not() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    till.scan(&id, &label("2754321", 1_240)).await.unwrap();
    let basket = till.scan(&id, &label("2754321", 1_231)).await.unwrap();
    assert_eq!(quantities(&basket), [(1, 620, 1_240), (2, 616, 1_231)]);
    assert_eq!((basket.lines[0].sold_by(), basket.lines[0].unit_price_minor), (pb::SoldBy::Kilogram, 2_000));
    assert_eq!((basket.lines[1].sold_by(), basket.lines[1].unit_price_minor), (pb::SoldBy::Kilogram, 2_000));
    assert_eq!((basket.lines[1].gross_minor, total(&basket)), (1_231, 2_471));
    assert_eq!(why(till.set(&id, 1, 1_000).await), "QUANTITY_OUT_OF_RANGE");
    assert_eq!(why(till.scan_some(&id, &label("2754321", 1_231), 2_000).await), "QUANTITY_OUT_OF_RANGE");
    assert_eq!(why(till.scan(&id, CHEESE).await), "ZERO_MEASURE");
}

#[tokio::test]
async fn what_cannot_be_sold_is_refused_with_its_reason_and_changes_nothing() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[PASTA]).await.basket_id;
    let misread = format!("{}0", &PASTA[..12]);
    let card = shop.card(7).await;
    for (code, reason) in [
        (misread.as_str(), "BAD_CHECK_DIGIT"),
        (NOVELTY, "NO_PRICE"),
        (card.as_str(), "MEMBER_CARD"),
        ("hello", "UNREADABLE_CODE"),
        ("]C101095240000000191726", "UNREADABLE_CODE"),
        ("]C1010952400000001117260501", "BAD_CHECK_DIGIT"),
        ("]C1010952400000001917200101", "EXPIRED"),
    ] {
        assert_eq!(why(till.scan(&id, code).await), reason, "{code}");
    }
    let told = till.scan(&id, &card).await.unwrap_err();
    assert!(told.message().contains("IdentifyMember"), "{}", told.message());
    for quantity in [-1, 1, 1_500, 1_000_000, 1_000_000_000, i64::MAX, i64::MIN] {
        assert_eq!(why(till.scan_some(&id, PASTA, quantity).await), "QUANTITY_OUT_OF_RANGE", "{quantity}");
        assert_eq!(why(till.set(&id, 1, quantity).await), "QUANTITY_OUT_OF_RANGE", "{quantity}");
    }
    assert_eq!(why(till.set(&id, 1, 0).await), "QUANTITY_OUT_OF_RANGE");
    assert_eq!(why(till.set(&id, 2, 1_000).await), "UNKNOWN_LINE");
    assert_eq!(why(till.remove(&id, 2).await), "UNKNOWN_LINE");
    assert_eq!(till.get(&id).await.unwrap().basket_version, 2);
}

#[tokio::test]
async fn a_line_never_grows_beyond_its_largest_quantity() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    till.scan_some(&id, PASTA, 999_000).await.unwrap();
    assert_eq!(why(till.scan(&id, PASTA).await), "QUANTITY_OUT_OF_RANGE");
    let basket = till.scan_some(&id, APPLES, 999_999).await.unwrap();
    assert_eq!(quantities(&basket), [(1, 999_000, 239_760), (2, 999_999, 711_999)]);
}

#[tokio::test]
async fn lines_are_corrected_and_their_numbers_never_given_again() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[PASTA, JAM]).await.basket_id;
    till.set(&id, 2, 4_000).await.unwrap();
    till.remove(&id, 1).await.unwrap();
    let basket = till.scan(&id, PASTA).await.unwrap();
    assert_eq!(quantities(&basket), [(2, 4_000, 1_200), (3, 1_000, 240)]);
    let kept = shop.count("select jsonb_array_length(entries)::bigint from basket").await;
    assert_eq!(kept, 5, "every edit stays a fact");
}

#[tokio::test]
async fn an_open_basket_keeps_the_prices_it_has_shown() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[PASTA]).await.basket_id;
    shop.reprice(PASTA, "2.60").await;
    let basket = till.scan(&id, PASTA).await.unwrap();
    assert_eq!(quantities(&basket), [(1, 1_000, 240), (2, 1_000, 260)]);
}

#[tokio::test]
async fn a_member_gets_the_better_of_member_price_and_promotion() {
    let shop = Shop::open().await;
    shop.promote(|promotion| promotion.percent_basis_points = 500).await;
    let till = shop.till("LILLE-01");
    let before = till.fill(&[PASTA, WINE]).await;
    assert_eq!((total(&before), before.discount_minor, before.member_identified), (988, 52, false));
    let card = shop.card(1).await;
    let basket = till.identify(&before.basket_id, &card).await.unwrap();
    let codes: Vec<&str> = basket.lines.iter().map(|line| line.discounts[0].code.as_str()).collect();
    assert_eq!((codes, total(&basket), basket.member_identified), (vec!["MEMBER-PRICE", "DIX"], 960, true));
}

#[tokio::test]
async fn a_discount_is_given_only_when_claimed_by_its_code() {
    let shop = Shop::open().await;
    shop.promote(|promotion| promotion.on_claim = true).await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[WINE]).await;
    assert_eq!(total(&basket), 800);
    let id = basket.basket_id;
    assert_eq!(why(till.claim(&id, "VINGT").await), "UNKNOWN_DISCOUNT");
    let basket = till.claim(&id, "DIX").await.unwrap();
    assert_eq!((total(&basket), &basket.claimed_codes[..]), (720, &["DIX".to_owned()][..]));
    let basket = till.scan(&id, JAM).await.unwrap();
    assert_eq!(total(&basket), 990, "what is scanned after the claim has its part");
}

#[tokio::test]
async fn a_till_with_an_older_version_is_told_so() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[PASTA]).await.basket_id;
    let at = |version| pb::ScanItemRequest { basket_version: version, ..scan(&id, PASTA, 0) };
    assert_eq!(why(till.send_scan(at(1)).await), "BASKET_VERSION_STALE");
    assert_eq!(why(till.send_scan(at(3)).await), "BASKET_VERSION_STALE");
    assert_eq!(till.send_scan(at(2)).await.unwrap().basket.unwrap().basket_version, 3);
}

#[tokio::test]
async fn a_full_basket_can_still_be_corrected_and_paid() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let mut basket = till.open().await;
    for _ in 0..500 {
        basket = till.scan(&basket.basket_id, PASTA).await.unwrap();
    }
    let id = basket.basket_id;
    assert_eq!(why(till.scan(&id, PASTA).await), "BASKET_FULL");
    let basket = till.set(&id, 1, 1_000).await.unwrap();
    assert_eq!(till.begin(&id, basket.basket_version).await.unwrap().basket_version, 503);
}

#[tokio::test]
async fn a_till_nobody_has_registered_opens_no_basket() {
    let service = crate::service::Service::start().await;
    let shop = Shop { service };
    let mut client = shop.client("terminal-LILLE-01");
    let answer =
        client.open_basket(pb::OpenBasketRequest { request_id: new_id(), ..Default::default() }).await;
    assert_eq!(why(answer), "NOT_FOUND");
}
