//! The fiscal journal: what was sealed, and where the chains of a till end.

use anyhow::Context;
use fiscal::{Head, Kind, Period, Sealed, Signature};
use futures::{Stream, TryStreamExt};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{error::Error, store::sale::read_hash};

mod told;

pub use told::{archives, last_event};

/// A record as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// The till.
    pub terminal_code: &'a str,
    /// Where it stands.
    pub store_code: &'a str,
    /// The chain.
    pub kind: Kind,
    /// The number in it.
    pub sequence: i64,
    /// When.
    pub sealed_time: OffsetDateTime,
    /// The bytes and their seal.
    pub sealed: &'a Sealed,
    /// By the till's key, over the seal.
    pub signature: &'a Signature,
    /// Of a closing: what was closed.
    pub period: Option<Period>,
}

/// A record as it is read.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The number in its chain.
    pub sequence: i64,
    /// When.
    pub sealed_time: OffsetDateTime,
    /// The bytes.
    pub payload: Vec<u8>,
    /// Their seal.
    pub hash: Vec<u8>,
    /// By the till's key; none before keys were.
    pub signature: Option<Vec<u8>>,
}

/// The end of a chain, locked.
#[derive(Clone, Copy, Debug)]
pub struct Locked {
    /// Where it ends.
    pub head: Head,
    /// Of tickets and credit notes: the end of the last day that was closed, and the earliest time of what comes next.
    pub closed_until: Option<OffsetDateTime>,
}

/// A till that sold, and how far its days are closed.
#[derive(Clone, Debug)]
pub struct Selling {
    /// The till.
    pub terminal_code: String,
    /// The end of the last day that was closed.
    pub closed_until: Option<OffsetDateTime>,
}

/// A chain of a till.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The till.
    pub terminal_code: String,
    /// The kind of its records.
    pub kind: String,
}

/// Makes whoever else wants to add to a chain of a till wait for the end of this transaction; answers where it ends.
pub async fn lock_head(tx: &mut PgConnection, terminal_code: &str, kind: Kind) -> Result<Locked, Error> {
    sqlx::query!(
        r#"
        insert into terminal_head (terminal_code, kind, sequence, hash)
        values ($1, $2, 0, $3)
        on conflict on constraint terminal_head_pk do nothing
        "#,
        terminal_code,
        kind.as_str(),
        &Head::START.hash.as_bytes()[..],
    )
    .execute(&mut *tx)
    .await?;
    let row = sqlx::query!(
        r#"
        select sequence, hash, closed_until
        from terminal_head
        where terminal_code = $1
          and kind = $2
        for update
        "#,
        terminal_code,
        kind.as_str(),
    )
    .fetch_one(tx)
    .await?;
    let head = Head { sequence: row.sequence, hash: read_hash(&row.hash)? };
    Ok(Locked { head, closed_until: row.closed_until })
}

/// Keeps a record at the end of its chain, which was locked before.
pub async fn append(tx: &mut PgConnection, kept: &Kept<'_>) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update terminal_head
        set sequence = $3,
            hash = $4
        where terminal_code = $1
          and kind = $2
        "#,
        kept.terminal_code,
        kept.kind.as_str(),
        kept.sequence,
        &kept.sealed.hash.as_bytes()[..],
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        insert into fiscal_record (
            terminal_code, kind, sequence, store_code, sealed_time, payload, hash, signature, period
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        kept.terminal_code,
        kept.kind.as_str(),
        kept.sequence,
        kept.store_code,
        kept.sealed_time,
        &kept.sealed.payload[..],
        &kept.sealed.hash.as_bytes()[..],
        &kept.signature.as_bytes()[..],
        kept.period.map(Period::as_str),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets nothing be sealed with an earlier time than this any more, as a ticket or a credit note of the till.
pub async fn close_until(
    tx: &mut PgConnection,
    terminal_code: &str,
    closed_until: OffsetDateTime,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update terminal_head
        set closed_until = $2
        where terminal_code = $1
          and kind in ('ticket', 'credit_note')
        "#,
        terminal_code,
        closed_until,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The closings of a till from its last fiscal year's on, in their order.
pub async fn closings_of_year(db: &mut PgConnection, terminal_code: &str) -> Result<Vec<Stored>, Error> {
    Ok(sqlx::query_as!(
        Stored,
        r#"
        select sequence, sealed_time, payload, hash, signature
        from fiscal_record
        where terminal_code = $1
          and kind = 'closing'
          and sequence >= coalesce(
              (
                  select max(sequence)
                  from fiscal_record
                  where terminal_code = $1
                    and kind = 'closing'
                    and period = 'year'
              ),
              1
          )
        order by sequence
        "#,
        terminal_code,
    )
    .fetch_all(db)
    .await?)
}

/// The last closing of each till of a store that has one.
pub async fn last_closings(db: &mut PgConnection, store_code: &str) -> Result<Vec<Stored>, Error> {
    Ok(sqlx::query_as!(
        Stored,
        r#"
        select fiscal_record.sequence, fiscal_record.sealed_time, fiscal_record.payload, fiscal_record.hash,
               fiscal_record.signature
        from terminal
        join terminal_head on terminal_head.terminal_code = terminal.terminal_code
        join fiscal_record on fiscal_record.terminal_code = terminal_head.terminal_code
                          and fiscal_record.kind = terminal_head.kind
                          and fiscal_record.sequence = terminal_head.sequence
        where terminal.store_code = $1
          and terminal_head.kind = 'closing'
        "#,
        store_code,
    )
    .fetch_all(db)
    .await?)
}

/// The closings of the tills of a store, or of one of its tills: till by till, the last first, from a place on.
pub async fn closings(
    db: &mut PgConnection,
    store_code: Option<&str>,
    terminal_code: Option<&str>,
    after: Option<(&str, i64)>,
    most: i64,
) -> Result<Vec<Stored>, Error> {
    Ok(sqlx::query_as!(
        Stored,
        r#"
        select sequence, sealed_time, payload, hash, signature
        from fiscal_record
        where kind = 'closing'
          and ($1::text is null or store_code = $1)
          and ($2::text is null or terminal_code = $2)
          and ($3::text is null or terminal_code > $3 or (terminal_code = $3 and sequence < $4))
        order by terminal_code, sequence desc
        limit $5
        "#,
        store_code as Option<&str>,
        terminal_code as Option<&str>,
        after.map(|(terminal_code, _)| terminal_code) as Option<&str>,
        after.map(|(_, sequence)| sequence),
        most,
    )
    .fetch_all(db)
    .await?)
}

/// The records of a chain after a number, in their order, one at a time.
pub fn after<'a>(
    db: &'a mut PgConnection,
    terminal_code: &'a str,
    kind: Kind,
    sequence: i64,
) -> impl Stream<Item = Result<Stored, Error>> + 'a {
    sqlx::query_as!(
        Stored,
        r#"
        select sequence, sealed_time, payload, hash, signature
        from fiscal_record
        where terminal_code = $1
          and kind = $2
          and sequence > $3
        order by sequence
        "#,
        terminal_code,
        kind.as_str(),
        sequence,
    )
    .fetch(db)
    .map_err(Error::from)
}

/// When a till sealed the first ticket or credit note that there is.
pub async fn first_sealed(
    db: &mut PgConnection,
    terminal_code: &str,
) -> Result<Option<OffsetDateTime>, Error> {
    Ok(sqlx::query_scalar!(
        r#"
        select min(earliest.sealed_time)
        from unnest(array['ticket', 'credit_note']) as chain (kind)
        cross join lateral (
            select fiscal_record.sealed_time
            from fiscal_record
            where fiscal_record.terminal_code = $1
              and fiscal_record.kind = chain.kind
            order by fiscal_record.sequence
            limit 1
        ) as earliest
        "#,
        terminal_code,
    )
    .fetch_one(db)
    .await?)
}

/// The tills that ever sold, of one store or of all.
pub async fn selling(db: &mut PgConnection, store_code: Option<&str>) -> Result<Vec<Selling>, Error> {
    Ok(sqlx::query_as!(
        Selling,
        r#"
        select terminal_head.terminal_code, terminal_head.closed_until
        from terminal_head
        join terminal on terminal.terminal_code = terminal_head.terminal_code
        where ($1::text is null or terminal.store_code = $1)
          and terminal_head.kind = 'ticket'
          and terminal_head.sequence > 0
        order by terminal_head.terminal_code
        "#,
        store_code as Option<&str>,
    )
    .fetch_all(db)
    .await?)
}

/// The chains of the tills of a store.
pub async fn chains(db: &mut PgConnection, store_code: &str) -> Result<Vec<Chain>, Error> {
    Ok(sqlx::query_as!(
        Chain,
        r#"
        select terminal_head.terminal_code, terminal_head.kind
        from terminal_head
        join terminal on terminal.terminal_code = terminal_head.terminal_code
        where terminal.store_code = $1
          and terminal_head.sequence > 0
        order by terminal_head.terminal_code, terminal_head.kind
        "#,
        store_code,
    )
    .fetch_all(db)
    .await?)
}

/// A record of a chain; none before the first one.
pub async fn find(
    db: &mut PgConnection,
    terminal_code: &str,
    kind: Kind,
    sequence: i64,
) -> Result<Option<Stored>, Error> {
    Ok(sqlx::query_as!(
        Stored,
        r#"
        select sequence, sealed_time, payload, hash, signature
        from fiscal_record
        where terminal_code = $1
          and kind = $2
          and sequence = $3
        "#,
        terminal_code,
        kind.as_str(),
        sequence,
    )
    .fetch_optional(db)
    .await?)
}

/// The last number of a chain before the first one that was sealed at or after a moment, whatever the times of those before: 0 when
/// there is none.
pub async fn last_before(
    db: &mut PgConnection,
    terminal_code: &str,
    kind: Kind,
    moment: OffsetDateTime,
) -> Result<i64, Error> {
    Ok(sqlx::query_scalar!(
        r#"
        select coalesce(min(sequence) filter (where sealed_time >= $3) - 1, max(sequence), 0) as "last!"
        from fiscal_record
        where terminal_code = $1
          and kind = $2
        "#,
        terminal_code,
        kind.as_str(),
        moment,
    )
    .fetch_one(db)
    .await?)
}

impl Stored {
    /// Its number and seal.
    pub fn head(&self) -> Result<Head, Error> {
        Ok(Head { sequence: self.sequence, hash: read_hash(&self.hash)? })
    }

    /// What was signed.
    pub fn signature(&self) -> Result<Signature, Error> {
        let bytes = self.signature.as_deref().context("a record was sealed before keys were")?;
        Ok(Signature::try_from(bytes).context("a kept signature")?)
    }
}
