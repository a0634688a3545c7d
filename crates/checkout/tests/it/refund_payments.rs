//! What refunds owe, and that it is paid once.

use futures::future::join_all;
use platform::{Role, Staff, status::field};
use proto::checkout::v1 as pb;
use proto::checkout::v1::payout_service_client::PayoutServiceClient;
use time::Duration;
use tonic::{Request, Status};

use crate::shop::{JAM, PASTA, Shop, WINE, new_id, why};

async fn refunded(shop: &Shop, ticket: &pb::Ticket, line_ids: &[i32], payout: pb::Payout) -> pb::CreditNote {
    let request = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        line_ids: line_ids.to_vec(),
        payout: payout.into(),
        ..pb::RefundLinesRequest::default()
    };
    shop.client("reviews").refund_lines(request).await.unwrap().into_inner().credit_note.unwrap()
}

async fn list(
    shop: &Shop,
    staff: &Staff,
    asked: pb::ListRefundsDueRequest,
) -> Result<pb::ListRefundsDueResponse, Status> {
    let request = shop.service.as_staff(staff, Request::new(asked));
    let mut client = PayoutServiceClient::new(shop.service.peer("portal"));
    Ok(client.list_refunds_due(request).await?.into_inner())
}

async fn due(shop: &Shop, staff: &Staff) -> Vec<pb::RefundPayment> {
    list(shop, staff, pb::ListRefundsDueRequest::default()).await.unwrap().refunds
}

async fn numbered(shop: &Shop, staff: &Staff, number: i64) -> Vec<pb::RefundPayment> {
    let asked = pb::ListRefundsDueRequest { credit_note_number: number, ..Default::default() };
    list(shop, staff, asked).await.unwrap().refunds
}

fn payment(refund_id: &str) -> pb::PayOutRefundRequest {
    pb::PayOutRefundRequest { request_id: new_id(), refund_id: refund_id.to_owned() }
}

async fn pay_out(
    shop: &Shop,
    staff: &Staff,
    request: pb::PayOutRefundRequest,
) -> Result<pb::RefundPayment, Status> {
    let request = shop.service.as_staff(staff, Request::new(request));
    let mut client = PayoutServiceClient::new(shop.service.peer("portal"));
    Ok(client.pay_out_refund(request).await?.into_inner().refund.unwrap())
}

#[tokio::test]
async fn a_refund_waits_until_it_is_paid_out_and_then_says_by_whom_and_when() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let note = refunded(&shop, &ticket, &[2], pb::Payout::Desk).await;
    let desk = shop.staff(Role::Desk, "LILLE");
    let waiting = due(&shop, &desk).await;
    assert_eq!(waiting.len(), 1);
    let refund = &waiting[0];
    assert_eq!(
        (&refund.refund_id, &refund.lines, &refund.total),
        (&note.refund_id, &note.lines, &note.total)
    );
    assert_eq!((refund.terminal_code.as_str(), refund.sequence, refund.sale_sequence), ("LILLE-01", 1, 1));
    assert_eq!(
        (refund.refunded_time, refund.sale_completed_time),
        (note.refunded_time, ticket.completed_time)
    );
    let card = refund.payments[0].card.as_ref().unwrap();
    assert_eq!((card.brand.as_str(), card.pan_last4.as_str()), ("CB", "6368"));
    assert_eq!(
        (refund.method(), refund.paid_out_time, refund.paid_out_by.as_str()),
        (pb::Payout::Desk, None, "")
    );

    shop.service.clock.set(shop.service.clock.now() + Duration::hours(1));
    let paid = pay_out(&shop, &desk, payment(&refund.refund_id)).await.unwrap();
    let an_hour_later = note.refunded_time.unwrap().seconds + 3600;
    assert_eq!((paid.paid_out_time.unwrap().seconds, &paid.paid_out_by), (an_hour_later, &desk.staff_id));
    assert_eq!((&paid.refund_id, &paid.total), (&note.refund_id, &note.total));
    assert!(due(&shop, &desk).await.is_empty());
    assert_eq!(numbered(&shop, &desk, 1).await, [paid], "whoever comes twice is recognised");
}

#[tokio::test]
async fn the_same_payment_sent_twenty_times_at_once_is_one_with_one_answer() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let note = refunded(&shop, &ticket, &[1], pb::Payout::Desk).await;
    let other = refunded(&shop, &ticket, &[2], pb::Payout::Desk).await;
    let desk = shop.staff(Role::Desk, "LILLE");
    let request = payment(&note.refund_id);
    let answers = join_all((0..20).map(|_| pay_out(&shop, &desk, request.clone()))).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    shop.service.clock.set(shop.service.clock.now() + Duration::hours(1));
    assert_eq!(&pay_out(&shop, &desk, request.clone()).await.unwrap(), first, "an hour later too");
    let reused = pb::PayOutRefundRequest { refund_id: other.refund_id, ..request };
    assert_eq!(why(pay_out(&shop, &desk, reused).await), "REQUEST_ID_REUSED");
    let paid = "select count(*) from refund_payment where paid_out_time is not null";
    assert_eq!(shop.count(paid).await, 1);
}

#[tokio::test]
async fn of_twenty_who_pay_one_refund_out_one_does_and_the_others_learn_it() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA]).await;
    let note = refunded(&shop, &ticket, &[1], pb::Payout::Desk).await;
    let people: Vec<Staff> = (0..20).map(|_| shop.staff(Role::Attendant, "LILLE")).collect();
    let answers =
        join_all(people.iter().map(|person| pay_out(&shop, person, payment(&note.refund_id)))).await;
    let (paid, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((paid.len(), refused.len()), (1, 19));
    assert!(refused.into_iter().all(|answer| why(answer) == "REFUND_PAID_OUT"));
    let paid = paid.into_iter().next().unwrap().unwrap();
    let again = pay_out(&shop, &people[0], payment(&note.refund_id)).await;
    assert_eq!(why(again), "REFUND_PAID_OUT");
    assert_eq!(numbered(&shop, &people[0], 1).await, [paid], "who was first stays");
}

#[tokio::test]
async fn the_desk_and_the_attendants_pay_what_their_own_store_owes_and_nobody_else_does() {
    let shop = Shop::open().await;
    let lille = shop.till("LILLE-01").sell(&[PASTA]).await;
    let arras = shop.till("ARRAS-01").sell(&[WINE]).await;
    let lille = refunded(&shop, &lille, &[1], pb::Payout::Desk).await;
    let arras = refunded(&shop, &arras, &[1], pb::Payout::Desk).await;
    for role in [Role::Desk, Role::Attendant] {
        let staff = shop.staff(role, "LILLE");
        let seen: Vec<_> = due(&shop, &staff).await.into_iter().map(|refund| refund.refund_id).collect();
        assert_eq!(seen, [lille.refund_id.as_str()]);
        assert_eq!(numbered(&shop, &staff, 1).await.len(), 1);
        assert_eq!(why(pay_out(&shop, &staff, payment(&arras.refund_id)).await), "NOT_FOUND");
        // Where somebody else's page goes on is nobody's business.
        let after = pb::ListRefundsDueRequest { page_token: arras.refund_id.clone(), ..Default::default() };
        assert!(list(&shop, &staff, after).await.unwrap().refunds.is_empty());
    }
    for (role, store) in
        [(Role::Manager, "LILLE"), (Role::Supplier, "LILLE"), (Role::Desk, ""), (Role::Attendant, "")]
    {
        let staff = shop.staff(role, store);
        if role != Role::Manager {
            assert_eq!(why(list(&shop, &staff, pb::ListRefundsDueRequest::default()).await), "NOT_ALLOWED");
        }
        assert_eq!(why(pay_out(&shop, &staff, payment(&lille.refund_id)).await), "NOT_ALLOWED");
    }
    for identity in ["portal", "reviews", "operator", "terminal-LILLE-01"] {
        let mut client = PayoutServiceClient::new(shop.service.peer(identity));
        assert_eq!(why(client.pay_out_refund(payment(&lille.refund_id)).await), "NOT_ALLOWED", "{identity}");
    }
    assert_eq!(shop.count("select count(*) from refund_payment where paid_out_time is not null").await, 0);
}

#[tokio::test]
async fn pages_follow_each_other_newest_first_while_refunds_are_paid_out() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE, JAM]).await;
    let other = shop.till("LILLE-02").sell(&[PASTA, WINE]).await;
    for (ticket, line) in [(&ticket, 1), (&other, 1), (&ticket, 2), (&other, 2), (&ticket, 3)] {
        refunded(&shop, ticket, &[line], pb::Payout::Desk).await;
        // Two at each instant: the id decides between them.
        let pause = if line == 2 { Duration::ZERO } else { Duration::seconds(1) };
        shop.service.clock.set(shop.service.clock.now() + pause);
    }
    let desk = shop.staff(Role::Desk, "LILLE");
    let all: Vec<String> = due(&shop, &desk).await.into_iter().map(|refund| refund.refund_id).collect();
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let asked = pb::ListRefundsDueRequest { page_size: 2, page_token, ..Default::default() };
        let page = list(&shop, &desk, asked).await.unwrap();
        assert!(page.refunds.len() <= 2);
        // The last one of the page is paid meanwhile, and the next page still begins after it.
        let last = page.refunds.last().unwrap().refund_id.clone();
        pay_out(&shop, &desk, payment(&last)).await.unwrap();
        seen.extend(page.refunds.into_iter().map(|refund| refund.refund_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!((seen.len(), seen), (5, all));
    let second: Vec<_> = numbered(&shop, &desk, 2).await;
    let mut tills: Vec<_> = second.iter().map(|refund| refund.terminal_code.as_str()).collect();
    tills.sort_unstable();
    assert_eq!(tills, ["LILLE-01", "LILLE-02"], "each till counts its credit notes");
    assert!(numbered(&shop, &desk, 9).await.is_empty());
}

#[tokio::test]
async fn a_payment_is_never_taken_back_by_hand() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA]).await;
    let note = refunded(&shop, &ticket, &[1], pb::Payout::Desk).await;
    pay_out(&shop, &shop.staff(Role::Desk, "LILLE"), payment(&note.refund_id)).await.unwrap();
    for slip in
        ["update refund_payment set paid_out_by = null, paid_out_time = null", "delete from refund_payment"]
    {
        let refused = sqlx::query(slip).execute(&shop.service.db.pool).await.unwrap_err();
        assert!(refused.to_string().contains("never taken back"), "{slip}: {refused}");
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_field() {
    let shop = Shop::open().await;
    let desk = shop.staff(Role::Desk, "LILLE");
    let asked = |page_size, page_token: &str, credit_note_number| pb::ListRefundsDueRequest {
        page_size,
        page_token: page_token.to_owned(),
        credit_note_number,
        ..pb::ListRefundsDueRequest::default()
    };
    for (wrong, at_fault) in [
        (asked(-1, "", 0), "page_size"),
        (asked(201, "", 0), "page_size"),
        (asked(0, "x", 0), "page_token"),
        (asked(0, &new_id(), 1), "page_token"),
        (asked(0, "", -1), "credit_note_number"),
    ] {
        let refused = list(&shop, &desk, wrong).await.unwrap_err();
        assert_eq!(field(&refused).as_deref(), Some(at_fault));
    }
    let wrong = pb::PayOutRefundRequest { request_id: "x".to_owned(), ..payment(&new_id()) };
    assert_eq!(field(&pay_out(&shop, &desk, wrong).await.unwrap_err()).as_deref(), Some("request_id"));
    assert_eq!(field(&pay_out(&shop, &desk, payment("x")).await.unwrap_err()).as_deref(), Some("refund_id"));
    assert_eq!(why(pay_out(&shop, &desk, payment(&new_id())).await), "NOT_FOUND");
}
