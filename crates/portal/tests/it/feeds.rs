//! Pages that move by themselves.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use proto::reviews::v1::{Complaint, Review, WatchReviewsResponse};

use crate::shop::Shop;

/// Reads events until one contains `part`; every answer within the test's patience.
async fn heard(body: &mut Incoming, part: &str) -> String {
    let mut text = String::new();
    let reading = async {
        while !(text.contains(part) && text.ends_with("\n\n")) {
            let frame = body.frame().await.expect("the feed goes on").unwrap();
            text += std::str::from_utf8(&frame.into_data().unwrap()).unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reading).await.expect("the feed tells");
    text
}

#[tokio::test]
async fn a_review_is_told_as_a_card_of_html_with_the_latest_before_it() {
    let shop = Shop::open().await;
    for (role, feed, may_answer) in [
        ("supplier", "/supplier/feed", true),
        ("manager", "/live/reviews/feed", true),
        ("attendant", "/live/reviews/feed", false),
    ] {
        let answer = shop.signed_in(role).await.opened(feed).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut body = answer.into_body();
        let latest = heard(&mut body, "000000000002").await;
        assert!(latest.contains("data-review-id=") && latest.contains("retry: 1000"), "{latest}");
        let comment = "Une ligne\net une autre\rfin".to_owned();
        let review = Review { comment, ..shop.fakes.review(77) };
        assert!(shop.fakes.tell(WatchReviewsResponse { review: Some(review), complaint: None }) > 0);
        let told = heard(&mut body, "000077").await;
        assert!(told.contains("data: et une autre"), "{told}");
        assert_eq!(told.contains("name=\"reply\""), may_answer, "{role}");
        assert!(
            told.lines().all(|line| line.is_empty() || line.starts_with("data: ") || line == "data:"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_complaint_is_told_as_a_card_of_its_own_and_a_supplier_reads_no_amount() {
    let shop = Shop::open().await;
    for (role, feed, sees_amount) in
        [("attendant", "/live/reviews/feed", true), ("supplier", "/supplier/feed", false)]
    {
        let mut body = shop.signed_in(role).await.opened(feed).await.into_body();
        heard(&mut body, "complaint-01970000-0000-7000-8000-000000000101").await;
        let complaint = Complaint { comment: "Gâté\rsous le film".to_owned(), ..shop.fakes.complaint(77) };
        let told = WatchReviewsResponse { review: None, complaint: Some(complaint) };
        assert!(shop.fakes.tell(told) > 0);
        let told = heard(&mut body, "0000000177").await;
        assert!(told.contains("Réclamation") && told.contains("sous le film"), "{told}");
        let card = told.split("complaint-01970000-0000-7000-8000-000000000177").nth(1).unwrap();
        assert_eq!(card.contains("8,92"), sees_amount, "{card}");
        assert!(told.lines().all(|line| line.is_empty() || line.starts_with("data:")), "{told}");
    }
}

#[tokio::test]
async fn the_dashboard_is_told_anew_when_the_day_moves() {
    let shop = Shop::open().await;
    let answer = shop.signed_in("manager").await.opened("/dashboard/feed").await;
    let mut body = answer.into_body();
    heard(&mut body, "retry").await;
    let mut day = shop.fakes.day();
    day.revenue_minor = 1_234_567;
    assert_eq!(shop.fakes.tell_day(day), 1);
    let told = heard(&mut body, "1234567").await;
    assert!(told.contains("<data id=\"revenue\" value=\"1234567\">12\u{202f}345,67"), "{told}");
}

#[tokio::test]
async fn feeds_end_when_the_portal_stops() {
    let mut shop = Shop::open().await;
    let mut body = shop.signed_in("manager").await.opened("/dashboard/feed").await.into_body();
    heard(&mut body, "retry").await;
    shop.shutdown.cancel();
    let ended = async { while body.frame().await.is_some_and(|frame| frame.is_ok()) {} };
    tokio::time::timeout(Duration::from_secs(5), ended).await.expect("the feed ends");
    let stopped = tokio::time::timeout(Duration::from_secs(5), &mut shop.portal).await;
    stopped.expect("the portal stops before its time to drain is over").unwrap().unwrap();
}

#[tokio::test]
async fn a_feed_that_cannot_be_opened_says_so() {
    let shop = Shop::open().await;
    shop.fakes.refuse("WatchReviews", tonic::Status::unavailable("gone"));
    shop.fakes.refuse("WatchDay", tonic::Status::unavailable("gone"));
    let mut manager = shop.signed_in("manager").await;
    assert_eq!(manager.get("/live/reviews/feed").await.status, 503);
    assert_eq!(manager.get("/dashboard/feed").await.status, 503);
}
