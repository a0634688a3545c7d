//! `kill -9` while the till asks to be the one machine that it is.

use super::*;

#[tokio::test]
async fn killed_when_checkout_has_not_said_that_it_is_the_till() {
    claimed_once_after(Fault::Unavailable).await;
}

#[tokio::test]
async fn killed_when_it_is_the_till_and_the_answer_is_on_its_way() {
    claimed_once_after(Fault::LoseReply).await;
}

/// The till is killed while it asks to be the one machine; the next start asks the same, and the one after it asks anew.
async fn claimed_once_after(fault: Fault) {
    let shop = Shop::open().await;
    shop.books.fail_always("ClaimTill", fault);
    let till = Process::start(&shop).await;
    shop.books.wait_for_calls("ClaimTill", 1).await;
    till.kill9().await;
    shop.books.mend();
    let till = Process::start(&shop).await;
    till.shows("idle").await;
    till.kill9().await;
    let before = shop.books.shelf().claims.clone();
    assert!(before.iter().all(|claim| claim.request_id == before[0].request_id && claim.generation == 0));
    let till = Process::start(&shop).await;
    till.shows("idle").await;
    let last = shop.books.shelf().claims.last().cloned().unwrap();
    assert_ne!(last.request_id, before[0].request_id);
    assert_eq!((last.generation, last.instance_id, last.place), {
        let first = &before[0];
        (1, first.instance_id.clone(), first.place.clone())
    });
}
