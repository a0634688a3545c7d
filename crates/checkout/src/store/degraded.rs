//! Tills in degraded mode.

use std::collections::HashSet;

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::error::Error;

/// The tills whose degraded mode has begun and not ended.
pub async fn tills(db: &mut PgConnection) -> Result<HashSet<String>, Error> {
    let tills = sqlx::query_scalar!(
        r#"
        select terminal_code
        from degraded_till
        "#
    )
    .fetch_all(db)
    .await?;
    Ok(tills.into_iter().collect())
}

/// Notes that it begins at a till; `false` when it had.
pub async fn begin(tx: &mut PgConnection, terminal_code: &str, since: OffsetDateTime) -> Result<bool, Error> {
    let done = sqlx::query!(
        r#"
        insert into degraded_till (terminal_code, since_time)
        values ($1, $2)
        on conflict on constraint degraded_till_pk do nothing
        "#,
        terminal_code,
        since,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that it ends at a till; `false` when it had.
pub async fn end(tx: &mut PgConnection, terminal_code: &str) -> Result<bool, Error> {
    let done = sqlx::query!(
        r#"
        delete from degraded_till
        where terminal_code = $1
        "#,
        terminal_code,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
