//! The refunds, and where the chains of credit tickets end.

use fiscal::Head;
use money::Cents;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        id::{RefundId, SaleId},
        refund::{CreditNote, Refunded},
        sale::Ticket,
        seal,
    },
    error::Error,
    store::sale::read_hash,
};

/// Where a till's chain of credit tickets ends, and the end of the last day that was closed there; whoever else wants to add to it waits for the end of this transaction.
pub async fn lock_head(
    tx: &mut PgConnection,
    terminal_code: &str,
) -> Result<(Head, Option<OffsetDateTime>), Error> {
    sqlx::query!(
        r#"
        insert into terminal_head (terminal_code, kind, sequence, hash)
        values ($1, 'credit_note', $2, $3)
        on conflict on constraint terminal_head_pk do nothing
        "#,
        terminal_code,
        seal::START.sequence,
        &seal::START.hash.as_bytes()[..],
    )
    .execute(&mut *tx)
    .await?;
    let row = sqlx::query!(
        r#"
        select sequence, hash, closed_until
        from terminal_head
        where terminal_code = $1
          and kind = 'credit_note'
        for update
        "#,
        terminal_code,
    )
    .fetch_one(tx)
    .await?;
    Ok((Head { sequence: row.sequence, hash: read_hash(&row.hash)? }, row.closed_until))
}

/// What the refunds of a sale gave to the desk to pay so far, paid or not.
pub async fn at_desk(tx: &mut PgConnection, sale_id: SaleId) -> Result<Cents, Error> {
    let at_desk = sqlx::query_scalar!(
        r#"
        select coalesce(sum(total_minor - (credit_note ->> 'to_credit')::bigint), 0)::bigint as "at_desk!"
        from refund
        where sale_id = $1
        "#,
        sale_id.0,
    )
    .fetch_one(tx)
    .await?;
    Ok(Cents::new(at_desk))
}

/// Writes a refund with its lines, and moves the chain that was locked before.
pub async fn save(tx: &mut PgConnection, refunded: &Refunded, ticket: &Ticket) -> Result<(), Error> {
    let note = &refunded.credit_note;
    let hash = refunded.sealed.hash;
    sqlx::query!(
        r#"
        update terminal_head
        set sequence = $2,
            hash = $3
        where terminal_code = $1
          and kind = 'credit_note'
        "#,
        note.terminal_code,
        note.sequence,
        &hash.as_bytes()[..],
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        insert into refund (
            refund_id, sale_id, terminal_code, store_code, sequence, refunded_time, total_minor, currency, payout,
            credit_note, fiscal_hash
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
        note.refund_id.0,
        note.sale_id.0,
        note.terminal_code,
        ticket.shop.code,
        note.sequence,
        note.refunded_time,
        note.total.get(),
        note.currency.code(),
        note.payout.as_str(),
        Json(note) as Json<&CreditNote>,
        &hash.as_bytes()[..],
    )
    .execute(&mut *tx)
    .await?;
    let line_ids: Vec<i32> = note.lines.iter().map(|line| line.line_id).collect();
    sqlx::query!(
        r#"
        insert into refund_line (sale_id, line_id, refund_id)
        select $1, line_id, $3
        from unnest($2::integer[]) as line_id
        "#,
        note.sale_id.0,
        &line_ids,
        note.refund_id.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Reads a credit ticket again, for the repeat of its command.
pub async fn credit_note(tx: &mut PgConnection, refund_id: RefundId) -> Result<Option<CreditNote>, Error> {
    let note = sqlx::query_scalar!(
        r#"
        select credit_note as "credit_note: Json<CreditNote>"
        from refund
        where refund_id = $1
        "#,
        refund_id.0 as Uuid,
    )
    .fetch_optional(tx)
    .await?;
    Ok(note.map(|note| note.0))
}
