use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use outbox::{Event, HandleError, ReplayError, Replayed, dead_letters, replay_dead_letter};
use uuid::Uuid;

use crate::world::{Ledger, Sale, World, ledger, within};

fn cents(event: &Event) -> i64 {
    event.decode::<Sale>().map(|sale| sale.total_cents).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_rejected_is_put_aside_and_the_next_ones_flow() {
    let world = World::start().await;
    let ids = world.publish(3).await;
    let choosy = Ledger(|event: &Event| match cents(event) {
        2 => Err(HandleError::Reject("two cents are not a sale".to_owned())),
        _ => Ok(()),
    });
    let consumption = world.consume(choosy).await;
    consumption.applied(2).await;
    assert_eq!(world.effects().await, 2, "the effect of the rejected one is undone");
    let dead = dead_letters(&world.database.pool, None, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].event_id, dead[0].consumer.as_str(), dead[0].deliveries), (ids[1], "receipt", 1));
    assert_eq!(dead[0].reason, "two cents are not a sale");
    assert_eq!(dead[0].subject, "sales.completed.LILLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_keeps_failing_is_put_aside_after_ten_attempts() {
    let world = World::start().await;
    let ids = world.publish(3).await;
    let attempts = Arc::new(AtomicU32::new(0));
    let counted = attempts.clone();
    let stubborn = Ledger(move |event: &Event| {
        if cents(event) == 1 {
            counted.fetch_add(1, Ordering::SeqCst);
            return Err(anyhow::anyhow!("the shelf is not known yet").into());
        }
        Ok(())
    });
    let consumption = world.consume(stubborn).await;
    let counts = within(consumption.progress.reached(|counts| counts.dead_letters == 1)).await;
    assert_eq!((attempts.load(Ordering::SeqCst), counts.retries, counts.applied), (10, 9, 2));
    let dead = dead_letters(&world.database.pool, None, 10).await.unwrap();
    assert_eq!((dead[0].event_id, dead[0].deliveries), (ids[0], 10));
    assert_eq!(dead[0].reason, "the shelf is not known yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_a_failure_like_any_other() {
    let world = World::start().await;
    world.publish(2).await;
    let panicked = AtomicU32::new(0);
    let nervous = Ledger(move |event: &Event| {
        assert!(cents(event) != 1 || panicked.fetch_add(1, Ordering::SeqCst) > 0, "nerves");
        Ok(())
    });
    let consumption = world.consume(nervous).await;
    consumption.applied(2).await;
    assert_eq!(consumption.progress.counts().retries, 1);
    assert_eq!(world.effects().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_no_event_is_put_aside_under_its_place() {
    let world = World::start().await;
    world.publish(1).await;
    let jetstream = world.client("checkout").await;
    jetstream.publish("sales.completed.LILLE", "\0 not json".into()).await.unwrap().await.unwrap();
    world.publish(1).await;
    let consumption = world.consume(ledger()).await;
    consumption.applied(2).await;
    let dead = dead_letters(&world.database.pool, None, 10).await.unwrap();
    assert_eq!(dead[0].reason, "not an event: the header ce-id is missing");
    let replayed = replay_dead_letter(&world.database.pool, "receipt", dead[0].event_id, &ledger()).await;
    assert!(matches!(replayed, Err(ReplayError::Unreadable(_))), "{replayed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_decoded_is_put_aside_at_once() {
    let world = World::start().await;
    let mut tx = world.database.pool.begin().await.unwrap();
    let odd = outbox::NewEvent { payload: r#"{"total_cents":"ten"}"#.to_owned(), ..crate::world::sale(1) };
    outbox::record(&mut tx, &odd).await.unwrap();
    tx.commit().await.unwrap();
    world.publish(1).await;
    let consumption = world.consume(ledger()).await;
    consumption.applied(1).await;
    let dead = dead_letters(&world.database.pool, None, 10).await.unwrap();
    assert!(
        dead[0].reason.starts_with("cannot decode cabas.checkout.v1.SaleCompleted"),
        "{}",
        dead[0].reason
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_replayed_once() {
    let world = World::start().await;
    let ids = world.publish(2).await;
    let closed = Ledger(|_: &Event| Err(HandleError::Reject("closed".to_owned())));
    let consumption = world.consume(closed).await;
    within(consumption.progress.reached(|counts| counts.dead_letters == 2)).await;
    let pool = &world.database.pool;

    let still = Ledger(|_: &Event| Err(HandleError::Reject("closed still".to_owned())));
    let failed = replay_dead_letter(pool, "receipt", ids[0], &still).await;
    assert!(matches!(&failed, Err(ReplayError::Failed(reason)) if reason == "closed still"), "{failed:?}");
    assert_eq!(dead_letters(pool, None, 10).await.unwrap().len(), 2);

    for expected in [Replayed::Applied, Replayed::AlreadyApplied] {
        assert_eq!(replay_dead_letter(pool, "receipt", ids[0], &ledger()).await.unwrap(), expected);
    }
    let waiting = dead_letters(pool, None, 10).await.unwrap();
    assert_eq!(waiting.iter().map(|letter| letter.event_id).collect::<Vec<_>>(), [ids[1]]);
    assert_eq!(world.effects().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_panics_leaves_nothing_behind() {
    let world = World::start().await;
    let ids = world.publish(1).await;
    let closed = Ledger(|_: &Event| Err(HandleError::Reject("closed".to_owned())));
    let consumption = world.consume(closed).await;
    within(consumption.progress.reached(|counts| counts.dead_letters == 1)).await;
    let pool = &world.database.pool;

    let nervous = Ledger(|_: &Event| -> Result<(), HandleError> { panic!("nerves") });
    let failed = replay_dead_letter(pool, "receipt", ids[0], &nervous).await;
    assert!(matches!(&failed, Err(ReplayError::Failed(reason)) if reason.contains("panicked")), "{failed:?}");
    assert_eq!(world.effects().await, 0, "the effect before the panic is undone");
    let replayed = replay_dead_letter(pool, "receipt", ids[0], &ledger()).await;
    assert_eq!((replayed.unwrap(), world.effects().await), (Replayed::Applied, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_read_page_by_page_oldest_first() {
    let world = World::start().await;
    let ids = world.publish(5).await;
    let closed = Ledger(|_: &Event| Err(HandleError::Reject("closed".to_owned())));
    let consumption = world.consume(closed).await;
    within(consumption.progress.reached(|counts| counts.dead_letters == 5)).await;
    // Put aside in one moment, as in one statement.
    sqlx::query("update dead_letter set dead_time = now() where event_id = any($1)")
        .bind(&ids[1..4])
        .execute(&world.database.pool)
        .await
        .unwrap();
    let (mut read, mut last) = (Vec::new(), None);
    loop {
        let page = dead_letters(&world.database.pool, last.as_ref(), 2).await.unwrap();
        read.extend(page.iter().map(|letter| letter.event_id));
        if page.len() < 2 {
            break;
        }
        last = page.last().cloned();
    }
    assert_eq!(read, [ids[0], ids[4], ids[1], ids[2], ids[3]]);
}

#[tokio::test]
async fn a_dead_letter_nobody_knows_is_said_to_be_unknown() {
    let database = World::database().await;
    let unknown = replay_dead_letter(&database.pool, "receipt", Uuid::now_v7(), &ledger()).await;
    assert!(matches!(unknown, Err(ReplayError::Unknown { .. })), "{unknown:?}");
}
