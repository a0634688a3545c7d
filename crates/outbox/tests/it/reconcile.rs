use std::fs;
use std::path::Path;

use outbox::relay::Reconciled;

use crate::world::{World, ledger, within};

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_holds_everything_is_left_alone() {
    let world = World::start().await;
    world.publish(30).await;
    let found = world.paused_relay().await.reconcile_once().await.unwrap();
    assert_eq!(found, Reconciled { checked: 30, lost: 0 });
    assert_eq!(world.unsent().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_gone_is_filled_again_and_nothing_is_applied_twice() {
    let world = World::start().await;
    let relay = world.running_relay().await;
    let consumption = world.consume(ledger()).await;
    world.record(40).await;
    consumption.applied(40).await;
    world.settled(40).await;

    world.nats.lose_everything().await.unwrap();
    world.nats.restart().await.unwrap();
    world.record(2).await;
    consumption.applied(42).await;
    world.settled(42).await;
    within(consumption.progress.reached(|counts| counts.duplicates == 40)).await;
    assert_eq!(world.effects().await, 42);
    world.shutdown.cancel();
    within(relay).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_starts_after_the_loss_finds_it_by_itself() {
    let world = World::start().await;
    world.publish(10).await;
    world.nats.lose_everything().await.unwrap();
    world.nats.restart().await.unwrap();
    let relay = world.running_relay().await;
    world.settled(10).await;
    world.shutdown.cancel();
    within(relay).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_put_back_from_an_old_copy_gets_what_came_after_it() {
    let world = World::start().await;
    world.publish(10).await;
    world.nats.kill9().await.unwrap();
    let store = world.nats.folder().join("streams");
    let copy = world.nats.folder().join("copy");
    copy_folder(&store, &copy);
    world.nats.restart().await.unwrap();
    world.publish(10).await;

    world.nats.kill9().await.unwrap();
    fs::remove_dir_all(&store).unwrap();
    copy_folder(&copy, &store);
    world.nats.restart().await.unwrap();
    // New events take the sequences of the lost ones, which hides that they are lost.
    world.publish(10).await;
    assert_eq!(world.in_stream().await, 20);
    let relay = world.paused_relay().await;
    assert_eq!(relay.reconcile_once().await.unwrap(), Reconciled { checked: 30, lost: 10 });
    assert_eq!(relay.relay_once().await.unwrap(), 10);
    assert_eq!(relay.reconcile_once().await.unwrap(), Reconciled { checked: 30, lost: 0 });

    let consumption = world.consume(ledger()).await;
    consumption.applied(30).await;
    assert_eq!(world.effects().await, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_notices_that_the_stream_went_back_while_it_publishes() {
    let world = World::start().await;
    let relay = world.running_relay().await;
    world.record(10).await;
    world.settled(10).await;
    world.nats.kill9().await.unwrap();
    let store = world.nats.folder().join("streams");
    let copy = world.nats.folder().join("copy");
    copy_folder(&store, &copy);
    world.nats.restart().await.unwrap();
    world.record(10).await;
    world.settled(20).await;

    world.nats.kill9().await.unwrap();
    fs::remove_dir_all(&store).unwrap();
    copy_folder(&copy, &store);
    world.nats.restart().await.unwrap();
    world.record(1).await;
    world.settled(21).await;
    world.shutdown.cancel();
    within(relay).await.unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
