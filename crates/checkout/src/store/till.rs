//! What each till says of itself, and whether it is locked.

use anyhow::Context;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{attendance::Stage, finding::TillFinding, id::BasketId},
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
    /// The basket it said it is at.
    pub basket_id: Option<BasketId>,
    /// What is wrong with it.
    pub findings: Vec<TillFinding>,
    /// The number of a ticket that was not printed; 0 when there is none.
    pub unprinted: i64,
    /// Its next basket is opened in training.
    pub training: bool,
    /// Its screen says that it is training.
    pub training_shown: bool,
}

/// What a till says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// What it is doing.
    pub stage: Stage,
    /// The basket it is at.
    pub basket_id: Option<BasketId>,
    /// The generation that it was granted.
    pub generation: i64,
    /// What is wrong with it.
    pub findings: &'a [TillFinding],
    /// The number of a ticket that was not printed; 0 when there is none.
    pub unprinted: i64,
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
    basket_id: Option<Uuid>,
    findings: Vec<String>,
    unprinted_sequence: i64,
    training: bool,
    training_shown: bool,
}

/// Notes what a till says of itself, and reads what it has to do; `None` when another machine is the till.
pub async fn report(
    tx: &mut PgConnection,
    terminal_code: &str,
    store_code: &str,
    said: Said<'_>,
    now: OffsetDateTime,
) -> Result<Option<Orders>, Error> {
    let findings: Vec<&str> = said.findings.iter().map(|finding| finding.as_str()).collect();
    let row = sqlx::query!(
        r#"
        insert into till_presence as kept (
            terminal_code, store_code, stage, since_time, reported_time, basket_id, findings, unprinted_sequence,
            training_shown
        )
        values ($1, $2, $3, $4, now(), $5, $7::text[], $8, $9)
        on conflict on constraint till_presence_pk do update
        set stage = excluded.stage,
            store_code = excluded.store_code,
            since_time = case when kept.stage = excluded.stage then kept.since_time else excluded.since_time end,
            reported_time = excluded.reported_time,
            basket_id = excluded.basket_id,
            findings = excluded.findings,
            unprinted_sequence = excluded.unprinted_sequence,
            training_shown = excluded.training_shown
        where kept.instance_id is null
           or kept.generation = $6
        returning
            locked,
            training,
            coalesce(
                (select basket_version from basket where basket.terminal_code = $1 and basket.basket_id = $5), 0
            ) as "basket_version!"
        "#,
        terminal_code,
        store_code,
        said.stage.as_str(),
        now,
        said.basket_id.map(|basket_id| basket_id.0) as Option<Uuid>,
        said.generation,
        &findings as &[&str],
        said.unprinted,
        said.training_shown,
    )
    .fetch_optional(tx)
    .await?;
    let orders = row.map(|row| Orders {
        locked: row.locked,
        training: row.training,
        basket_version: row.basket_version,
    });
    Ok(orders)
}

/// Whether a till that says now that it is at this basket, or at none, was heard of elsewhere last, was finding out where it stood, or is
/// another machine by now.
pub async fn has_moved(
    tx: &mut PgConnection,
    terminal_code: &str,
    to: Option<BasketId>,
) -> Result<bool, Error> {
    let moved = sqlx::query_scalar!(
        r#"
        select stage in ('unspecified', 'starting')
            or basket_id is distinct from $2::uuid
            or coalesce(reported_time < claimed_time, false) as "moved!"
        from till_presence
        where terminal_code = $1
        "#,
        terminal_code,
        to.map(|basket_id| basket_id.0) as Option<Uuid>,
    )
    .fetch_optional(tx)
    .await?;
    Ok(moved.unwrap_or_default())
}

/// Locks a till of a store, or opens it again; `false` when no such till stands there, as one does not that was taken out.
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
          and ($3 or not removed)
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

/// The tills of a store by code, after one of them; all stand in the catalogue, whether they were heard of or not. One that was taken out is
/// among them while something waits for a person there.
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
               basket_id as "basket_id?",
               coalesce(findings, '{}') || case
                   when contested_time > now() - interval '30 seconds' then array['claimed_twice'] else '{}'
               end as "findings!",
               coalesce(unprinted_sequence, 0) as "unprinted_sequence!",
               coalesce(training, false) as "training!",
               coalesce(training_shown, false) as "training_shown!"
        from terminal
        left join till_presence using (terminal_code)
        where terminal.store_code = $1
          and terminal.terminal_code > $2
          and (not terminal.removed or exists (
              select
              from intervention
              where intervention.terminal_code = terminal.terminal_code
                and answered_time is null
          ))
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
               locked, basket_id,
               findings || case
                   when contested_time > now() - interval '30 seconds' then array['claimed_twice'] else '{}'
               end as "findings!",
               unprinted_sequence, training, training_shown
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
            basket_id: self.basket_id.map(BasketId),
            findings: self
                .findings
                .iter()
                .map(|word| TillFinding::parse(word).with_context(|| format!("a finding {word}")))
                .collect::<Result<_, _>>()?,
            unprinted: self.unprinted_sequence,
            training: self.training,
            training_shown: self.training_shown,
        })
    }
}
