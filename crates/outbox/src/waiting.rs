//! Whether events wait longer than they should.

use std::time::Duration;

use sqlx::PgConnection;
use time::OffsetDateTime;

/// When the first of the events happened that were recorded longer ago than this, by the clock of the database, and that the stream
/// has not acknowledged; `None` when the stream follows.
///
/// # Errors
/// When the database is out of reach.
pub async fn waiting_since(
    db: &mut PgConnection,
    longer_than: Duration,
) -> sqlx::Result<Option<OffsetDateTime>> {
    sqlx::query_scalar!(
        r#"
        select occurred_time
        from outbox
        where published_time is null
          and recorded_time < now() - make_interval(secs => $1)
        order by outbox_order
        limit 1
        "#,
        longer_than.as_secs_f64(),
    )
    .fetch_optional(db)
    .await
}
