use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use outbox::consume::Counts;
use outbox::{ConsumeError, ConsumerSpec, Event, Handle, HandleError};
use sqlx::PgConnection;
use testbed::eventually;
use tokio::sync::Semaphore;

use crate::world::{PATIENCE, Shared, World, connection, count, ledger, within};

#[tokio::test(flavor = "multi_thread")]
async fn delivering_everything_again_changes_nothing() {
    let world = World::start().await;
    world.publish(20).await;
    let first = world.consume(ledger()).await;
    first.applied(20).await;
    first.stop().await;
    world.bus("receipt").await.delete_consumer("SALES", "receipt").await.unwrap();

    let second = world.consume(ledger()).await;
    let counts = within(second.progress.reached(|counts| counts.duplicates == 20)).await;
    assert_eq!(counts.applied, 0);
    assert_eq!(world.effects().await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_whose_consumer_is_deleted_makes_it_anew_and_goes_on() {
    let world = World::start().await;
    world.publish(5).await;
    let consumption = world.consume(ledger()).await;
    consumption.applied(5).await;
    world.bus("receipt").await.delete_consumer("SALES", "receipt").await.unwrap();
    world.publish(5).await;
    consumption.applied(10).await;
    assert_eq!(world.effects().await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_subjects_asked_for_are_applied() {
    let world = World::start().await;
    let mut tx = world.database.pool.begin().await.unwrap();
    let refund = outbox::NewEvent { subject: "sales.refunded.LILLE".to_owned(), ..crate::world::sale(2) };
    outbox::record(&mut tx, &refund).await.unwrap();
    tx.commit().await.unwrap();
    world.publish(1).await;
    let sales = world.consume(ledger()).await;
    sales.applied(1).await;
    assert_eq!(count(&world.database.pool, "select sum(total_cents)::bigint from effect").await, 1);

    let both = ConsumerSpec::new("SALES", "analytics", &["sales.completed.*", "sales.refunded.*"]);
    let analytics = world.consume_as(both, ledger()).await;
    analytics.applied(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_of_a_service_share_its_events() {
    let world = World::start().await;
    let first = world.consume(ledger()).await;
    let second = world.consume(ledger()).await;
    world.publish(100).await;
    let all = async || world.effects().await == 100;
    eventually(PATIENCE, "all are applied", all).await.unwrap();
    first.stop().await;
    second.stop().await;
    assert_eq!(world.effects().await, 100);
}

/// What a replica does that was frozen for longer than its acknowledgement may take: it holds the event all the same.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_replicas_that_hold_one_event_the_second_waits_for_the_first() {
    let world = World::start().await;
    let ids = world.publish(2).await;
    let mut frozen = connection(&world.database).await;
    sqlx::raw_sql("begin").execute(&mut frozen).await.unwrap();
    for id in ids {
        sqlx::query("insert into inbox (consumer, event_id) values ('receipt', $1)")
            .bind(id)
            .execute(&mut frozen)
            .await
            .unwrap();
    }
    let consumption = world.consume(ledger()).await;
    let waiting = "select count(*) from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'";
    let waits = async || count(&world.database.pool, waiting).await == 1;
    eventually(PATIENCE, "the second waits", waits).await.unwrap();
    assert_eq!(consumption.progress.counts(), Counts::default());
    sqlx::raw_sql("commit").execute(&mut frozen).await.unwrap();
    within(consumption.progress.reached(|counts| counts.duplicates == 2)).await;
    assert_eq!(world.effects().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_with_another_configuration_is_refused() {
    let world = World::start().await;
    world.publish(1).await;
    let first = world.consume(ledger()).await;
    first.applied(1).await;
    first.stop().await;

    let other = ConsumerSpec::new("SALES", "receipt", &["sales.refunded.*"]);
    let refused = within(world.consume_as(other, ledger()).await.running).await.unwrap();
    let Err(ConsumeError::Drift { differences, .. }) = refused else { panic!("{refused:?}") };
    assert!(differences.starts_with("filter_subjects is"), "{differences}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_has_served_another_database_is_refused() {
    let world = World::start().await;
    world.publish(1).await;
    let first = world.consume(ledger()).await;
    first.applied(1).await;
    first.stop().await;

    let elsewhere = World { database: World::database().await, ..world };
    let refused = within(elsewhere.consume(ledger()).await.running).await.unwrap();
    assert!(matches!(refused, Err(ConsumeError::Drift { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_consumer_reads_no_further_back_than_the_inbox_remembers() {
    let world = World::start().await;
    world.publish(1).await;
    let first = world.consume(ledger()).await;
    first.applied(1).await;
    first.stop().await;
    world.bus("receipt").await.delete_consumer("SALES", "receipt").await.unwrap();
    let second = world.consume(ledger()).await;
    within(second.progress.reached(|counts| counts.duplicates == 1)).await;

    let jetstream = world.client("operator").await;
    let consumer: PullConsumer = jetstream.get_consumer_from_stream("receipt", "SALES").await.unwrap();
    let policy = consumer.cached_info().config.deliver_policy;
    assert!(
        matches!(policy, async_nats::jetstream::consumer::DeliverPolicy::ByStartTime { .. }),
        "{policy:?}"
    );
}

/// Holds each event until it gets a permit.
struct Slow {
    started: Arc<Semaphore>,
    permits: Arc<Semaphore>,
    committed: AtomicU32,
}

impl Handle for Slow {
    async fn handle(&self, tx: &mut PgConnection, event: &Event) -> Result<(), HandleError> {
        self.started.add_permits(1);
        self.permits.acquire().await?.forget();
        ledger().handle(tx, event).await
    }

    fn committed(&self) {
        self.committed.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_finishes_the_event_in_hand_and_gives_back_the_rest() {
    let world = World::start().await;
    world.publish(3).await;
    let started = Arc::new(Semaphore::new(0));
    let permits = Arc::new(Semaphore::new(0));
    let slow = Slow { started: started.clone(), permits: permits.clone(), committed: AtomicU32::new(0) };
    let consumption = world.consume(slow).await;
    within(started.acquire()).await.unwrap().forget();
    consumption.shutdown.cancel();
    assert!(!consumption.running.is_finished());
    permits.add_permits(1);
    let counts = consumption.progress.clone();
    consumption.stop().await;
    assert_eq!(counts.counts().applied, 1);
    assert_eq!(world.effects().await, 1);

    // The others come at once, not after the time-out of an acknowledgement, and the first does not come again.
    let next = world.consume(ledger()).await;
    tokio::time::timeout(Duration::from_secs(15), next.progress.applied(2)).await.unwrap();
    assert_eq!(next.progress.counts().duplicates, 0);
    assert_eq!(world.effects().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_commit_is_told_once_for_each_event() {
    let world = World::start().await;
    world.publish(4).await;
    let slow = Arc::new(Slow {
        started: Arc::new(Semaphore::new(0)),
        permits: Arc::new(Semaphore::new(4)),
        committed: AtomicU32::new(0),
    });
    let consumption = world.consume(Shared(slow.clone())).await;
    consumption.applied(4).await;
    assert_eq!(slow.committed.load(Ordering::SeqCst), 4);
}
