//! What a service refuses becomes a page that says what to do, and never what is inside.

use http::StatusCode;
use platform::status::refusal;
use tonic::{Code, Status};

use crate::{
    fakes::{REFUND, TOKEN},
    shop::Shop,
};

#[tokio::test]
async fn a_link_that_does_not_open_says_why() {
    for (status, expected, words) in [
        (refusal("reviews", Code::NotFound, "LINK_UNKNOWN", "no"), 404, "n’existe pas"),
        (refusal("reviews", Code::FailedPrecondition, "LINK_EXPIRED", "no"), 410, "plus valable"),
        (refusal("reviews", Code::Unavailable, "UNAVAILABLE", "no"), 503, "Encore un instant"),
        (Status::internal("row of Camille"), 500, "pas fonctionné"),
        (Status::deadline_exceeded("late"), 503, "Encore un instant"),
    ] {
        let shop = Shop::open().await;
        shop.fakes.refuse("GetInvitation", status.clone());
        shop.fakes.refuse("GetComplaintForm", status);
        let mut browser = shop.visitor();
        for path in [format!("/r/{TOKEN}"), format!("/s/{TOKEN}")] {
            let answer = browser.get(&path).await;
            assert_eq!(answer.status.as_u16(), expected, "{path}");
            assert!(
                answer.body.contains(words) && !answer.body.contains("Camille"),
                "{path}: {}",
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn a_complaint_that_is_refused_says_why() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let path = format!("/s/{TOKEN}");
    let confirmed = [("line.1", "on"), ("payout", "desk"), ("confirm", "yes")];
    for (code, reason, expected) in [
        (Code::FailedPrecondition, "LINE_ALREADY_REFUNDED", StatusCode::CONFLICT),
        (Code::FailedPrecondition, "REFUND_WAITS", StatusCode::CONFLICT),
        (Code::FailedPrecondition, "REFUND_PERIOD_OVER", StatusCode::GONE),
        (Code::InvalidArgument, "REQUEST_ID_REUSED", StatusCode::CONFLICT),
        (Code::InvalidArgument, "UNKNOWN_LINE", StatusCode::BAD_REQUEST),
    ] {
        shop.fakes.refuse("SubmitComplaint", refusal("reviews", code, reason, "no"));
        assert_eq!(browser.post(&path, &confirmed).await.status, expected, "{reason}");
    }
    // What the page already shows needs no question.
    let refunded = browser.post(&path, &[("line.3", "on"), ("payout", "desk")]).await;
    assert_eq!(refunded.status, StatusCode::CONFLICT);
    let foreign = browser.post(&path, &[("line.99", "on"), ("payout", "desk")]).await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_refund_that_was_paid_out_is_not_paid_again() {
    let shop = Shop::open().await;
    let refused = refusal("checkout", Code::FailedPrecondition, "REFUND_PAID_OUT", "no");
    shop.fakes.refuse("PayOutRefund", refused);
    let mut attendant = shop.signed_in("attendant").await;
    let answer = attendant.post(&format!("/desk/refunds/{REFUND}/pay-out"), &[("request_id", "1")]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.body.contains("Ne le versez pas une seconde fois"), "{}", answer.body);
}

#[tokio::test]
async fn signing_in_too_often_is_told_apart_from_a_wrong_password() {
    let shop = Shop::open().await;
    let mut browser = shop.visitor();
    let fields = [("login", "desk"), ("password", "wrong")];
    let answer = browser.post("/sign-in", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("value=\"desk\"") && !answer.body.contains("wrong"));
    shop.fakes.refuse("SignIn", refusal("membership", Code::ResourceExhausted, "TOO_MANY_ATTEMPTS", "no"));
    assert_eq!(browser.post("/sign-in", &[("login", "desk"), ("password", " right ")]).await.status, 429);
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_membership_that_is_down_signs_nobody_out() {
    let shop = Shop::open().await;
    let mut browser = shop.signed_in("manager").await;
    shop.fakes.refuse("GetSession", Status::unavailable("down"));
    shop.fakes.refuse("SignOut", Status::unavailable("down"));
    assert_eq!(browser.get("/dashboard").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(browser.post("/sign-out", &[]).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(browser.cookies["__Host-cabas-session"], "manager");
}

#[tokio::test]
async fn a_checkout_that_is_down_costs_the_time_zone_alone() {
    let shop = Shop::open().await;
    shop.fakes.refuse("ListStores", Status::unavailable("down"));
    let answer = shop.signed_in("attendant").await.get("/live/reviews").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("02/05/2026 à\u{a0}12:03 UTC"), "{}", answer.body);
}
