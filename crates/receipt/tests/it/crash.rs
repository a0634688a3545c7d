//! Workers that crash, replicas that share the work, servers that restart.

use std::{collections::HashSet, time::Duration};

use receipt::MIGRATOR;
use sqlx::postgres::PgPoolOptions;
use testbed::{Behaviour, Durability, Postgres};

use crate::{
    facts::{sale, sold},
    world::World,
};

/// Leaves the one delivery as a worker does that crashed in this state; its lease ends after `lease`.
async fn crash_in(world: &World, state: &str, lease: &str) {
    let crash =
        "update delivery set state = $1, attempts = attempts + 1, lease_until = now() + $2::text::interval,
        settled_time = null, next_attempt_time = now()";
    sqlx::query(crash).bind(state).bind(lease).execute(&world.pool).await.unwrap();
}

/// A world with one sale whose mail waits for membership, and no service running.
async fn waiting() -> (World, String) {
    let world = World::start().await;
    world.peers.membership_is_away(true);
    let replica = world.serve();
    let (sale, _) = world.sell().await;
    world.peers.asked(2).await;
    replica.stop().await;
    world.delivery(&sale.sale_id, "queued").await;
    world.peers.membership_is_away(false);
    (world, sale.sale_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_anything_was_said_to_the_mail_server_costs_nothing() {
    let (world, sale_id) = waiting().await;
    crash_in(&world, "leased", "-1 second").await;
    let replica = world.serve();
    world.delivery(&sale_id, "sent").await;
    assert_eq!(world.sink.mails().len(), 1);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_sending_leaves_the_mail_unknown() {
    let (world, sale_id) = waiting().await;
    crash_in(&world, "sending", "-1 second").await;
    let replica = world.serve();
    let delivery = world.delivery(&sale_id, "unknown").await;
    assert_eq!(delivery["outcome"], "the worker was lost while sending");
    let (next, _) = world.sell().await;
    world.delivery(&next.sale_id, "sent").await;
    assert_eq!(world.sink.mails().len(), 1, "the next one alone");
    let states: Vec<_> =
        world.told("receipts.settled").await.into_iter().map(|event| event["state"].clone()).collect();
    assert_eq!(states, ["unknown", "sent"]);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_in_another_workers_hands_is_left_alone() {
    for state in ["leased", "sending"] {
        let (world, sale_id) = waiting().await;
        crash_in(&world, state, "1 hour").await;
        let replica = world.serve();
        let (next, _) = world.sell().await;
        world.delivery(&next.sale_id, "sent").await;
        world.delivery(&sale_id, state).await;
        assert_eq!(world.sink.mails().len(), 1);
        replica.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_given_up_as_lost_still_tells_a_sure_answer() {
    let world = World::start().await;
    world.sink.script([Behaviour::Slow(Duration::from_millis(300))]);
    let replica = world.serve();
    let (slow, _) = world.sell().await;
    world.delivery(&slow.sale_id, "sending").await;
    // Somebody believed the worker lost and gave the mail up, but it has a sure answer in the end.
    let give_up = "update delivery set state = 'unknown', lease_until = null, settled_time = now()";
    sqlx::query(give_up).execute(&world.pool).await.unwrap();
    let delivery = world.delivery(&slow.sale_id, "sent").await;
    assert_eq!(delivery["attempts"], 1);
    assert_eq!(world.sink.mails().len(), 1);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_has_lost_its_lease_sends_nothing() {
    let world = World::start().await;
    world.peers.hold(true);
    let replica = world.serve();
    let (sale, _) = world.sell().await;
    world.peers.asked(2).await;
    // It prepares for so long that another worker takes the mail.
    crash_in(&world, "leased", "1 hour").await;
    world.peers.hold(false);
    let (next, _) = world.sell().await;
    world.delivery(&next.sale_id, "sent").await;
    replica.stop().await;
    let delivery = world.delivery(&sale.sale_id, "leased").await;
    assert_eq!(delivery["attempts"], 2);
    assert_eq!(world.sink.mails().len(), 1, "the next one alone");
    assert_eq!(world.told("receipts.invited").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_send_each_mail_once() {
    let world = World::start().await;
    let replicas = [world.serve(), world.serve()];
    let mut events = Vec::new();
    for _ in 0..60 {
        let (member_id, _) = world.member();
        events.push(sold(&sale(&member_id)));
    }
    world.publish(&events).await;
    world.mails(events.len()).await;
    for replica in replicas {
        replica.stop().await;
    }
    let ids: HashSet<_> = world.sink.mails().into_iter().map(|mail| mail.message_id.unwrap()).collect();
    assert_eq!((world.sink.mails().len(), ids.len()), (events.len(), events.len()));
    assert!(world.deliveries().await.iter().all(|delivery| delivery["state"] == "sent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_waits_for_the_mail_in_hand() {
    let world = World::start().await;
    world.sink.script([Behaviour::Slow(Duration::from_millis(500))]);
    let replica = world.serve();
    let (sale, _) = world.sell().await;
    world.mails(1).await;
    replica.stop().await;
    let delivery = world.delivery(&sale.sale_id, "sent").await;
    assert_eq!(delivery["attempts"], 1);
    let unsent: i64 = sqlx::query_scalar("select count(*) from outbox where published_time is null")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(unsent, 0, "what the last mail left is published too");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_survives_a_crash_of_the_database() {
    let postgres = Postgres::start(Durability::Test).await.unwrap();
    let url = postgres.create_database("receipt").await.unwrap();
    let pool = PgPoolOptions::new().max_connections(3).connect(&url).await.unwrap();
    MIGRATOR.run(&pool).await.unwrap();
    let world = World::around(url, pool).await;
    world.sink.script([Behaviour::Slow(Duration::from_millis(300))]);
    let replica = world.serve();
    let (sale, _) = world.sell().await;
    world.mails(1).await;
    postgres.kill9().await.unwrap();
    postgres.restart().await.unwrap();
    let delivery = world.delivery(&sale.sale_id, "sent").await;
    assert_eq!(delivery["attempts"], 1);
    assert_eq!(world.sink.mails().len(), 1);
    replica.stop().await;
}
