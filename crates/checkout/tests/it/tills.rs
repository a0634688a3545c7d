//! What tills say of themselves, and what they learn from the answer.

use futures::StreamExt;
use platform::{Role, Staff};
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, InterventionKind as Kind, TillStage,
    attendance_service_client::AttendanceServiceClient, till_service_client::TillServiceClient,
};
use tonic::{Request, Status};

use crate::{
    attendance::{answer, deciding, tills, waiting},
    shop::{PASTA, SPIRIT, Shop, new_id, why},
};

pub fn at(stage: TillStage, basket_id: &str) -> pb::ReportTillRequest {
    pb::ReportTillRequest {
        request_id: new_id(),
        stage: stage.into(),
        basket_id: basket_id.to_owned(),
        ..Default::default()
    }
}

pub async fn report(shop: &Shop, code: &str, report: pb::ReportTillRequest) -> pb::ReportTillResponse {
    let peer = shop.service.peer(&format!("terminal-{code}"));
    TillServiceClient::new(peer).report_till(report).await.unwrap().into_inner()
}

async fn call(shop: &Shop, code: &str, basket_id: &str) -> pb::Intervention {
    let request = pb::CallAttendantRequest { request_id: new_id(), basket_id: basket_id.to_owned() };
    let peer = shop.service.peer(&format!("terminal-{code}"));
    let answer = TillServiceClient::new(peer).call_attendant(request).await.unwrap();
    answer.into_inner().intervention.unwrap()
}

pub async fn lock(shop: &Shop, staff: &Staff, code: &str, locked: bool) -> Result<pb::TillState, Status> {
    let request = pb::LockTillRequest { request_id: new_id(), terminal_code: code.to_owned(), locked };
    let request = shop.service.as_staff(staff, Request::new(request));
    let mut client = AttendanceServiceClient::new(shop.service.peer("portal"));
    Ok(client.lock_till(request).await?.into_inner().till.unwrap())
}

#[tokio::test]
async fn the_tills_of_a_store_are_listed_with_what_each_is_doing() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    report(&shop, "LILLE-02", at(TillStage::Idle, "")).await;
    let basket = shop.till("LILLE-03").fill(&[PASTA]).await;
    let told = report(&shop, "LILLE-03", at(TillStage::Scanning, &basket.basket_id)).await;
    assert_eq!((told.locked, told.basket_version, told.waiting.len()), (false, 2, 0));
    let seen = tills(&shop, &attendant).await;
    assert_eq!(seen.len(), 8);
    let stages: Vec<TillStage> = seen.iter().map(pb::TillState::stage).take(3).collect();
    assert_eq!(stages, [TillStage::Unspecified, TillStage::Idle, TillStage::Scanning]);
    assert!(seen[0].reported_time.is_none() && seen[1].reported_time.is_some() && !seen[1].silent);
    // By pages too.
    let page = pb::ListTillsRequest { page_size: 3, page_token: "LILLE-06".to_owned() };
    let request = shop.service.as_staff(&attendant, Request::new(page));
    let mut client = AttendanceServiceClient::new(shop.service.peer("portal"));
    let page = client.list_tills(request).await.unwrap().into_inner();
    assert_eq!((page.tills.len(), page.next_page_token.as_str()), (2, ""));
}

#[tokio::test]
async fn a_call_for_help_waits_once_and_is_answered_or_taken_back() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let first = call(&shop, "LILLE-01", "").await;
    let second = call(&shop, "LILLE-01", "").await;
    assert_eq!(first.intervention_id, second.intervention_id);
    let told = report(&shop, "LILLE-01", at(TillStage::Idle, "")).await;
    assert_eq!(told.waiting[0].kind(), Kind::Help);
    answer(&shop, &attendant, deciding(&first, Decision::Done)).await.unwrap();
    assert!(report(&shop, "LILLE-01", at(TillStage::Idle, "")).await.waiting.is_empty());
    let again = call(&shop, "LILLE-01", "").await;
    let withdrawal =
        pb::WithdrawCallRequest { request_id: new_id(), intervention_id: again.intervention_id.clone() };
    // Not by another till.
    let mut stranger = TillServiceClient::new(shop.service.peer("terminal-LILLE-02"));
    assert_eq!(why(stranger.withdraw_call(withdrawal.clone()).await), "NOT_FOUND");
    let mut own = TillServiceClient::new(shop.service.peer("terminal-LILLE-01"));
    let over = own.withdraw_call(withdrawal).await.unwrap().into_inner().intervention.unwrap();
    assert_eq!(over.decision(), Decision::Withdrawn);
    assert!(waiting(&shop, &attendant).await.is_empty());
    assert_eq!(why(answer(&shop, &attendant, deciding(&again, Decision::Done)).await), "ANSWERED_ALREADY");
}

#[tokio::test]
async fn an_unknown_payment_is_raised_once_and_settled_for_the_till_that_asks() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let frozen = shop.till("LILLE-01").freeze(&[PASTA]).await;
    let stopped = || pb::ReportTillRequest {
        trouble: Kind::PaymentUnknown.into(),
        amount_minor: 240,
        asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_400, nanos: 0 }),
        ..at(TillStage::Stopped, &frozen.basket_id)
    };
    report(&shop, "LILLE-01", stopped()).await;
    assert!(report(&shop, "LILLE-01", stopped()).await.settlement.is_none());
    let waits = waiting(&shop, &attendant).await;
    assert_eq!(waits.len(), 1);
    assert_eq!((waits[0].kind(), waits[0].amount_minor), (Kind::PaymentUnknown, 240));
    assert_eq!(waits[0].asked_time.unwrap().seconds, 1_777_712_400);
    let paid = pb::AnswerInterventionRequest {
        pan_last4: "6368".to_owned(),
        ..deciding(&waits[0], Decision::Approve)
    };
    answer(&shop, &attendant, paid).await.unwrap();
    let told = report(&shop, "LILLE-01", stopped()).await;
    let settlement = told.settlement.unwrap();
    assert_eq!((settlement.decision(), settlement.pan_last4.as_str()), (Decision::Approve, "6368"));
    assert!(told.waiting.is_empty());
    // The till's own settlement ends the wait as well.
    let again = pb::ReportTillRequest {
        asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_460, nanos: 0 }),
        ..stopped()
    };
    assert!(report(&shop, "LILLE-01", again).await.settlement.is_none());
    assert_eq!(waiting(&shop, &attendant).await.len(), 1);
    shop.till("LILLE-01").abandon(&frozen.basket_id).await.unwrap();
    report(&shop, "LILLE-01", at(TillStage::Scanning, &frozen.basket_id)).await;
    assert!(waiting(&shop, &attendant).await.is_empty());
}

#[tokio::test]
async fn the_answer_to_an_unknown_payment_does_not_settle_the_sale_that_was_refused_after_it() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let frozen = shop.till("LILLE-01").freeze(&[PASTA]).await;
    let stopped = |trouble: Kind| pb::ReportTillRequest {
        trouble: trouble.into(),
        amount_minor: 240,
        asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_400, nanos: 0 }),
        ..at(TillStage::Stopped, &frozen.basket_id)
    };
    report(&shop, "LILLE-01", stopped(Kind::PaymentUnknown)).await;
    let unknown = waiting(&shop, &attendant).await.remove(0);
    answer(&shop, &attendant, deciding(&unknown, Decision::Refuse)).await.unwrap();
    // The card terminal says after all that the shopper paid, and there is no basket any more that could be sold.
    assert!(report(&shop, "LILLE-01", stopped(Kind::SaleRefused)).await.settlement.is_none());
    let refused = waiting(&shop, &attendant).await.remove(0);
    assert_eq!(refused.kind(), Kind::SaleRefused);
    answer(&shop, &attendant, deciding(&refused, Decision::Refuse)).await.unwrap();
    let settlement = report(&shop, "LILLE-01", stopped(Kind::SaleRefused)).await.settlement.unwrap();
    assert_eq!(settlement.intervention_id, refused.intervention_id);
}

#[tokio::test]
async fn what_a_till_notes_waits_for_a_person_while_it_goes_on_and_is_settled_once() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let note = |kind: Kind| pb::TillNote {
        note_id: new_id(),
        kind: kind.into(),
        amount_minor: 240,
        paid_minor: 240,
        noted_time: Some(prost_types::Timestamp { seconds: 1_777_712_400, nanos: 0 }),
        ..Default::default()
    };
    let (late, slip) = (note(Kind::LateAnswer), note(Kind::SlipRefused));
    let noting = |stage: TillStage, notes: &[&pb::TillNote]| pb::ReportTillRequest {
        notes: notes.iter().copied().cloned().collect(),
        ..at(stage, "")
    };
    for stage in [TillStage::Scanning, TillStage::Idle] {
        let told = report(&shop, "LILLE-01", noting(stage, &[&late, &slip])).await;
        assert_eq!((told.waiting.len(), told.settled_note_ids.len()), (2, 0));
    }
    // A till that starts has not read its notes yet.
    report(&shop, "LILLE-01", noting(TillStage::Starting, &[])).await;
    let waits = waiting(&shop, &attendant).await;
    let found = waits.iter().find(|waits| waits.kind() == Kind::LateAnswer).unwrap();
    assert_eq!((waits.len(), found.amount_minor, found.paid_minor), (2, 240, 240));
    let refused = answer(&shop, &attendant, deciding(found, Decision::Refuse)).await;
    assert_eq!(why(refused), "NOT_AN_ANSWER");
    answer(&shop, &attendant, deciding(found, Decision::Done)).await.unwrap();
    for _ in 0..2 {
        let told = report(&shop, "LILLE-01", noting(TillStage::Idle, &[&late, &slip])).await;
        assert_eq!((told.settled_note_ids, told.waiting.len()), (vec![late.note_id.clone()], 1));
    }
    // Another till's notes are its own, and what a till says no more is over.
    assert!(report(&shop, "LILLE-02", noting(TillStage::Idle, &[&late])).await.settled_note_ids.is_empty());
    report(&shop, "LILLE-01", noting(TillStage::Idle, &[])).await;
    report(&shop, "LILLE-02", noting(TillStage::Idle, &[])).await;
    assert!(waiting(&shop, &attendant).await.is_empty());
    let wrong = noting(TillStage::Idle, &[&note(Kind::Help)]);
    let mut till = TillServiceClient::new(shop.service.peer("terminal-LILLE-01"));
    assert_eq!(why(till.report_till(wrong).await), "INVALID_FIELD");
}

#[tokio::test]
async fn money_that_has_to_go_back_is_settled_as_given_back_and_as_nothing_else() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let frozen = shop.till("LILLE-01").freeze(&[PASTA]).await;
    let stopped = || pb::ReportTillRequest {
        trouble: Kind::GiveBack.into(),
        amount_minor: 240,
        paid_minor: 100,
        asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_400, nanos: 0 }),
        ..at(TillStage::Stopped, &frozen.basket_id)
    };
    report(&shop, "LILLE-01", stopped()).await;
    let waits = waiting(&shop, &attendant).await;
    assert_eq!((waits[0].kind(), waits[0].paid_minor), (Kind::GiveBack, 100));
    let approved = answer(&shop, &attendant, deciding(&waits[0], Decision::Approve)).await;
    assert_eq!(why(approved), "NOT_AN_ANSWER");
    answer(&shop, &attendant, deciding(&waits[0], Decision::Refuse)).await.unwrap();
    let told = report(&shop, "LILLE-01", stopped()).await;
    assert_eq!(told.settlement.unwrap().decision(), Decision::Refuse);
}

#[tokio::test]
async fn the_merchants_slip_settles_a_payment_with_its_authorisation_when_its_amount_is_the_one_asked() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let frozen = shop.till("LILLE-01").freeze(&[PASTA]).await;
    let stopped = pb::ReportTillRequest {
        trouble: Kind::PaymentUnknown.into(),
        amount_minor: 240,
        asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_400, nanos: 0 }),
        ..at(TillStage::Stopped, &frozen.basket_id)
    };
    report(&shop, "LILLE-01", stopped.clone()).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    let slip = || pb::AnswerInterventionRequest {
        pan_last4: "0674".to_owned(),
        authorisation: "a00395".to_owned(),
        brand: "visa".to_owned(),
        amount_minor: 240,
        ..deciding(&waits, Decision::Approve)
    };
    for (wrong, field) in [
        (pb::AnswerInterventionRequest { amount_minor: 241, ..slip() }, "amount_minor"),
        (pb::AnswerInterventionRequest { amount_minor: 0, ..slip() }, "amount_minor"),
        (pb::AnswerInterventionRequest { pan_last4: String::new(), ..slip() }, "pan_last4"),
        (
            pb::AnswerInterventionRequest { authorisation: "4970101234567893".to_owned(), ..slip() },
            "authorisation",
        ),
        (pb::AnswerInterventionRequest { authorisation: "12 34".to_owned(), ..slip() }, "authorisation"),
        (pb::AnswerInterventionRequest { brand: "Nobody".to_owned(), ..slip() }, "brand"),
    ] {
        let refused = answer(&shop, &attendant, wrong).await.unwrap_err();
        assert_eq!(platform::status::field(&refused).as_deref(), Some(field), "{refused}");
        assert!(!refused.message().contains("4970"));
    }
    answer(&shop, &attendant, slip()).await.unwrap();
    let settlement = report(&shop, "LILLE-01", stopped).await.settlement.unwrap();
    assert_eq!((settlement.authorisation.as_str(), settlement.brand.as_str()), ("A00395", "Visa"));
    assert_eq!(settlement.proof(), pb::PaymentProof::MerchantSlip);
}

#[tokio::test]
async fn a_locked_till_lets_its_shopper_finish_and_takes_no_next() {
    let shop = Shop::open().await;
    let (till, manager) = (shop.till("LILLE-01"), shop.staff(Role::Manager, "LILLE"));
    let basket = till.fill(&[PASTA]).await;
    assert!(lock(&shop, &manager, "LILLE-01", true).await.unwrap().locked);
    assert!(report(&shop, "LILLE-01", at(TillStage::Scanning, &basket.basket_id)).await.locked);
    let basket = till.scan(&basket.basket_id, PASTA).await.unwrap();
    till.pay(&basket).await.unwrap();
    let open = pb::OpenBasketRequest { request_id: new_id(), ..Default::default() };
    assert_eq!(why(till.client.clone().open_basket(open.clone()).await), "TILL_LOCKED");
    assert!(!lock(&shop, &manager, "LILLE-01", false).await.unwrap().locked);
    till.client.clone().open_basket(open).await.unwrap();
    // Nobody locks the tills of another store, nor one that is not there.
    let stranger = shop.staff(Role::Manager, "ARRAS");
    assert_eq!(why(lock(&shop, &stranger, "LILLE-01", true).await), "NOT_FOUND");
    assert_eq!(why(lock(&shop, &manager, "LILLE-99", true).await), "NOT_FOUND");
    let request =
        pb::LockTillRequest { request_id: new_id(), terminal_code: "ARRAS-01".into(), locked: true };
    let mut operator = AttendanceServiceClient::new(shop.service.peer("operator"));
    assert!(operator.lock_till(request).await.unwrap().into_inner().till.unwrap().locked);
}

#[tokio::test]
async fn a_called_attendant_sees_the_till_on_the_other_replica() {
    let shop = Shop::open().await;
    let other = shop.service.another();
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let request = shop.service.as_staff(&attendant, Request::new(pb::WatchTillsRequest {}));
    let mut client = AttendanceServiceClient::new(shop.service.peer_of(&other, "portal"));
    let mut told = client.watch_tills(request).await.unwrap().into_inner();
    let seen = told.next().await.unwrap().unwrap();
    assert_eq!((seen.tills.len(), seen.tills[0].waiting.len()), (8, 0));
    call(&shop, "LILLE-01", "").await;
    let seen = told.next().await.unwrap().unwrap();
    assert_eq!(seen.tills[0].waiting[0].kind(), Kind::Help);
    shop.till("LILLE-02").fill(&[SPIRIT]).await;
    let seen = told.next().await.unwrap().unwrap();
    assert_eq!(seen.tills[1].waiting[0].kind(), Kind::Approval);
    other.stop().await;
}
