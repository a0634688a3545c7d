//! What the shop and the suppliers see and answer.

use futures::future::join_all;
use platform::Role;
use proto::reviews::v1::{ListReviewsRequest, ReplyToReviewRequest};
use time::{Duration, macros::datetime};
use tonic::Code;
use uuid::Uuid;

use crate::service::{NOON, Service, form, fresh, reason};

fn answer(review_id: &str, reply: &str) -> ReplyToReviewRequest {
    ReplyToReviewRequest { request_id: fresh(), review_id: review_id.to_owned(), reply: reply.to_owned() }
}

/// Two lines in each of two stores, of two suppliers.
async fn two_stores() -> Service {
    let service = Service::start().await;
    for store in ["LILLE", "ARRAS"] {
        let (_, mail) = service.sold(store, 2).await;
        service.submit(&form(&mail, &[(1, 5, store), (2, 4, store)])).await.unwrap();
    }
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_what_is_theirs_and_nothing_else() {
    let service = two_stores().await;
    for role in [Role::Desk, Role::Attendant, Role::Manager] {
        let seen = service.listed(role, "LILLE").await;
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|review| review.store_code == "LILLE" && review.comment == "LILLE"));
    }
    for supplier in ["FERME", "MER"] {
        let seen = service.listed(Role::Supplier, supplier).await;
        assert_eq!(seen.len(), 2, "in both stores");
        assert!(seen.iter().all(|review| review.supplier_code == supplier));
        // The day in the store, and not the minute.
        let day = crate::facts::timestamp(datetime!(2026-05-01 22:00 UTC));
        assert!(seen.iter().all(|review| review.purchased_time == day));
    }
    for (role, code) in [(Role::Manager, "PARIS"), (Role::Supplier, "LILLE"), (Role::Manager, "FERME")] {
        assert!(service.listed(role, code).await.is_empty());
    }
    for (role, code) in [(Role::Supplier, ""), (Role::Manager, "")] {
        let request = service.by(role, code, ListReviewsRequest::default());
        assert_eq!(service.client().list_reviews(request).await.unwrap_err().code(), Code::NotFound);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_newest_first_while_more_is_written() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 7).await;
    for line in 1..=6 {
        // Two at each instant: the id decides between them.
        service.clock.set(NOON + Duration::seconds(i64::from(line / 2)));
        service.submit(&form(&mail, &[(line, 5, "")])).await.unwrap();
    }
    let all: Vec<_> =
        service.listed(Role::Manager, "LILLE").await.into_iter().map(|review| review.review_id).collect();
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = service.by(Role::Manager, "LILLE", ListReviewsRequest { page_size: 2, page_token });
        let page = service.client().list_reviews(request).await.unwrap().into_inner();
        assert!(page.reviews.len() <= 2);
        seen.extend(page.reviews.into_iter().map(|review| review.review_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        // Neither a new review nor a changed one moves what is still to be read.
        service.clock.set(NOON + Duration::hours(1));
        service.submit(&form(&mail, &[(7, 5, ""), (1, 1, "")])).await.unwrap();
    }
    assert_eq!((seen.len(), seen), (6, all));
    let wrong = ListReviewsRequest { page_size: 2, page_token: "x".to_owned() };
    let refused = service.client().list_reviews(service.by(Role::Manager, "LILLE", wrong)).await;
    assert_eq!(reason(refused), "INVALID_FIELD");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_and_the_supplier_answer_and_nobody_else_finds_the_review() {
    let service = two_stores().await;
    let review = service.listed(Role::Manager, "LILLE").await;
    let review = review.into_iter().find(|review| review.supplier_code == "FERME").unwrap();
    for (role, code) in [(Role::Manager, "ARRAS"), (Role::Desk, "ARRAS"), (Role::Supplier, "MER")] {
        let request = service.by(role, code, answer(&review.review_id, "Merci"));
        assert_eq!(reason(service.client().reply_to_review(request).await), "NOT_FOUND");
    }
    let request = service.by(Role::Attendant, "LILLE", answer(&review.review_id, "Merci"));
    let refused = service.client().reply_to_review(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let unknown = service.by(Role::Manager, "LILLE", answer(&fresh(), "Merci"));
    assert_eq!(reason(service.client().reply_to_review(unknown).await), "NOT_FOUND");
    assert_eq!(service.told_of("reviews.replied").await, 0);
    for (role, code, reply) in
        [(Role::Desk, "LILLE", "De l’accueil"), (Role::Supplier, "FERME", "De la\r\nferme \u{202e}")]
    {
        let request = service.by(role, code, answer(&review.review_id, reply));
        let answered = service.client().reply_to_review(request).await.unwrap().into_inner().review.unwrap();
        assert_eq!(answered.replied_time, crate::facts::timestamp(NOON));
        assert_eq!((answered.revision, answered.comment.as_str()), (1, "LILLE"));
    }
    let seen = service.listed(Role::Manager, "LILLE").await;
    let replies: Vec<_> = seen.iter().filter(|review| !review.reply.is_empty()).collect();
    assert_eq!((replies.len(), replies[0].reply.as_str()), (1, "De la\nferme"));
    assert_eq!(service.told_of("reviews.replied").await, 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_sent_twenty_times_is_one_and_its_id_belongs_to_the_person() {
    let service = two_stores().await;
    let review_id = service.listed(Role::Manager, "LILLE").await[0].review_id.clone();
    let said = answer(&review_id, "Merci");
    let send = || async {
        let request = service.by(Role::Manager, "LILLE", said.clone());
        service.client().reply_to_review(request).await.unwrap().into_inner().review.unwrap().reply
    };
    let answers = join_all((0..20).map(|_| send())).await;
    assert!(answers.into_iter().all(|reply| reply == "Merci"));
    assert_eq!(service.told_of("reviews.replied").await, 1);
    let same_again = service.by(Role::Manager, "LILLE", answer(&review_id, "Merci"));
    service.client().reply_to_review(same_again).await.unwrap();
    assert_eq!(service.told_of("reviews.replied").await, 1, "the same answer again is none");
    let reused = ReplyToReviewRequest { reply: "Autre".to_owned(), ..said.clone() };
    let request = service.by(Role::Manager, "LILLE", reused.clone());
    assert_eq!(reason(service.client().reply_to_review(request).await), "REQUEST_ID_REUSED");
    let colleague = service.by_person(Uuid::from_u128(2), Role::Manager, "LILLE", reused);
    assert!(service.client().reply_to_review(colleague).await.is_ok());
    for wrong in ["", " \u{200b}", "a\0"] {
        let request = service.by(Role::Manager, "LILLE", answer(&review_id, wrong));
        assert_eq!(reason(service.client().reply_to_review(request).await), "INVALID_FIELD");
    }
    let long = service.by(Role::Manager, "LILLE", answer(&review_id, &"a".repeat(2001)));
    assert_eq!(reason(service.client().reply_to_review(long).await), "COMMENT_TOO_LONG");
    service.stop().await;
}
