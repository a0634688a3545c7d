//! The address and the slip are asked for at each attempt, and the mail waits for them.

use testbed::{Behaviour, Stage};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_second_attempt_goes_to_the_new_address() {
    let world = World::start().await;
    world.sink.script([Behaviour::Reject(Stage::Rcpt, 450)]);
    world.peers.membership_is_away(true);
    let replica = world.serve();
    let (sale, _) = world.sell().await;
    world.peers.asked(2).await;
    world.peers.moves(&sale.member_id, "moved.once@example.org", "Camille");
    world.peers.membership_is_away(false);
    // Refused there; before the next attempt the member moves again.
    let refused = async || world.deliveries().await[0]["outcome"] == "450 at RCPT";
    testbed::eventually(crate::world::PATIENCE, "the first address was refused", refused).await.unwrap();
    world.peers.moves(&sale.member_id, "moved.twice@example.org", "Camille");
    let mails = world.mails(1).await;
    assert_eq!(mails[0].to, ["moved.twice@example.org"]);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_has_left_gets_nothing() {
    let world = World::start().await;
    world.peers.membership_is_away(true);
    let replica = world.serve();
    let (sale, _) = world.sell().await;
    world.peers.asked(2).await;
    world.peers.leaves(&sale.member_id);
    world.peers.membership_is_away(false);
    let delivery = world.delivery(&sale.sale_id, "other").await;
    assert_eq!(delivery["outcome"], "the member has left");
    assert_eq!(world.told("receipts.settled").await[0]["state"], "other");
    assert!(world.sink.mails().is_empty());
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_waits_for_membership_and_for_checkout() {
    let world = World::start().await;
    let replica = world.serve();
    world.peers.membership_is_away(true);
    let (first, _) = world.sell().await;
    let waiting = async || {
        world.deliveries().await.iter().any(|one| one["outcome"] == "membership answers Unavailable")
    };
    testbed::eventually(crate::world::PATIENCE, "it waits for membership", waiting).await.unwrap();
    world.peers.membership_is_away(false);
    world.delivery(&first.sale_id, "sent").await;

    world.peers.checkout_is_away(true);
    let (second, _) = world.sell().await;
    let waiting =
        async || world.deliveries().await.iter().any(|one| one["outcome"] == "checkout answers Unavailable");
    testbed::eventually(crate::world::PATIENCE, "it waits for checkout", waiting).await.unwrap();
    assert_eq!(world.sink.mails().len(), 1, "no ticket goes without its slip because checkout is away");
    world.peers.checkout_is_away(false);
    let delivery = world.delivery(&second.sale_id, "sent").await;
    assert_eq!(delivery["with_slip"], true);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_fails_and_is_not_shown() {
    let world = World::start().await;
    let replica = world.serve();
    let (member_id, _) = world.member();
    world.peers.moves(&member_id, "not.an.address", "Camille");
    let sale = crate::facts::sale(&member_id);
    world.publish(&[crate::facts::sold(&sale)]).await;
    let delivery = world.delivery(&sale.sale_id, "failed").await;
    assert_eq!(delivery["outcome"], "the address is not one a mail can go to");
    replica.stop().await;
}
