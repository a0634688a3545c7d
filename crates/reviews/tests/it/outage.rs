//! The bus away, the line to a store cut, and the end of the service while it is busy.

use futures::future::join_all;
use platform::Role;
use proto::reviews::v1::WatchReviewsRequest;
use tonic::Code;

use testbed::eventually;

use crate::service::{PATIENCE, Service, complaint, form};

#[tokio::test(flavor = "multi_thread")]
async fn forms_are_taken_without_the_bus_and_told_when_it_is_back() {
    let service = Service::start().await;
    service.following().await;
    let (_, mail) = service.sold("LILLE", 1).await;
    let request = service.by(Role::Manager, "LILLE", WatchReviewsRequest {});
    let mut feed = service.client().watch_reviews(request).await.unwrap().into_inner();
    service.nats.kill9().await.unwrap();
    assert_eq!(service.submit(&form(&mail, &[(1, 5, "sans bus")])).await.unwrap(), 1);
    service.nats.restart().await.unwrap();
    let told = tokio::time::timeout(PATIENCE, feed.message()).await.expect("it is told").unwrap().unwrap();
    assert_eq!(told.review.unwrap().comment, "sans bus");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_a_store_behind_a_cut_line_waits_visibly_and_is_given_once_when_the_line_is_back() {
    let (service, line) = Service::start_with_store("LILLE").await;
    let (_, mail) = service.sold("LILLE", 2).await;
    let (_, elsewhere) = service.sold("LYON", 1).await;
    line.cut();
    let ask = async |said| service.client().submit_complaint(said).await.unwrap().into_inner();
    let said = complaint(&mail, &[1]);
    assert!(ask(said.clone()).await.waiting);
    assert!(!ask(complaint(&elsewhere, &[1])).await.waiting, "the other stores are not held up");
    line.mend();
    let answered = eventually(PATIENCE, "the refund is given", async || {
        let answer = ask(said.clone()).await;
        (!answer.waiting).then_some(answer.amount_minor)
    });
    assert_eq!(answered.await.unwrap(), 100);
    assert_eq!(service.checkout.given(), 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_before_the_end_is_kept_and_told() {
    let service = Service::start().await;
    let (_, mail) = service.sold("LILLE", 60).await;
    let forms: Vec<_> = (1..=60).map(|line| form(&mail, &[(line, 5, "vite")])).collect();
    // One connection, made before the end begins.
    let client = service.client();
    client.clone().submit_reviews(forms[0].clone()).await.unwrap();
    let sending = forms.iter().map(|form| {
        let mut client = client.clone();
        async move { client.submit_reviews(form.clone()).await }
    });
    let ending = async {
        let mut first = client.clone();
        first.submit_reviews(forms[1].clone()).await.unwrap();
        service.shutdown.cancel();
    };
    let (answers, ()) = tokio::join!(join_all(sending), ending);
    let mut answered = 0;
    for answer in answers {
        match answer {
            Ok(_) => answered += 1,
            Err(status) => assert!(
                [Code::Unavailable, Code::Unknown, Code::Cancelled].contains(&status.code()),
                "{status}"
            ),
        }
    }
    let pool = service.db.pool.clone();
    service.stop().await;
    let kept: i64 = sqlx::query_scalar("select count(*) from review").fetch_one(&pool).await.unwrap();
    let told: i64 = sqlx::query_scalar("select count(*) from outbox where published_time is not null")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(kept >= answered && answered >= 2, "{answered} answered, {kept} kept");
    assert_eq!(told, kept);
}
