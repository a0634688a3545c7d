//! Parts of lines that are asked for, and the refunds that a person of the store decides.

use platform::Role;
use proto::reviews::v1::{
    ComplaintPart, GetComplaintFormRequest, ListComplaintsRequest, PreviewComplaintRequest,
    PreviewComplaintResponse, PurchasedLine, SubmitComplaintRequest,
};
use testbed::eventually;
use tonic::Status;

use crate::{
    checkout::Next,
    facts::{Mail, given_back, refund, sale},
    service::{NOON, PATIENCE, Service, complaint, reason},
};

/// A sale of one line with three pieces for three euros, and its mail.
async fn three_pieces(service: &Service) -> Mail {
    let mut sale = sale("LILLE", NOON, 1);
    (sale.lines[0].quantity_milli, sale.lines[0].total_minor) = (3_000, 300);
    service.told(sale).await.1
}

fn pieces(mail: &Mail, quantity_milli: i64) -> SubmitComplaintRequest {
    let parts = vec![ComplaintPart { line_id: 1, quantity_milli }];
    SubmitComplaintRequest { line_ids: Vec::new(), parts, ..complaint(mail, &[]) }
}

async fn line(service: &Service, mail: &Mail) -> PurchasedLine {
    let request = GetComplaintFormRequest { token: mail.refund.clone() };
    let shown = service.client().get_complaint_form(request).await.unwrap().into_inner().invitation.unwrap();
    shown.lines[0].clone()
}

async fn left(service: &Service, mail: &Mail) -> (bool, i64, i64) {
    let line = line(service, mail).await;
    (line.refunded, line.left_quantity_milli, line.left_minor)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_asked_for_piece_by_piece_until_nothing_of_it_is_left() {
    let service = Service::start().await;
    let mail = three_pieces(&service).await;
    let ask = async |said: SubmitComplaintRequest| service.client().submit_complaint(said).await;
    assert_eq!(reason(ask(pieces(&mail, 4_000)).await), "REFUND_ABOVE_LINE");
    assert_eq!(ask(pieces(&mail, 1_000)).await.unwrap().into_inner().amount_minor, 100);
    assert_eq!(left(&service, &mail).await, (false, 2_000, 200));
    assert_eq!(reason(ask(pieces(&mail, 3_000)).await), "REFUND_ABOVE_LINE");
    ask(pieces(&mail, 2_000)).await.unwrap();
    assert_eq!(left(&service, &mail).await, (true, 0, 0));
    assert_eq!(reason(ask(pieces(&mail, 1_000)).await), "LINE_ALREADY_REFUNDED");
    assert_eq!(
        service.checkout.asked().iter().map(|asked| asked.parts[0].quantity_milli).sum::<i64>(),
        3_000
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_told_twice_is_counted_once() {
    let service = Service::start().await;
    let sale = sale("LILLE", NOON, 1);
    let (sale, mail) = service.told(sale).await;
    let mut told = refund(&sale, &[1]);
    (told.lines[0].quantity_milli, told.lines[0].total_minor) = (0, 40);
    service.publish("checkout", &[given_back(&told), given_back(&told)]).await;
    assert_eq!(left(&service, &mail).await, (false, 1_000, 60), "money alone: the goods stayed");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_complaint_will_come_to_is_said_before_it_is_sent() {
    let service = Service::start().await;
    let mail = three_pieces(&service).await;
    let preview = async |quantity_milli| -> Result<PreviewComplaintResponse, Status> {
        let request = PreviewComplaintRequest {
            token: mail.refund.clone(),
            parts: vec![ComplaintPart { line_id: 1, quantity_milli }],
            payout: "desk".to_owned(),
        };
        Ok(service.client().preview_complaint(request).await?.into_inner())
    };
    let told = preview(2_000).await.unwrap();
    assert_eq!((told.amount_minor, told.deciding), (200, false));
    service.checkout.next(Next::Deciding);
    assert!(preview(2_000).await.unwrap().deciding, "a person of the store decides");
    assert_eq!(reason(preview(4_000).await), "REFUND_ABOVE_LINE");
    service.checkout.next(Next::Refused("LINE_ALREADY_REFUNDED"));
    assert_eq!(reason(preview(1_000).await), "LINE_ALREADY_REFUNDED");
    assert_eq!(service.checkout.asked().len(), 0, "nothing was asked for");
    assert_eq!(service.told_of("reviews.complained").await, 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_decides_is_waited_for_and_found_out_by_itself() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 2).await;
    service.checkout.next(Next::Deciding);
    let said = complaint(&mail, &[1]);
    let answer = service.client().submit_complaint(said.clone()).await.unwrap().into_inner();
    assert_eq!((answer.deciding, answer.waiting, answer.amount_minor), (true, false, 0));
    let back = async || line(&service, &mail).await.refunded;
    eventually(PATIENCE, "the person has given it", back).await.unwrap();
    let answer = service.client().submit_complaint(said).await.unwrap().into_inner();
    assert_eq!((answer.deciding, answer.amount_minor), (false, 100));

    service.checkout.next(Next::Deciding);
    service.checkout.next(Next::Declined);
    let said = complaint(&mail, &[2]);
    assert!(service.client().submit_complaint(said.clone()).await.unwrap().into_inner().deciding);
    let declined = async || {
        let answer = service.client().submit_complaint(said.clone()).await;
        answer.is_err_and(|refused| platform::status::reason(&refused).as_deref() == Some("REFUND_DECLINED"))
    };
    eventually(PATIENCE, "the person has refused it", declined).await.unwrap();
    let request = ListComplaintsRequest { page_size: 10, page_token: String::new() };
    let request = service.by(Role::Manager, "LILLE", request);
    let listed = service.client().list_complaints(request).await.unwrap().into_inner().complaints;
    assert!(listed.iter().any(|complaint| complaint.refusal == "declined"));
    service.client().submit_complaint(complaint(&mail, &[2])).await.unwrap();
    service.stop().await;
}
