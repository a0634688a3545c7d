use sqlx::migrate::Migrator;

static MIGRATOR: Migrator = sqlx::migrate!("tests/migrations");

async fn names(pool: &sqlx::PgPool) -> Vec<String> {
    sqlx::query_scalar("select name from thing order by name").fetch_all(pool).await.unwrap()
}

#[tokio::test]
async fn every_call_gives_a_fresh_migrated_database() {
    let first = testbed::database("thing", &MIGRATOR).await;
    sqlx::query("insert into thing values ('made by a test')").execute(&first.pool).await.unwrap();
    let second = testbed::database("thing", &MIGRATOR).await;
    assert_ne!(first.url, second.url);
    assert_eq!(names(&first.pool).await, ["made by a test", "made by the migration"]);
    assert_eq!(names(&second.pool).await, ["made by the migration"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tests_may_ask_at_the_same_time() {
    let asked = (0..8).map(|_| tokio::spawn(testbed::database("crowd", &MIGRATOR)));
    for database in futures::future::join_all(asked).await {
        assert_eq!(names(&database.unwrap().pool).await, ["made by the migration"]);
    }
}

#[tokio::test]
async fn what_comes_back_to_the_pool_is_rolled_back() {
    let database = testbed::database("thing", &MIGRATOR).await;
    let mut connection = database.pool.acquire().await.unwrap();
    // What a cancelled `begin` leaves behind: a transaction that sqlx does not know of.
    sqlx::raw_sql("begin; insert into thing values ('half done')").execute(&mut *connection).await.unwrap();
    connection.return_to_pool().await;
    assert_eq!(names(&database.pool).await, ["made by the migration"]);
}
