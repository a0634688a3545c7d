//! Baskets that their till has left, or its machine.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{attendance::Intervention, id::BasketId},
    error::Error,
};

/// A frozen basket at which its till is not.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    /// Its identity.
    pub basket_id: BasketId,
    /// The generation of the till that began its payment, where it is known.
    pub begun_generation: Option<i64>,
    /// The answer of a person that the till was told last.
    pub told: Option<Uuid>,
}

struct Row {
    basket_id: Uuid,
    begun_generation: Option<i64>,
    told_intervention_id: Option<Uuid>,
}

/// The frozen baskets of a till but the one it is at; nobody else edits one, or answers what waits there, until the transaction ends.
pub async fn lock_left(
    tx: &mut PgConnection,
    terminal_code: &str,
    at: Option<BasketId>,
) -> Result<Vec<Left>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select basket_id, begun_generation, told_intervention_id
        from basket
        where terminal_code = $1
          and state = 'frozen'
          and basket_id is distinct from $2::uuid
        order by basket_id
        for update
        "#,
        terminal_code,
        at.map(|basket_id| basket_id.0) as Option<Uuid>,
    )
    .fetch_all(tx)
    .await?;
    let left = |row: Row| Left {
        basket_id: BasketId(row.basket_id),
        begun_generation: row.begun_generation,
        told: row.told_intervention_id,
    };
    Ok(rows.into_iter().map(left).collect())
}

/// The open baskets of a till; nobody else edits one until the transaction ends.
pub async fn lock_open(tx: &mut PgConnection, terminal_code: &str) -> Result<Vec<BasketId>, Error> {
    let open = sqlx::query_scalar!(
        r#"
        select basket_id
        from basket
        where terminal_code = $1
          and state = 'open'
        order by basket_id
        for update
        "#,
        terminal_code,
    )
    .fetch_all(tx)
    .await?;
    Ok(open.into_iter().map(BasketId).collect())
}

/// Notes that the till is told how its payment was settled; `false` when that was noted before.
pub async fn note_told(tx: &mut PgConnection, settled: &Intervention) -> Result<bool, Error> {
    let done = sqlx::query!(
        r#"
        update basket
        set told_intervention_id = $3
        where terminal_code = $1
          and basket_id = $2::uuid
          and told_intervention_id is distinct from $3
        "#,
        settled.terminal_code,
        settled.basket_id.map(|basket_id| basket_id.0) as Option<Uuid>,
        settled.intervention_id,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// From here on the commit of the transaction waits for the disk, however it was begun.
pub async fn make_durable(tx: &mut PgConnection) -> Result<(), Error> {
    sqlx::query!(
        r#"
        select set_config('synchronous_commit', 'on', true)
        "#
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}
