//! Figures as they are asked for: always of one store first.

use sqlx::PgConnection;
use time::Date;

use crate::domain::{Hour, MemberVisits, RecentReview};

/// What is known of a store.
pub struct StoreRow {
    pub time_zone: String,
    pub currency_code: String,
    pub revision: i64,
}

/// Totals over all stores and days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    pub sales: i64,
    pub sold_minor: i64,
    pub refunds: i64,
    pub refunded_minor: i64,
    pub reviews: i64,
}

/// What events told of a store.
pub async fn store(db: &mut PgConnection, store_code: &str) -> sqlx::Result<Option<StoreRow>> {
    sqlx::query_as!(
        StoreRow,
        r#"
        select time_zone, currency_code, revision
        from store
        where store_code = $1
        "#,
        store_code,
    )
    .fetch_optional(db)
    .await
}

/// The hours of a day that have sums, in order.
pub async fn hours(db: &mut PgConnection, store_code: &str, day: Date) -> sqlx::Result<Vec<Hour>> {
    sqlx::query_as!(
        Hour,
        r#"
        select hour, sales, self_sales, sold_minor, refunds, refunded_minor
        from store_hour
        where store_code = $1
          and day = $2
        order by hour
        "#,
        store_code,
        day,
    )
    .fetch_all(db)
    .await
}

/// How often members come, as seen on `day`.
pub async fn visits(db: &mut PgConnection, store_code: &str, day: Date) -> sqlx::Result<MemberVisits> {
    sqlx::query_as!(
        MemberVisits,
        r#"
        with purchase_day as (
            select distinct member_id, day
            from sale_fact
            where store_code = $1
              and member_id is not null
              and day > $2::date - 365
              and day <= $2::date
        ),
        member as (
            select
                bool_or(day = $2::date) as active,
                count(*) filter (where day > $2::date - 30) as recent_days,
                count(*) as days,
                max(day) - min(day) as span
            from purchase_day
            group by member_id
        )
        select
            count(*) filter (where active) as "active!",
            count(*) filter (where recent_days > 0) as "recent_members!",
            coalesce(sum(recent_days), 0)::bigint as "recent_days!",
            coalesce(sum(span) filter (where days > 1), 0)::bigint as "spans!",
            coalesce(sum(days - 1) filter (where days > 1), 0)::bigint as "intervals!"
        from member
        "#,
        store_code,
        day,
    )
    .fetch_one(db)
    .await
}

/// The last ten reviews, newest first.
pub async fn recent_reviews(db: &mut PgConnection, store_code: &str) -> sqlx::Result<Vec<RecentReview>> {
    sqlx::query_as!(
        RecentReview,
        r#"
        select product_name, rating, comment, submitted_time
        from review_fact
        where store_code = $1
        order by submitted_time desc, review_id
        limit 10
        "#,
        store_code,
    )
    .fetch_all(db)
    .await
}

/// Number and sum of the notes first sent on `day` in the store's time zone.
pub async fn notes(
    db: &mut PgConnection,
    store_code: &str,
    time_zone: &str,
    day: Date,
) -> sqlx::Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"
        select count(*) as "count!", coalesce(sum(rating), 0)::bigint as "sum!"
        from review_fact
        where store_code = $1
          and first_submitted_time >= $3::date::timestamp at time zone $2
          and first_submitted_time < ($3::date + 1)::timestamp at time zone $2
        "#,
        store_code,
        time_zone,
        day,
    )
    .fetch_one(db)
    .await?;
    Ok((row.count, row.sum))
}

/// Totals over all stores and days.
pub async fn totals(db: &mut PgConnection) -> sqlx::Result<Totals> {
    sqlx::query_as!(
        Totals,
        r#"
        select
            (select count(*) from sale_fact) as "sales!",
            (select coalesce(sum(total_minor), 0)::bigint from sale_fact) as "sold_minor!",
            (select count(*) from refund_fact) as "refunds!",
            (select coalesce(sum(total_minor), 0)::bigint from refund_fact) as "refunded_minor!",
            (select count(*) from review_fact) as "reviews!"
        "#,
    )
    .fetch_one(db)
    .await
}
