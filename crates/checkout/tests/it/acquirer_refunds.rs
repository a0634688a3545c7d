//! Refunds that the office gives back in the acquirer's own pages: a task with a state.

use platform::{Role, Staff};
use proto::checkout::v1 as pb;
use proto::checkout::v1::payout_service_client::PayoutServiceClient;
use tonic::{Request, Status};

use crate::{
    shop::{PASTA, Shop, WINE, new_id, why},
    till_refunds::{claim, pay_out, report, said as told, seen},
};

async fn by_acquirer(shop: &Shop, ticket: &pb::Ticket, line_id: i32) -> pb::CreditNote {
    let request = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        line_ids: vec![line_id],
        payout: pb::Payout::Acquirer.into(),
        ..pb::RefundLinesRequest::default()
    };
    shop.client("reviews").refund_lines(request).await.unwrap().into_inner().credit_note.unwrap()
}

async fn due(shop: &Shop, staff: &Staff, method: pb::Payout) -> Vec<pb::RefundPayment> {
    let request = pb::ListRefundsDueRequest { method: method.into(), ..pb::ListRefundsDueRequest::default() };
    let request = shop.service.as_staff(staff, Request::new(request));
    let mut client = PayoutServiceClient::new(shop.service.peer("portal"));
    client.list_refunds_due(request).await.unwrap().into_inner().refunds
}

fn said(refund_id: &str, state: pb::AcquirerRefundState, reference: &str) -> pb::SettleAcquirerRefundRequest {
    pb::SettleAcquirerRefundRequest {
        request_id: new_id(),
        refund_id: refund_id.to_owned(),
        state: state.into(),
        reference: reference.to_owned(),
        store_code: String::new(),
    }
}

async fn settle(
    shop: &Shop,
    staff: &Staff,
    request: pb::SettleAcquirerRefundRequest,
) -> Result<pb::RefundPayment, Status> {
    let request = shop.service.as_staff(staff, Request::new(request));
    let mut client = PayoutServiceClient::new(shop.service.peer("portal"));
    Ok(client.settle_acquirer_refund(request).await?.into_inner().refund.unwrap())
}

#[tokio::test]
async fn a_refund_by_the_acquirer_is_open_then_sent_then_done_and_never_due_at_the_desk() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let note = by_acquirer(&shop, &ticket, 2).await;
    assert_eq!(note.payout(), pb::Payout::Acquirer);
    let event: pb::SaleRefunded = shop.event("sales.refunded").await;
    assert_eq!(event.payout, "acquirer");
    let manager = shop.staff(Role::Manager, "LILLE");
    let open = due(&shop, &manager, pb::Payout::Acquirer).await;
    let [task] = &open[..] else { panic!("one task") };
    assert_eq!(task.acquirer_state(), pb::AcquirerRefundState::Open);
    assert_eq!(task.payments[0].card.as_ref().unwrap().pan_last4, "6368", "to the card that paid");
    let desk = shop.staff(Role::Desk, "LILLE");
    assert_eq!(due(&shop, &desk, pb::Payout::Desk).await, []);
    let paid = pb::PayOutRefundRequest { request_id: new_id(), refund_id: note.refund_id.clone() };
    let request = shop.service.as_staff(&desk, Request::new(paid));
    let mut client = PayoutServiceClient::new(shop.service.peer("portal"));
    assert_eq!(why(client.pay_out_refund(request).await), "REFUND_PAID_OUT", "not a second time at the desk");

    let sent = said(&note.refund_id, pb::AcquirerRefundState::Sent, "R-2026-17");
    let task = settle(&shop, &manager, sent.clone()).await.unwrap();
    assert_eq!(
        (task.acquirer_state(), task.acquirer_reference.as_str()),
        (pb::AcquirerRefundState::Sent, "R-2026-17")
    );
    let done = said(&note.refund_id, pb::AcquirerRefundState::Done, "");
    let task = settle(&shop, &manager, done.clone()).await.unwrap();
    assert_eq!((&task.paid_out_by, task.acquirer_reference.as_str()), (&manager.staff_id, "R-2026-17"));
    assert_eq!(settle(&shop, &manager, done).await.unwrap(), task, "the same form");
    let late = said(&note.refund_id, pb::AcquirerRefundState::Refused, "");
    assert_eq!(why(settle(&shop, &manager, late).await), "NO_OPEN_TASK");
    assert_eq!(due(&shop, &manager, pb::Payout::Acquirer).await, []);
}

#[tokio::test]
async fn what_the_acquirer_refuses_is_still_owed_and_waits_at_the_desk() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA]).await;
    let note = by_acquirer(&shop, &ticket, 1).await;
    let mut operator = PayoutServiceClient::new(shop.service.peer("operator"));
    let refused = pb::SettleAcquirerRefundRequest {
        store_code: "LILLE".to_owned(),
        ..said(&note.refund_id, pb::AcquirerRefundState::Refused, "")
    };
    operator.settle_acquirer_refund(refused).await.unwrap();
    let desk = shop.staff(Role::Desk, "LILLE");
    let waiting = due(&shop, &desk, pb::Payout::Desk).await;
    assert_eq!(waiting[0].acquirer_state(), pb::AcquirerRefundState::Refused);
    let paid = pb::PayOutRefundRequest { request_id: new_id(), refund_id: note.refund_id };
    let request = shop.service.as_staff(&desk, Request::new(paid));
    PayoutServiceClient::new(shop.service.peer("portal")).pay_out_refund(request).await.unwrap();
}

#[tokio::test]
async fn of_a_task_only_the_own_store_says_what_became_of_it_and_never_with_a_card_number() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA]).await;
    let note = by_acquirer(&shop, &ticket, 1).await;
    let sent = |reference: &str| said(&note.refund_id, pb::AcquirerRefundState::Sent, reference);
    assert_eq!(why(settle(&shop, &shop.staff(Role::Manager, "ARRAS"), sent("")).await), "NOT_FOUND");
    for role in [Role::Attendant, Role::Supplier] {
        assert_eq!(why(settle(&shop, &shop.staff(role, "LILLE"), sent("")).await), "NOT_ALLOWED");
    }
    let manager = shop.staff(Role::Manager, "LILLE");
    for reference in ["4970 1098 7654 3217", "a\0b", &"x".repeat(41)] {
        let refused = settle(&shop, &manager, sent(reference)).await.unwrap_err();
        assert_eq!(platform::status::field(&refused).as_deref(), Some("reference"), "{reference}");
    }
}

#[tokio::test]
async fn a_refund_that_is_left_to_the_bank_and_claimed_by_a_till_at_the_same_time_goes_back_once() {
    let shop = Shop::open().await;
    let other = shop.service.another();
    let mut operator = PayoutServiceClient::new(shop.service.peer("operator"));
    let mut till = PayoutServiceClient::new(shop.service.peer_of(&other, "terminal-LILLE-02"));
    for _ in 0..20 {
        let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
        let request = pb::RefundLinesRequest {
            request_id: new_id(),
            sale_id: ticket.sale_id,
            line_ids: vec![1],
            payout: pb::Payout::Desk.into(),
            ..pb::RefundLinesRequest::default()
        };
        let note = shop.client("reviews").refund_lines(request).await.unwrap().into_inner();
        let note = note.credit_note.unwrap();
        let to_bank = pb::HandRefundToAcquirerRequest {
            request_id: new_id(),
            refund_id: note.refund_id.clone(),
            store_code: "LILLE".to_owned(),
        };
        let (handed, claimed) = tokio::join!(
            operator.hand_refund_to_acquirer(to_bank),
            till.claim_refund_credit(claim(note.sequence))
        );
        assert_ne!(handed.is_ok(), claimed.is_ok(), "{handed:?} {claimed:?}");
        match claimed {
            Ok(credit) => {
                assert_eq!(why(handed), "REFUND_AT_TILL");
                let credit_id = credit.into_inner().credit.unwrap().credit_id;
                let given = told(&credit_id, pb::RefundCreditState::Done, 800);
                report(&shop, "LILLE-02", given).await.unwrap();
            }
            refused => {
                assert_eq!(why(refused), "REFUND_PAID_OUT");
                let done = pb::SettleAcquirerRefundRequest {
                    store_code: "LILLE".to_owned(),
                    ..said(&note.refund_id, pb::AcquirerRefundState::Done, "")
                };
                operator.settle_acquirer_refund(done).await.unwrap();
            }
        }
        assert_eq!(why(pay_out(&shop, &note.refund_id).await), "REFUND_PAID_OUT");
        assert!(seen(&shop, note.sequence).await.paid_out_time.is_some());
    }
    let twice =
        "select count(*) from refund_payment join refund_credit using (refund_id) where method = 'acquirer'";
    assert_eq!(shop.count(twice).await, 0);
    other.stop().await;
}
