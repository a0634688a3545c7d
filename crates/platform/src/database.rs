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
