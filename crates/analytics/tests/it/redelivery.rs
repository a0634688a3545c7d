//! Events that come twice, or cannot be applied.

use proto::checkout::v1::SaleCompleted;
use time::macros::datetime;

use crate::service::{Service, sale, sold};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_told_twice_counts_once() {
    let now = datetime!(2026-05-02 10:15 UTC);
    let service = Service::start(now).await;
    let told = sold(&sale("LILLE", now));
    service.publish("checkout", std::slice::from_ref(&told)).await;
    service.day_when("LILLE", |day| day.sales == 1).await;
    // The same fact under another event id: as after a restore, when even the inbox does not know it.
    let again = outbox::NewEvent { event_id: uuid::Uuid::now_v7(), ..told };
    service.publish("checkout", &[again, sold(&sale("LILLE", now))]).await;
    let day = service.day_when("LILLE", |day| day.revision == 3).await;
    assert_eq!((day.sales, day.revenue_minor), (2, 2000));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_event_is_put_aside_and_the_next_one_counts() {
    let now = datetime!(2026-05-02 10:15 UTC);
    let service = Service::start(now).await;
    let poison = SaleCompleted { time_zone: "Mars/Olympus".to_owned(), ..sale("LILLE", now) };
    let nameless = SaleCompleted { sale_id: "not an id".to_owned(), ..sale("LILLE", now) };
    service.publish("checkout", &[sold(&poison), sold(&nameless), sold(&sale("LILLE", now))]).await;
    let day = service.day_when("LILLE", |day| day.sales == 1).await;
    assert_eq!(day.revenue_minor, 1000);
    let mut reasons: Vec<String> =
        sqlx::query_scalar("select reason from dead_letter").fetch_all(&service.db.pool).await.unwrap();
    reasons.sort();
    assert_eq!(reasons, ["sale_id is not a UUID", "unknown time zone \"Mars/Olympus\""]);
    service.stop().await;
}
