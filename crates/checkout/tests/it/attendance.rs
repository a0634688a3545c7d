//! What waits at a till for a person, and that a person decides it once.

use futures::future::join_all;
use platform::{Role, Staff};
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, InterventionKind as Kind,
    attendance_service_client::AttendanceServiceClient, till_service_client::TillServiceClient,
};
use time::Duration;
use tonic::{Request, Status};

use crate::{
    shop::{JAM, LOTTERY, PASTA, SPIRIT, Shop, UNKNOWN, new_id, why},
    till::{by_card, take},
};

pub async fn tills(shop: &Shop, staff: &Staff) -> Vec<pb::TillState> {
    let request = shop.service.as_staff(staff, Request::new(pb::ListTillsRequest::default()));
    let mut client = AttendanceServiceClient::new(shop.service.peer("portal"));
    client.list_tills(request).await.unwrap().into_inner().tills
}

/// What waits in the store of somebody.
pub async fn waiting(shop: &Shop, staff: &Staff) -> Vec<pb::Intervention> {
    tills(shop, staff).await.into_iter().flat_map(|till| till.waiting).collect()
}

pub fn deciding(waits: &pb::Intervention, decision: Decision) -> pb::AnswerInterventionRequest {
    pb::AnswerInterventionRequest {
        request_id: new_id(),
        intervention_id: waits.intervention_id.clone(),
        decision: decision.into(),
        minimum_age: waits.minimum_age,
        ..Default::default()
    }
}

pub async fn answer(
    shop: &Shop,
    staff: &Staff,
    request: pb::AnswerInterventionRequest,
) -> Result<pb::Intervention, Status> {
    let request = shop.service.as_staff(staff, Request::new(request));
    let mut client = AttendanceServiceClient::new(shop.service.peer("portal"));
    Ok(client.answer_intervention(request).await?.into_inner().intervention.unwrap())
}

#[tokio::test]
async fn an_age_restricted_basket_is_scanned_freely_and_paid_only_after_a_signed_in_attendant_approved() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let basket = till.fill(&[PASTA, SPIRIT]).await;
    assert_eq!((basket.lines.len(), basket.approval_age, basket.approved_age), (2, 18, 0));
    let begun = till.begin(&basket.basket_id, basket.basket_version).await;
    assert_eq!(why(begun), "APPROVAL_NEEDED");
    // It waited since the scan already, and is told once.
    let waits = waiting(&shop, &attendant).await;
    assert_eq!(waits.len(), 1);
    assert_eq!((waits[0].kind(), waits[0].minimum_age), (Kind::Approval, 18));
    assert_eq!(waits[0].born_until, "2008-05-02");
    answer(&shop, &attendant, deciding(&waits[0], Decision::Approve)).await.unwrap();
    let basket = till.get(&basket.basket_id).await.unwrap();
    assert_eq!((basket.approval_age, basket.approved_age), (0, 18));
    // One approval covers the basket.
    let basket = till.scan(&basket.basket_id, LOTTERY).await.unwrap();
    assert!(waiting(&shop, &attendant).await.is_empty());
    assert_eq!(till.pay(&basket).await.unwrap().total.unwrap().amount_minor, 240 + 1_900 + 200);
}

#[tokio::test]
async fn nobody_approves_an_age_that_was_not_read() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let basket = till.fill(&[LOTTERY]).await;
    let read = waiting(&shop, &attendant).await.remove(0);
    assert_eq!(read.minimum_age, 16);
    till.scan(&basket.basket_id, SPIRIT).await.unwrap();
    assert_eq!(why(answer(&shop, &attendant, deciding(&read, Decision::Approve)).await), "AGE_RAISED");
    let waits = waiting(&shop, &attendant).await.remove(0);
    assert_eq!((waits.intervention_id.as_str(), waits.minimum_age), (read.intervention_id.as_str(), 18));
    answer(&shop, &attendant, deciding(&waits, Decision::Approve)).await.unwrap();
    assert_eq!(till.get(&basket.basket_id).await.unwrap().approved_age, 18);
}

#[tokio::test]
async fn refused_goods_are_taken_out_and_the_others_are_paid() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let basket = till.fill(&[LOTTERY, PASTA, SPIRIT]).await;
    let waits = waiting(&shop, &attendant).await;
    assert_eq!(waits.iter().map(|waits| waits.minimum_age).collect::<Vec<_>>(), [18]);
    answer(&shop, &attendant, deciding(&waits[0], Decision::Refuse)).await.unwrap();
    let basket = till.get(&basket.basket_id).await.unwrap();
    assert_eq!((basket.lines.len(), basket.approval_age), (1, 0));
    assert_eq!(till.pay(&basket).await.unwrap().lines[0].name, "Coquillettes");
    // A till that takes the goods out itself needs nobody any more.
    let basket = till.fill(&[SPIRIT, JAM]).await;
    assert_eq!(waiting(&shop, &attendant).await.len(), 1);
    till.remove(&basket.basket_id, 1).await.unwrap();
    assert!(waiting(&shop, &attendant).await.is_empty());
}

#[tokio::test]
async fn who_approved_and_when_is_kept_and_nothing_of_the_shopper() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let card = shop.card(1).await;
    let basket = till.open().await;
    till.identify(&basket.basket_id, &card).await.unwrap();
    till.scan(&basket.basket_id, SPIRIT).await.unwrap();
    let waits = waiting(&shop, &attendant).await.remove(0);
    shop.service.clock.set(shop.service.clock.now() + Duration::milliseconds(35_500));
    let answered = answer(&shop, &attendant, deciding(&waits, Decision::Approve)).await.unwrap();
    assert_eq!(answered.answered_time.unwrap().seconds - answered.raised_time.unwrap().seconds, 35);
    let kept: (String, String, String) = sqlx::query_as(
        "select answered_by::text, decision, (intervention.*)::text from intervention where answered_time is not null",
    )
    .fetch_one(&shop.service.db.pool)
    .await
    .unwrap();
    assert_eq!((kept.0.as_str(), kept.1.as_str()), (attendant.staff_id.as_str(), "approve"));
    let member: String = sqlx::query_scalar("select member_id::text from member_card")
        .fetch_one(&shop.service.db.pool)
        .await
        .unwrap();
    assert!(!kept.2.contains(&card) && !kept.2.contains(&member), "{}", kept.2);
    let entries: String = sqlx::query_scalar("select entries::text from basket")
        .fetch_one(&shop.service.db.pool)
        .await
        .unwrap();
    assert!(entries.contains(&attendant.staff_id) && entries.contains("\"approve\""), "{entries}");
    // Nothing of it is changed afterwards, by nobody.
    let rewritten = sqlx::query("update intervention set decision = 'refuse'").execute(&shop.service.db.pool);
    assert!(rewritten.await.unwrap_err().to_string().contains("recorded once"));
}

#[tokio::test]
async fn the_wait_for_an_attendant_is_measured_from_the_call_to_the_answer() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    till.fill(&[SPIRIT]).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    shop.service.clock.set(shop.service.clock.now() + Duration::milliseconds(35_500));
    answer(&shop, &attendant, deciding(&waits, Decision::Approve)).await.unwrap();
    let told: pb::TillAttended = shop.event("sales.attended").await;
    assert_eq!((told.kind.as_str(), told.decision.as_str(), told.waited_ms), ("approval", "approve", 35_500));
    assert_eq!((told.store_code.as_str(), told.terminal_code.as_str()), ("LILLE", "LILLE-01"));
    let payload = serde_json::to_string(&told).unwrap();
    assert!(!payload.contains(&attendant.staff_id), "{payload}");
}

#[tokio::test]
async fn an_attendant_of_another_store_neither_sees_nor_answers() {
    let shop = Shop::open().await;
    let (attendant, stranger) = (shop.staff(Role::Attendant, "LILLE"), shop.staff(Role::Manager, "ARRAS"));
    shop.till("LILLE-01").fill(&[SPIRIT]).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    let seen = tills(&shop, &stranger).await;
    assert_eq!(seen.iter().map(|till| till.terminal_code.as_str()).collect::<Vec<_>>(), ["ARRAS-01"]);
    assert!(seen[0].waiting.is_empty());
    assert_eq!(why(answer(&shop, &stranger, deciding(&waits, Decision::Approve)).await), "NOT_FOUND");
    assert_eq!(waiting(&shop, &attendant).await.len(), 1);
}

#[tokio::test]
async fn two_who_answer_at_once_answer_once() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    till.fill(&[SPIRIT]).await;
    let staff: Vec<Staff> = (0..8).map(|_| shop.staff(Role::Attendant, "LILLE")).collect();
    let waits = waiting(&shop, &staff[0]).await.remove(0);
    let answers = join_all(staff.iter().enumerate().map(|(place, staff)| {
        let decision = if place % 2 == 0 { Decision::Approve } else { Decision::Refuse };
        answer(&shop, staff, deciding(&waits, decision))
    }))
    .await;
    let (first, late): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(first.len(), 1);
    assert!(late.into_iter().all(|answer| why(answer) == "ANSWERED_ALREADY"));
    let edits = shop.count("select jsonb_array_length(entries)::bigint from basket").await;
    assert_eq!(edits, 2);
}

#[tokio::test]
async fn an_answer_sent_twice_is_one_and_its_id_stands_for_no_other() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    shop.till("LILLE-01").fill(&[SPIRIT]).await;
    let waits = waiting(&shop, &attendant).await.remove(0);
    let request = deciding(&waits, Decision::Approve);
    let first = answer(&shop, &attendant, request.clone()).await.unwrap();
    assert_eq!(answer(&shop, &attendant, request.clone()).await.unwrap(), first);
    let other = pb::AnswerInterventionRequest { decision: Decision::Refuse.into(), ..request };
    assert_eq!(why(answer(&shop, &attendant, other).await), "REQUEST_ID_REUSED");
    assert_eq!(shop.count("select count(*) from outbox where type = 'sales.attended'").await, 1);
}

#[tokio::test]
async fn an_unknown_code_is_resolved_or_set_aside_by_a_person_of_the_store() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Desk, "LILLE"));
    let basket = till.fill(&[PASTA, UNKNOWN, "9524000009982"]).await;
    let waits = waiting(&shop, &attendant).await;
    assert_eq!(waits.iter().map(|waits| waits.kind()).collect::<Vec<_>>(), [Kind::UnknownCode; 2]);
    assert_eq!(waits[0].code, format!("0{UNKNOWN}"));
    let nonsense = pb::AnswerInterventionRequest {
        product_code: "9524000009975".to_owned(),
        ..deciding(&waits[0], Decision::Approve)
    };
    assert_eq!(why(answer(&shop, &attendant, nonsense).await), "UNKNOWN_CODE");
    // What is kept from the young is so by this door too.
    let spirit = pb::AnswerInterventionRequest {
        product_code: SPIRIT.to_owned(),
        ..deciding(&waits[0], Decision::Approve)
    };
    answer(&shop, &attendant, spirit).await.unwrap();
    answer(&shop, &attendant, deciding(&waits[1], Decision::Refuse)).await.unwrap();
    let basket = till.get(&basket.basket_id).await.unwrap();
    assert_eq!((basket.unknown_codes.len(), basket.lines.len(), basket.approval_age), (0, 2, 18));
    let waits = waiting(&shop, &attendant).await;
    assert_eq!(waits.iter().map(|waits| waits.kind()).collect::<Vec<_>>(), [Kind::Approval]);
}

#[tokio::test]
async fn an_abandoned_basket_tells_the_attendant_and_every_move_of_it_is_told() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let basket = till.fill(&[PASTA, JAM, SPIRIT]).await;
    till.remove(&basket.basket_id, 2).await.unwrap();
    let ended = till.give_up(&basket.basket_id, pb::CancelCause::Idle).await.unwrap();
    assert_eq!(ended.state(), pb::BasketState::Abandoned);
    let waits = waiting(&shop, &attendant).await;
    assert_eq!(waits.len(), 1);
    assert_eq!((waits[0].kind(), waits[0].amount_minor), (Kind::Abandoned, 240 + 1_900));
    answer(&shop, &attendant, deciding(&waits[0], Decision::Done)).await.unwrap();
    let told: pb::BasketEnded = shop.event("sales.ended").await;
    assert_eq!((told.cause.as_str(), told.abandon_cause.as_str()), ("abandoned", "idle"));
    assert_eq!(told.total_minor, 2_140);
    let edits: Vec<&str> = told.edits.iter().map(|edit| edit.edit.as_str()).collect();
    assert_eq!(edits, ["scan", "scan", "scan", "remove", "abandon"]);
    // A removed line is gone from the screen and stays a fact.
    assert_eq!((told.edits[1].gtin.as_str(), told.edits[3].line_id), (format!("0{JAM}").as_str(), 2));
}

#[tokio::test]
async fn an_abandoned_basket_of_unknown_codes_alone_tells_the_attendant() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let basket = till.fill(&[UNKNOWN]).await;
    assert!(basket.lines.is_empty());
    till.give_up(&basket.basket_id, pb::CancelCause::Idle).await.unwrap();
    let waits = waiting(&shop, &attendant).await;
    assert_eq!(waits.iter().map(|waits| waits.kind()).collect::<Vec<_>>(), [Kind::Abandoned]);
}

#[tokio::test]
async fn a_basket_is_never_abandoned_while_a_payment_of_it_is_held_or_unknown() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    let held = till.take(take(&till.freeze(&[PASTA]).await, by_card(100))).await.unwrap();
    assert_eq!(why(till.give_up(&held.basket_id, pb::CancelCause::Idle).await), "TENDERS_HELD");
    let frozen = till.freeze(&[PASTA]).await;
    let stopped = pb::ReportTillRequest {
        request_id: new_id(),
        stage: pb::TillStage::Stopped.into(),
        basket_id: frozen.basket_id.clone(),
        trouble: Kind::PaymentUnknown.into(),
        amount_minor: 240,
        asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_400, nanos: 0 }),
        ..Default::default()
    };
    let peer = shop.service.peer("terminal-LILLE-01");
    TillServiceClient::new(peer).report_till(stopped).await.unwrap();
    assert_eq!(why(till.give_up(&frozen.basket_id, pb::CancelCause::Idle).await), "BASKET_FROZEN");
    let waits = waiting(&shop, &attendant).await;
    assert_eq!(waits.iter().map(|waits| waits.kind()).collect::<Vec<_>>(), [Kind::PaymentUnknown]);
    answer(&shop, &attendant, deciding(&waits[0], Decision::Refuse)).await.unwrap();
    // Nor does an empty one call anybody.
    let empty = till.open().await;
    till.give_up(&empty.basket_id, pb::CancelCause::Idle).await.unwrap();
    assert!(waiting(&shop, &attendant).await.is_empty());
}

#[tokio::test]
async fn an_audit_holds_the_payment_until_its_outcome_is_written() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    shop.audit(10_000).await;
    for (decision, clean) in [(Decision::Approve, "true"), (Decision::Refuse, "false")] {
        let basket = till.fill(&[PASTA, JAM]).await;
        assert_eq!(why(till.begin(&basket.basket_id, basket.basket_version).await), "AUDIT_NEEDED");
        let basket = till.get(&basket.basket_id).await.unwrap();
        assert!(basket.audit_waits);
        // Asked again it is the same look, not another.
        assert_eq!(why(till.begin(&basket.basket_id, basket.basket_version).await), "AUDIT_NEEDED");
        let waits = waiting(&shop, &attendant).await;
        assert_eq!((waits.len(), waits[0].kind()), (1, Kind::Audit));
        let goods: Vec<&str> = waits[0].goods.iter().map(|goods| goods.name.as_str()).collect();
        assert_eq!(goods, ["Coquillettes", "Confiture de prunes"]);
        answer(&shop, &attendant, deciding(&waits[0], decision)).await.unwrap();
        let basket = till.get(&basket.basket_id).await.unwrap();
        assert!(!basket.audit_waits);
        // What was missing is scanned, and the basket is paid: once looked at, it is not drawn again.
        let basket = till.scan(&basket.basket_id, PASTA).await.unwrap();
        till.pay(&basket).await.unwrap();
        let entries: String = sqlx::query_scalar("select entries::text from basket where basket_id = $1")
            .bind(uuid::Uuid::parse_str(&basket.basket_id).unwrap())
            .fetch_one(&shop.service.db.pool)
            .await
            .unwrap();
        assert!(entries.contains(&format!("\"clean\": {clean}")), "{entries}");
        assert!(entries.contains(&attendant.staff_id), "{entries}");
    }
    shop.audit(0).await;
    till.sell(&[PASTA]).await;
}
