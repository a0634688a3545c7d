//! Complaints on the screens of the shop and the suppliers, as they are written and as they are settled.

use platform::Role;
use proto::reviews::v1::{
    Complaint, ListComplaintsRequest, SubmitComplaintRequest, WatchReviewsRequest, WatchReviewsResponse,
};
use time::{Duration, macros::datetime};
use tonic::{Code, Streaming};

use crate::{
    checkout::Next,
    facts::{Mail, timestamp},
    service::{NOON, PATIENCE, Service, complaint, form, reason},
};

async fn watch(service: &Service, role: Role, code: &str) -> Streaming<WatchReviewsResponse> {
    let request = service.by(role, code, WatchReviewsRequest {});
    service.client().watch_reviews(request).await.unwrap().into_inner()
}

async fn told(feed: &mut Streaming<WatchReviewsResponse>) -> Complaint {
    let told = tokio::time::timeout(PATIENCE, feed.message()).await.expect("a complaint is told");
    told.unwrap().expect("the feed goes on").complaint.expect("it is about a complaint")
}

async fn listed(service: &Service, role: Role, code: &str) -> Vec<Complaint> {
    let request = service.by(role, code, ListComplaintsRequest { page_size: 200, page_token: String::new() });
    service.client().list_complaints(request).await.unwrap().into_inner().complaints
}

fn products(complaint: &Complaint) -> Vec<&str> {
    complaint.products.iter().map(|product| product.product_name.as_str()).collect()
}

fn saying(mail: &Mail, line_ids: &[i32], comment: &str) -> SubmitComplaintRequest {
    SubmitComplaintRequest { comment: comment.to_owned(), ..complaint(mail, line_ids) }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_team_reads_a_complaint_when_it_is_written_and_again_when_the_money_is_given() {
    let service = Service::start_with(false).await;
    service.following().await;
    let (_, mail) = service.sold("LILLE", 3).await;
    let mut team = watch(&service, Role::Attendant, "LILLE").await;
    let answer = service.client().submit_complaint(saying(&mail, &[1, 3], "Trop salé")).await.unwrap();
    assert!(answer.into_inner().waiting);
    let written = told(&mut team).await;
    assert_eq!((written.comment.as_str(), written.state.as_str()), ("Trop salé", "asked"));
    assert_eq!((products(&written), written.amount_minor), (vec!["Article 1", "Article 3"], 0));
    assert_eq!(written.purchased_time, timestamp(datetime!(2026-05-01 22:00 UTC)), "the day alone");
    assert_eq!(written.complained_time, timestamp(NOON));
    service.checkout.serve(service.checkout_address, service.folder.path(), &service.shutdown);
    let settled = told(&mut team).await;
    assert_eq!((settled.state.as_str(), settled.amount_minor), ("refunded", 400));
    assert_eq!(settled.complaint_id, written.complaint_id);
    assert_eq!(listed(&service, Role::Manager, "LILLE").await, [settled]);
    assert_eq!(service.told_of("reviews.complaint_settled").await, 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_the_complaints_about_what_is_theirs_and_no_others() {
    let service = Service::start().await;
    let ((_, lille), (_, arras)) = (service.sold("LILLE", 3).await, service.sold("ARRAS", 2).await);
    let all = [saying(&lille, &[1], "l1"), saying(&lille, &[2, 3], "l2 et l3"), saying(&arras, &[1], "a1")];
    for (second, said) in (1..).zip(all) {
        service.clock.set(NOON + Duration::seconds(second));
        service.client().submit_complaint(said).await.unwrap();
    }
    for role in [Role::Desk, Role::Attendant, Role::Manager] {
        let seen = listed(&service, role, "LILLE").await;
        let comments: Vec<_> = seen.iter().map(|seen| (seen.comment.as_str(), seen.amount_minor)).collect();
        assert_eq!(comments, [("l2 et l3", 500), ("l1", 100)], "the newest first");
        assert!(seen.iter().all(|seen| seen.store_code == "LILLE" && !seen.comment_withheld));
    }
    let ferme = listed(&service, Role::Supplier, "FERME").await;
    let seen: Vec<_> = ferme.iter().map(|seen| (seen.comment.as_str(), products(seen))).collect();
    assert_eq!(
        seen,
        [("a1", vec!["Article 1"]), ("", vec!["Article 3"]), ("l1", vec!["Article 1"])],
        "in both stores, and nothing that is said of another's product"
    );
    assert_eq!(ferme.iter().map(|seen| seen.comment_withheld).collect::<Vec<_>>(), [false, true, false]);
    let mer = listed(&service, Role::Supplier, "MER").await;
    assert_eq!((mer.len(), products(&mer[0]), mer[0].comment.as_str()), (1, vec!["Article 2"], ""));
    for seen in ferme.iter().chain(&mer) {
        assert_eq!((seen.amount_minor, seen.state.as_str()), (0, "refunded"), "a supplier sees no amount");
    }
    for (role, code) in [(Role::Manager, "PARIS"), (Role::Supplier, "LILLE"), (Role::Manager, "FERME")] {
        assert!(listed(&service, role, code).await.is_empty());
    }
    for (role, code) in [(Role::Supplier, ""), (Role::Manager, "")] {
        let request = service.by(role, code, ListComplaintsRequest::default());
        assert_eq!(service.client().list_complaints(request).await.unwrap_err().code(), Code::NotFound);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_written_through_one_replica_is_told_by_every_replica_to_whom_it_concerns() {
    let service = Service::start().await;
    let mut replica = service.replica();
    service.all_following(2).await;
    let ((_, arras), (_, lille)) = (service.sold("ARRAS", 1).await, service.sold("LILLE", 2).await);
    let request = service.by(Role::Manager, "LILLE", WatchReviewsRequest {});
    let mut there = replica.watch_reviews(request).await.unwrap().into_inner();
    let mut here = watch(&service, Role::Desk, "LILLE").await;
    let mut supplier = watch(&service, Role::Supplier, "MER").await;
    service.client().submit_complaint(saying(&arras, &[1], "ailleurs")).await.unwrap();
    service.client().submit_complaint(saying(&lille, &[2], "ici")).await.unwrap();
    for (feed, amount) in [(&mut here, 200), (&mut there, 200), (&mut supplier, 0)] {
        let mut last = told(feed).await;
        assert_eq!(last.comment, "ici", "what is written elsewhere is not told here");
        // Told when it was written and when it was settled, each time as it then was.
        while last.state != "refunded" {
            last = told(feed).await;
        }
        assert_eq!((last.comment.as_str(), last.amount_minor), ("ici", amount));
    }
    drop((here, there, supplier));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_shown_with_its_reason() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 1).await;
    service.checkout.next(Next::Refused("REFUND_PERIOD_OVER"));
    assert!(service.client().submit_complaint(saying(&mail, &[1], "trop tard")).await.is_err());
    let seen = &listed(&service, Role::Desk, "LILLE").await[0];
    assert_eq!((seen.state.as_str(), seen.refusal.as_str()), ("refused", "refund_period_over"));
    assert_eq!((seen.comment.as_str(), seen.amount_minor), ("trop tard", 0));
    assert_eq!(service.told_of("reviews.complaint_settled").await, 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_complaints_follow_each_other_newest_first() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 5).await;
    for line in 1..=5 {
        // Two at each instant: the id decides between them.
        service.clock.set(NOON + Duration::seconds(i64::from(line / 2)));
        service.client().submit_complaint(complaint(&mail, &[line])).await.unwrap();
    }
    let ids = |page: &[Complaint]| page.iter().map(|seen| seen.complaint_id.clone()).collect::<Vec<_>>();
    let all = ids(&listed(&service, Role::Manager, "LILLE").await);
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = service.by(Role::Manager, "LILLE", ListComplaintsRequest { page_size: 2, page_token });
        let page = service.client().list_complaints(request).await.unwrap().into_inner();
        assert!(page.complaints.len() <= 2);
        seen.extend(ids(&page.complaints));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!((seen.len(), seen), (5, all));
    for wrong in [
        ListComplaintsRequest { page_size: 201, page_token: String::new() },
        ListComplaintsRequest { page_size: 2, page_token: "x".to_owned() },
    ] {
        let refused = service.client().list_complaints(service.by(Role::Manager, "LILLE", wrong)).await;
        assert_eq!(reason(refused), "INVALID_FIELD");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_and_complaints_are_told_by_one_feed() {
    let service = Service::start().await;
    service.following().await;
    let (_, mail) = service.sold("LILLE", 2).await;
    let mut feed = watch(&service, Role::Supplier, "FERME").await;
    service.submit(&form(&mail, &[(1, 2, "bof")])).await.unwrap();
    let first = tokio::time::timeout(PATIENCE, feed.message()).await.unwrap().unwrap().unwrap();
    assert_eq!((first.review.unwrap().comment.as_str(), first.complaint), ("bof", None));
    service.client().submit_complaint(saying(&mail, &[1], "rendu")).await.unwrap();
    assert_eq!(told(&mut feed).await.comment, "rendu");
    service.stop().await;
}
