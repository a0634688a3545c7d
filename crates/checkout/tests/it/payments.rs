//! A basket around its payment.

use proto::checkout::v1 as pb;

use crate::{
    shop::{JAM, PASTA, Shop, why},
    till::{completion, total},
};

#[tokio::test]
async fn payment_freezes_the_basket_that_was_shown_and_no_other() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[PASTA, JAM]).await.basket_id;
    assert_eq!(why(till.begin(&id, 2).await), "BASKET_VERSION_STALE");
    let frozen = till.begin(&id, 3).await.unwrap();
    assert_eq!((frozen.state(), frozen.basket_version, total(&frozen)), (pb::BasketState::Frozen, 4, 540));
    assert_eq!(why(till.scan(&id, PASTA).await), "BASKET_FROZEN");
    assert_eq!(why(till.set(&id, 1, 2_000).await), "BASKET_FROZEN");
    assert_eq!(why(till.remove(&id, 1).await), "BASKET_FROZEN");
    assert_eq!(why(till.begin(&id, 4).await), "BASKET_FROZEN");
}

#[tokio::test]
async fn an_abandoned_payment_opens_the_basket_again() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[PASTA]).await.basket_id;
    assert_eq!(why(till.abandon(&id).await), "BASKET_NOT_FROZEN");
    till.begin(&id, 2).await.unwrap();
    let open = till.abandon(&id).await.unwrap();
    assert_eq!((open.state(), open.basket_version), (pb::BasketState::Open, 4));
    till.scan(&id, JAM).await.unwrap();
    till.begin(&id, 5).await.unwrap();
}

#[tokio::test]
async fn an_unpaid_basket_can_be_given_up_and_then_nothing_can_be_done_with_it() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let open = till.fill(&[PASTA]).await;
    let frozen = till.freeze(&[PASTA]).await;
    for basket in [open, frozen] {
        let id = &basket.basket_id;
        assert_eq!(till.cancel(id).await.unwrap().state(), pb::BasketState::Cancelled);
        assert_eq!(why(till.scan(id, PASTA).await), "BASKET_CLOSED");
        assert_eq!(why(till.begin(id, 0).await), "INVALID_FIELD");
        assert_eq!(why(till.begin(id, 3).await), "BASKET_CLOSED");
        assert_eq!(why(till.abandon(id).await), "BASKET_CLOSED");
        assert_eq!(why(till.cancel(id).await), "BASKET_CLOSED");
        assert_eq!(why(till.complete(completion(&basket)).await), "BASKET_CLOSED");
    }
    assert_eq!(shop.count("select count(*) from sale").await, 0);
}

#[tokio::test]
async fn an_empty_basket_is_not_paid_and_one_that_costs_nothing_needs_no_card() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    assert_eq!(why(till.begin(&id, 1).await), "BASKET_EMPTY");
    shop.promote(|promotion| promotion.percent_basis_points = 10_000).await;
    let basket = till.scan(&id, PASTA).await.unwrap();
    assert_eq!(total(&basket), 0);
    let ticket = till.pay(&basket).await.unwrap();
    assert_eq!((ticket.total.unwrap().amount_minor, ticket.payments.len(), ticket.sequence), (0, 0, 1));
}
