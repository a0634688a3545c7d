//! A basket around its payment.

use proto::checkout::v1 as pb;

use crate::{
    shop::{JAM, PASTA, Shop, WINE, new_id, why},
    till::{by_card, completion, give_back, take, total},
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
async fn the_slips_of_payments_that_were_not_made_go_with_that_of_the_one_that_was() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[PASTA]).await.basket_id;
    let contract = "CARTE BANCAIRE\nCONTRAT 4970109876543217\nABANDON DEBIT";
    for (version, slip) in [(2, contract), (4, "CARTE 4970101234567893"), (6, "ABANDON DEBIT 2"), (8, "")] {
        till.begin(&id, version).await.unwrap();
        let request = pb::AbandonPaymentRequest {
            request_id: new_id(),
            basket_id: id.clone(),
            outcome: "REFUSED".to_owned(),
            slip_texts: vec![slip.to_owned()],
            ..Default::default()
        };
        // A slip with a card number is left out, and the basket is open all the same.
        let open = till.client.clone().abandon_payment(request).await.unwrap().into_inner().basket.unwrap();
        assert_eq!(open.state(), pb::BasketState::Open);
    }
    let ticket = till.complete(completion(&till.begin(&id, 10).await.unwrap())).await.unwrap();
    let asked = pb::GetCardSlipRequest { sale_id: ticket.sale_id, ..Default::default() };
    let slips = shop.client("receipt").get_card_slip(asked).await.unwrap().into_inner().slip_texts;
    assert_eq!(slips[..2], [contract, "ABANDON DEBIT 2"]);
    assert!(slips.len() == 3 && slips[2].contains("############6368"), "{slips:?}");
    let entries: String = sqlx::query_scalar("select entries::text from basket")
        .fetch_one(&shop.service.db.pool)
        .await
        .unwrap();
    assert!(entries.contains("ABANDON DEBIT 2") && !entries.contains("4970101234567893"), "{entries}");
    let endless = pb::AbandonPaymentRequest {
        request_id: new_id(),
        basket_id: id,
        outcome: "REFUSED".to_owned(),
        slip_texts: vec!["x".repeat(4_001)],
        ..Default::default()
    };
    assert_eq!(why(till.client.clone().abandon_payment(endless).await), "INVALID_FIELD");
}

#[tokio::test]
async fn the_slips_of_a_refused_second_part_and_of_a_part_that_went_back_go_with_the_ticket() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[WINE]).await;
    let slip = |text: &str| {
        let mut tender = by_card(300);
        tender.card.as_mut().unwrap().slip_text = text.to_owned();
        tender
    };
    let held = till.take(take(&frozen, slip("DEBIT 1"))).await.unwrap();
    let back = till.give_back(give_back(&held, &held.tenders[0].tender_id)).await.unwrap();
    till.take(take(&back, slip("DEBIT 2"))).await.unwrap();
    let told = ["CREDIT", "CARTE 4970101234567893", "ABANDON DEBIT"].map(str::to_owned).to_vec();
    let last = pb::Tender { amount_minor: 500, ..slip("DEBIT 3") };
    let card = last.card.clone().map(|card| pb::CardPayment { amount_minor: 500, ..card });
    let tender = Some(pb::Tender { card, ..last });
    let many = vec!["X".to_owned(); 11];
    let request = pb::CompleteSaleRequest { tender, slip_texts: many, ..completion(&back) };
    assert_eq!(why(till.complete(request.clone()).await), "INVALID_FIELD");
    let ticket = till.complete(pb::CompleteSaleRequest { slip_texts: told, ..request }).await.unwrap();
    let asked = pb::GetCardSlipRequest { sale_id: ticket.sale_id, ..Default::default() };
    let slips = shop.client("receipt").get_card_slip(asked).await.unwrap().into_inner().slip_texts;
    assert_eq!(slips, ["DEBIT 1", "CREDIT", "ABANDON DEBIT", "DEBIT 2", "DEBIT 3"]);
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
