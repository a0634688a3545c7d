//! What the mail server answers decides what becomes of a mail.

use std::{collections::HashSet, time::Duration};

use platform::config::Secret;
use testbed::{Behaviour, Stage};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_gets_the_mail_when_it_is_up() {
    let world = World::start().await;
    world.sink.stop().await;
    let replica = world.serve();
    let (sale, _) = world.sell().await;
    let waiting = world.delivery(&sale.sale_id, "queued").await;
    assert!(waiting["settled_time"].is_null());
    world.sink.start_again().await.unwrap();
    world.mails(1).await;
    let delivery = world.delivery(&sale.sale_id, "sent").await;
    assert!(delivery["attempts"].as_i64().unwrap() >= 1);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_now_is_tried_again_and_mailed_once() {
    let world = World::start().await;
    world.sink.script([
        Behaviour::CloseOnConnect,
        Behaviour::Reject(Stage::Mail, 550),
        Behaviour::Reject(Stage::Rcpt, 450),
        Behaviour::Reject(Stage::Data, 451),
        Behaviour::Reject(Stage::Dot, 452),
    ]);
    let replica = world.serve();
    let mut sales = Vec::new();
    for _ in 0..4 {
        sales.push(world.sell().await.0);
    }
    let mut attempts = 0;
    for sale in &sales {
        let delivery = world.delivery(&sale.sale_id, "sent").await;
        attempts += delivery["attempts"].as_i64().unwrap();
    }
    assert_eq!(attempts, 9, "each refusal cost one attempt");
    let ids: HashSet<_> = world.sink.mails().into_iter().map(|mail| mail.message_id).collect();
    assert_eq!((world.sink.mails().len(), ids.len()), (4, 4));
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_is_final() {
    let world = World::start().await;
    let replica = world.serve();
    for (stage, code, outcome) in [
        (Stage::Rcpt, 550, "550 at RCPT"),
        (Stage::Data, 554, "554 at DATA"),
        (Stage::Dot, 554, "554 at content"),
    ] {
        world.sink.script([Behaviour::Reject(stage, code)]);
        let (sale, _) = world.sell().await;
        let delivery = world.delivery(&sale.sale_id, "failed").await;
        assert_eq!((&delivery["attempts"], &delivery["outcome"]), (&1.into(), &outcome.into()));
    }
    let states: Vec<_> =
        world.told("receipts.settled").await.into_iter().map(|event| event["state"].clone()).collect();
    assert_eq!(states, ["failed"; 3]);
    assert!(world.sink.mails().is_empty());
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_answer_is_lost_is_unknown_and_never_sent_again() {
    let world = World::start().await;
    let replica = world.serve();
    let mut unknown = Vec::new();
    for behaviour in [Behaviour::DropAfterData, Behaviour::Reject(Stage::Dot, 421)] {
        world.sink.script([behaviour]);
        let (sale, _) = world.sell().await;
        let delivery = world.delivery(&sale.sale_id, "unknown").await;
        assert_eq!(delivery["attempts"], 1);
        unknown.push(sale.sale_id);
    }
    // Mails that are refused once and sent later go through the queue several times while the unknown ones stay.
    world.sink.script([Behaviour::Reject(Stage::Rcpt, 450), Behaviour::Reject(Stage::Rcpt, 450)]);
    let (later, _) = world.sell().await;
    world.delivery(&later.sale_id, "sent").await;
    for sale_id in &unknown {
        let delivery = world.delivery(sale_id, "unknown").await;
        assert_eq!(delivery["attempts"], 1);
    }
    let copies = |sale_id: &str| {
        let message_id = Some(format!("<receipt.{sale_id}.1@shop.example>"));
        world.sink.mails().iter().filter(|mail| mail.message_id == message_id).count()
    };
    assert_eq!((copies(&unknown[0]), copies(&unknown[1]), copies(&later.sale_id)), (1, 0, 1));
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_mail_server_leaves_the_mail_unknown_when_the_time_is_over() {
    let world = World::start().await;
    world.sink.script([Behaviour::Silent]);
    let mut config = world.config();
    config.smtp_timeout = Duration::from_millis(500);
    let replica = world.serve_with(config);
    let (sale, _) = world.sell().await;
    let delivery = world.delivery(&sale.sale_id, "unknown").await;
    assert_eq!(delivery["outcome"], "no reply in time at content");
    assert_eq!(world.sink.mails().len(), 1);
    let (next, _) = world.sell().await;
    world.delivery(&next.sale_id, "sent").await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_mail_server_is_waited_for() {
    let world = World::start().await;
    world.sink.script([Behaviour::Slow(Duration::from_millis(400))]);
    let replica = world.serve();
    let (sale, _) = world.sell().await;
    let delivery = world.delivery(&sale.sale_id, "sent").await;
    assert_eq!(delivery["attempts"], 1);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_must_encrypt_and_cannot_gets_nothing() {
    let world = World::start().await;
    let mut config = world.config();
    config.smtp_url = Secret::new(world.sink.url().replace("smtp://", "smtp+starttls://"));
    let replica = world.serve_with(config);
    let (sale, _) = world.sell().await;
    world.peers.asked(4).await;
    let delivery = world.delivery(&sale.sale_id, "queued").await;
    assert_eq!(delivery["outcome"], "the server lacks what is needed at connection");
    assert!(world.sink.mails().is_empty());
    replica.stop().await;
}
