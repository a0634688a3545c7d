//! Records that are found by what they say. It is looked for in their bytes, for another record may be no JSON any more.

use sqlx::PgConnection;

use super::Stored;
use crate::error::Error;

/// The records of the tills of a store that tell of the archive with this manifest. They are few of each till, and found by the key of its
/// chain: the journal has no index by store.
pub async fn archives(db: &mut PgConnection, store_code: &str, manifest: &str) -> Result<Vec<Stored>, Error> {
    Ok(sqlx::query_as!(
        Stored,
        r#"
        select fiscal_record.sequence, fiscal_record.sealed_time, fiscal_record.payload, fiscal_record.hash,
               fiscal_record.signature
        from terminal
        join fiscal_record on fiscal_record.terminal_code = terminal.terminal_code
        where terminal.store_code = $1
          and fiscal_record.kind = 'archive'
          and position(convert_to('"manifest":"' || $2::text || '"', 'UTF8') in fiscal_record.payload) > 0
        order by fiscal_record.terminal_code, fiscal_record.sequence
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
