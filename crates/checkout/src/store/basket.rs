//! The baskets.

use anyhow::Context;
use money::Currency;
use sqlx::{PgConnection, PgPool, Postgres, Transaction, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{basket::Entry, id::BasketId, log::Log},
    error::Error,
};

/// A basket of a till. Every statement carries the till, so that nobody reaches another's basket.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The till of the certificate.
    pub terminal_code: &'a str,
    /// The basket of the message.
    pub basket_id: BasketId,
}

/// A new basket.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// Its identity.
    pub key: Key<'a>,
    /// Where the till stands.
    pub store_code: &'a str,
    /// The store's currency.
    pub currency: Currency,
    /// The command that opens it.
    pub request_id: Uuid,
    /// When.
    pub time: OffsetDateTime,
    /// The generation that the till was granted.
    pub generation: i64,
}

/// What was decided about a basket when it was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Who had turned the till to training; `None` for a basket that is sold.
    pub training_by: Option<String>,
}

struct Row {
    basket_id: Uuid,
    store_code: String,
    currency: String,
    open_request_id: Uuid,
    training_by: Option<String>,
    entries: Json<Vec<Entry>>,
}

/// Begins a transaction whose commit does not wait for the disk; in one round trip, for this is the path of every scan.
pub async fn begin_relaxed(db: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    db.begin_with("begin; set local synchronous_commit = off").await
}

/// Writes a new basket in the mode that its till is in; nothing when the till's command has opened one before, or the till is locked or
/// another machine.
pub async fn open(tx: &mut PgConnection, opening: &Opening<'_>) -> Result<Option<Opened>, Error> {
    Ok(sqlx::query_as!(
        Opened,
        r#"
        insert into basket (
            basket_id, terminal_code, store_code, state, basket_version, entries, open_request_id, currency, opened_time, training_by
        )
        select $1, $2, $3, 'open', 1, '[]', $4, $5, $6,
               (select till_presence.training_by from till_presence where till_presence.terminal_code = $2 and training)
        where not exists (
            select
            from till_presence
            where till_presence.terminal_code = $2
              and (locked or (instance_id is not null and generation <> $7))
        )
        on conflict on constraint basket_open_request_uq do nothing
        returning training_by
        "#,
        opening.key.basket_id.0,
        opening.key.terminal_code,
        opening.store_code,
        opening.request_id,
        opening.currency.code(),
        opening.time,
        opening.generation,
    )
    .fetch_optional(tx)
    .await?)
}

/// Whether a basket at a till is neither over nor put aside for another till.
pub async fn is_serving(tx: &mut PgConnection, terminal_code: &str) -> Result<bool, Error> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select
            from basket
            where terminal_code = $1
              and state in ('open', 'frozen')
        ) as "serving!"
        "#,
        terminal_code,
    )
    .fetch_one(tx)
    .await?)
}

/// The basket that a till's command opened.
pub async fn opened_by(
    tx: &mut PgConnection,
    terminal_code: &str,
    request_id: Uuid,
) -> Result<Option<Log>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select basket_id, store_code, currency, open_request_id, training_by, entries as "entries: Json<Vec<Entry>>"
        from basket
        where terminal_code = $1
          and open_request_id = $2
        "#,
        terminal_code,
        request_id,
    )
    .fetch_optional(tx)
    .await?;
    row.map(Row::log).transpose()
}

/// Reads a basket.
pub async fn load(tx: &mut PgConnection, key: Key<'_>) -> Result<Option<Log>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select basket_id, store_code, currency, open_request_id, training_by, entries as "entries: Json<Vec<Entry>>"
        from basket
        where terminal_code = $1
          and basket_id = $2
        "#,
        key.terminal_code,
        key.basket_id.0,
    )
    .fetch_optional(tx)
    .await?;
    row.map(Row::log).transpose()
}

/// Whether the basket was suspended at this till, and its shopper went on at another.
pub async fn has_moved(db: &mut PgConnection, key: Key<'_>) -> Result<bool, Error> {
    let left = Json(serde_json::json!([{ "edit": "suspend", "terminal_code": key.terminal_code }]));
    let moved = sqlx::query_scalar!(
        r#"
        select exists (
            select from basket
            where basket_id = $1
              and terminal_code <> $2
              and entries @> $3
        ) as "moved!"
        "#,
        key.basket_id.0,
        key.terminal_code,
        left as Json<serde_json::Value>,
    )
    .fetch_one(db)
    .await?;
    Ok(moved)
}

/// A basket of a store, with where it stands.
#[derive(Clone, Debug)]
pub struct Found {
    /// With everything that ever happened to it.
    pub log: Log,
    /// The till it is at, or was at last.
    pub terminal_code: String,
    /// When it was opened.
    pub opened: OffsetDateTime,
}

/// A basket of a store, at whichever till.
pub async fn find_in_store(
    db: &mut PgConnection,
    store_code: &str,
    basket_id: BasketId,
) -> Result<Option<Found>, Error> {
    let row = sqlx::query!(
        r#"
        select basket_id, store_code, currency, open_request_id, training_by, entries as "entries: Json<Vec<Entry>>",
               terminal_code, opened_time
        from basket
        where store_code = $1
          and basket_id = $2
        "#,
        store_code,
        basket_id.0,
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (terminal_code, opened) = (row.terminal_code, row.opened_time);
    let (basket_id, store_code, open_request_id) = (row.basket_id, row.store_code, row.open_request_id);
    let (currency, training_by, entries) = (row.currency, row.training_by, row.entries);
    let log = Row { basket_id, store_code, currency, open_request_id, training_by, entries };
    Ok(Some(Found { log: log.log()?, terminal_code, opened }))
}

/// Lets nobody else edit a basket until the transaction ends.
pub async fn lock(tx: &mut PgConnection, key: Key<'_>) -> Result<(), Error> {
    sqlx::query!(
        r#"
        select basket_id
        from basket
        where terminal_code = $1
          and basket_id = $2
        for update
        "#,
        key.terminal_code,
        key.basket_id.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(())
}

/// Lets nobody else edit any of these baskets until the transaction ends.
pub async fn lock_all(tx: &mut PgConnection, baskets: &[BasketId]) -> Result<(), Error> {
    let baskets: Vec<Uuid> = baskets.iter().map(|basket_id| basket_id.0).collect();
    sqlx::query!(
        r#"
        select basket_id
        from basket
        where basket_id = any ($1)
        order by basket_id
        for update
        "#,
        &baskets,
    )
    .fetch_all(tx)
    .await?;
    Ok(())
}

/// Appends an edit and returns the basket with it, if its state, its version (0: any), its room and its log allow it,
/// and where a generation is said, if the till is the machine that was granted it: it is kept as the one that began the payment. The caller
/// commits, or rolls back when the rules say no after all.
pub async fn append(
    tx: &mut PgConnection,
    key: Key<'_>,
    entry: &Entry,
    version: i64,
    generation: Option<i64>,
) -> Result<Option<Log>, Error> {
    let from: Vec<String> = entry.edit.allowed_in().iter().map(|state| state.as_str().to_owned()).collect();
    let row = sqlx::query_as!(
        Row,
        r#"
        update basket
        set state = $3,
            entries = entries || $4,
            basket_version = basket_version + 1,
            begun_generation = coalesce($9, begun_generation)
        where terminal_code = $1
          and basket_id = $2
          and state = any($5)
          and ($6 = 0::bigint or basket_version = $6)
          and basket_version <= $7
          and (
              $8::uuid is null
              or (open_request_id <> $8 and not entries @> jsonb_build_array(jsonb_build_object('request_id', $8::uuid)))
          )
          and ($9::bigint is null or not exists (
              select
              from till_presence
              where till_presence.terminal_code = $1
                and instance_id is not null
                and generation <> $9
          ))
        returning basket_id, store_code, currency, open_request_id, training_by, entries as "entries: Json<Vec<Entry>>"
        "#,
        key.terminal_code,
        key.basket_id.0,
        entry.edit.leads_to().as_str(),
        Json(entry) as Json<&Entry>,
        &from,
        version,
        entry.edit.room(),
        entry.request.map(|request| request.request_id),
        generation,
    )
    .fetch_optional(tx)
    .await?;
    row.map(Row::log).transpose()
}

/// Says what the edit that was appended last means, now that the basket is known that it was appended to.
pub async fn amend(tx: &mut PgConnection, key: Key<'_>, entry: &Entry) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update basket
        set entries = jsonb_set(entries, '{-1}', $3)
        where terminal_code = $1
          and basket_id = $2
        "#,
        key.terminal_code,
        key.basket_id.0,
        Json(entry) as Json<&Entry>,
    )
    .execute(tx)
    .await?;
    Ok(())
}

impl Row {
    fn log(self) -> Result<Log, Error> {
        let currency =
            self.currency.parse().with_context(|| format!("the currency of basket {}", self.basket_id))?;
        Ok(Log {
            basket_id: BasketId(self.basket_id),
            store_code: self.store_code,
            currency,
            open_request_id: self.open_request_id,
            training_by: self.training_by,
            entries: self.entries.0,
        })
    }
}
