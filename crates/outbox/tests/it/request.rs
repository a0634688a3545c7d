use outbox::request::{Claim, claim, fingerprint, save_reply};
use sqlx::PgPool;
use uuid::Uuid;

use crate::world::{World, count};

const TILL: &str = "spiffe://cabas/terminal/LILLE-01";
const OTHER_TILL: &str = "spiffe://cabas/terminal/LILLE-02";

/// One command: claims, has an effect, saves its reply; and tells what the caller is answered.
async fn sell(pool: PgPool, request_id: Uuid, reply: Vec<u8>) -> Vec<u8> {
    let mut tx = pool.begin().await.unwrap();
    match claim(&mut tx, TILL, request_id, fingerprint(b"sell")).await.unwrap() {
        Claim::First => {
            sqlx::query("insert into effect (event_id, total_cents) values ($1, 1)")
                .bind(request_id)
                .execute(&mut *tx)
                .await
                .unwrap();
            save_reply(&mut tx, TILL, request_id, &reply).await.unwrap();
            tx.commit().await.unwrap();
            reply
        }
        Claim::Repeat { reply } => reply.unwrap(),
        Claim::Reused => panic!("the content is the same"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_concurrent_repeats_have_one_effect_and_one_answer() {
    let database = World::database().await;
    let request_id = Uuid::now_v7();
    let attempts: Vec<_> = (0..50_u8)
        .map(|attempt| tokio::spawn(sell(database.pool.clone(), request_id, vec![attempt])))
        .collect();
    let mut answers = Vec::new();
    for attempt in attempts {
        answers.push(attempt.await.unwrap());
    }
    assert_eq!(count(&database.pool, "select count(*) from effect").await, 1);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn one_id_with_another_content_is_refused() {
    let database = World::database().await;
    let request_id = Uuid::now_v7();
    sell(database.pool.clone(), request_id, b"ticket 1".to_vec()).await;
    let mut tx = database.pool.begin().await.unwrap();
    let reused = claim(&mut tx, TILL, request_id, fingerprint(b"sell more")).await.unwrap();
    assert_eq!(reused, Claim::Reused);
}

#[tokio::test]
async fn callers_do_not_meet_under_one_id() {
    let database = World::database().await;
    let request_id = Uuid::now_v7();
    sell(database.pool.clone(), request_id, b"ticket 1".to_vec()).await;
    let mut tx = database.pool.begin().await.unwrap();
    let other = claim(&mut tx, OTHER_TILL, request_id, fingerprint(b"sell")).await.unwrap();
    assert_eq!(other, Claim::First);
    save_reply(&mut tx, OTHER_TILL, request_id, b"ticket 2").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sell(database.pool.clone(), request_id, Vec::new()).await, b"ticket 1");
}

#[tokio::test]
async fn a_command_that_was_rolled_back_can_be_repeated() {
    let database = World::database().await;
    let request_id = Uuid::now_v7();
    let mut tx = database.pool.begin().await.unwrap();
    assert_eq!(claim(&mut tx, TILL, request_id, fingerprint(b"sell")).await.unwrap(), Claim::First);
    tx.rollback().await.unwrap();
    assert_eq!(sell(database.pool.clone(), request_id, b"ticket 1".to_vec()).await, b"ticket 1");
}

#[tokio::test]
async fn a_reply_that_may_not_be_stored_is_left_to_the_service() {
    let database = World::database().await;
    let request_id = Uuid::now_v7();
    for expected in [Claim::First, Claim::Repeat { reply: None }] {
        let mut tx = database.pool.begin().await.unwrap();
        assert_eq!(claim(&mut tx, TILL, request_id, fingerprint(b"enrol")).await.unwrap(), expected);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_reply_is_saved_only_for_a_request_that_was_claimed() {
    let database = World::database().await;
    let mut tx = database.pool.begin().await.unwrap();
    assert!(save_reply(&mut tx, TILL, Uuid::now_v7(), b"ticket").await.is_err());
}
