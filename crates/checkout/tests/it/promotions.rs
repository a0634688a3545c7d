//! Promotions of every kind, through the wire.

use futures::future::join_all;
use proto::checkout::v1 as pb;
use time::macros::datetime;

use crate::{
    refund_parts::{give, part},
    shop::{JAM, PASTA, Shop, WINE, why},
    till::total,
};

const COUPON: &str = "9812345678902";

/// Each cent that was taken off, by line and code.
#[track_caller]
fn explained(basket: &pb::Basket) -> Vec<(i32, &str, i64)> {
    let mut all = Vec::new();
    for line in &basket.lines {
        let taken: i64 = line.discounts.iter().map(|discount| discount.amount_minor).sum();
        assert_eq!(line.gross_minor - taken, line.total_minor, "each cent is explained on its line");
        all.extend(
            line.discounts.iter().map(|discount| (line.line_id, &*discount.code, discount.amount_minor)),
        );
    }
    assert_eq!(all.iter().map(|(.., cents)| cents).sum::<i64>(), basket.discount_minor);
    all
}

#[tokio::test]
async fn a_percentage_an_amount_a_group_and_a_threshold_explain_each_cent_on_its_line() {
    let shop = Shop::open().await;
    shop.promote(|it| {
        it.promotion_code = "PATES".to_owned();
        it.benefit = pb::Benefit::NForM.into();
        it.percent_basis_points = 0;
        (it.take, it.pay) = (3, 2);
        it.gtins = vec![format!("0{PASTA}")];
    })
    .await;
    shop.promote(|it| {
        it.promotion_code = "CONFITURE".to_owned();
        it.benefit = pb::Benefit::Amount.into();
        it.percent_basis_points = 0;
        it.amount_minor = 50;
        it.gtins = vec![format!("0{JAM}")];
    })
    .await;
    shop.promote(|it| it.category = "Vins".to_owned()).await;
    shop.promote(|it| {
        it.promotion_code = "VINGT".to_owned();
        it.benefit = pb::Benefit::Threshold.into();
        it.percent_basis_points = 0;
        (it.at_least_minor, it.amount_minor) = (2_000, 301);
    })
    .await;
    let till = shop.till("LILLE-01");
    let small = till.fill(&[PASTA, PASTA, PASTA, JAM, WINE]).await;
    assert_eq!(explained(&small), [(1, "PATES", 240), (2, "CONFITURE", 50), (3, "DIX", 80)]);
    let basket = till.scan(&small.basket_id, JAM).await.unwrap();
    let found = explained(&basket);
    let threshold: i64 = found.iter().filter(|(_, code, _)| *code == "VINGT").map(|(.., cents)| cents).sum();
    assert_eq!((threshold, found.len()), (301, 6));
    let ticket = till.pay(&basket).await.unwrap();
    assert_eq!((ticket.discount_minor, &ticket.lines), (basket.discount_minor, &basket.lines));
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    let told: i64 = event.lines.iter().flat_map(|line| &line.discounts).map(|it| it.amount_minor).sum();
    assert_eq!((told, event.discount_minor), (basket.discount_minor, basket.discount_minor));
}

#[tokio::test]
async fn an_exclusive_promotion_stands_alone_though_another_would_give_more() {
    let shop = Shop::open().await;
    shop.promote(|it| it.percent_basis_points = 2_000).await;
    shop.promote(|it| {
        it.promotion_code = "SEULE".to_owned();
        it.percent_basis_points = 500;
        it.exclusive = true;
        it.gtins = vec![format!("0{JAM}")];
    })
    .await;
    let basket = shop.till("LILLE-01").fill(&[PASTA, JAM]).await;
    assert_eq!(explained(&basket), [(1, "DIX", 48), (2, "SEULE", 15)]);
}

#[tokio::test]
async fn late_identification_reprices_everything_and_un_identifying_rolls_back() {
    let shop = Shop::open().await;
    shop.promote(|it| (it.members_only, it.category) = (true, "Vins".to_owned())).await;
    let (till, card) = (shop.till("LILLE-01"), shop.card(1).await);
    let guest = till.fill(&[PASTA, WINE, JAM]).await;
    assert_eq!(total(&guest), 240 + 800 + 300);
    let member = till.identify(&guest.basket_id, &card).await.unwrap();
    assert_eq!((total(&member), member.member_identified), (200 + 720 + 300, true));
    let back = till.unidentify(&guest.basket_id).await.unwrap();
    assert_eq!((&back.lines, back.member_identified), (&guest.lines, false));
    let again = till.identify(&guest.basket_id, &card).await.unwrap();
    assert_eq!(again.lines, member.lines);
}

#[tokio::test]
async fn a_coupon_is_scanned_and_works_once_for_one_of_all_baskets() {
    let shop = Shop::open().await;
    shop.promote(|it| {
        it.promotion_code = COUPON.to_owned();
        (it.on_claim, it.total_limit) = (true, 1);
    })
    .await;
    let baskets = join_all((1..=4).map(|number| {
        let till = shop.till(&format!("LILLE-0{number}"));
        async move {
            let basket = till.fill(&[WINE]).await;
            let claimed = till.send_scan(crate::till::scan(&basket.basket_id, COUPON, 0)).await.unwrap();
            assert_eq!((claimed.line_id, claimed.claimed_code.as_str()), (0, COUPON));
            let basket = claimed.basket.unwrap();
            assert_eq!(total(&basket), 720);
            (till, basket)
        }
    }))
    .await;
    let begun =
        join_all(baskets.iter().map(|(till, basket)| till.begin(&basket.basket_id, basket.basket_version)))
            .await;
    let (given, refused): (Vec<_>, Vec<_>) =
        begun.into_iter().zip(&baskets).partition(|(answer, _)| answer.is_ok());
    assert_eq!((given.len(), refused.len()), (1, 3));
    for (answer, (till, basket)) in refused {
        assert_eq!(why(answer), "DISCOUNT_USED_UP");
        let shown = till.get(&basket.basket_id).await.unwrap();
        assert_eq!(
            (total(&shown), shown.state()),
            (800, pb::BasketState::Open),
            "the new total is shown first"
        );
        till.pay(&shown).await.unwrap();
    }
}

#[tokio::test]
async fn a_coupon_is_given_back_when_nobody_is_there_any_more_and_the_till_never_learned_that_the_payment_began()
 {
    let shop = Shop::open().await;
    shop.promote(|it| (it.on_claim, it.total_limit) = (true, 1)).await;
    let till = shop.till("LILLE-01");
    for _ in 0..2 {
        let basket = till.fill(&[WINE]).await;
        let basket = till.claim(&basket.basket_id, "DIX").await.unwrap();
        till.begin(&basket.basket_id, basket.basket_version).await.unwrap();
        let ended = till.give_up(&basket.basket_id, pb::CancelCause::Idle).await.unwrap();
        assert_eq!(ended.state(), pb::BasketState::Abandoned);
    }
    assert_eq!(shop.count("select count(*) from promotion_use").await, 0);
}

#[tokio::test]
async fn a_coupon_is_given_back_when_the_payment_is_abandoned() {
    let shop = Shop::open().await;
    shop.promote(|it| (it.on_claim, it.total_limit) = (true, 1)).await;
    let (till, other) = (shop.till("LILLE-01"), shop.till("LILLE-02"));
    let ready = async |till: &crate::till::Till| {
        let basket = till.fill(&[WINE]).await;
        till.claim(&basket.basket_id, "DIX").await.unwrap()
    };
    let (first, second) = (ready(&till).await, ready(&other).await);
    till.begin(&first.basket_id, first.basket_version).await.unwrap();
    till.abandon(&first.basket_id).await.unwrap();
    let ticket = other.pay(&second).await.unwrap();
    assert_eq!(ticket.total.unwrap().amount_minor, 720);
    let open = till.get(&first.basket_id).await.unwrap();
    assert_eq!(why(till.pay(&open).await), "DISCOUNT_USED_UP");
}

#[tokio::test]
async fn a_promotion_for_once_is_there_again_when_all_of_its_lines_came_back() {
    let shop = Shop::open().await;
    shop.promote(|it| {
        (it.on_claim, it.total_limit) = (true, 1);
        it.gtins = [WINE, JAM].map(|code| format!("0{code}")).to_vec();
    })
    .await;
    let (till, other) = (shop.till("LILLE-01"), shop.till("LILLE-02"));
    let basket = till.fill(&[WINE, WINE, JAM, PASTA]).await;
    let ticket = till.pay(&till.claim(&basket.basket_id, "DIX").await.unwrap()).await.unwrap();
    let kept = "select count(*) from promotion_use";
    // All but one piece of what carried it.
    for part in [part(1, 1_000, 0), part(2, 0, 0), part(3, 0, 0)] {
        give(&shop, &ticket, &[part]).await.unwrap();
        assert_eq!(shop.count(kept).await, 1);
    }
    let next = other.fill(&[WINE]).await;
    let next = other.claim(&next.basket_id, "DIX").await.unwrap();
    assert_eq!(why(other.begin(&next.basket_id, next.basket_version).await), "DISCOUNT_USED_UP");
    give(&shop, &ticket, &[part(1, 0, 0)]).await.unwrap();
    assert_eq!(shop.count(kept).await, 0);
    let again = other.fill(&[WINE]).await;
    let again = other.claim(&again.basket_id, "DIX").await.unwrap();
    assert_eq!(other.pay(&again).await.unwrap().total.unwrap().amount_minor, 720);
    assert_eq!(shop.count(kept).await, 1);
}

#[tokio::test]
async fn a_member_gets_a_limited_promotion_so_many_times_and_no_more() {
    let shop = Shop::open().await;
    shop.promote(|it| (it.members_only, it.member_limit) = (true, 2)).await;
    let (till, card, friend) = (shop.till("LILLE-01"), shop.card(1).await, shop.card(2).await);
    let mut paid = Vec::new();
    for card in [&card, &card, &card, &friend] {
        let basket = till.fill(&[WINE]).await;
        let basket = till.identify(&basket.basket_id, card).await.unwrap();
        paid.push(till.pay(&basket).await.unwrap().total.unwrap().amount_minor);
    }
    assert_eq!(paid, [720, 720, 800, 720]);
}

#[tokio::test]
async fn a_promotion_that_one_member_has_used_up_is_given_to_the_next_card() {
    let shop = Shop::open().await;
    shop.promote(|it| (it.members_only, it.member_limit) = (true, 1)).await;
    let (till, other) = (shop.till("LILLE-01"), shop.till("LILLE-02"));
    let (card, friend) = (shop.card(1).await, shop.card(2).await);
    let basket = till.fill(&[WINE]).await;
    let basket = till.identify(&basket.basket_id, &card).await.unwrap();
    let elsewhere = other.fill(&[WINE]).await;
    let elsewhere = other.identify(&elsewhere.basket_id, &card).await.unwrap();
    other.pay(&elsewhere).await.unwrap();
    assert_eq!(why(till.begin(&basket.basket_id, basket.basket_version).await), "DISCOUNT_USED_UP");
    let shown = till.get(&basket.basket_id).await.unwrap();
    assert_eq!((total(&shown), shown.basket_version), (800, basket.basket_version + 1));
    let given = till.identify(&basket.basket_id, &friend).await.unwrap();
    assert_eq!(total(&given), 720, "the next card has not used it");
    let back = till.identify(&basket.basket_id, &card).await.unwrap();
    assert_eq!(total(&back), 800);
    let given = till.identify(&basket.basket_id, &friend).await.unwrap();
    till.pay(&given).await.unwrap();
    let unasked = "select count(*) from basket, jsonb_array_elements(entries) as entry
        where entry ->> 'edit' = 'withdraw_offer' and not entry ? 'request_id' and not entry ? 'fingerprint'";
    assert_eq!(shop.count(unasked).await, 1, "nobody asked for it, and nobody's name is under it");
}

#[tokio::test]
async fn a_promotion_of_the_evening_is_given_in_the_evening() {
    let shop = Shop::open().await;
    shop.promote(|it| (it.from_minute, it.to_minute, it.weekdays) = (17 * 60, 19 * 60, vec![6])).await;
    let till = shop.till("LILLE-01");
    let mut paid = Vec::new();
    for now in
        [datetime!(2026-05-02 14:59 UTC), datetime!(2026-05-02 15:00 UTC), datetime!(2026-05-03 15:00 UTC)]
    {
        shop.service.clock.set(now);
        paid.push(total(&till.fill(&[WINE]).await));
    }
    assert_eq!(paid, [800, 720, 800]);
}

#[tokio::test]
async fn a_promotion_is_given_so_many_times_in_one_basket() {
    let shop = Shop::open().await;
    shop.promote(|it| it.basket_limit = 2).await;
    let basket = shop.till("LILLE-01").fill(&[WINE, WINE, WINE]).await;
    assert_eq!(explained(&basket), [(1, "DIX", 160)]);
}
