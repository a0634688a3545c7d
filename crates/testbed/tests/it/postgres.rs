use sqlx::{Connection, PgConnection, Row};
use testbed::{Durability, Postgres};

async fn setting(cluster: &Postgres, name: &str) -> String {
    let mut connection = PgConnection::connect(&cluster.url("postgres")).await.unwrap();
    sqlx::query("select current_setting($1)").bind(name).fetch_one(&mut connection).await.unwrap().get(0)
}

#[tokio::test]
async fn a_commit_survives_kill_9_and_the_cluster_comes_back_on_its_port() {
    let cluster = Postgres::start(Durability::Test).await.unwrap();
    let url = cluster.create_database("shop").await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("create table sale (id int); insert into sale values (1)")
        .execute(&mut connection)
        .await
        .unwrap();
    let (port, pid) = (cluster.port(), cluster.pid().unwrap());

    cluster.kill9().await.unwrap();
    assert_eq!(cluster.pid(), None);
    sqlx::query("select 1").execute(&mut connection).await.unwrap_err();
    PgConnection::connect(&url).await.unwrap_err();

    cluster.restart().await.unwrap();
    assert_eq!(cluster.port(), port);
    assert_ne!(cluster.pid(), Some(pid));
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let sales: i64 =
        sqlx::query_scalar("select count(*) from sale").fetch_one(&mut connection).await.unwrap();
    assert_eq!(sales, 1);
}

#[tokio::test]
async fn a_busy_backend_does_not_outlive_kill_9() {
    let cluster = Postgres::start(Durability::Test).await.unwrap();
    let mut connection = PgConnection::connect(&cluster.url("postgres")).await.unwrap();
    let busy =
        tokio::spawn(async move { sqlx::query("select pg_sleep(600)").execute(&mut connection).await });
    let mut watcher = PgConnection::connect(&cluster.url("postgres")).await.unwrap();
    testbed::eventually(std::time::Duration::from_secs(10), "the backend sleeps", async || {
        sqlx::query_scalar::<_, bool>(
            "select exists (select from pg_stat_activity where wait_event = 'PgSleep')",
        )
        .fetch_one(&mut watcher)
        .await
        .unwrap()
    })
    .await
    .unwrap();
    cluster.kill9().await.unwrap();
    busy.await.unwrap().unwrap_err();
    // PostgreSQL refuses to start while a process is attached to its shared memory.
    cluster.restart().await.unwrap();
}

#[tokio::test]
async fn real_durability_syncs_keeps_checksums_and_wants_a_password() {
    let cluster = Postgres::start(Durability::Real).await.unwrap();
    assert_eq!(setting(&cluster, "fsync").await, "on");
    assert_eq!(setting(&cluster, "full_page_writes").await, "on");
    assert_eq!(setting(&cluster, "data_checksums").await, "on");
    let without = format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", cluster.port());
    PgConnection::connect(&without).await.unwrap_err();
    cluster.execute("create role checkout login password 'a'").await.unwrap();
    PgConnection::connect(&cluster.url_as("checkout", "a", "postgres")).await.unwrap();
    PgConnection::connect(&cluster.url_as("checkout", "b", "postgres")).await.unwrap_err();
}

#[tokio::test]
async fn durability_for_tests_still_commits_synchronously() {
    let cluster = Postgres::start(Durability::Test).await.unwrap();
    assert_eq!(setting(&cluster, "fsync").await, "off");
    assert_eq!(setting(&cluster, "synchronous_commit").await, "on");
    assert_eq!(setting(&cluster, "max_connections").await, "200");
}

#[tokio::test]
async fn a_cluster_that_is_dropped_leaves_nothing() {
    let cluster = Postgres::start(Durability::Test).await.unwrap();
    let (folder, pid) = (cluster.folder(), cluster.pid().unwrap());
    assert!(folder.join("data/PG_VERSION").exists());
    drop(cluster);
    assert!(!folder.exists());
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}
