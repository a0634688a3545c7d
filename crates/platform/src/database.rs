//! The service's pool, and the version of its schema.

use std::time::Duration;

use anyhow::Context;
use sqlx::{
    Executor, PgPool,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::config::DatabaseArgs;

/// How a service connects to its database: under its own name, with bounds on what a statement may wait for.
///
/// # Errors
/// When the URL is wrong.
pub fn options(args: &DatabaseArgs, service: &str) -> anyhow::Result<PgConnectOptions> {
    let options: PgConnectOptions =
        args.url()?.expose().parse().context("the database URL is not one of PostgreSQL")?;
    Ok(options.application_name(service).options([
        ("statement_timeout", "10s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "15s"),
    ]))
}

/// Whether the same request may succeed later: connections, conflicts, resources, an operator's hand, deadlocks and time-outs pass;
/// the rest would fail again.
pub fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(cause) => cause.code().is_some_and(|code| {
            ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class)) || code == "55P03"
        }),
        _ => false,
    }
}

/// Opens the pool of a service.
///
/// A cancelled `begin` may leave an open transaction on a connection; the next borrower's writes would vanish with it. So the pool
/// ends whatever transaction comes back: `begin; rollback`, because a lone `rollback` outside a transaction writes a warning to the
/// server's log each time.
///
/// # Errors
/// When the URL is wrong. The server need not be there yet.
pub fn pool(args: &DatabaseArgs, service: &str) -> anyhow::Result<PgPool> {
    Ok(PgPoolOptions::new()
        .max_connections(args.database_connections)
        .acquire_timeout(Duration::from_secs(5))
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql("begin; rollback")).await?;
                Ok(true)
            })
        })
        .connect_lazy_with(options(args, service)?))
}

/// Brings the database up to date.
///
/// # Errors
/// When the database is out of reach, or was migrated by another program.
pub async fn migrate(pool: &PgPool, migrator: &Migrator) -> anyhow::Result<()> {
    migrator.run(pool).await.context("cannot bring the database up to date")
}

/// Brings the database up to date under the role that owns it, and gives the role of `serving` what it needs and no more: it adds and
/// reads everywhere, and changes and deletes where no trigger says that rows are never changed. It owns nothing, so that it can neither
/// drop a table nor silence a trigger. To be run after every migration; run again, it changes nothing.
///
/// # Errors
/// When the database is out of reach, was migrated by another program, or the two roles are one.
pub async fn migrate_as_owner(
    owner: &PgPool,
    migrator: &Migrator,
    serving: &DatabaseArgs,
) -> anyhow::Result<()> {
    migrate(owner, migrator).await?;
    let serving: PgConnectOptions =
        serving.url()?.expose().parse().context("the database URL is not one of PostgreSQL")?;
    grant(owner, serving.get_username()).await
}

/// Gives a role what it needs to serve, as [`migrate_as_owner`] says.
///
/// # Errors
/// When there is no such role, it is the owner itself, or the database is out of reach.
pub async fn grant(owner: &PgPool, role: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot give the role {role} what it needs");
    let mut tx = owner.begin().await.with_context(cannot)?;
    let itself: String = sqlx::query_scalar("select current_user::text").fetch_one(&mut *tx).await?;
    anyhow::ensure!(itself != role, "the role {role} serves: another one has to own its tables");
    let statements: Vec<String> = sqlx::query_scalar(GRANTS).bind(role).fetch_all(&mut *tx).await?;
    for statement in statements {
        tx.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement))).await.with_context(cannot)?;
    }
    tx.commit().await.with_context(cannot)
}

/// The statements that give a role its rights. A table is final when a trigger calls `refuse_change` before its rows change.
const GRANTS: &str = r"
    select format('grant usage on schema public to %I', $1)
    union all
    select format('revoke all on %s from %I', oid::regclass, $1)
    from pg_class
    where relnamespace = 'public'::regnamespace
      and relkind in ('r', 'p')
    union all
    select format(
        'grant %s on %s to %I',
        case
            when relname = '_sqlx_migrations' then 'select'
            when exists (
                select
                from pg_trigger
                join pg_proc on pg_proc.oid = tgfoid
                where tgrelid = pg_class.oid
                  and proname = 'refuse_change'
            ) then 'select, insert'
            else 'select, insert, update, delete'
        end,
        oid::regclass,
        $1
    )
    from pg_class
    where relnamespace = 'public'::regnamespace
      and relkind in ('r', 'p')
    ";

/// Refuses to serve on a schema that this program does not know.
///
/// # Errors
/// When the database is out of reach, or its schema is older or newer than the program's.
pub async fn check_schema(pool: &PgPool, migrator: &Migrator, service: &str) -> anyhow::Result<()> {
    let wanted = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
    let found: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
        .fetch_one(pool)
        .await
        .with_context(|| {
            format!(
                "cannot read the schema's version: run `cabas {service} migrate` first, or start PostgreSQL"
            )
        })?;
    anyhow::ensure!(
        found == Some(wanted),
        "the database of {service} has schema {}, this program needs {wanted}: run `cabas {service} migrate` with the same program",
        found.unwrap_or(0)
    );
    Ok(())
}
