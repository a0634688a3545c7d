//! Which machine each till is.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::claim::{Asking, Holder},
    error::Error,
};

/// Reads which machine a till is, as one sees it who asked first with this request, and lets nobody else claim it until the
/// transaction ends. Who is alive is no matter of business time: the database's own clock says it.
pub async fn holder(
    tx: &mut PgConnection,
    terminal_code: &str,
    store_code: &str,
    caller: &str,
    request_id: Uuid,
) -> Result<Holder, Error> {
    sqlx::query!(
        r#"
        insert into till_presence (terminal_code, store_code)
        values ($1, $2)
        on conflict on constraint till_presence_pk do nothing
        "#,
        terminal_code,
        store_code,
    )
    .execute(&mut *tx)
    .await?;
    Ok(sqlx::query_as!(
        Holder,
        r#"
        select instance_id, generation, place,
               coalesce(greatest(reported_time, claimed_time) > now() - interval '10 seconds', false) as "is_alive!",
               coalesce(
                   reported_time > (select created_time from request where caller = $2 and request_id = $3), false
               ) as "heard_since_asked!",
               coalesce(reported_time > claimed_time, false) as "heard_since_granted!"
        from till_presence
        where terminal_code = $1
        for update
        "#,
        terminal_code,
        caller,
        request_id,
    )
    .fetch_one(tx)
    .await?)
}

/// Whether the machine of a till was heard of lately, by the same rule; nothing more is heard of it until the transaction ends.
pub async fn is_heard_of(tx: &mut PgConnection, terminal_code: &str) -> Result<bool, Error> {
    let heard = sqlx::query_scalar!(
        r#"
        select coalesce(greatest(reported_time, claimed_time) > now() - interval '10 seconds', false) as "heard!"
        from till_presence
        where terminal_code = $1
        for update
        "#,
        terminal_code,
    )
    .fetch_optional(tx)
    .await?;
    Ok(heard.unwrap_or_default())
}

/// Makes a machine the till.
pub async fn grant(
    tx: &mut PgConnection,
    terminal_code: &str,
    asking: &Asking,
    generation: i64,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update till_presence
        set instance_id = $2,
            generation = $3,
            place = $4,
            claimed_time = now(),
            contested_time = null
        where terminal_code = $1
        "#,
        terminal_code,
        asking.instance_id,
        generation,
        asking.place,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes where the till is that repeats its claim, unless another one was granted it since.
pub async fn move_to(
    tx: &mut PgConnection,
    terminal_code: &str,
    asking: &Asking,
    generation: i64,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update till_presence
        set place = $4
        where terminal_code = $1
          and instance_id = $2
          and generation = $3
        "#,
        terminal_code,
        asking.instance_id,
        generation,
        asking.place,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that a machine was refused: the people of the store see it.
pub async fn contest(tx: &mut PgConnection, terminal_code: &str) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update till_presence
        set contested_time = now()
        where terminal_code = $1
        "#,
        terminal_code,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets which machine a till is; `false` when it was never heard of. Its generation stays, so that whoever asks next is newer.
pub async fn release(
    tx: &mut PgConnection,
    store_code: Option<&str>,
    terminal_code: &str,
) -> Result<bool, Error> {
    let done = sqlx::query!(
        r#"
        update till_presence
        set instance_id = null,
            place = '',
            contested_time = null
        where terminal_code = $1
          and ($2::text is null or store_code = $2)
        "#,
        terminal_code,
        store_code,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether another machine is the till than the one of this generation.
pub async fn is_elsewhere(
    db: &mut PgConnection,
    terminal_code: &str,
    generation: i64,
) -> Result<bool, Error> {
    let elsewhere = sqlx::query_scalar!(
        r#"
        select instance_id is not null and generation <> $2 as "elsewhere!"
        from till_presence
        where terminal_code = $1
        "#,
        terminal_code,
        generation,
    )
    .fetch_optional(db)
    .await?;
    Ok(elsewhere.unwrap_or_default())
}
