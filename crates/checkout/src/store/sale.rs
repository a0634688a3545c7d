//! The sales, and where the chains of the tills end.

use anyhow::Context;
use fiscal::{Hash, Head, Signature};
use money::Currency;
use outbox::NewEvent;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        basket::Entry,
        id::{BasketId, RequestKey, SaleId},
        log::Log,
        sale::{Completed, Ticket},
    },
    error::Error,
    store::basket::Key,
};

/// Whose sales a caller may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of one till.
    Terminal(String),
    /// Those of one store.
    Store(String),
    /// All: for a service that asks on behalf of a shopper.
    Everywhere,
}

/// A sale by one of its identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaleKey<'a> {
    /// Its own.
    Sale(SaleId),
    /// That of the basket it was.
    Basket(BasketId),
    /// What its ticket bears.
    Ticket {
        /// The till.
        terminal_code: &'a str,
        /// The till's number for it.
        sequence: i64,
    },
}

/// Everything that decides whether a basket becomes a sale.
#[derive(Clone, Debug)]
pub struct Situation {
    /// The basket.
    pub log: Log,
    /// Where the till's chain of tickets ends; of training tickets, for a basket of training.
    pub head: Head,
    /// The end of the last day that was closed there: the earliest time of a ticket.
    pub closed_until: Option<OffsetDateTime>,
    /// What the command's id was used for before, if it was.
    pub claimed: Option<Vec<u8>>,
    /// The ticket, if the basket is a sale already.
    pub ticket: Option<Ticket>,
}

/// A sale to be written, with the command that asked for it.
#[derive(Clone, Copy, Debug)]
pub struct Sold<'a> {
    /// Whose command it was.
    pub caller: &'a str,
    /// The command.
    pub request: RequestKey,
    /// The basket's last edit.
    pub entry: &'a Entry,
    /// The end of the chain that was sealed after.
    pub previous: &'a Head,
    /// The sale.
    pub completed: &'a Completed,
    /// By the till's key, over its seal.
    pub signature: &'a Signature,
}

struct Row {
    basket_id: Uuid,
    store_code: String,
    currency: String,
    open_request_id: Uuid,
    training_by: Option<String>,
    entries: Json<Vec<Entry>>,
    sequence: Option<i64>,
    hash: Option<Vec<u8>>,
    closed_until: Option<OffsetDateTime>,
    claimed: Option<Vec<u8>>,
    ticket: Option<Json<Ticket>>,
}

/// Reads what decides about a sale, in one statement.
pub async fn situation(
    connection: &mut PgConnection,
    key: Key<'_>,
    caller: &str,
    request_id: Uuid,
) -> Result<Option<Situation>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select basket.basket_id,
               basket.store_code,
               basket.currency,
               basket.open_request_id,
               basket.training_by,
               basket.entries as "entries: Json<Vec<Entry>>",
               terminal_head.sequence as "sequence?",
               terminal_head.hash as "hash?",
               terminal_head.closed_until as "closed_until?",
               request.fingerprint as "claimed?",
               coalesce(sale.ticket, training_sale.ticket) as "ticket?: Json<Ticket>"
        from basket
        left join terminal_head
               on terminal_head.terminal_code = basket.terminal_code
              and terminal_head.kind = case when basket.training_by is null then 'ticket' else 'training' end
        left join request
               on request.caller = $3
              and request.request_id = $4
        left join sale
               on sale.basket_id = basket.basket_id
        left join training_sale
               on training_sale.basket_id = basket.basket_id
              and basket.training_by is not null
        where basket.terminal_code = $1
          and basket.basket_id = $2
        "#,
        key.terminal_code,
        key.basket_id.0,
        caller,
        request_id,
    )
    .fetch_optional(connection)
    .await?;
    row.map(Row::situation).transpose()
}

/// Makes whoever else wants to add to a till's chains of tickets wait for the end of this transaction.
pub async fn lock_head(tx: &mut PgConnection, terminal_code: &str) -> Result<(), Error> {
    sqlx::query_scalar!(
        r#"
        select sequence
        from terminal_head
        where terminal_code = $1
          and kind in ('ticket', 'training')
        order by kind
        for update
        "#,
        terminal_code,
    )
    .fetch_all(tx)
    .await?;
    Ok(())
}

/// Writes a sale with everything that belongs to it in one statement: moves the till's chain from where it was read, claims the command, pays the basket, writes the sale and the event that tells of it. Each part needs the one before; `false` when one found the world
/// changed since it was read: then nothing may be committed.
pub async fn sell(tx: &mut PgConnection, sold: &Sold<'_>, event: &NewEvent) -> Result<bool, Error> {
    let ticket = &sold.completed.ticket;
    let written = sqlx::query_file_scalar!(
        "src/store/sale/sell.sql",
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
        ticket.member_id.map(|member_id| member_id.0) as Option<Uuid>,
        Json(ticket) as Json<&Ticket>,
        &sold.completed.sealed.payload[..],
        &sold.completed.slip_texts,
        event.event_id,
        event.subject,
        event.event_type,
        event.source,
        platform::telemetry::current_traceparent() as Option<String>,
        event.payload,
        &sold.signature.as_bytes()[..],
    )
    .fetch_one(tx)
    .await?;
    Ok(written == 1)
}

/// Reads the ticket of a sale, if it is within the scope.
pub async fn find(
    connection: &mut PgConnection,
    scope: &Scope,
    key: SaleKey<'_>,
) -> Result<Option<Ticket>, Error> {
    let (terminal_code, store_code) = match scope {
        Scope::Terminal(code) => (Some(code.as_str()), None),
        Scope::Store(code) => (None, Some(code.as_str())),
        Scope::Everywhere => (None, None),
    };
    let (sale_id, basket_id, of_till, sequence) = match key {
        SaleKey::Sale(sale_id) => (Some(sale_id.0), None, None, None),
        SaleKey::Basket(basket_id) => (None, Some(basket_id.0), None, None),
        SaleKey::Ticket { terminal_code, sequence } => (None, None, Some(terminal_code), Some(sequence)),
    };
    let ticket = sqlx::query_scalar!(
        r#"
        select sale.ticket as "ticket: Json<Ticket>"
        from sale
        where ($1::text is null or sale.terminal_code = $1)
          and ($2::text is null or sale.store_code = $2)
          and (
              sale.sale_id = $3
              or sale.basket_id = $4
              or (sale.terminal_code = $5 and sale.sequence = $6)
          )
        "#,
        terminal_code,
        store_code,
        sale_id,
        basket_id,
        of_till,
        sequence,
    )
    .fetch_optional(connection)
    .await?;
    Ok(ticket.map(|ticket| ticket.0))
}

/// Reads the card slips of a sale, in the order of its tenders.
pub async fn slips(connection: &mut PgConnection, sale_id: SaleId) -> Result<Option<Vec<String>>, Error> {
    Ok(sqlx::query_scalar!(
        r#"
        select slip_texts
        from sale
        where sale_id = $1
        "#,
        sale_id.0,
    )
    .fetch_optional(connection)
    .await?)
}

impl Row {
    fn situation(self) -> Result<Situation, Error> {
        let currency: Currency =
            self.currency.parse().with_context(|| format!("the currency of basket {}", self.basket_id))?;
        let head = match (self.sequence, self.hash) {
            (Some(sequence), Some(hash)) => Head { sequence, hash: read_hash(&hash)? },
            _ => Head::START,
        };
        Ok(Situation {
            log: Log {
                basket_id: BasketId(self.basket_id),
                store_code: self.store_code,
                currency,
                open_request_id: self.open_request_id,
                training_by: self.training_by,
                entries: self.entries.0,
            },
            head,
            closed_until: self.closed_until,
            claimed: self.claimed,
            ticket: self.ticket.map(|ticket| ticket.0),
        })
    }
}

/// A seal as it is kept in a column.
pub fn read_hash(bytes: &[u8]) -> Result<Hash, Error> {
    Ok(Hash::try_from(bytes).context("a kept seal")?)
}
