//! The numbers of the copies of a ticket.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{domain::id::SaleId, error::Error};

/// Takes the next number of a sale's copies: 0, the original, when this copy may be that and none was. The till's chain of copies is
/// locked: nobody else takes a number meanwhile.
pub async fn next(
    tx: &mut PgConnection,
    sale_id: SaleId,
    may_be_original: bool,
    now: OffsetDateTime,
) -> Result<i64, Error> {
    Ok(sqlx::query_scalar!(
        r#"
        insert into ticket_copy (sale_id, copy_number, requested_time)
        select $1,
               case
                   when $2::boolean and count(*) filter (where copy_number = 0) = 0 then 0
                   else coalesce(max(copy_number), 0) + 1
               end,
               $3
        from ticket_copy
        where sale_id = $1
        returning copy_number
        "#,
        sale_id.0,
        may_be_original,
        now,
    )
    .fetch_one(tx)
    .await?)
}
