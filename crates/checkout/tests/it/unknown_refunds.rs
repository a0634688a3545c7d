//! Refunds of which nobody knows whether they went back: whoever finds it out, wherever they say so, frees the till.

use platform::{Role, peer::Peer};
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, RefundCreditState as State,
    till_service_client::TillServiceClient,
};

use crate::{
    attendance::waiting,
    shop::{Shop, WINE, new_id},
    till_refunds::{claim, claimed, refunded, report, said, seen, settle},
};

/// What a till says that knows nothing of a refund, begun in this turn.
pub fn stopped(credit: &pb::RefundCredit, turn: i64) -> pb::ReportTillRequest {
    pb::ReportTillRequest {
        request_id: new_id(),
        stage: pb::TillStage::Stopped.into(),
        trouble: pb::InterventionKind::RefundUnknown.into(),
        amount_minor: credit.amount_minor,
        asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_300 + turn, nanos: 0 }),
        attempt_id: credit.credit_id.clone(),
        ..Default::default()
    }
}

/// How the till learns that it was settled, if it was.
async fn told(
    till: &mut TillServiceClient<Peer>,
    credit: &pb::RefundCredit,
    turn: i64,
) -> Option<pb::Intervention> {
    till.report_till(stopped(credit, turn)).await.unwrap().into_inner().settlement
}

#[tokio::test]
async fn what_the_desk_has_found_of_an_unknown_refund_frees_the_till_that_asks() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    refunded(&shop, &ticket, &[1]).await;
    let mut till = TillServiceClient::new(shop.service.peer("terminal-LILLE-02"));
    for (turn, state, decision) in
        [(0, State::Refused, Decision::Refuse), (1, State::Done, Decision::Approve)]
    {
        // The till could tell only that it stopped.
        let credit = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
        assert_eq!(told(&mut till, &credit, turn).await, None);
        let waits = waiting(&shop, &attendant).await.remove(0);
        settle(&shop, &credit.credit_id, state).await.unwrap();
        assert!(waiting(&shop, &attendant).await.is_empty(), "nobody has to look for it again");
        assert_eq!(told(&mut till, &credit, turn).await.unwrap().decision(), decision);
        assert!(waiting(&shop, &attendant).await.is_empty());
        let event: pb::TillAttended = shop.event("sales.attended").await;
        assert_eq!(event.intervention_id, waits.intervention_id);
        assert_eq!(event.decision, if state == State::Done { "approve" } else { "refuse" });
        // What the till tells then is no news.
        let given_minor = if state == State::Done { 800 } else { 0 };
        report(&shop, "LILLE-02", said(&credit.credit_id, state, given_minor)).await.unwrap();
    }
    assert!(seen(&shop, 1).await.paid_out_time.is_some());
    assert_eq!(shop.count("select count(*) from outbox where type = 'sales.attended'").await, 2);
    assert_eq!(shop.count("select count(*) from outbox where type = 'sales.paid_back'").await, 1);
}

#[tokio::test]
async fn a_till_that_was_silent_while_its_unknown_refund_was_settled_learns_what_was_found() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    refunded(&shop, &ticket, &[1]).await;
    let mut till = TillServiceClient::new(shop.service.peer("terminal-LILLE-02"));
    let credit = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
    report(&shop, "LILLE-02", said(&credit.credit_id, State::Unknown, 0)).await.unwrap();
    settle(&shop, &credit.credit_id, State::Done).await.unwrap();
    assert_eq!(told(&mut till, &credit, 0).await.unwrap().decision(), Decision::Approve);
    assert!(waiting(&shop, &attendant).await.is_empty(), "it calls for nobody");
}
