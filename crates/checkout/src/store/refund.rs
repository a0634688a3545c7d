//! The refunds.

use anyhow::Context;
use money::{Cents, Quantity};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        id::{RefundId, SaleId},
        refund::{CreditNote, Refunded, part::GivenBack},
        sale::Ticket,
    },
    error::Error,
};

/// What the refunds of a sale give back to its cards so far, paid or not.
pub async fn to_cards(tx: &mut PgConnection, sale_id: SaleId) -> Result<Cents, Error> {
    // Notes of earlier versions say nothing of what they do not have.
    let to_cards = sqlx::query_scalar!(
        r#"
        select coalesce(
            sum(
                total_minor
                - coalesce((credit_note ->> 'to_credit')::bigint, 0)
                - coalesce((credit_note ->> 'by_hand')::bigint, 0)
            ),
            0
        )::bigint as "to_cards!"
        from refund
        where sale_id = $1
        "#,
        sale_id.0,
    )
    .fetch_one(tx)
    .await?;
    Ok(Cents::new(to_cards))
}

/// What was given back of a sale so far, a line at most once.
pub async fn given_back(db: &mut PgConnection, sale_id: SaleId) -> Result<Vec<GivenBack>, Error> {
    let rows = sqlx::query!(
        r#"
        select line_id, sum(quantity_milli)::bigint as "quantity_milli!", sum(total_minor)::bigint as "total_minor!"
        from refund_line
        where sale_id = $1
        group by line_id
        order by line_id
        "#,
        sale_id.0,
    )
    .fetch_all(db)
    .await?;
    let given_back = rows.into_iter().map(|row| GivenBack {
        line_id: row.line_id,
        quantity: Quantity::new(row.quantity_milli),
        amount: Cents::new(row.total_minor),
    });
    Ok(given_back.collect())
}

/// Writes a refund with its lines.
pub async fn save(tx: &mut PgConnection, refunded: &Refunded, ticket: &Ticket) -> Result<(), Error> {
    let note = &refunded.credit_note;
    let hash = refunded.sealed.hash;
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
    save_lines(tx, note, ticket).await
}

/// Each part has the next number of its line, and says what is left after it.
async fn save_lines(tx: &mut PgConnection, note: &CreditNote, ticket: &Ticket) -> Result<(), Error> {
    for part in &note.lines {
        let line = ticket.lines.iter().find(|line| line.line_id == part.line_id);
        let line = line.context("a credit ticket has the lines of its ticket")?;
        sqlx::query!(
            r#"
            insert into refund_line (
                sale_id, line_id, refund_id, part, quantity_milli, total_minor, left_quantity_milli, left_minor
            )
            select $1, $2, $3, count(*) + 1, $4::bigint, $5::bigint,
                   $6::bigint - $4::bigint - coalesce(sum(quantity_milli), 0),
                   $7::bigint - $5::bigint - coalesce(sum(total_minor), 0)
            from refund_line
            where sale_id = $1
              and line_id = $2
            "#,
            note.sale_id.0,
            part.line_id,
            note.refund_id.0,
            part.quantity.get(),
            part.total.get(),
            line.quantity.get(),
            line.total.get(),
        )
        .execute(&mut *tx)
        .await?;
    }
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
