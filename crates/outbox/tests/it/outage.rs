use outbox::dead_letters;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgConnection, PgPool};

use crate::world::{World, ledger, within};

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_goes_on_where_it_was_when_nats_is_killed() {
    let world = World::start().await;
    world.publish(10).await;
    let consumption = world.consume(ledger()).await;
    consumption.applied(10).await;
    world.nats.kill9().await.unwrap();
    world.nats.restart().await.unwrap();
    world.publish(10).await;
    consumption.applied(20).await;
    assert_eq!(world.effects().await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_started_before_its_stream_waits_for_it() {
    let world = World::start().await;
    let consumption = world.consume(ledger()).await;
    world.publish(2).await;
    consumption.applied(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_database_is_no_failure_of_an_event() {
    let world = World::start().await;
    let server = server(&world).await;
    let consumption = world.consume(ledger()).await;
    world.publish(1).await;
    consumption.applied(1).await;

    world.publish(5).await;
    consumption.applied(6).await;
    allow_connections(&server, &world, false).await;
    publish_from_elsewhere(&world, 5).await;
    allow_connections(&server, &world, true).await;
    consumption.applied(11).await;
    assert_eq!(world.effects().await, 11);
    let counts = consumption.progress.counts();
    assert_eq!((counts.retries, counts.dead_letters), (0, 0));
    assert!(dead_letters(&world.database.pool, None, 10).await.unwrap().is_empty());
}

/// A pool on the same server that does not need the world's database.
async fn server(world: &World) -> PgPool {
    let options: sqlx::postgres::PgConnectOptions = world.database.url.parse().unwrap();
    PgPoolOptions::new().max_connections(1).connect_with(options.database("postgres")).await.unwrap()
}

async fn allow_connections(server: &PgPool, world: &World, allowed: bool) {
    let name = world.database.url.rsplit('/').next().and_then(|rest| rest.split('?').next()).unwrap();
    let sql = format!(r#"alter database "{name}" with allow_connections {allowed}"#);
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(server).await.unwrap();
    if !allowed {
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
            .bind(name)
            .execute(server)
            .await
            .unwrap();
    }
}

/// Events that another database's relay publishes into the same stream.
async fn publish_from_elsewhere(world: &World, events: i64) {
    let elsewhere = World {
        database: World::database().await,
        nats: world.nats.clone(),
        wake: outbox::Wake::new(),
        shutdown: world.shutdown.clone(),
    };
    elsewhere.publish(events).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_in_the_middle_of_an_event_leaves_no_half_of_it() {
    let world = World::start().await;
    let database = world.database.url.clone();
    let cut = std::sync::atomic::AtomicBool::new(false);
    let handler = crate::world::Ledger(move |_: &outbox::Event| {
        if !cut.swap(true, std::sync::atomic::Ordering::SeqCst) {
            let url = database.clone();
            let others = tokio::spawn(async move {
                let mut connection = PgConnection::connect(&url).await.unwrap();
                sqlx::query(
                    "select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and state = 'idle in transaction'",
                )
                .execute(&mut connection)
                .await
                .unwrap();
            });
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(others)).unwrap();
        }
        Ok(())
    });
    world.publish(2).await;
    let consumption = world.consume(handler).await;
    within(consumption.progress.applied(2)).await;
    assert_eq!(world.effects().await, 2);
}
