//! What suspended baskets are resumed by; always of one store first.

use anyhow::Context;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        basket::Entry,
        id::{BasketId, MemberId},
        log::Log,
    },
    error::Error,
    store::basket::find_in_store,
};

/// A basket that waits for its shopper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspended {
    /// The basket.
    pub basket_id: BasketId,
    /// The store.
    pub store_code: String,
    /// The till it was suspended at.
    pub terminal_code: String,
    /// Pieces and weighings in it.
    pub article_count: i64,
    /// Since when.
    pub since: OffsetDateTime,
    /// When it is abandoned.
    pub ends: OffsetDateTime,
    /// It is practised with.
    pub training: bool,
}

/// By what a shopper is known again.
#[derive(Clone, Debug)]
pub enum Way {
    /// SHA-256 of the code that was shown.
    Code(String),
    /// The card of the basket's member.
    Member(MemberId),
}

struct Row {
    basket_id: Uuid,
    store_code: String,
    terminal_code: String,
    article_count: i64,
    suspended_time: OffsetDateTime,
    ends_time: OffsetDateTime,
    training: bool,
}

/// Lets a basket wait; `false` when another one of the store waits under the same code.
pub async fn put(
    tx: &mut PgConnection,
    waiting: &Suspended,
    code_sha256: &str,
    member_id: Option<MemberId>,
) -> Result<bool, Error> {
    let inserted = sqlx::query!(
        r#"
        insert into suspended_basket (
            basket_id, store_code, terminal_code, code_sha256, member_id, article_count, suspended_time, ends_time
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict on constraint suspended_basket_code_uq do nothing
        "#,
        waiting.basket_id.0,
        waiting.store_code,
        waiting.terminal_code,
        code_sha256,
        member_id.map(|member_id| member_id.0) as Option<Uuid>,
        waiting.article_count,
        waiting.since,
        waiting.ends,
    )
    .execute(tx)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Takes a basket of the store out of those that wait; of two who ask at once one gets it.
pub async fn take(
    tx: &mut PgConnection,
    store_code: &str,
    way: &Way,
    now: OffsetDateTime,
) -> Result<Option<BasketId>, Error> {
    let (code, member_id) = match way {
        Way::Code(code_sha256) => (Some(code_sha256.as_str()), None),
        Way::Member(member_id) => (None, Some(member_id.0)),
    };
    let taken = sqlx::query_scalar!(
        r#"
        delete from suspended_basket
        where basket_id = (
            select basket_id
            from suspended_basket
            where store_code = $1
              and (code_sha256 = $2 or member_id = $3)
              and ends_time > $4
            order by suspended_time desc
            limit 1
            for update
        )
        returning basket_id
        "#,
        store_code,
        code,
        member_id as Option<Uuid>,
        now,
    )
    .fetch_optional(tx)
    .await?;
    Ok(taken.map(BasketId))
}

/// Brings a suspended basket to a till, with the edit that says so.
pub async fn bring(
    tx: &mut PgConnection,
    store_code: &str,
    basket_id: BasketId,
    terminal_code: &str,
    entry: &Entry,
) -> Result<Log, Error> {
    let brought = sqlx::query!(
        r#"
        update basket
        set terminal_code = $2,
            state = $3,
            entries = entries || $4,
            basket_version = basket_version + 1
        where basket_id = $1
          and state = 'suspended'
        "#,
        basket_id.0,
        terminal_code,
        entry.edit.leads_to().as_str(),
        Json(entry) as Json<&Entry>,
    )
    .execute(&mut *tx)
    .await?;
    if brought.rows_affected() != 1 {
        return Err(anyhow::anyhow!("a basket that waits is not suspended").into());
    }
    let found = find_in_store(tx, store_code, basket_id).await?;
    Ok(found.context("a basket that was resumed is gone")?.log)
}

/// Takes out those whose day has ended, to be abandoned in the same transaction. Another replica's are left to it.
pub async fn take_ended(
    tx: &mut PgConnection,
    now: OffsetDateTime,
    most: i64,
) -> Result<Vec<Suspended>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        delete from suspended_basket
        where basket_id in (
            select basket_id
            from suspended_basket
            where ends_time <= $1
            order by ends_time
            limit $2
            for update skip locked
        )
        returning basket_id, store_code, terminal_code, article_count, suspended_time, ends_time,
               exists (
                   select
                   from basket
                   where basket.basket_id = suspended_basket.basket_id
                     and basket.training_by is not null
               ) as "training!"
        "#,
        now,
        most,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(Row::suspended).collect())
}

/// Those of a store, the longest first.
pub async fn of_store(db: &mut PgConnection, store_code: &str, most: i64) -> Result<Vec<Suspended>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select basket_id, store_code, terminal_code, article_count, suspended_time, ends_time,
               exists (
                   select
                   from basket
                   where basket.basket_id = suspended_basket.basket_id
                     and basket.training_by is not null
               ) as "training!"
        from suspended_basket
        where store_code = $1
        order by suspended_time, basket_id
        limit $2
        "#,
        store_code,
        most,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::suspended).collect())
}

/// What an earlier request of this caller answered, whatever it asked for.
pub async fn reply_of(
    db: &mut PgConnection,
    caller: &str,
    request_id: Uuid,
) -> Result<Option<Vec<u8>>, Error> {
    let reply = sqlx::query_scalar!(
        r#"
        select reply
        from request
        where caller = $1
          and request_id = $2
        "#,
        caller,
        request_id,
    )
    .fetch_optional(db)
    .await?;
    Ok(reply.flatten())
}

impl Row {
    fn suspended(self) -> Suspended {
        Suspended {
            basket_id: BasketId(self.basket_id),
            store_code: self.store_code,
            terminal_code: self.terminal_code,
            article_count: self.article_count,
            since: self.suspended_time,
            ends: self.ends_time,
            training: self.training,
        }
    }
}
