//! Baskets whose machine is gone: their payments are looked after all the same.

use platform::Role;
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, InterventionKind as Kind, TillStage,
    till_service_client::TillServiceClient,
};

use crate::{
    attendance::{answer, deciding, waiting},
    claims::{Machine, TILL, release, silence},
    shop::{Shop, new_id},
    till::{by_card, take},
};

/// A basket of 2.40 whose payment nobody knows, of which `held` is held, and whose machine was replaced.
async fn deserted(shop: &Shop, held: Option<pb::Tender>) -> pb::Basket {
    silence(shop).await;
    let mut old = Machine::new(shop, "here");
    old.starts().await;
    let mut frozen = old.begins(&old.opens().await.unwrap()).await.unwrap();
    if let Some(tender) = held {
        frozen = shop.till(TILL).take(take(&frozen, tender)).await.unwrap();
    }
    old.stops(&frozen, frozen.due_minor).await;
    release(shop, "operator").await.unwrap();
    let mut new = Machine::new(shop, "new disk");
    new.starts().await;
    new.reports(&[]).await;
    frozen
}

#[tokio::test]
async fn an_unknown_payment_outlives_its_machine_and_the_answer_to_it_is_the_sale_or_ends_the_basket() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let frozen = deserted(&shop, None).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    let made = pb::AnswerInterventionRequest {
        authorisation: "A00395".to_owned(),
        brand: "CB".to_owned(),
        amount_minor: 240,
        pan_last4: "0674".to_owned(),
        ..deciding(&waits, Decision::Approve)
    };
    answer(&shop, &attendant, made).await.unwrap();
    let told: pb::SaleCompleted = shop.event("sales.completed").await;
    assert_eq!((told.basket_id.as_str(), told.payments.len()), (frozen.basket_id.as_str(), 1));
    assert_eq!(shop.till(TILL).get(&frozen.basket_id).await.unwrap().state(), pb::BasketState::Paid);
    assert!(waiting(&shop, &attendant).await.is_empty());
    let frozen = deserted(&shop, None).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    answer(&shop, &attendant, deciding(&waits, Decision::Refuse)).await.unwrap();
    assert_eq!(shop.till(TILL).get(&frozen.basket_id).await.unwrap().state(), pb::BasketState::Cancelled);
    assert_eq!(shop.count("select count(*) from sale").await, 1);
}

#[tokio::test]
async fn a_card_that_is_held_for_a_basket_whose_machine_is_gone_is_given_back_by_a_person_first() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let frozen = deserted(&shop, Some(by_card(100))).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    answer(&shop, &attendant, deciding(&waits, Decision::Refuse)).await.unwrap();
    let waits = waiting(&shop, &attendant).await;
    assert_eq!((waits.len(), waits[0].kind(), waits[0].paid_minor), (1, Kind::GiveBack, 100));
    assert_eq!(shop.till(TILL).get(&frozen.basket_id).await.unwrap().state(), pb::BasketState::Frozen);
    answer(&shop, &attendant, deciding(&waits[0], Decision::Refuse)).await.unwrap();
    assert_eq!(shop.till(TILL).get(&frozen.basket_id).await.unwrap().state(), pb::BasketState::Cancelled);
    assert!(waiting(&shop, &attendant).await.is_empty());
}

#[tokio::test]
async fn what_a_person_gives_back_after_a_machine_is_gone_is_the_tender_that_it_owed_and_nothing_is_given_twice()
 {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    for is_named in [true, false] {
        // Held, what of the last one is owed, and what waits for a person then.
        for (held, owed, waits_after) in
            [(vec![60, 100], 100, Some(60)), (vec![60, 100], 40, Some(60)), (vec![100], 40, None)]
        {
            silence(&shop).await;
            let mut old = Machine::new(&shop, "here");
            old.starts().await;
            let mut frozen = old.begins(&old.opens().await.unwrap()).await.unwrap();
            for amount in &held {
                frozen = shop.till(TILL).take(take(&frozen, by_card(*amount))).await.unwrap();
            }
            old.owes(&frozen, frozen.tenders.last().unwrap(), owed, is_named).await;
            release(&shop, "operator").await.unwrap();
            let mut new = Machine::new(&shop, "new disk");
            new.starts().await;
            new.reports(&[]).await;
            let waits = waiting(&shop, &attendant).await;
            assert_eq!((waits.len(), waits[0].paid_minor), (1, owed));
            answer(&shop, &attendant, deciding(&waits[0], Decision::Refuse)).await.unwrap();
            let waits = waiting(&shop, &attendant).await;
            let still: Vec<i64> = waits.iter().map(|waits| waits.paid_minor).collect();
            assert_eq!(still, Vec::from_iter(waits_after), "{held:?}, {owed} owed, named: {is_named}");
            if let Some(waits) = waits.first() {
                let tenders = shop.till(TILL).get(&frozen.basket_id).await.unwrap().tenders;
                let held: Vec<i64> = tenders.iter().map(|tender| tender.amount_minor).collect();
                assert_eq!(held, [60]);
                answer(&shop, &attendant, deciding(waits, Decision::Refuse)).await.unwrap();
            }
            let ended = shop.till(TILL).get(&frozen.basket_id).await.unwrap();
            assert_eq!(ended.state(), pb::BasketState::Cancelled);
            assert!(waiting(&shop, &attendant).await.is_empty());
        }
    }
}

/// A machine that is the till, with a basket of 2.40 whose payment it has begun.
async fn began(shop: &Shop) -> (Machine<'_>, pb::Basket) {
    silence(shop).await;
    let mut machine = Machine::new(shop, "here");
    machine.starts().await;
    let frozen = machine.begins(&machine.opens().await.unwrap()).await.unwrap();
    (machine, frozen)
}

/// Another machine becomes the till, and says what it does.
async fn replace(shop: &Shop, stages: &[TillStage]) {
    release(shop, "operator").await.unwrap();
    let mut new = Machine::new(shop, "new disk");
    new.starts().await;
    for stage in stages {
        let report = pb::ReportTillRequest {
            request_id: new_id(),
            stage: (*stage).into(),
            generation: new.generation,
            ..Default::default()
        };
        let mut till = TillServiceClient::new(shop.service.peer(&format!("terminal-{TILL}")));
        assert!(!till.report_till(report).await.unwrap().into_inner().claimed_elsewhere);
    }
}

fn paid(waits: &pb::Intervention) -> pb::AnswerInterventionRequest {
    pb::AnswerInterventionRequest { pan_last4: "0674".to_owned(), ..deciding(waits, Decision::Approve) }
}

async fn state(shop: &Shop, basket: &pb::Basket) -> pb::BasketState {
    shop.till(TILL).get(&basket.basket_id).await.unwrap().state()
}

#[tokio::test]
async fn an_answer_that_was_given_before_the_machine_was_replaced_is_the_sale_or_ends_the_basket() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    for (is_paid, state_then) in [(true, pb::BasketState::Paid), (false, pb::BasketState::Cancelled)] {
        for stages in [&[TillStage::Idle][..], &[TillStage::Starting, TillStage::Idle][..]] {
            let (old, frozen) = began(&shop).await;
            old.stops(&frozen, 240).await;
            let waits = waiting(&shop, &attendant).await.remove(0);
            let decided = if is_paid { paid(&waits) } else { deciding(&waits, Decision::Refuse) };
            answer(&shop, &attendant, decided).await.unwrap();
            assert_eq!(state(&shop, &frozen).await, pb::BasketState::Frozen, "its machine may still hear of it");
            replace(&shop, stages).await;
            assert_eq!(state(&shop, &frozen).await, state_then);
            assert!(waiting(&shop, &attendant).await.is_empty());
        }
    }
    assert_eq!(shop.count("select count(*) from sale").await, 2);
}

#[tokio::test]
async fn an_answer_that_falls_while_the_new_machine_starts_is_carried_out_when_it_has() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let (old, frozen) = began(&shop).await;
    old.stops(&frozen, 240).await;
    replace(&shop, &[TillStage::Starting]).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    answer(&shop, &attendant, paid(&waits)).await.unwrap();
    assert_eq!(state(&shop, &frozen).await, pb::BasketState::Frozen);
    replace(&shop, &[TillStage::Idle]).await;
    assert_eq!(state(&shop, &frozen).await, pb::BasketState::Paid);
}
