//! Records that are found by what they say. It is looked for in their bytes, for another record may be no JSON any more.

use sqlx::PgConnection;

use super::Stored;
use crate::error::Error;

/// The records of the tills of a store that tell of the archive with this manifest.
pub async fn archives(db: &mut PgConnection, store_code: &str, manifest: &str) -> Result<Vec<Stored>, Error> {
    Ok(sqlx::query_as!(
        Stored,
        r#"
        select sequence, sealed_time, payload, hash, signature
        from fiscal_record
        where store_code = $1
          and kind = 'archive'
          and position(convert_to('"manifest":"' || $2::text || '"', 'UTF8') in payload) > 0
        order by terminal_code, sequence
        "#,
        store_code,
        manifest,
    )
    .fetch_all(db)
    .await?)
}

/// The last technical event of a code that a till sealed.
pub async fn last_event(
    db: &mut PgConnection,
    terminal_code: &str,
    code: i32,
) -> Result<Option<Stored>, Error> {
    Ok(sqlx::query_as!(
        Stored,
        r#"
        select sequence, sealed_time, payload, hash, signature
        from fiscal_record
        where terminal_code = $1
          and kind = 'event'
          and position(convert_to('"event":{"code":' || $2::integer::text || ',', 'UTF8') in payload) > 0
        order by sequence desc
        limit 1
        "#,
        terminal_code,
        code,
    )
    .fetch_optional(db)
    .await?)
}
