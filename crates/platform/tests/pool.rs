//! The pool gives no open transaction on: a cancelled `begin` would otherwise swallow the next borrower's writes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use platform::{
    config::{DatabaseArgs, Secret},
    database,
    lanes::Lanes,
};
use sqlx::migrate::Migrator;

static MIGRATOR: Migrator = Migrator::DEFAULT;

async fn pool(connections: u32) -> (testbed::TestDatabase, sqlx::PgPool) {
    let database = testbed::database("platform", &MIGRATOR).await;
    let args = DatabaseArgs {
        database_url: Secret::new(&database.url),
        database_password_file: None,
        database_connections: connections,
    };
    let pool = database::pool(&args, "platform").unwrap();
    (database, pool)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_begin_that_is_dropped_half_way_loses_nobody_elses_writes() {
    let (database, pool) = pool(2).await;
    sqlx::query("create table written (number bigint primary key)").execute(&pool).await.unwrap();
    for number in 0..1500_i64 {
        let patience = Duration::from_micros(u64::try_from(number % 250).unwrap());
        // Dropped at some await within `begin`, or finished and dropped at once.
        drop(tokio::time::timeout(patience, pool.begin()).await);
        sqlx::query("insert into written values ($1)").bind(number).execute(&pool).await.unwrap();
    }
    // Read over another connection: what an open transaction hides from others was lost to them.
    let found: i64 =
        sqlx::query_scalar("select count(*) from written").fetch_one(&database.pool).await.unwrap();
    assert_eq!(found, 1500);
    let open: i64 = sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    assert_eq!(open, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_that_is_dropped_half_way_loses_nobody_elses_writes() {
    let (database, pool) = pool(8).await;
    sqlx::query("create table written (number bigint primary key)").execute(&pool).await.unwrap();
    let lanes = Lanes::over(pool.clone());
    for number in 0..1500_i64 {
        let patience = Duration::from_micros(u64::try_from(number % 250).unwrap());
        let refused = tokio::time::timeout(patience, async {
            let mut lane = lanes.begin().await?;
            sqlx::query("insert into written values ($1)").bind(-1 - number).execute(&mut *lane).await?;
            // Dropped here at the latest, for nobody commits.
            Ok::<(), sqlx::Error>(())
        });
        drop(refused.await);
        let mut lane = lanes.begin().await.unwrap();
        sqlx::query("insert into written values ($1)").bind(number).execute(&mut *lane).await.unwrap();
        lane.commit().await.unwrap();
    }
    lanes.close();
    pool.close().await;
    let found: (i64, i64) =
        sqlx::query_as("select count(*), count(*) filter (where number < 0) from written")
            .fetch_one(&database.pool)
            .await
            .unwrap();
    assert_eq!(found, (1500, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_leave_connections_to_others_and_come_back_after_a_hang_up() {
    let (database, pool) = pool(4).await;
    let lanes = Lanes::over(pool.clone());
    let (first, second) = (lanes.begin().await.unwrap(), lanes.begin().await.unwrap());
    let (third, fourth) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
    drop((third, fourth));
    first.commit().await.unwrap();
    second.rollback().await.unwrap();
    let hang_up = "select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'platform' and datname = current_database()";
    sqlx::query(hang_up).execute(&database.pool).await.unwrap();
    // A connection that was in use a moment ago is not asked first, and costs a repeat; another one is.
    let mut tries = 0;
    while lanes.begin().await.is_err() {
        tries += 1;
        assert!(tries <= 4, "each broken connection is met once");
    }
    lanes.close();
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_schema_is_refused_with_the_command_that_helps() {
    let (_database, pool) = pool(1).await;
    let refusal = database::check_schema(&pool, &MIGRATOR, "checkout").await.unwrap_err();
    assert!(refusal.to_string().contains("cabas checkout migrate"), "{refusal}");
}
