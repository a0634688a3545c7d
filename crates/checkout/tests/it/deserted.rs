//! Baskets whose machine is gone: their payments are looked after all the same.

use platform::Role;
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, InterventionKind as Kind, TillStage,
    till_service_client::TillServiceClient,
};

use crate::{
    attendance::{answer, deciding, waiting},
    claims::{Machine, TILL, release, silence},
    shop::{Shop, new_id, why},
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
pub async fn began(shop: &Shop) -> (Machine<'_>, pb::Basket) {
    silence(shop).await;
    let mut machine = Machine::new(shop, "here");
    machine.starts().await;
    let frozen = machine.begins(&machine.opens().await.unwrap()).await.unwrap();
    (machine, frozen)
}

/// A machine says what it does, and at which basket.
pub async fn says(shop: &Shop, machine: &Machine<'_>, stage: TillStage, basket_id: &str) {
    let report = pb::ReportTillRequest {
        request_id: new_id(),
        stage: stage.into(),
        generation: machine.generation,
        basket_id: basket_id.to_owned(),
        ..Default::default()
    };
    let mut till = TillServiceClient::new(shop.service.peer(&format!("terminal-{TILL}")));
    assert!(!till.report_till(report).await.unwrap().into_inner().claimed_elsewhere);
}

/// Another machine becomes the till, and says what it does.
async fn replace(shop: &Shop, stages: &[TillStage]) {
    release(shop, "operator").await.unwrap();
    let mut new = Machine::new(shop, "new disk");
    new.starts().await;
    for stage in stages {
        says(shop, &new, *stage, "").await;
    }
}

pub fn paid(waits: &pb::Intervention) -> pb::AnswerInterventionRequest {
    pb::AnswerInterventionRequest { pan_last4: "0674".to_owned(), ..deciding(waits, Decision::Approve) }
}

pub async fn state(shop: &Shop, basket: &pb::Basket) -> pb::BasketState {
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
            // Its machine may still hear of it.
            assert_eq!(state(&shop, &frozen).await, pb::BasketState::Frozen);
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

#[tokio::test]
async fn a_machine_that_dies_before_it_tells_of_its_payment_leaves_it_to_a_person_when_it_is_replaced() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    // It may have told that it asks, or nothing of the basket at all.
    for is_told in [true, false] {
        let (old, frozen) = began(&shop).await;
        if is_told {
            says(&shop, &old, TillStage::Paying, &frozen.basket_id).await;
        }
        replace(&shop, &[TillStage::Starting, TillStage::Idle, TillStage::Idle]).await;
        let waits = waiting(&shop, &attendant).await;
        assert_eq!((waits.len(), waits[0].kind(), waits[0].amount_minor), (1, Kind::PaymentUnknown, 240));
        assert!(waits[0].basket_id == frozen.basket_id && waits[0].asked_time.is_some());
        let made = pb::AnswerInterventionRequest { amount_minor: 240, ..paid(&waits[0]) };
        answer(&shop, &attendant, made).await.unwrap();
        assert_eq!(state(&shop, &frozen).await, pb::BasketState::Paid);
    }
}

#[tokio::test]
async fn a_part_that_a_dead_machine_took_is_taken_as_the_slip_says_and_goes_back() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let (_, frozen) = began(&shop).await;
    replace(&shop, &[TillStage::Idle]).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    assert!(waits.amount_untold && waits.amount_minor == 240);
    let made = |amount_minor| pb::AnswerInterventionRequest { amount_minor, ..paid(&waits) };
    for amount_minor in [0, 241] {
        assert_eq!(why(answer(&shop, &attendant, made(amount_minor)).await), "INVALID_FIELD");
    }
    let part = pb::AnswerInterventionRequest { authorisation: "A00395".to_owned(), ..made(100) };
    assert_eq!(answer(&shop, &attendant, part).await.unwrap().amount_minor, 100);
    let held = shop.till(TILL).get(&frozen.basket_id).await.unwrap().tenders;
    assert_eq!(held.iter().map(|tender| tender.amount_minor).collect::<Vec<_>>(), [100]);
    let waits = waiting(&shop, &attendant).await;
    assert_eq!((waits.len(), waits[0].kind(), waits[0].paid_minor), (1, Kind::GiveBack, 100));
    assert_eq!(state(&shop, &frozen).await, pb::BasketState::Frozen);
    answer(&shop, &attendant, deciding(&waits[0], Decision::Refuse)).await.unwrap();
    assert_eq!(state(&shop, &frozen).await, pb::BasketState::Cancelled);
    assert_eq!(shop.count("select count(*) from sale").await, 0);
}

#[tokio::test]
async fn what_is_held_when_a_machine_dies_goes_back_or_is_sold_although_it_told_nothing() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let (_, frozen) = began(&shop).await;
    shop.till(TILL).take(take(&frozen, by_card(100))).await.unwrap();
    replace(&shop, &[TillStage::Idle]).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    assert_eq!((waits.kind(), waits.amount_minor), (Kind::PaymentUnknown, 140));
    answer(&shop, &attendant, deciding(&waits, Decision::Refuse)).await.unwrap();
    let waits = waiting(&shop, &attendant).await.remove(0);
    assert_eq!((waits.kind(), waits.paid_minor), (Kind::GiveBack, 100));
    answer(&shop, &attendant, deciding(&waits, Decision::Refuse)).await.unwrap();
    assert_eq!(state(&shop, &frozen).await, pb::BasketState::Cancelled);
    // All of it was paid, and only the ticket is missing.
    let (_, frozen) = began(&shop).await;
    shop.till(TILL).take(take(&frozen, by_card(240))).await.unwrap();
    replace(&shop, &[TillStage::Idle]).await;
    assert_eq!(state(&shop, &frozen).await, pb::BasketState::Paid);
    assert!(waiting(&shop, &attendant).await.is_empty());
}

#[tokio::test]
async fn nobody_is_called_to_a_payment_whose_machine_is_the_till() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let (mut machine, frozen) = began(&shop).await;
    // The report is older than the payment, and comes after it.
    says(&shop, &machine, TillStage::Idle, "").await;
    says(&shop, &machine, TillStage::Paying, &frozen.basket_id).await;
    // It starts anew, by a newer generation, and finds its payment in its journal.
    machine.starts().await;
    says(&shop, &machine, TillStage::Starting, "").await;
    says(&shop, &machine, TillStage::Paying, &frozen.basket_id).await;
    assert!(waiting(&shop, &attendant).await.is_empty());
    assert_eq!(state(&shop, &frozen).await, pb::BasketState::Frozen);
}

#[tokio::test]
async fn an_answer_that_a_machine_has_heard_says_nothing_of_what_it_asked_for_since() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    shop.service.clock.set(shop.service.clock.now() + time::Duration::minutes(1));
    let (old, frozen) = began(&shop).await;
    old.stops(&frozen, 240).await;
    let first = waiting(&shop, &attendant).await.remove(0);
    answer(&shop, &attendant, deciding(&first, Decision::Refuse)).await.unwrap();
    // It hears that nothing was paid, and asks again.
    old.stops(&frozen, 240).await;
    says(&shop, &old, TillStage::Paying, &frozen.basket_id).await;
    replace(&shop, &[TillStage::Idle]).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    assert_eq!((waits.kind(), state(&shop, &frozen).await), (Kind::PaymentUnknown, pb::BasketState::Frozen));
    assert_ne!(waits.intervention_id, first.intervention_id);
}

#[tokio::test]
async fn an_answer_from_before_it_was_kept_who_heard_it_ends_no_basket() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    for is_answered in [true, false] {
        shop.service.clock.set(shop.service.clock.now() + time::Duration::minutes(1));
        let (old, frozen) = began(&shop).await;
        if is_answered {
            old.stops(&frozen, 240).await;
            let first = waiting(&shop, &attendant).await.remove(0);
            answer(&shop, &attendant, deciding(&first, Decision::Refuse)).await.unwrap();
            // It hears that nothing was paid, and asks again.
            old.stops(&frozen, 240).await;
            says(&shop, &old, TillStage::Paying, &frozen.basket_id).await;
        }
        let unkept = "update basket set begun_generation = null, told_intervention_id = null";
        sqlx::query(unkept).execute(&shop.service.db.pool).await.unwrap();
        replace(&shop, &[TillStage::Idle]).await;
        let waits = waiting(&shop, &attendant).await;
        assert_eq!((waits.len(), waits[0].kind()), (1, Kind::PaymentUnknown));
        assert_eq!(state(&shop, &frozen).await, pb::BasketState::Frozen);
        // What is said then is heard by no machine, whichever it is by then.
        replace(&shop, &[TillStage::Starting]).await;
        answer(&shop, &attendant, deciding(&waits[0], Decision::Refuse)).await.unwrap();
        replace(&shop, &[TillStage::Idle]).await;
        assert_eq!(state(&shop, &frozen).await, pb::BasketState::Cancelled);
    }
}

#[tokio::test]
async fn a_meal_voucher_whose_machine_is_gone_is_sold_as_one_with_the_shops_slip() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let (old, frozen) = began(&shop).await;
    let stopped = pb::ReportTillRequest {
        request_id: new_id(),
        stage: TillStage::Stopped.into(),
        generation: old.generation,
        basket_id: frozen.basket_id.clone(),
        trouble: Kind::PaymentUnknown.into(),
        amount_minor: 240,
        asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_400, nanos: 0 }),
        attempt_id: new_id(),
        tender_kind: pb::TenderKind::MealVoucher.into(),
        ..Default::default()
    };
    let mut till = TillServiceClient::new(shop.service.peer(&format!("terminal-{TILL}")));
    let told = till.report_till(stopped.clone()).await.unwrap().into_inner();
    let waits = &told.waiting[0];
    assert_eq!((waits.tender_kind(), &waits.attempt_id), (pb::TenderKind::MealVoucher, &stopped.attempt_id));
    replace(&shop, &[TillStage::Idle]).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    answer(&shop, &attendant, paid(&waits)).await.unwrap();
    let sold: pb::SaleCompleted = shop.event("sales.completed").await;
    assert_eq!(sold.payments[0].kind, "meal_voucher");
    let asked = pb::GetCardSlipRequest { sale_id: sold.sale_id, ..Default::default() };
    let slips = shop.client("receipt").get_card_slip(asked).await.unwrap().into_inner().slip_texts;
    let shown =
        ["Le 02/05/2026 à 11:00:00", "############0674", "MONTANT : 2,40 EUR", "ÉTABLI PAR LE MAGASIN"];
    assert!(slips.len() == 1 && shown.iter().all(|line| slips[0].contains(line)), "{slips:?}");
}
