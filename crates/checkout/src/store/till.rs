//! What each till says of itself, and whether it is locked.

use anyhow::Context;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{attendance::Stage, id::BasketId},
    error::Error,
};

/// A till as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The till.
    pub terminal_code: String,
    /// What it is doing.
    pub stage: Stage,
    /// Since when.
    pub since: Option<OffsetDateTime>,
    /// When it was heard of last.
    pub reported: Option<OffsetDateTime>,
    /// It was not heard of for half a minute.
    pub silent: bool,
    /// It is to serve nobody.
    pub locked: bool,
    /// Its next basket is opened in training.
    pub training: bool,
    /// Its screen says that it is training.
    pub training_shown: bool,
}

/// Where a till stands, as it says.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// What it is doing.
    pub stage: Stage,
    /// The basket it is at.
    pub basket_id: Option<BasketId>,
    /// Its screen says that it is training.
    pub training_shown: bool,
}

/// What a till has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orders {
    /// Serve nobody after the shopper of the moment.
    pub locked: bool,
    /// Open the next basket in training.
    pub training: bool,
    /// The version of the basket it is at; 0 when it is at none.
    pub basket_version: i64,
}

struct Row {
    terminal_code: String,
    stage: String,
    since_time: Option<OffsetDateTime>,
    reported_time: Option<OffsetDateTime>,
    silent: bool,
    locked: bool,
    training: bool,
    training_shown: bool,
}

/// Notes what a till says of itself, and reads what it has to do.
pub async fn report(
    tx: &mut PgConnection,
    terminal_code: &str,
    store_code: &str,
    standing: Standing,
    now: OffsetDateTime,
) -> Result<Orders, Error> {
    let row = sqlx::query!(
        r#"
        insert into till_presence as kept (terminal_code, store_code, stage, since_time, reported_time, training_shown)
        values ($1, $2, $3, $4, now(), $6)
        on conflict on constraint till_presence_pk do update
        set stage = excluded.stage,
            store_code = excluded.store_code,
            since_time = case when kept.stage = excluded.stage then kept.since_time else excluded.since_time end,
            reported_time = excluded.reported_time,
            training_shown = excluded.training_shown
        returning
            locked,
            training,
            coalesce(
                (select basket_version from basket where basket.terminal_code = $1 and basket.basket_id = $5), 0
            ) as "basket_version!"
        "#,
        terminal_code,
        store_code,
        standing.stage.as_str(),
        now,
        standing.basket_id.map(|basket_id| basket_id.0) as Option<Uuid>,
        standing.training_shown,
    )
    .fetch_one(tx)
    .await?;
    Ok(Orders { locked: row.locked, training: row.training, basket_version: row.basket_version })
}

/// Locks a till of a store, or opens it again; `false` when no such till stands there.
pub async fn lock(
    tx: &mut PgConnection,
    store_code: Option<&str>,
    terminal_code: &str,
    locked: bool,
    by: &str,
) -> Result<bool, Error> {
    let done = sqlx::query!(
        r#"
        insert into till_presence as kept (terminal_code, store_code, locked, locked_by)
        select terminal_code, store_code, $3, $4
        from terminal
        where terminal_code = $1
          and ($2::text is null or store_code = $2)
        on conflict on constraint till_presence_pk do update
        set locked = excluded.locked,
            locked_by = excluded.locked_by
        "#,
        terminal_code,
        store_code,
        locked,
        by,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a till is to serve nobody.
pub async fn is_locked(db: &mut PgConnection, terminal_code: &str) -> Result<bool, Error> {
    let locked = sqlx::query_scalar!(
        r#"
        select locked
        from till_presence
        where terminal_code = $1
        "#,
        terminal_code,
    )
    .fetch_optional(db)
    .await?;
    Ok(locked.unwrap_or_default())
}

/// The tills of a store by code, after one of them; all stand in the catalogue, whether they were heard of or not.
pub async fn of_store(
    db: &mut PgConnection,
    store_code: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Presence>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select terminal.terminal_code,
               coalesce(stage, 'unspecified') as "stage!",
               since_time as "since_time?",
               reported_time as "reported_time?",
               coalesce(reported_time < now() - interval '30 seconds', false) as "silent!",
               coalesce(locked, false) as "locked!",
               coalesce(training, false) as "training!",
               coalesce(training_shown, false) as "training_shown!"
        from terminal
        left join till_presence using (terminal_code)
        where terminal.store_code = $1
          and terminal.terminal_code > $2
        order by terminal.terminal_code
        limit $3
        "#,
        store_code,
        after,
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::presence).collect()
}

/// One till, wherever it stands.
pub async fn find(db: &mut PgConnection, terminal_code: &str) -> Result<Option<Presence>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select terminal_code, stage, since_time, reported_time,
               coalesce(reported_time < now() - interval '30 seconds', false) as "silent!",
               locked, training, training_shown
        from till_presence
        where terminal_code = $1
        "#,
        terminal_code,
    )
    .fetch_optional(db)
    .await?;
    row.map(Row::presence).transpose()
}

impl Row {
    fn presence(self) -> Result<Presence, Error> {
        Ok(Presence {
            stage: Stage::parse(&self.stage).context("a stage that the table does not allow")?,
            terminal_code: self.terminal_code,
            since: self.since_time,
            reported: self.reported_time,
            silent: self.silent,
            locked: self.locked,
            training: self.training,
            training_shown: self.training_shown,
        })
    }
}
