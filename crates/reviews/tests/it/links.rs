//! What a link opens, and what it does not.

use platform::{Role, status};
use proto::{
    checkout::v1::SaleCompleted,
    reviews::v1::{GetComplaintFormRequest, GetInvitationRequest, Invitation},
};
use time::Duration;
use tonic::{Code, Status};

use crate::{
    facts::{given_back, invited, mail, refund, sale, sold, timestamp},
    service::{NOON, Service, complaint, form, reason},
};

async fn opened(service: &Service, token: &str) -> Result<Invitation, Status> {
    let request = GetInvitationRequest { token: token.to_owned() };
    service.client().get_invitation(request).await.map(|answer| answer.into_inner().invitation.unwrap())
}

async fn opened_to_complain(service: &Service, token: &str) -> Result<Invitation, Status> {
    let request = GetComplaintFormRequest { token: token.to_owned() };
    service.client().get_complaint_form(request).await.map(|answer| answer.into_inner().invitation.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_its_sale_as_often_as_it_is_opened() {
    let service = Service::start().await;
    let (sale, mail) = service.sold("LILLE", 2).await;
    let (_, other) = service.sold("ARRAS", 1).await;
    for _ in 0..3 {
        let shown = opened(&service, &mail.review).await.unwrap();
        assert_eq!((shown.sale_id, shown.store_name), (sale.sale_id.clone(), "Magasin LILLE".to_owned()));
        assert_eq!((shown.currency_code.as_str(), shown.time_zone.as_str()), ("EUR", "Europe/Paris"));
        assert_eq!((shown.completed_time, shown.member), (timestamp(NOON), false));
        assert_eq!(shown.expiry_time, timestamp(NOON + Duration::days(60)));
        let lines: Vec<_> = shown.lines.iter().map(|line| (line.line_id, line.total_minor)).collect();
        assert_eq!(lines, [(1, 100), (2, 200)]);
    }
    let to_complain = opened_to_complain(&service, &mail.refund).await.unwrap();
    assert_eq!(to_complain.expiry_time, timestamp(NOON + Duration::days(30)));
    assert_eq!(opened(&service, &other.review).await.unwrap().store_name, "Magasin ARRAS");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_malformed_unknown_or_for_something_else_gets_one_answer() {
    let service = Service::start().await;
    let (sale, mail) = service.sold("LILLE", 1).await;
    let stranger = crate::facts::mail(&sale);
    let long = "A".repeat(100_000);
    for token in
        ["", "x", "../../etc/passwd", "é\0\u{202e}", "' or 1=1", &stranger.review, &mail.refund, &long]
    {
        let refused = opened(&service, token).await.unwrap_err();
        assert_eq!(
            (refused.code(), refused.message()),
            (Code::NotFound, "this link is not known"),
            "{token}"
        );
        assert_eq!(status::reason(&refused).unwrap(), "LINK_UNKNOWN");
    }
    assert_eq!(reason(opened_to_complain(&service, &mail.review).await), "LINK_UNKNOWN");
    let swapped =
        proto::reviews::v1::SubmitReviewsRequest { token: mail.refund.clone(), ..form(&mail, &[(1, 5, "")]) };
    assert_eq!(reason(service.submit(&swapped).await), "LINK_UNKNOWN");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_and_then_takes_nothing() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 1).await;
    service.clock.set(NOON + Duration::days(30));
    assert!(opened(&service, &mail.review).await.is_ok());
    assert_eq!(reason(opened_to_complain(&service, &mail.refund).await), "LINK_EXPIRED");
    let late = service.client().submit_complaint(complaint(&mail, &[1])).await;
    assert_eq!(reason(late), "LINK_EXPIRED");
    service.clock.set(NOON + Duration::days(60));
    assert_eq!(reason(opened(&service, &mail.review).await), "LINK_EXPIRED");
    assert_eq!(reason(service.submit(&form(&mail, &[(1, 5, "")])).await), "LINK_EXPIRED");
    assert!(service.listed(Role::Manager, "LILLE").await.is_empty());
    assert!(service.checkout.asked().is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_known_before_its_sale_asks_for_a_moments_patience() {
    let service = Service::start().await;
    let sale = sale("LILLE", NOON, 1);
    let mail = mail(&sale);
    service.publish("receipt", &[invited(&mail)]).await;
    for refused in [
        opened(&service, &mail.review).await.unwrap_err(),
        opened_to_complain(&service, &mail.refund).await.unwrap_err(),
        service.submit(&form(&mail, &[(1, 5, "")])).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::Unavailable);
        assert!(refused.message().contains("in a moment"), "{refused}");
    }
    service.publish("checkout", &[sold(&sale)]).await;
    assert_eq!(opened(&service, &mail.review).await.unwrap().lines.len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_told_before_its_sale_is_shown_with_it() {
    let service = Service::start().await;
    let sale = sale("LILLE", NOON, 3);
    let other = crate::facts::sale("LILLE", NOON, 3);
    service.publish("checkout", &[given_back(&refund(&sale, &[2])), sold(&other)]).await;
    let (_, mail) = service.told(sale).await;
    let other = crate::facts::mail(&other);
    service.publish("receipt", &[invited(&other)]).await;
    let refunded = |shown: Invitation| shown.lines.iter().map(|line| line.refunded).collect::<Vec<_>>();
    assert_eq!(refunded(opened(&service, &mail.review).await.unwrap()), [false, true, false]);
    assert_eq!(refunded(opened(&service, &other.review).await.unwrap()), [false, false, false]);
    let again = service.client().submit_complaint(complaint(&mail, &[1, 2])).await;
    assert_eq!(reason(again), "LINE_ALREADY_REFUNDED");
    assert!(service.checkout.asked().is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_may_have_several_links_and_all_of_them_open_it() {
    let service = Service::start().await;
    let (sale, first) = service.sold("LILLE", 1).await;
    let second = mail(&sale);
    service.publish("receipt", &[invited(&second)]).await;
    let first_form = form(&first, &[(1, 4, "bon")]);
    assert_eq!(service.submit(&first_form).await.unwrap(), 1);
    let through_the_other =
        proto::reviews::v1::SubmitReviewsRequest { token: second.review.clone(), ..first_form };
    assert_eq!(service.submit(&through_the_other).await.unwrap(), 1, "the same form, its first answer");
    assert_eq!(opened(&service, &second.review).await.unwrap().lines[0].rating, 4);
    assert_eq!(service.told_of("reviews.submitted").await, 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_told_again_changes_nothing_and_a_poisoned_one_is_put_aside() {
    let service = Service::start().await;
    let (sale, mail) = service.sold("LILLE", 2).await;
    let renamed = SaleCompleted { store_name: "Ailleurs".to_owned(), ..sale.clone() };
    let nameless = SaleCompleted { sale_id: "not an id".to_owned(), ..sale.clone() };
    let placeless =
        SaleCompleted { store_code: "lille.>".to_owned(), ..crate::facts::sale("LILLE", NOON, 1) };
    let timeless = SaleCompleted { completed_time: None, ..crate::facts::sale("LILLE", NOON, 1) };
    let back = refund(&sale, &[1]);
    let mut events =
        vec![sold(&renamed), sold(&nameless), sold(&timeless), given_back(&back), given_back(&back)];
    let subject = proto::subject::sale_completed::of("LILLE");
    events.push(crate::facts::event(subject, proto::subject::sale_completed::TYPE, &placeless));
    service.publish("checkout", &events).await;
    let mut broken = mail.clone();
    broken.invited.review_token_sha256 = "é".repeat(32);
    service.publish("receipt", &[invited(&mail), invited(&broken)]).await;
    let shown = opened(&service, &mail.review).await.unwrap();
    assert_eq!(shown.store_name, "Magasin LILLE");
    assert_eq!(shown.lines.iter().map(|line| line.refunded).collect::<Vec<_>>(), [true, false]);
    let mut reasons: Vec<String> =
        sqlx::query_scalar("select reason from dead_letter").fetch_all(&service.db.pool).await.unwrap();
    reasons.sort();
    assert_eq!(
        reasons,
        [
            "completed_time is missing",
            "review_token_sha256 is not a SHA-256 in hexadecimal",
            "sale_id is not a UUID",
            "store_code is not a store's code",
        ]
    );
    service.stop().await;
}
