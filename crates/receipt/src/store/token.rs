//! The tickets behind codes: found by the hash of a token, as long as they can be read.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::domain::SaleId;

/// A ticket that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readable {
    /// Of this sale.
    pub sale_id: SaleId,
    /// Sold in this store.
    pub store_code: String,
    /// Until then.
    pub expiry: OffsetDateTime,
}

/// The ticket behind the token of this hash; `None` when there is none, or no longer.
pub async fn behind(
    db: &mut PgConnection,
    token_sha256: &[u8; 32],
    now: OffsetDateTime,
) -> sqlx::Result<Option<Readable>> {
    let row = sqlx::query!(
        r#"
        select sale_id, store_code, token_expiry_time as "expiry!"
        from delivery
        where token_sha256 = $1
          and token_expiry_time > $2
        order by delivery_id
        limit 1
        "#,
        &token_sha256[..],
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Readable {
        sale_id: SaleId(row.sale_id),
        store_code: row.store_code,
        expiry: row.expiry,
    }))
}

/// Forgets the hashes of the codes that are over: nothing leads from a token to its ticket any more.
pub async fn forget_tokens(tx: &mut PgConnection, now: OffsetDateTime) -> sqlx::Result<u64> {
    let forgotten = sqlx::query!(
        r#"
        update delivery
        set token_sha256 = null,
            token_expiry_time = null
        where token_expiry_time <= $1
        "#,
        now,
    )
    .execute(tx)
    .await?;
    Ok(forgotten.rows_affected())
}
