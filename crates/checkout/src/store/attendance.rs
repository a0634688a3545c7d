//! What waits at the tills for a person; always of one store or one till first.

use anyhow::Context;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::{
        attendance::{Decision, Detail, Intervention, Kind},
        id::BasketId,
    },
    error::Error,
};

struct Row {
    intervention_id: Uuid,
    store_code: String,
    terminal_code: String,
    basket_id: Option<Uuid>,
    kind: String,
    detail: Json<Detail>,
    raised_time: OffsetDateTime,
    answered_time: Option<OffsetDateTime>,
    decision: Option<String>,
    training: bool,
}

// A query is checked against the database only where it is a literal, so what five of them share is a macro.
macro_rules! interventions {
    ($which:tt, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select intervention_id, store_code, terminal_code, basket_id, kind, detail as "detail: Json<Detail>", raised_time,
                   answered_time, decision, training
            from intervention
            "# + $which,
            $($argument),+
        )
    };
}

/// Notes that something waits, unless the same thing does already: then what is known of it is brought up to date. A payment or a
/// note that somebody has settled is not raised again. In training is what is at a basket of training, and, at no basket, what is at
/// a till that trains.
pub async fn raise(tx: &mut PgConnection, raised: &Intervention) -> Result<(), Error> {
    sqlx::query!(
        r#"
        insert into intervention as kept (
            intervention_id, store_code, terminal_code, basket_id, kind, subject, detail, raised_time, training
        )
        select $1, $2, $3, $4::uuid, $5, $6, $7, $8,
               coalesce(
                   (select training_by is not null from basket where basket.basket_id = $4),
                   (select till_presence.training from till_presence where till_presence.terminal_code = $3),
                   false
               )
        where not exists (
            select from intervention earlier
            where earlier.terminal_code = $3
              and earlier.subject = $6
              and earlier.kind = $5
              and earlier.decision in ('approve', 'refuse', 'done')
              and $9::boolean
        )
        on conflict (terminal_code, kind, subject) where answered_time is null do update
        set detail = excluded.detail
        where kept.detail <> excluded.detail
        "#,
        raised.intervention_id,
        raised.store_code,
        raised.terminal_code,
        raised.basket_id.map(|basket_id| basket_id.0) as Option<Uuid>,
        raised.kind.as_str(),
        raised.subject(),
        Json(&raised.detail) as Json<&Detail>,
        raised.raised,
        raised.kind.is_payment() || raised.kind.is_note(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What waits at a till.
pub async fn waiting_at(db: &mut PgConnection, terminal_code: &str) -> Result<Vec<Intervention>, Error> {
    let rows = interventions!(
        r#"
        where terminal_code = $1
          and answered_time is null
        order by raised_time, intervention_id
        "#,
        terminal_code,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::intervention).collect()
}

/// What waits in a store.
pub async fn waiting_in(db: &mut PgConnection, store_code: &str) -> Result<Vec<Intervention>, Error> {
    let rows = interventions!(
        r#"
        where store_code = $1
          and answered_time is null
        order by raised_time, intervention_id
        "#,
        store_code,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::intervention).collect()
}

/// One of a store, answered or not.
pub async fn find(
    db: &mut PgConnection,
    store_code: &str,
    intervention_id: Uuid,
) -> Result<Option<Intervention>, Error> {
    let row = interventions!(
        r#"
        where store_code = $1
          and intervention_id = $2
        "#,
        store_code,
        intervention_id,
    )
    .fetch_optional(db)
    .await?;
    row.map(Row::intervention).transpose()
}

/// The same, and nobody else answers until the transaction ends.
pub async fn find_to_answer(
    tx: &mut PgConnection,
    store_code: &str,
    intervention_id: Uuid,
) -> Result<Option<Intervention>, Error> {
    let row = interventions!(
        r#"
        where store_code = $1
          and intervention_id = $2
        for update
        "#,
        store_code,
        intervention_id,
    )
    .fetch_optional(tx)
    .await?;
    row.map(Row::intervention).transpose()
}

/// Payments of these tills that nobody knows of, but for those that were practised, which no bank has ever seen.
pub async fn unknown_payments(tx: &mut PgConnection, tills: &[String]) -> Result<Vec<Intervention>, Error> {
    let rows = interventions!(
        r#"
        where terminal_code = any ($1)
          and kind = 'payment_unknown'
          and answered_time is null
          and not training
        order by intervention_id
        "#,
        tills,
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::intervention).collect()
}

/// Those of these payments that nobody knows of still; and nobody else settles one until the transaction ends.
pub async fn lock_unknown_payments(tx: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Intervention>, Error> {
    let rows = interventions!(
        r#"
        where intervention_id = any ($1)
          and kind = 'payment_unknown'
          and answered_time is null
        order by intervention_id
        for update
        "#,
        ids,
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::intervention).collect()
}

/// How what a till reports of a payment was settled, if it was. What was said of one trouble of a payment says nothing of another: that it
/// was not made is not that it was given back.
pub async fn settlement(
    db: &mut PgConnection,
    reported: &Intervention,
) -> Result<Option<Intervention>, Error> {
    let row = interventions!(
        r#"
        where terminal_code = $1
          and subject = $2
          and kind = $3
          and decision in ('approve', 'refuse')
        order by answered_time desc
        limit 1
        "#,
        reported.terminal_code,
        reported.subject(),
        reported.kind.as_str(),
    )
    .fetch_optional(db)
    .await?;
    row.map(Row::intervention).transpose()
}

/// Which of a till's notes somebody has settled.
pub async fn settled_notes(
    db: &mut PgConnection,
    terminal_code: &str,
    note_ids: &[Uuid],
) -> Result<Vec<Uuid>, Error> {
    let subjects: Vec<String> = note_ids.iter().map(Uuid::to_string).collect();
    let settled = sqlx::query_scalar!(
        r#"
        select distinct subject
        from intervention
        where terminal_code = $1
          and subject = any($2)
          and kind in ('late_answer', 'slip_refused')
          and decision = 'done'
        "#,
        terminal_code,
        &subjects,
    )
    .fetch_all(db)
    .await?;
    Ok(settled.iter().filter_map(|subject| subject.parse().ok()).collect())
}

/// What the draw of the baskets starts from.
pub async fn audit_seed(db: &mut PgConnection) -> Result<[u8; 32], Error> {
    let seed = sqlx::query_scalar!(
        r#"
        select seed
        from audit_seed
        "#
    )
    .fetch_one(db)
    .await?;
    Ok(seed.try_into().map_err(|_| anyhow::anyhow!("the seed of the draw is not 32 bytes long"))?)
}

/// Notes what was decided, by whom and when; `false` when somebody was first.
pub async fn answer(tx: &mut PgConnection, answered: &Intervention, by: Option<Uuid>) -> Result<bool, Error> {
    let (decision, time) = answered.answered.context("an answer without a decision")?;
    let done = sqlx::query!(
        r#"
        update intervention
        set answered_time = $2,
            answered_by = $3,
            decision = $4,
            detail = $5
        where intervention_id = $1
          and answered_time is null
        "#,
        answered.intervention_id,
        time,
        by as Option<Uuid>,
        decision.as_str(),
        Json(&answered.detail) as Json<&Detail>,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

impl Row {
    fn intervention(self) -> Result<Intervention, Error> {
        let decision = match self.decision.as_deref() {
            Some(word) => Some(Decision::parse(word).context("a decision that the table does not allow")?),
            None => None,
        };
        Ok(Intervention {
            intervention_id: self.intervention_id,
            store_code: self.store_code,
            terminal_code: self.terminal_code,
            basket_id: self.basket_id.map(BasketId),
            kind: Kind::parse(&self.kind).context("a kind that the table does not allow")?,
            detail: self.detail.0,
            raised: self.raised_time,
            answered: decision.zip(self.answered_time),
            training: self.training,
        })
    }
}
