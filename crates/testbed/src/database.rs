//! A database of its own for every test.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;
use sqlx::PgPool;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use tokio::sync::{Mutex, OnceCell};

use crate::postgres::{Durability, Postgres};

/// A test drives one story at a time; two hundred connections have to do for all tests of a process.
const POOL: u32 = 5;

/// A fresh database with a service's tables.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// Where it is, for a service's own pool.
    pub url: String,
    /// Connections for the test itself; whatever comes back to the pool is rolled back.
    pub pool: PgPool,
}

impl TestDatabase {
    /// The URL of this database for a role that owns nothing, which is made where the cluster has none of this name.
    ///
    /// # Panics
    /// When PostgreSQL is out of reach.
    pub async fn url_as(&self, role: &str) -> String {
        let made = format!(
            "do $$ begin create role {role} login; exception when duplicate_object or unique_violation then null; end $$"
        );
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe(made)).execute(&self.pool).await {
            panic!("no role {role} for a test: {error}");
        }
        self.url.replacen("//postgres@", &format!("//{role}@"), 1)
    }
}

/// The one cluster of this process. Its tests may run on different runtimes, and all of them may be first.
static CLUSTER: OnceCell<Postgres> = OnceCell::const_new();
/// Clones made so far, per template. The lock also keeps two tests from cloning one template at the same time.
static TEMPLATES: Mutex<Option<HashMap<String, usize>>> = Mutex::const_new(None);

/// A fresh database, cloned from a template that is migrated once per service and process.
///
/// The databases live as long as the process, so that a test that fails can be looked into from a debugger.
///
/// # Panics
/// When PostgreSQL cannot be started or a migration fails: a test can do nothing about either.
pub async fn database(service: &str, migrator: &Migrator) -> TestDatabase {
    match clone(service, migrator).await {
        Ok(database) => database,
        Err(error) => panic!("no database for a test of {service}: {error:?}"),
    }
}

async fn clone(service: &str, migrator: &Migrator) -> anyhow::Result<TestDatabase> {
    let cluster = CLUSTER.get_or_try_init(|| Postgres::start(Durability::Test)).await?;
    let template = format!("{service}_template");
    let mut templates = TEMPLATES.lock().await;
    let templates = templates.get_or_insert_default();
    if !templates.contains_key(service) {
        make_template(cluster, &template, migrator).await?;
        templates.insert(service.to_owned(), 0);
    }
    let number = templates.entry(service.to_owned()).and_modify(|made| *made += 1).or_default();
    let name = format!("{service}_{number}");
    cluster.execute(&format!(r#"create database "{name}" template "{template}""#)).await?;
    let url = cluster.url(&name);
    let pool = PgPoolOptions::new()
        .max_connections(POOL)
        .after_release(|connection, _| {
            Box::pin(async move {
                // A cancelled `begin` leaves an open transaction that sqlx does not know of.
                sqlx::raw_sql("rollback").execute(connection).await?;
                Ok(true)
            })
        })
        .connect_lazy(&url)?;
    Ok(TestDatabase { url, pool })
}

async fn make_template(cluster: &Postgres, template: &str, migrator: &Migrator) -> anyhow::Result<()> {
    // What a failed attempt of an earlier test left behind.
    cluster.execute(&format!(r#"drop database if exists "{template}" with (force)"#)).await?;
    let url = cluster.create_database(template).await?;
    let pool = PgPoolOptions::new().max_connections(1).connect(&url).await?;
    migrator.run(&pool).await?;
    pool.close().await;
    // Nobody may be connected to a template while it is cloned; so nobody can.
    cluster.execute(&format!(r#"alter database "{template}" with allow_connections false"#)).await
}
