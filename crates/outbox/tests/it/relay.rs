use std::collections::HashMap;

use outbox::{BusError, NewEvent, RecordError, RelayError};
use sqlx::PgConnection;
use testbed::eventually;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::world::{PATIENCE, World, connection, count, ledger, sale, within};

#[tokio::test]
async fn an_event_is_published_with_its_attributes_and_marked_with_its_place() {
    let world = World::start().await;
    let event = NewEvent { occurred: time::macros::datetime!(2026-05-02 10:00:01.5 UTC), ..sale(1250) };
    let mut tx = world.database.pool.begin().await.unwrap();
    outbox::record(&mut tx, &event).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.paused_relay().await.relay_once().await.unwrap(), 1);

    let stream = world.client("operator").await.get_stream("SALES").await.unwrap();
    let message = stream.get_raw_message(1).await.unwrap();
    let header = |name| message.headers.get(name).map(|value| value.as_str().to_owned());
    let headers: HashMap<&str, Option<String>> =
        ["Nats-Msg-Id", "ce-id", "ce-type", "ce-source", "ce-time", "ce-specversion", "content-type"]
            .into_iter()
            .map(|name| (name, header(name)))
            .collect();
    let id = Some(event.event_id.to_string());
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(message.subject.as_str(), "sales.completed.LILLE");
    assert_eq!(message.payload, r#"{"total_cents":1250}"#.as_bytes());
    assert_eq!(headers["Nats-Msg-Id"], id);
    assert_eq!(headers["ce-id"], id);
    assert_eq!(headers["ce-type"], text("cabas.checkout.v1.SaleCompleted"));
    assert_eq!(headers["ce-source"], text("/checkout/LILLE"));
    assert_eq!(headers["ce-time"], text("2026-05-02T10:00:01.5Z"));
    assert_eq!(headers["ce-specversion"], text("1.0"));
    assert_eq!(headers["content-type"], text("application/json"));
    let marked = "select count(*) from outbox where stream_sequence = 1 and published_time is not null";
    assert_eq!(count(&world.database.pool, marked).await, 1);
}

#[tokio::test]
async fn the_trace_of_the_work_that_recorded_an_event_goes_with_it() {
    let world = World::start().await;
    world.record(2).await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    sqlx::query("update outbox set traceparent = $1 where payload->>'total_cents' = '1'")
        .bind(trace)
        .execute(&world.database.pool)
        .await
        .unwrap();
    world.paused_relay().await.relay_once().await.unwrap();
    let stream = world.client("operator").await.get_stream("SALES").await.unwrap();
    let first = stream.get_raw_message(1).await.unwrap();
    let second = stream.get_raw_message(2).await.unwrap();
    assert_eq!(first.headers.get("traceparent").map(|value| value.as_str()), Some(trace));
    assert!(second.headers.get("traceparent").is_none());
}

#[tokio::test]
async fn a_change_that_is_rolled_back_tells_nobody() {
    let world = World::start().await;
    let mut tx = world.database.pool.begin().await.unwrap();
    outbox::record(&mut tx, &sale(1)).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(world.paused_relay().await.relay_once().await.unwrap(), 0);
}

#[tokio::test]
async fn an_event_that_could_never_be_published_is_never_recorded() {
    let database = World::database().await;
    let mut tx = database.pool.begin().await.unwrap();
    let nowhere = NewEvent { subject: "payroll.paid.LILLE".to_owned(), ..sale(1) };
    assert!(matches!(outbox::record(&mut tx, &nowhere).await, Err(RecordError::Subject(_))));
    let huge = NewEvent { payload: format!("\"{}\"", "x".repeat(1_000_000)), ..sale(1) };
    assert!(matches!(outbox::record(&mut tx, &huge).await, Err(RecordError::TooLarge(_))));
    let forged = NewEvent { source: "/checkout\r\nNats-Rollup: all".to_owned(), ..sale(1) };
    assert!(matches!(outbox::record(&mut tx, &forged).await, Err(RecordError::Database(_))));
}

#[tokio::test]
async fn an_event_that_commits_after_a_later_one_is_not_skipped() {
    let world = World::start().await;
    let mut slow = connection(&world.database).await;
    begin(&mut slow).await;
    outbox::record(&mut slow, &sale(1)).await.unwrap();
    world.record(1).await;
    let relay = world.paused_relay().await;
    assert_eq!(relay.relay_once().await.unwrap(), 1);
    sqlx::raw_sql("commit").execute(&mut slow).await.unwrap();
    assert_eq!(relay.relay_once().await.unwrap(), 1);
    assert_eq!(world.unsent().await, 0);
}

async fn begin(connection: &mut PgConnection) {
    sqlx::raw_sql("begin").execute(connection).await.unwrap();
}

#[tokio::test]
async fn events_of_one_till_go_out_in_their_order() {
    let world = World::start().await;
    let ids = world.publish(250).await;
    let by_place: Vec<Uuid> = sqlx::query_scalar("select event_id from outbox order by stream_sequence")
        .fetch_all(&world.database.pool)
        .await
        .unwrap();
    assert_eq!(by_place, ids);
}

#[tokio::test]
async fn a_crash_between_publication_and_mark_leaves_one_message_and_one_effect() {
    let world = World::start().await;
    world.publish(3).await;
    forget_marks(&world).await;
    assert_eq!(world.paused_relay().await.relay_once().await.unwrap(), 3);
    assert_eq!(world.in_stream().await, 3);

    let consumption = world.consume(ledger()).await;
    consumption.applied(3).await;
    assert_eq!(world.effects().await, 3);
}

#[tokio::test]
async fn a_crash_found_out_after_the_duplicate_window_still_has_one_effect() {
    let world = World::start().await;
    let ids = world.publish(1).await;
    let consumption = world.consume(ledger()).await;
    consumption.applied(1).await;
    // What the server does with an id it has forgotten: it stores the event a second time.
    let jetstream = world.client("checkout").await;
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("ce-id", ids[0].to_string());
    headers.insert("ce-type", "cabas.checkout.v1.SaleCompleted");
    headers.insert("ce-source", "/checkout/LILLE");
    headers.insert("ce-time", "2026-05-02T10:00:00Z");
    let again =
        jetstream.publish_with_headers("sales.completed.LILLE", headers, r#"{"total_cents":1}"#.into());
    assert!(!again.await.unwrap().await.unwrap().duplicate);
    within(consumption.progress.reached(|counts| counts.duplicates == 1)).await;
    assert_eq!(world.effects().await, 1);
}

async fn forget_marks(world: &World) {
    sqlx::query("update outbox set published_time = null, stream_sequence = null")
        .execute(&world.database.pool)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_relays_one_leads_and_the_other_takes_over() {
    let world = World::start().await;
    let bus = world.bus("checkout").await;
    let stop_first = tokio_util::sync::CancellationToken::new();
    let first = outbox::Relay::start(world.relay_config(), bus, world.wake.clone(), stop_first.clone());
    world.record(20).await;
    world.settled(20).await;
    let second = world.running_relay().await;
    world.record(20).await;
    world.settled(40).await;
    assert_eq!(leaders(&world).await, 1);

    stop_first.cancel();
    within(first).await.unwrap();
    world.record(20).await;
    world.settled(60).await;
    assert_eq!(leaders(&world).await, 1);
    world.shutdown.cancel();
    within(second).await.unwrap();
    // The server takes a moment to notice that the connection was closed.
    let none = async || leaders(&world).await == 0;
    eventually(PATIENCE, "nobody leads", none).await.unwrap();
}

async fn leaders(world: &World) -> i64 {
    let held = "select count(*) from pg_locks join pg_database on pg_database.oid = database
                where locktype = 'advisory' and granted and datname = current_database()";
    count(&world.database.pool, held).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_whose_lock_connection_dies_stops_at_once() {
    let world = World::start().await;
    let _relay = world.running_relay().await;
    world.record(1).await;
    world.settled(1).await;

    // Somebody else wants to lead, and gets the lock the moment the connection that holds it is gone.
    let mut usurper = connection(&world.database).await;
    let key: i64 = 0x6f75_7462_6f78_2072;
    let take = tokio::spawn(async move {
        sqlx::query("select pg_advisory_lock($1)").bind(key).execute(&mut usurper).await.unwrap();
        usurper
    });
    let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted";
    let queued = async || count(&world.database.pool, waiting).await > 0;
    eventually(PATIENCE, "the usurper waits", queued).await.unwrap();
    let old = leader_backend(&world).await.unwrap();
    sqlx::query("select pg_terminate_backend($1)").bind(old).execute(&world.database.pool).await.unwrap();
    let usurper = within(take).await.unwrap();
    let candidate = async || leader_backend(&world).await.filter(|pid| *pid != old);
    eventually(PATIENCE, "the relay is a candidate again", candidate).await.unwrap();

    world.record(1).await;
    assert_eq!(world.paused_relay().await.relay_once().await.unwrap(), 1, "nobody else published it");
    drop(usurper);
    world.record(1).await;
    world.settled(3).await;
}

async fn leader_backend(world: &World) -> Option<i32> {
    sqlx::query_scalar(
        "select pid from pg_stat_activity where application_name = 'outbox leader' and datname = current_database()",
    )
    .fetch_optional(&world.database.pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn an_event_is_not_marked_before_the_stream_has_acknowledged_it() {
    let world = World::start().await;
    let relay = world.paused_relay().await;
    relay.relay_once().await.unwrap();
    world.nats.kill9().await.unwrap();
    world.record(1).await;
    assert!(matches!(relay.relay_once().await, Err(RelayError::Bus(_))));
    assert_eq!(world.unsent().await, 1);
    world.nats.restart().await.unwrap();
    let sent = async || relay.relay_once().await.is_ok_and(|events| events == 1);
    eventually(PATIENCE, "the event is published", sent).await.unwrap();
    assert_eq!(world.unsent().await, 0);
    assert_eq!(world.in_stream().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_recorded_while_nats_is_killed_arrive_once_it_is_back() {
    let world = World::start().await;
    let relay = world.running_relay().await;
    let consumption = world.consume(ledger()).await;
    world.record(10).await;
    consumption.applied(10).await;
    world.nats.kill9().await.unwrap();
    world.record(10).await;
    world.nats.restart().await.unwrap();
    world.record(10).await;
    consumption.applied(30).await;
    assert_eq!(world.effects().await, 30);
    world.settled(30).await;
    world.shutdown.cancel();
    within(relay).await.unwrap();
}

#[tokio::test]
async fn a_relay_does_not_publish_into_a_stream_that_could_forget() {
    let world = World::start().await;
    let jetstream = world.client("checkout").await;
    let careless = async_nats::jetstream::stream::Config {
        name: "SALES".to_owned(),
        subjects: vec!["sales.>".to_owned()],
        ..Default::default()
    };
    jetstream.create_stream(careless).await.unwrap();
    world.record(1).await;
    let refused = world.paused_relay().await.relay_once().await;
    assert!(matches!(refused, Err(RelayError::Bus(BusError::StreamDrift { .. }))), "{refused:?}");
    assert_eq!(world.unsent().await, 1);
}

#[tokio::test]
async fn what_is_recorded_carries_its_own_time_and_not_that_of_the_database() {
    let database = World::database().await;
    let yesterday = OffsetDateTime::now_utc() - time::Duration::days(1);
    let mut tx = database.pool.begin().await.unwrap();
    outbox::record(&mut tx, &NewEvent { occurred: yesterday, ..sale(1) }).await.unwrap();
    tx.commit().await.unwrap();
    let old = "select count(*) from outbox where occurred_time < now() - interval '23 hours'
               and recorded_time > now() - interval '1 hour'";
    assert_eq!(count(&database.pool, old).await, 1);
}
