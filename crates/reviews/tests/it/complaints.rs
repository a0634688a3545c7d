//! Lines that are given back on simple request, whatever happens to checkout meanwhile.

use futures::future::join_all;
use platform::{Shutdown, status};
use proto::{
    checkout::v1::{Payout, SaleCompleted},
    reviews::v1::{
        ComplaintPart, GetComplaintFormRequest, PreviewComplaintRequest, SubmitComplaintRequest,
        SubmitComplaintResponse,
    },
};
use testbed::eventually;
use tonic::Status;
use uuid::Uuid;

use crate::{
    checkout::Next,
    facts::{Mail, given_back, refund, sale},
    service::{NOON, PATIENCE, Service, complaint, form, fresh, reason},
};

async fn complain(
    service: &Service,
    said: &SubmitComplaintRequest,
) -> Result<SubmitComplaintResponse, Status> {
    service.client().submit_complaint(said.clone()).await.map(|answer| answer.into_inner())
}

async fn refunded(service: &Service, mail: &Mail) -> Vec<bool> {
    let request = GetComplaintFormRequest { token: mail.refund.clone() };
    let shown = service.client().get_complaint_form(request).await.unwrap().into_inner().invitation.unwrap();
    shown.lines.iter().map(|line| line.refunded).collect()
}

fn given(euros: i64) -> SubmitComplaintResponse {
    SubmitComplaintResponse {
        amount_minor: euros * 100,
        currency_code: "EUR".to_owned(),
        payout: "desk".to_owned(),
        waiting: false,
        deciding: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_given_back_once_however_often_they_are_asked_for() {
    let service = Service::start().await;
    let (sale, mail) = service.sold("LILLE", 3).await;
    let said = complaint(&mail, &[1, 3]);
    assert_eq!(complain(&service, &said).await.unwrap(), given(4));
    assert_eq!(complain(&service, &said).await.unwrap(), given(4), "the same form, the same answer");
    let asked = service.checkout.asked();
    assert_eq!(asked.len(), 1);
    let lines: Vec<i32> = asked[0].parts.iter().map(|part| part.line_id).collect();
    assert_eq!((&asked[0].sale_id, lines), (&sale.sale_id, vec![1, 3]));
    assert_eq!(asked[0].payout(), Payout::Desk);
    assert_eq!(refunded(&service, &mail).await, [true, false, true], "before checkout tells everybody");
    assert_eq!(reason(complain(&service, &complaint(&mail, &[2, 3])).await), "LINE_ALREADY_REFUNDED");
    let reused = SubmitComplaintRequest { line_ids: vec![2], ..said };
    assert_eq!(reason(complain(&service, &reused).await), "REQUEST_ID_REUSED");
    service.publish("checkout", &[given_back(&refund(&sale, &[1, 3]))]).await;
    assert_eq!(complain(&service, &complaint(&mail, &[2])).await.unwrap(), given(2));
    assert_eq!((service.checkout.given(), service.told_of("reviews.complained").await), (2, 2));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_bank_cannot_give_whole_is_said_to_be_the_desks_before_it_is_sent_and_ever_after() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 1).await;
    let said = SubmitComplaintRequest { payout: "acquirer".to_owned(), ..complaint(&mail, &[1]) };
    let preview = PreviewComplaintRequest {
        token: mail.refund.clone(),
        parts: vec![ComplaintPart { line_id: 1, quantity_milli: 0 }],
        payout: said.payout.clone(),
    };
    service.checkout.next(Next::ByHand);
    let told = service.client().preview_complaint(preview).await.unwrap().into_inner();
    assert_eq!((told.payout.as_str(), told.by_hand_minor), ("desk", 100));
    service.checkout.next(Next::ByHand);
    for _ in 0..2 {
        assert_eq!(complain(&service, &said).await.unwrap(), given(1));
    }
    assert_eq!(service.checkout.asked()[0].payout(), Payout::Acquirer);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_times_the_same_complaint_at_once_is_one_refund_and_one_answer() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 2).await;
    let said = complaint(&mail, &[1, 2]);
    let answers = join_all((0..20).map(|_| complain(&service, &said))).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap() == given(3)));
    assert_eq!((service.checkout.given(), service.told_of("reviews.complained").await), (1, 1));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_tabs_that_ask_for_one_line_get_one_refund() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 1).await;
    let tabs: Vec<_> = (0..20).map(|_| complaint(&mail, &[1])).collect();
    let answers = join_all(tabs.iter().map(|tab| complain(&service, tab))).await;
    let (given_to, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((given_to.len(), service.checkout.given()), (1, 1));
    for answer in refused {
        assert!(["REFUND_WAITS", "LINE_ALREADY_REFUNDED"].contains(&reason(answer).as_str()));
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_waits_for_checkout_and_is_asked_again_by_itself() {
    let service = Service::start_with(false).await;
    let (_, mail) = service.sold("LILLE", 2).await;
    let said = complaint(&mail, &[2]);
    let waiting = SubmitComplaintResponse { amount_minor: 0, waiting: true, ..given(0) };
    assert_eq!(complain(&service, &said).await.unwrap(), waiting);
    assert_eq!(complain(&service, &said).await.unwrap(), waiting, "the same form, the same answer");
    assert_eq!(reason(complain(&service, &complaint(&mail, &[1, 2])).await), "REFUND_WAITS");
    assert_eq!(refunded(&service, &mail).await, [false, false]);

    service.checkout.serve(service.checkout_address, service.folder.path(), &service.shutdown);
    let back = async || refunded(&service, &mail).await == [false, true];
    eventually(PATIENCE, "the line is given back", back).await.unwrap();
    assert_eq!(complain(&service, &said).await.unwrap(), given(2));
    assert_eq!((service.checkout.given(), service.told_of("reviews.complained").await), (1, 1));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_answer_was_lost_is_asked_again_under_the_same_id() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 1).await;
    service.checkout.next(Next::LostReply);
    let said = complaint(&mail, &[1]);
    assert!(complain(&service, &said).await.unwrap().waiting);
    let back = async || refunded(&service, &mail).await == [true];
    eventually(PATIENCE, "the line is given back", back).await.unwrap();
    assert_eq!(complain(&service, &said).await.unwrap(), given(1));
    let asked = service.checkout.asked();
    assert!(asked.len() >= 2 && asked.iter().all(|again| *again == asked[0]), "{asked:?}");
    let (sale, form): (Uuid, Uuid) = (asked[0].sale_id.parse().unwrap(), said.request_id.parse().unwrap());
    assert_eq!(asked[0].request_id, Uuid::new_v5(&sale, form.as_bytes()).to_string());
    assert_eq!(service.checkout.given(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_checkout_refuses_is_refused_and_lets_the_line_go() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 1).await;
    for (said_by_checkout, expected) in [
        ("LINE_ALREADY_REFUNDED", "LINE_ALREADY_REFUNDED"),
        ("REFUND_PERIOD_OVER", "REFUND_PERIOD_OVER"),
        ("NO_MEMBER", "INVALID_FIELD"),
    ] {
        service.checkout.next(Next::Refused(said_by_checkout));
        let said = complaint(&mail, &[1]);
        assert_eq!(reason(complain(&service, &said).await), expected);
        assert_eq!(reason(complain(&service, &said).await), expected, "the same form, the same answer");
    }
    assert_eq!(service.checkout.asked().len(), 3);
    assert_eq!(complain(&service, &complaint(&mail, &[1])).await.unwrap(), given(1));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn store_credit_is_for_members() {
    let service = Service::start().await;
    let (_, stranger) = service.sold("LILLE", 1).await;
    let (_, member) = service.told(SaleCompleted { member_id: fresh(), ..sale("LILLE", NOON, 1) }).await;
    let credit = |mail| SubmitComplaintRequest { payout: "store_credit".to_owned(), ..complaint(mail, &[1]) };
    let refused = complain(&service, &credit(&stranger)).await.unwrap_err();
    assert_eq!(status::field(&refused).as_deref(), Some("payout"));
    let answer = complain(&service, &credit(&member)).await.unwrap();
    assert_eq!((answer.payout.as_str(), answer.amount_minor), ("store_credit", 100));
    assert_eq!(service.checkout.asked()[0].payout(), Payout::StoreCredit);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_that_cannot_be_meant_is_refused_with_its_field() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 1).await;
    let good = || complaint(&mail, &[1]);
    for (wrong, expected, field) in [
        (SubmitComplaintRequest { line_ids: vec![], ..good() }, "INVALID_FIELD", "line_ids"),
        (SubmitComplaintRequest { line_ids: vec![1, 1], ..good() }, "INVALID_FIELD", "line_ids"),
        (SubmitComplaintRequest { line_ids: (0..201).collect(), ..good() }, "INVALID_FIELD", "line_ids"),
        (SubmitComplaintRequest { line_ids: vec![1, 2], ..good() }, "UNKNOWN_LINE", "line_id"),
        (SubmitComplaintRequest { payout: String::new(), ..good() }, "INVALID_FIELD", "payout"),
        (SubmitComplaintRequest { payout: "cash".to_owned(), ..good() }, "INVALID_FIELD", "payout"),
        (SubmitComplaintRequest { request_id: String::new(), ..good() }, "INVALID_FIELD", "request_id"),
        (SubmitComplaintRequest { comment: "a\0".to_owned(), ..good() }, "INVALID_FIELD", "comment"),
        (SubmitComplaintRequest { comment: "a".repeat(2001), ..good() }, "COMMENT_TOO_LONG", "comment"),
    ] {
        let refused = complain(&service, &wrong).await.unwrap_err();
        assert_eq!(status::reason(&refused).as_deref(), Some(expected), "{field}");
        assert_eq!(status::field(&refused).as_deref(), Some(field));
    }
    // A form of the other kind under the same id is another command.
    let said = good();
    complain(&service, &said).await.unwrap();
    let mixed = proto::reviews::v1::SubmitReviewsRequest {
        request_id: said.request_id,
        ..form(&mail, &[(1, 5, "")])
    };
    assert_eq!(reason(service.submit(&mixed).await), "REQUEST_ID_REUSED");
    assert_eq!(service.checkout.asked().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_waits_survives_the_end_of_the_service() {
    let service = Service::start_with(false).await;
    let (_, mail) = service.sold("LILLE", 1).await;
    let said = complaint(&mail, &[1]);
    assert!(complain(&service, &said).await.unwrap().waiting);
    let service = service.again().await;
    let checkout = Shutdown::new();
    service.checkout.serve(service.checkout_address, service.folder.path(), &checkout);
    let back = async || refunded(&service, &mail).await == [true];
    eventually(PATIENCE, "the line is given back", back).await.unwrap();
    assert_eq!(service.checkout.given(), 1);
    service.stop().await;
    checkout.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_the_refunds_that_wait() {
    let service = Service::start_with(false).await;
    let _replica = service.replica();
    let mut mails = Vec::new();
    for _ in 0..5 {
        let (_, mail) = service.sold("LILLE", 1).await;
        assert!(complain(&service, &complaint(&mail, &[1])).await.unwrap().waiting);
        mails.push(mail);
    }
    service.checkout.serve(service.checkout_address, service.folder.path(), &service.shutdown);
    for mail in &mails {
        let back = async || refunded(&service, mail).await == [true];
        eventually(PATIENCE, "the line is given back", back).await.unwrap();
    }
    let asked = service.checkout.asked();
    assert_eq!((asked.len(), service.checkout.given()), (5, 5), "each was asked for by one replica alone");
    service.stop().await;
}
