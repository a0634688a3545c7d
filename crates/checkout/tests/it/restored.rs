//! Tills that start from an older copy of their journal: what they do not know of is not opened, and not asked for again.

use platform::Role;
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, InterventionKind as Kind, TillStage,
};
use tonic::Status;

use crate::{
    attendance::{answer, deciding, waiting},
    claims::TILL,
    deserted::{began, paid, says, state},
    shop::{Shop, new_id, why},
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
