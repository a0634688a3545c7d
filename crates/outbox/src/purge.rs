//! Rows that have served their time. Large deletions hurt, so they go in small ones.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// How long an event stays in the outbox after its publication, and a request id is remembered.
pub(crate) const RETENTION_DAYS: i32 = 30;
/// How long the inbox remembers an event after its last delivery: longer than it can be published again.
const INBOX_RETENTION_DAYS: i32 = 60;

const BATCH: i64 = 1_000;
const INTERVAL: Duration = Duration::from_secs(3_600);

/// Purges every hour until `shutdown`: for a service that consumes and publishes nothing. A [`Relay`](crate::Relay) purges too.
pub async fn keep_tidy(pool: PgPool, shutdown: CancellationToken) {
    loop {
        if let Err(error) = purge(&pool).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old rows were not purged, to be tried again"
            );
        }
        if shutdown.run_until_cancelled(tokio::time::sleep(INTERVAL)).await.is_none() {
            return;
        }
    }
}

/// Deletes published events and requests older than 30 days and inbox rows older than 60, and says how many. Ages are
/// measured by the database's clock, which also stamped the rows.
pub async fn purge(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let mut deleted = 0;
    loop {
        let outbox = purge_outbox(pool, RETENTION_DAYS).await?;
        let inbox = purge_inbox(pool, INBOX_RETENTION_DAYS).await?;
        let requests = purge_requests(pool, RETENTION_DAYS).await?;
        deleted += outbox + inbox + requests;
        if outbox.max(inbox).max(requests) < BATCH.unsigned_abs() {
            return Ok(deleted);
        }
    }
}

async fn purge_outbox(pool: &PgPool, days: i32) -> Result<u64, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let deleted = sqlx::query!(
        r#"
        delete from outbox
        where event_id in (
            select event_id
            from outbox
            where published_time < now() - make_interval(days => $1)
            order by published_time
            limit $2
        )
        "#,
        days,
        BATCH,
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    tx.commit().await?;
    Ok(deleted)
}

async fn purge_inbox(pool: &PgPool, days: i32) -> Result<u64, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let deleted = sqlx::query!(
        r#"
        delete from inbox
        where (consumer, event_id) in (
            select consumer, event_id
            from inbox
            where received_time < now() - make_interval(days => $1)
            order by received_time
            limit $2
        )
        "#,
        days,
        BATCH,
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    tx.commit().await?;
    Ok(deleted)
}

async fn purge_requests(pool: &PgPool, days: i32) -> Result<u64, sqlx::Error> {
    let mut tx = pool.begin().await?;
    let deleted = sqlx::query!(
        r#"
        delete from request
        where (caller, request_id) in (
            select caller, request_id
            from request
            where created_time < now() - make_interval(days => $1)
            order by created_time
            limit $2
        )
        "#,
        days,
        BATCH,
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    tx.commit().await?;
    Ok(deleted)
}
