//! The numbers of the papers of a ticket.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{domain::id::SaleId, error::Error};

/// Takes the next number of a sale's papers, `first` when there is none yet. Whoever asks at the same time waits for the end of this
/// transaction.
pub async fn next(
    tx: &mut PgConnection,
    sale_id: SaleId,
    first: i64,
    now: OffsetDateTime,
) -> Result<i64, Error> {
    sqlx::query!(
        r#"
        select sale_id
        from sale
        where sale_id = $1
        for update
        "#,
        sale_id.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    Ok(sqlx::query_scalar!(
        r#"
        insert into ticket_copy (sale_id, copy_number, requested_time)
        select $1, coalesce(max(copy_number) + 1, $2), $3
        from ticket_copy
        where sale_id = $1
        returning copy_number
        "#,
        sale_id.0,
        first,
        now,
    )
    .fetch_one(tx)
    .await?)
}
