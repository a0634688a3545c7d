//! Checkout's own copy of the members' cards.

use std::time::Duration;

use outbox::NewEvent;
use proto::{membership::v1 as pb, subject};
use serde::Serialize;
use testbed::eventually;
use time::macros::datetime;
use uuid::Uuid;

use crate::{
    shop::{PASTA, Shop, why},
    teller::{Teller, handled},
};

const PATIENCE: Duration = Duration::from_secs(20);

fn event(subject: String, kind: &str, body: &impl Serialize) -> NewEvent {
    NewEvent::new(subject, kind, "/membership/LILLE", datetime!(2026-05-01 10:00 UTC), body).unwrap()
}

fn issued(card_number: &str, member_id: Uuid) -> NewEvent {
    let body = pb::CardIssued {
        member_id: member_id.to_string(),
        card_number: card_number.to_owned(),
        store_code: "LILLE".to_owned(),
        issued_time: None,
    };
    event(subject::card_issued::of("LILLE"), subject::card_issued::TYPE, &body)
}

fn blocked(card_number: &str, member_id: Uuid) -> NewEvent {
    let body = pb::CardBlocked {
        member_id: member_id.to_string(),
        card_number: card_number.to_owned(),
        store_code: "LILLE".to_owned(),
        blocked_time: None,
    };
    event(subject::card_blocked::of("LILLE"), subject::card_blocked::TYPE, &body)
}

fn number(serial: u64) -> String {
    barcode::CardNumber::from_serial(serial).unwrap().to_string()
}

#[tokio::test]
async fn a_card_recognises_its_member_from_the_event_on_and_nobody_once_it_is_blocked() {
    let shop = Shop::open().await;
    let membership = Teller::membership(&shop).await;
    let till = shop.till("LILLE-01");
    let (member, other) = (Uuid::now_v7(), Uuid::now_v7());
    let id = till.fill(&[PASTA]).await.basket_id;
    assert_eq!(why(till.identify(&id, &number(1)).await), "UNKNOWN_CARD");
    membership.tell(&issued(&number(1), member)).await;
    membership.tell(&issued(&number(2), other)).await;
    handled(&shop, 2).await;
    assert!(till.identify(&id, &number(1)).await.unwrap().member_identified);
    let frozen = till.begin(&id, 3).await.unwrap();
    let ticket = till.complete(crate::till::completion(&frozen)).await.unwrap();
    assert_eq!(ticket.member_id, member.to_string());
    membership.tell(&blocked(&number(1), member)).await;
    handled(&shop, 3).await;
    let id = till.open().await.basket_id;
    assert_eq!(why(till.identify(&id, &number(1)).await), "UNKNOWN_CARD");
    assert!(till.identify(&id, &number(2)).await.unwrap().member_identified);
}

#[tokio::test]
async fn a_block_that_overtakes_its_card_still_holds() {
    let shop = Shop::open().await;
    let membership = Teller::membership(&shop).await;
    let member = Uuid::now_v7();
    membership.tell(&blocked(&number(1), member)).await;
    membership.tell(&issued(&number(1), member)).await;
    handled(&shop, 2).await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    assert_eq!(why(till.identify(&id, &number(1)).await), "UNKNOWN_CARD");
}

#[tokio::test]
async fn an_event_that_comes_again_changes_nothing() {
    let shop = Shop::open().await;
    let membership = Teller::membership(&shop).await;
    let (first, second) = (issued(&number(1), Uuid::now_v7()), issued(&number(2), Uuid::now_v7()));
    membership.tell(&first).await;
    handled(&shop, 1).await;
    // The stream forgets, the outbox does not: the same event is published once more.
    let forget = "update outbox set published_time = null, stream_sequence = null";
    shop.service.nats.lose_everything().await.unwrap();
    shop.service.nats.restart().await.unwrap();
    sqlx::query("delete from member_card").execute(&shop.service.db.pool).await.unwrap();
    sqlx::query(forget).execute(&membership.db.pool).await.unwrap();
    let again = async || membership.relay.relay_once().await.is_ok();
    eventually(PATIENCE, "membership publishes again", again).await.unwrap();
    membership.tell(&second).await;
    handled(&shop, 2).await;
    let kept = shop.count("select count(*) from member_card").await;
    assert_eq!(kept, 1, "only what had not been applied before was applied");
}

#[tokio::test]
async fn an_event_that_cannot_be_meant_is_put_aside_and_holds_nobody_up() {
    let shop = Shop::open().await;
    let membership = Teller::membership(&shop).await;
    membership.tell(&issued("4006381333931", Uuid::now_v7())).await;
    membership.tell(&event(subject::card_issued::of("LILLE"), subject::card_issued::TYPE, &[1, 2, 3])).await;
    membership.tell(&issued(&number(3), Uuid::now_v7())).await;
    handled(&shop, 3).await;
    assert_eq!(shop.count("select count(*) from dead_letter").await, 2);
    assert_eq!(shop.count("select count(*) from member_card").await, 1);
}

#[tokio::test]
async fn a_card_that_was_misread_or_is_none_recognises_nobody() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    let card = shop.card(5).await;
    let misread = format!("{}{}", &card[..12], (card[12..].parse::<u8>().unwrap() + 1) % 10);
    for (number, reason) in [
        (misread.as_str(), "BAD_CHECK_DIGIT"),
        (PASTA, "UNKNOWN_CARD"),
        ("hello", "UNKNOWN_CARD"),
        ("", "INVALID_FIELD"),
    ] {
        assert_eq!(why(till.identify(&id, number).await), reason, "{number}");
    }
}

#[tokio::test]
async fn a_till_that_shows_one_unknown_card_after_the_other_is_told_when_to_try_again() {
    let shop = Shop::open().await;
    let (till, other) = (shop.till("LILLE-01"), shop.till("LILLE-02"));
    let known = shop.card(9_999).await;
    let id = till.open().await.basket_id;
    // Misread digits are no guesses, and known cards cost nothing.
    for _ in 0..10 {
        assert_eq!(why(till.identify(&id, "2900000000420").await), "BAD_CHECK_DIGIT");
        till.identify(&id, &known).await.unwrap();
    }
    for serial in 1..=6 {
        assert_eq!(why(till.identify(&id, &number(serial)).await), "UNKNOWN_CARD", "{serial}");
    }
    let refused = till.identify(&id, &number(7)).await.unwrap_err();
    let wait = platform::status::retry_after(&refused).unwrap();
    assert!(wait > std::time::Duration::ZERO && wait <= std::time::Duration::from_secs(10), "{wait:?}");
    // Also the card that would have been right is not told to a till that guesses; another till is served.
    assert_eq!(why(till.identify(&id, &known).await), "TOO_MANY_CARDS");
    let id = other.open().await.basket_id;
    assert!(other.identify(&id, &known).await.unwrap().member_identified);
}
