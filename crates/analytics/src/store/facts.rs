//! Facts as they arrive, and the roll-ups that follow them. A fact that is there already changes nothing.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::Moment;

/// A sale as its event told it.
pub struct Sale<'a> {
    pub sale_id: Uuid,
    pub store_code: &'a str,
    pub terminal_code: &'a str,
    pub self_checkout: bool,
    pub sequence: i64,
    pub completed_time: OffsetDateTime,
    pub moment: Moment,
    pub total_minor: i64,
    /// Lines by the kilogram.
    pub weighed_lines: i32,
    /// What was taken off.
    pub promotion_minor: i64,
    /// Deposits charged less deposits given back.
    pub deposit_minor: i64,
    pub member_id: Option<Uuid>,
}

/// A refund as its event told it.
pub struct Refund<'a> {
    pub refund_id: Uuid,
    pub sale_id: Uuid,
    pub store_code: &'a str,
    pub refunded_time: OffsetDateTime,
    pub moment: Moment,
    pub total_minor: i64,
}

/// A revision of a review as its event told it.
pub struct Review<'a> {
    pub review_id: Uuid,
    pub store_code: &'a str,
    pub product_name: &'a str,
    pub rating: i16,
    pub comment: &'a str,
    pub revision: i32,
    pub first_submitted_time: OffsetDateTime,
    pub submitted_time: OffsetDateTime,
}

/// Keeps what an event told of its store.
pub async fn learn_store(
    tx: &mut PgConnection,
    store_code: &str,
    time_zone: &str,
    currency_code: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into store (store_code, time_zone, currency_code, revision)
        values ($1, $2, $3, 1)
        on conflict on constraint store_pk do update
        set time_zone = excluded.time_zone,
            currency_code = excluded.currency_code,
            revision = store.revision + 1
        "#,
        store_code,
        time_zone,
        currency_code,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Says that figures of the store moved. A review may come before the store's first sale: then there is nothing to move yet.
pub async fn touch(tx: &mut PgConnection, store_code: &str) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update store
        set revision = revision + 1
        where store_code = $1
        "#,
        store_code,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds a sale to the facts and to its hour.
pub async fn apply_sale(tx: &mut PgConnection, sale: &Sale<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        with fact as (
            insert into sale_fact (
                sale_id, store_code, terminal_code, self_checkout, sequence, completed_time, day, hour, total_minor, member_id,
                weighed_lines, promotion_minor, deposit_minor
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            on conflict on constraint sale_fact_pk do nothing
            returning store_code, day, hour, self_checkout, total_minor
        )
        insert into store_hour (store_code, day, hour, sales, self_sales, sold_minor)
        select store_code, day, hour, 1, self_checkout::int, total_minor
        from fact
        on conflict on constraint store_hour_pk do update
        set sales = store_hour.sales + excluded.sales,
            self_sales = store_hour.self_sales + excluded.self_sales,
            sold_minor = store_hour.sold_minor + excluded.sold_minor
        "#,
        sale.sale_id,
        sale.store_code,
        sale.terminal_code,
        sale.self_checkout,
        sale.sequence,
        sale.completed_time,
        sale.moment.day,
        sale.moment.hour,
        sale.total_minor,
        sale.member_id,
        sale.weighed_lines,
        sale.promotion_minor,
        sale.deposit_minor,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds a refund to the facts and to its hour.
pub async fn apply_refund(tx: &mut PgConnection, refund: &Refund<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        with fact as (
            insert into refund_fact (refund_id, sale_id, store_code, refunded_time, day, hour, total_minor)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict on constraint refund_fact_pk do nothing
            returning store_code, day, hour, total_minor
        )
        insert into store_hour (store_code, day, hour, refunds, refunded_minor)
        select store_code, day, hour, 1, total_minor
        from fact
        on conflict on constraint store_hour_pk do update
        set refunds = store_hour.refunds + excluded.refunds,
            refunded_minor = store_hour.refunded_minor + excluded.refunded_minor
        "#,
        refund.refund_id,
        refund.sale_id,
        refund.store_code,
        refund.refunded_time,
        refund.moment.day,
        refund.moment.hour,
        refund.total_minor,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps the latest revision of a review, in whatever order they arrive.
pub async fn apply_review(tx: &mut PgConnection, review: &Review<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into review_fact (
            review_id, store_code, product_name, rating, comment, revision, first_submitted_time, submitted_time
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict on constraint review_fact_pk do update
        set rating = excluded.rating,
            comment = excluded.comment,
            revision = excluded.revision,
            submitted_time = excluded.submitted_time
        where review_fact.revision < excluded.revision
        "#,
        review.review_id,
        review.store_code,
        review.product_name,
        review.rating,
        review.comment,
        review.revision,
        review.first_submitted_time,
        review.submitted_time,
    )
    .execute(tx)
    .await?;
    Ok(())
}
