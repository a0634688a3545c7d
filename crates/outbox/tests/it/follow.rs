use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer};
use futures::StreamExt;
use testbed::eventually;

use crate::world::{PATIENCE, Sale, World, within};

#[tokio::test(flavor = "multi_thread")]
async fn a_live_feed_shows_what_happens_from_now_on_and_survives_a_restart() {
    let world = World::start().await;
    world.publish(3).await;
    let mut feed = world.bus("reviews").await.follow("SALES", "sales.completed.*");
    following(&world).await;
    world.publish(2).await;
    assert_eq!(within(feed.next()).await.unwrap().decode::<Sale>().unwrap(), Sale { total_cents: 1 });
    assert_eq!(within(feed.next()).await.unwrap().decode::<Sale>().unwrap(), Sale { total_cents: 2 });

    world.nats.kill9().await.unwrap();
    world.nats.restart().await.unwrap();
    let id = world.publish(1).await[0];
    while within(feed.next()).await.unwrap().event_id != id {}
}

async fn following(world: &World) {
    let jetstream = world.client("operator").await;
    let open = async || {
        let stream = jetstream.get_stream("SALES").await.unwrap();
        stream.cached_info().state.consumer_count == 1
    };
    eventually(PATIENCE, "the feed has its consumer", open).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn analysts_get_copies_of_sales_and_reviews() {
    let world = World::start().await;
    world.publish(3).await;
    let admin = world.bus("analysts-admin").await;
    admin.ensure_analyst_copies().await.unwrap();
    admin.ensure_analyst_copies().await.unwrap();

    let jetstream = world.client("analyst").await;
    let copied = async || jetstream.get_stream("SALES").await.unwrap().cached_info().state.messages == 3;
    eventually(PATIENCE, "the sales are copied", copied).await.unwrap();
    let config =
        Config { name: Some("notebook".to_owned()), ack_policy: AckPolicy::None, ..Config::default() };
    let consumer: PullConsumer =
        jetstream.get_stream("SALES").await.unwrap().create_consumer(config).await.unwrap();
    let mut messages = consumer.fetch().max_messages(3).messages().await.unwrap();
    let first = within(messages.next()).await.unwrap().unwrap();
    assert_eq!(first.subject.as_str(), "sales.completed.LILLE");
    assert_eq!(first.payload, r#"{"total_cents":1}"#.as_bytes());
}
