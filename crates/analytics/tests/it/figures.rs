//! What the day is like.

use proto::{
    analytics::v1::GetDayRequest,
    checkout::v1::{SaleCompleted, SaleLine},
};
use time::{Duration, macros::datetime};
use tonic::Code;
use uuid::Uuid;

use crate::service::{Service, given_back, refund, review, reviewed, sale, sold};

#[tokio::test(flavor = "multi_thread")]
async fn revenue_falls_by_what_is_given_back_and_stores_do_not_mix() {
    let noon = datetime!(2026-05-02 10:15 UTC);
    let service = Service::start(noon).await;
    let first = SaleCompleted { total_minor: 1234, ..sale("LILLE", noon) };
    let staffed = SaleCompleted { terminal_kind: "staffed".to_owned(), ..sale("LILLE", noon) };
    let elsewhere = SaleCompleted { total_minor: 99, ..sale("ARRAS", noon) };
    let back = refund(&first, noon + Duration::hours(1), 234);
    service.publish("checkout", &[sold(&first), sold(&staffed), sold(&elsewhere), given_back(&back)]).await;

    let day = service.day_when("LILLE", |day| day.refunds == 1).await;
    assert_eq!((day.sales, day.revenue_minor, day.refunded_minor), (2, 2000, 234));
    assert_eq!((day.average_basket_minor, day.self_share_basis_points), (1117, 5000));
    let hours: Vec<_> = day.hours.iter().map(|hour| (hour.hour, hour.sales, hour.revenue_minor)).collect();
    assert_eq!(hours, [(12, 2, 2234), (13, 0, -234)]);
    let other = service.day_when("ARRAS", |day| day.sales == 1).await;
    assert_eq!(other.revenue_minor, 99);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frequency_counts_days_of_members_and_not_sales() {
    let now = datetime!(2026-05-30 10:00 UTC);
    let service = Service::start(now).await;
    let (often, once) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    let visit = |member: &str, days_ago: i64| {
        sold(&SaleCompleted { member_id: member.to_owned(), ..sale("LILLE", now - Duration::days(days_ago)) })
    };
    let visits = [
        visit(&often, 0),
        visit(&often, 0),
        visit(&often, 4),
        visit(&often, 40),
        visit(&once, 2),
        sold(&sale("LILLE", now)),
    ];
    service.publish("checkout", &visits).await;
    let day = service.day_when("LILLE", |day| day.revision == 6).await;
    assert_eq!(day.active_members, 1);
    assert_eq!(day.purchase_days_per_member_milli, 1500, "two days and one day");
    assert_eq!(day.days_between_purchases_milli, 20_000, "forty days in two intervals");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_does_not_see_another_store_nor_a_bad_day() {
    let now = datetime!(2026-05-30 10:00 UTC);
    let service = Service::start(now).await;
    service.publish("checkout", &[sold(&sale("LILLE", now))]).await;
    service.day_when("LILLE", |day| day.sales == 1).await;
    let ask = |store: &str, day: &str| GetDayRequest { store_code: store.to_owned(), day: day.to_owned() };
    for (request, code) in [
        (service.as_manager("ARRAS", ask("LILLE", "")), Code::NotFound),
        (service.as_manager("LILLE", ask("LILLE", "30/05/2026")), Code::InvalidArgument),
        (service.as_manager("LILLE", ask("lille", "")), Code::InvalidArgument),
    ] {
        assert_eq!(service.client().get_day(request).await.unwrap_err().code(), code);
    }
    let yesterday = service.as_manager("LILLE", ask("LILLE", "2026-05-29"));
    let day = service.client().get_day(yesterday).await.unwrap().into_inner().day.unwrap();
    assert_eq!((day.sales, day.revenue_minor), (0, 0));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_revision_of_a_review_counts_in_whatever_order_they_come() {
    let now = datetime!(2026-05-30 10:00 UTC);
    let service = Service::start(now).await;
    service.publish("checkout", &[sold(&sale("LILLE", now))]).await;
    service.day_when("LILLE", |day| day.sales == 1).await;
    let first = review("LILLE", now, 5);
    let changed = proto::reviews::v1::ReviewSubmitted { rating: 2, revision: 2, ..first.clone() };
    let yesterday = review("LILLE", now - Duration::days(1), 4);
    service.publish("reviews", &[reviewed(&changed), reviewed(&first), reviewed(&yesterday)]).await;
    let day = service.day_when("LILLE", |day| day.reviews.len() == 2).await;
    assert_eq!((day.review_count, day.average_rating_milli), (1, 2000));
    assert_eq!(day.reviews[0].rating, 2, "newest first, latest revision");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weighed_lines_promotions_and_deposits_of_a_sale_are_facts() {
    let noon = datetime!(2026-05-02 10:15 UTC);
    let service = Service::start(noon).await;
    let line = |sold_by: &str| SaleLine { sold_by: sold_by.to_owned(), ..SaleLine::default() };
    let rich = SaleCompleted {
        lines: vec![line("kg"), line("unit"), line("kg")],
        discount_minor: 120,
        deposit_minor: -40,
        ..sale("LILLE", noon)
    };
    service.publish("checkout", &[sold(&rich), sold(&sale("LILLE", noon))]).await;
    service.day_when("LILLE", |day| day.sales == 2).await;
    let facts: (i64, i64, i64) = sqlx::query_as(
        "select sum(weighed_lines)::bigint, sum(promotion_minor)::bigint, sum(deposit_minor)::bigint from sale_fact",
    )
    .fetch_one(&service.db.pool)
    .await
    .unwrap();
    assert_eq!(facts, (2, 120, -40));
    service.stop().await;
}
