//! Sessions, and wrong passwords.

use sqlx::{PgConnection, postgres::types::PgInterval};
use time::{Duration, OffsetDateTime};

use super::staff::Row;
use crate::domain::{
    id::StaffId,
    session::{FAILURE_WINDOW, Failures, SOURCE_LIFE, Source, TokenHash},
    staff::{Account, Login},
};

/// The first of the two numbers of the advisory lock, so that no other lock of this database is meant: "sign".
const LOCK: i32 = 0x7369_676e;

/// Lets one attempt at a sign-in name be decided at a time, on every replica, until the end of the transaction.
pub async fn lock_login(tx: &mut PgConnection, login: &Login) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1, hashtext($2))", LOCK, login.as_str()).execute(tx).await?;
    Ok(())
}

/// What counts now against an attempt at a sign-in name from a source.
pub async fn failures(
    db: &mut PgConnection,
    login: &Login,
    source: &Source,
) -> Result<Failures, sqlx::Error> {
    sqlx::query_as!(
        Failures,
        r#"
        select
            count(*) filter (where source = $2) as "here!",
            count(*) as "anywhere!",
            exists (
                select
                from sign_in_source
                join staff using (staff_id)
                where staff.login = $1
                  and sign_in_source.source = $2
                  and signed_in_time > now() - $4::interval
            ) as "is_known!"
        from sign_in_failure
        where login = $1
          and failed_time > now() - $3::interval
        "#,
        login.as_str(),
        source.as_str(),
        interval(FAILURE_WINDOW),
        interval(SOURCE_LIFE),
    )
    .fetch_one(db)
    .await
}

/// Counts a wrong password.
pub async fn insert_failure(
    tx: &mut PgConnection,
    login: &Login,
    source: &Source,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into sign_in_failure (login, source)
        values ($1, $2)
        "#,
        login.as_str(),
        source.as_str(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets the wrong passwords of somebody who knew the right one, and remembers where that was. What was guessed elsewhere stays.
pub async fn forgive(tx: &mut PgConnection, account: &Account, source: &Source) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        delete from sign_in_failure
        where login = $1
          and source = $2
        "#,
        account.login.as_str(),
        source.as_str(),
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        insert into sign_in_source (staff_id, source)
        values ($1, $2)
        on conflict (staff_id, source) do update
        set signed_in_time = excluded.signed_in_time
        "#,
        account.staff_id.0,
        source.as_str(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Opens a session.
pub async fn insert(
    tx: &mut PgConnection,
    token: &TokenHash,
    staff_id: StaffId,
    now: OffsetDateTime,
    expiry: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into session (token_hash, staff_id, created_time, expiry_time)
        values ($1, $2, $3, $4)
        "#,
        &token.0[..],
        staff_id.0,
        now,
        expiry,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whose session it is, unless it is over.
pub async fn find(
    db: &mut PgConnection,
    token: &TokenHash,
    now: OffsetDateTime,
) -> Result<Option<Account>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select staff_id, login, role, store_code, supplier_code
        from session
        join staff using (staff_id)
        where token_hash = $1
          and expiry_time > $2
        "#,
        &token.0[..],
        now,
    )
    .fetch_optional(db)
    .await?;
    row.map(Row::account).transpose()
}

/// Ends a session, if there is one.
pub async fn delete(tx: &mut PgConnection, token: &TokenHash) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        delete from session
        where token_hash = $1
        "#,
        &token.0[..],
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes sessions that are over, and wrong passwords and sources that count no more.
pub async fn purge(tx: &mut PgConnection, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        delete from session
        where expiry_time <= $1
        "#,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        delete from sign_in_failure
        where failed_time <= now() - $1::interval
        "#,
        interval(FAILURE_WINDOW),
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        delete from sign_in_source
        where signed_in_time <= now() - $1::interval
        "#,
        interval(SOURCE_LIFE),
    )
    .execute(tx)
    .await?;
    Ok(())
}

fn interval(length: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: length.whole_seconds() * 1_000_000 }
}
