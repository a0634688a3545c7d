//! Reviews as shoppers send them: once, twice, from two tabs, all at once.

use futures::future::join_all;
use platform::Role;
use proto::reviews::v1::{GetInvitationRequest, LineReview, SubmitReviewsRequest};

use crate::service::{NOON, Service, form, fresh, reason};

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_stored_whole_and_shown_when_the_link_is_opened_again() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 3).await;
    let said = form(&mail, &[(1, 5, "Très bon"), (3, 2, ""), (2, 0, " ")]);
    assert_eq!(service.submit(&said).await.unwrap(), 2);
    let request = GetInvitationRequest { token: mail.review.clone() };
    let shown = service.client().get_invitation(request).await.unwrap().into_inner().invitation.unwrap();
    let lines: Vec<_> = shown.lines.iter().map(|line| (line.rating, line.comment.as_str())).collect();
    assert_eq!(lines, [(5, "Très bon"), (0, ""), (2, "")]);
    let listed = service.listed(Role::Manager, "LILLE").await;
    assert_eq!(listed.iter().map(|review| review.rating).sum::<i32>(), 7);
    assert!(listed.iter().all(|review| review.revision == 1 && review.updated_time.is_none()));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_one_wrong_entry_stores_nothing() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 2).await;
    let long = "é".repeat(2001);
    for (said, expected) in [
        (vec![], "EMPTY_REVIEW"),
        (vec![(1, 0, "")], "EMPTY_REVIEW"),
        (vec![(1, 5, ""), (3, 5, "")], "UNKNOWN_LINE"),
        (vec![(1, 5, ""), (-1, 5, "")], "UNKNOWN_LINE"),
        (vec![(1, 5, ""), (2, 6, "")], "RATING_OUT_OF_RANGE"),
        (vec![(1, 5, ""), (2, -1, "")], "RATING_OUT_OF_RANGE"),
        (vec![(1, 5, ""), (2, 0, "sans note")], "RATING_OUT_OF_RANGE"),
        (vec![(1, 5, ""), (2, 5, long.as_str())], "COMMENT_TOO_LONG"),
        (vec![(1, 5, ""), (1, 4, "")], "INVALID_FIELD"),
        (vec![(1, 5, "a\u{7}b")], "INVALID_FIELD"),
    ] {
        assert_eq!(reason(service.submit(&form(&mail, &said)).await), expected, "{said:?}");
    }
    let nameless = SubmitReviewsRequest { request_id: "x".to_owned(), ..form(&mail, &[(1, 5, "")]) };
    assert_eq!(reason(service.submit(&nameless).await), "INVALID_FIELD");
    let line = LineReview { line_id: 1, rating: 5, comment: String::new() };
    let many = SubmitReviewsRequest { reviews: vec![line; 501], ..form(&mail, &[]) };
    assert_eq!(reason(service.submit(&many).await), "INVALID_FIELD");
    assert!(service.listed(Role::Manager, "LILLE").await.is_empty());
    assert_eq!(service.told_of("reviews.submitted").await, 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_sent_again_gets_its_first_answer_and_another_one_under_its_id_is_refused() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 2).await;
    let first = form(&mail, &[(1, 5, "bon"), (2, 4, "")]);
    assert_eq!(service.submit(&first).await.unwrap(), 2);
    let changed = form(&mail, &[(1, 1, "mauvais, finalement")]);
    assert_eq!(service.submit(&changed).await.unwrap(), 1);
    assert_eq!(service.submit(&first).await.unwrap(), 2, "a replay");
    let listed = service.listed(Role::Manager, "LILLE").await;
    assert!(
        listed.iter().any(|review| review.comment == "mauvais, finalement"),
        "and it changes nothing back"
    );
    let reused = SubmitReviewsRequest { reviews: changed.reviews, ..first };
    assert_eq!(reason(service.submit(&reused).await), "REQUEST_ID_REUSED");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn request_ids_of_one_sale_are_not_those_of_another() {
    let service = Service::start().await;
    let ((_, one), (_, other)) = (service.sold("LILLE", 1).await, service.sold("LILLE", 1).await);
    let first = form(&one, &[(1, 5, "")]);
    let second = SubmitReviewsRequest { request_id: first.request_id.clone(), ..form(&other, &[(1, 2, "")]) };
    assert_eq!((service.submit(&first).await.unwrap(), service.submit(&second).await.unwrap()), (1, 1));
    assert_eq!(service.listed(Role::Manager, "LILLE").await.len(), 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_review_replaces_the_earlier_one_and_an_unchanged_one_tells_nobody() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 2).await;
    assert_eq!(service.submit(&form(&mail, &[(1, 5, "bon"), (2, 3, "")])).await.unwrap(), 2);
    assert_eq!(service.submit(&form(&mail, &[(1, 5, " bon\r\n"), (2, 3, "")])).await.unwrap(), 0);
    let before = service.listed(Role::Manager, "LILLE").await;
    service.clock.set(NOON + time::Duration::hours(1));
    assert_eq!(service.submit(&form(&mail, &[(1, 2, "bon"), (2, 3, "")])).await.unwrap(), 1);
    let after = service.listed(Role::Manager, "LILLE").await;
    assert_eq!(after.len(), 2);
    let of_line_1 = |reviews: &[proto::reviews::v1::Review]| {
        reviews.iter().find(|review| review.product_name == "Article 1").unwrap().clone()
    };
    let (old, new) = (of_line_1(&before), of_line_1(&after));
    assert_eq!((new.review_id, new.submitted_time), (old.review_id, old.submitted_time));
    assert_eq!((new.revision, new.rating), (2, 2));
    assert_eq!(new.updated_time, crate::facts::timestamp(NOON + time::Duration::hours(1)));
    assert_eq!(service.told_of("reviews.submitted").await, 3);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_times_the_same_form_at_once_is_one_review() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 2).await;
    let said = form(&mail, &[(1, 5, "bon"), (2, 4, "")]);
    let answers = join_all((0..20).map(|_| service.submit(&said))).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap() == 2));
    assert_eq!(service.listed(Role::Manager, "LILLE").await.len(), 2);
    assert_eq!(service.told_of("reviews.submitted").await, 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_tabs_at_once_leave_one_review_a_line_with_gapless_revisions() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 2).await;
    let same = SubmitReviewsRequest { request_id: String::new(), ..form(&mail, &[(1, 5, "bon")]) };
    let tabs: Vec<_> =
        (0..20).map(|_| SubmitReviewsRequest { request_id: fresh(), ..same.clone() }).collect();
    let stored = join_all(tabs.iter().map(|tab| service.submit(tab))).await;
    assert_eq!(
        stored.into_iter().map(Result::unwrap).sum::<i32>(),
        1,
        "the first one writes, the others agree"
    );

    let comments: Vec<String> = (0..20).map(|tab| format!("onglet {tab}")).collect();
    let tabs: Vec<_> =
        comments.iter().map(|comment| form(&mail, &[(2, 4, comment), (1, 5, "bon")])).collect();
    let stored = join_all(tabs.iter().map(|tab| service.submit(tab))).await;
    assert!(stored.into_iter().all(|answer| answer.unwrap() == 1));
    let listed = service.listed(Role::Manager, "LILLE").await;
    let mut revisions: Vec<_> = listed.iter().map(|review| review.revision).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [1, 20]);
    assert_eq!(service.told_of("reviews.submitted").await, 21);
    service.stop().await;
}
