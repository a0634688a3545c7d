//! Tills that start from an older copy of their journal: what they do not know of is not opened, and not asked for again.

use platform::Role;
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, InterventionKind as Kind, TillStage,
    till_service_client::TillServiceClient,
};
use tonic::Status;

use crate::{
    attendance::{answer, deciding, waiting},
    claims::{Machine, TILL},
    deserted::{began, paid, says, state},
    shop::{Shop, new_id, why},
    till::{by_card, take},
};

/// A till that knows of no payment opens the basket again.
async fn thaws(shop: &Shop, basket: &pb::Basket) -> Result<pb::Basket, Status> {
    let request = pb::AbandonPaymentRequest {
        request_id: new_id(),
        basket_id: basket.basket_id.clone(),
        outcome: "ABANDONED".to_owned(),
        never_asked: true,
        ..Default::default()
    };
    Ok(shop.till(TILL).client.clone().abandon_payment(request).await?.into_inner().basket.unwrap())
}

async fn gives_up(shop: &Shop, basket: &pb::Basket, never_asked: bool) -> Result<pb::Basket, Status> {
    let basket_id = basket.basket_id.clone();
    let request =
        pb::CancelBasketRequest { request_id: new_id(), basket_id, never_asked, ..Default::default() };
    Ok(shop.till(TILL).client.clone().cancel_basket(request).await?.into_inner().basket.unwrap())
}

#[tokio::test]
async fn a_restored_till_does_not_open_a_basket_whose_payment_nobody_knows() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    for is_paid in [true, false] {
        let (mut till, frozen) = began(&shop).await;
        till.stops(&frozen, 240).await;
        // An older copy of its journal starts, in which the basket is scanned.
        till.starts().await;
        says(&shop, &till, TillStage::Scanning, &frozen.basket_id).await;
        assert_eq!(why(thaws(&shop, &frozen).await), "BASKET_FROZEN");
        assert_eq!(why(gives_up(&shop, &frozen, true).await), "BASKET_FROZEN");
        let waits = waiting(&shop, &attendant).await;
        assert_eq!((waits.len(), waits[0].kind()), (1, Kind::PaymentUnknown));
        let decided = if is_paid { paid(&waits[0]) } else { deciding(&waits[0], Decision::Refuse) };
        answer(&shop, &attendant, decided).await.unwrap();
        // What was paid is sold, and what was not may be scanned on.
        if is_paid {
            assert_eq!(why(thaws(&shop, &frozen).await), "BASKET_CLOSED");
            assert_eq!(state(&shop, &frozen).await, pb::BasketState::Paid);
        } else {
            assert_eq!(thaws(&shop, &frozen).await.unwrap().state(), pb::BasketState::Open);
        }
    }
}

#[tokio::test]
async fn a_till_that_settled_its_payment_itself_opens_its_basket_and_gives_it_up() {
    let shop = Shop::open().await;
    for opens in [true, false] {
        let (till, frozen) = began(&shop).await;
        till.stops(&frozen, 240).await;
        if opens {
            shop.till(TILL).abandon(&frozen.basket_id).await.unwrap();
        }
        // Where it is open the till has heard that nothing was taken, whatever still waits.
        let given_up = gives_up(&shop, &frozen, opens).await.unwrap();
        assert_eq!(given_up.state(), pb::BasketState::Cancelled);
    }
}

/// What a till is told that finds out where it stood with a basket.
async fn told_at_its_start(
    shop: &Shop,
    machine: &Machine<'_>,
    basket: &pb::Basket,
) -> Option<pb::Intervention> {
    let report = pb::ReportTillRequest {
        request_id: new_id(),
        stage: TillStage::Starting.into(),
        generation: machine.generation,
        basket_id: basket.basket_id.clone(),
        ..Default::default()
    };
    let mut till = TillServiceClient::new(shop.service.peer(&format!("terminal-{TILL}")));
    till.report_till(report).await.unwrap().into_inner().settlement
}

#[tokio::test]
async fn a_till_that_starts_is_told_what_was_found_to_be_paid_while_no_machine_heard_of_it_and_nothing_moves()
{
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    for is_paid in [false, true] {
        let (mut till, frozen) = began(&shop).await;
        till.stops(&frozen, 240).await;
        till.starts().await;
        assert_eq!(told_at_its_start(&shop, &till, &frozen).await, None);
        let waits = waiting(&shop, &attendant).await.remove(0);
        let decided = if is_paid { paid(&waits) } else { deciding(&waits, Decision::Refuse) };
        answer(&shop, &attendant, decided).await.unwrap();
        let told = told_at_its_start(&shop, &till, &frozen).await;
        assert_eq!(state(&shop, &frozen).await, pb::BasketState::Frozen);
        let found = told.map(|told| (told.kind(), told.decision(), told.intervention_id, told.amount_minor));
        let is_it = (Kind::PaymentUnknown, Decision::Approve, waits.intervention_id.clone(), 240);
        assert_eq!(found, is_paid.then_some(is_it));
        // Once it is there the till knows it.
        if is_paid {
            let tender = pb::Tender { tender_id: waits.intervention_id, ..by_card(240) };
            shop.till(TILL).take(take(&frozen, tender)).await.unwrap();
            assert_eq!(told_at_its_start(&shop, &till, &frozen).await, None);
        }
    }
}
