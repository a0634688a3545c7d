//! What is practised: which tills train, and the tickets that are none.

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;

use crate::{
    domain::{
        basket::{Entry, receipt::Receipt},
        id::SaleId,
        sale::Ticket,
    },
    error::Error,
    store::sale::{SaleKey, Sold},
};

/// A training ticket with its slip.
#[derive(Clone, Debug)]
pub struct Practised {
    /// The ticket, marked.
    pub ticket: Ticket,
    /// What the stand-in of the card terminal printed.
    pub slip_texts: Vec<String>,
}

struct Row {
    ticket: Json<Ticket>,
    slip_texts: Vec<String>,
}

/// Turns a till of a store to training, or back to selling; `false` when no such till stands there.
pub async fn set_mode(
    tx: &mut PgConnection,
    store_code: Option<&str>,
    terminal_code: &str,
    training: bool,
    by: &str,
) -> Result<bool, Error> {
    let done = sqlx::query!(
        r#"
        insert into till_presence as kept (terminal_code, store_code, training, training_by)
        select terminal_code, store_code, $3, $4
        from terminal
        where terminal_code = $1
          and ($2::text is null or store_code = $2)
        on conflict on constraint till_presence_pk do update
        set training = excluded.training,
            training_by = excluded.training_by
        "#,
        terminal_code,
        store_code,
        training,
        by,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes a training ticket with everything that belongs to it in one statement, as [`sell`](super::sale::sell) writes a sale, in the
/// training chain of the till; `false` when the world changed since it was read: then nothing may be committed.
pub async fn keep(tx: &mut PgConnection, sold: &Sold<'_>, training_by: &str) -> Result<bool, Error> {
    let ticket = &sold.completed.ticket;
    let token_sha256 = match &ticket.receipt {
        Some(Receipt::Qr { token_sha256 }) => Some(token_sha256.as_str()),
        _ => None,
    };
    let written = sqlx::query_file_scalar!(
        "src/store/training/keep.sql",
        sold.caller,
        sold.request.request_id,
        &sold.request.fingerprint.0[..],
        ticket.terminal_code,
        ticket.sequence,
        &sold.completed.sealed.hash.as_bytes()[..],
        &sold.previous.hash.as_bytes()[..],
        Json(sold.entry) as Json<&Entry>,
        ticket.basket_id.0,
        sold.completed.basket_version,
        ticket.sale_id.0,
        ticket.completed_time,
        ticket.total.get(),
        ticket.currency.code(),
        training_by,
        token_sha256 as Option<&str>,
        Json(ticket) as Json<&Ticket>,
        &sold.completed.sealed.payload[..],
        &sold.completed.slip_texts,
        &sold.signature.as_bytes()[..],
    )
    .fetch_one(tx)
    .await?;
    Ok(written == 1)
}

/// A training ticket of a till.
pub async fn find(
    db: &mut PgConnection,
    terminal_code: &str,
    key: SaleKey<'_>,
) -> Result<Option<Practised>, Error> {
    let (training_sale_id, basket_id) = match key {
        SaleKey::Sale(sale_id) => (Some(sale_id.0), None),
        SaleKey::Basket(basket_id) => (None, Some(basket_id.0)),
        // The number of a training ticket is no number of a sale.
        SaleKey::Ticket { .. } => return Ok(None),
    };
    let row = sqlx::query_as!(
        Row,
        r#"
        select ticket as "ticket: Json<Ticket>", slip_texts
        from training_sale
        where terminal_code = $1
          and (training_sale_id = $2 or basket_id = $3)
        "#,
        terminal_code,
        training_sale_id,
        basket_id,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Row::practised))
}

/// The training ticket behind a code, if it is not older than `since`.
pub async fn behind(
    db: &mut PgConnection,
    token_sha256: &str,
    since: OffsetDateTime,
) -> Result<Option<Practised>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select ticket as "ticket: Json<Ticket>", slip_texts
        from training_sale
        where token_sha256 = $1
          and completed_time > $2
        limit 1
        "#,
        token_sha256,
        since,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Row::practised))
}

/// Takes the next number of a training ticket's copies, as [`next`](super::ticket_copy::next) does for a sale's.
pub async fn next_copy(
    tx: &mut PgConnection,
    sale_id: SaleId,
    may_be_original: bool,
    now: OffsetDateTime,
) -> Result<i64, Error> {
    Ok(sqlx::query_scalar!(
        r#"
        insert into training_copy (training_sale_id, copy_number, requested_time)
        select $1,
               case
                   when $2::boolean and count(*) filter (where copy_number = 0) = 0 then 0
                   else coalesce(max(copy_number), 0) + 1
               end,
               $3
        from training_copy
        where training_sale_id = $1
        returning copy_number
        "#,
        sale_id.0,
        may_be_original,
        now,
    )
    .fetch_one(tx)
    .await?)
}

impl Row {
    fn practised(self) -> Practised {
        Practised { ticket: self.ticket.0, slip_texts: self.slip_texts }
    }
}
