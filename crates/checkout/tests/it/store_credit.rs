//! Store credit at the till: what one till has taken of a balance, no other takes.

use proto::checkout::v1 as pb;

use crate::{
    shop::{JAM, PASTA, Shop, WINE, why},
    tenders::{by_credit, credit_adds_up, frozen_for, refund, rich},
    till::{completion, take},
};

/// The last tender of a basket, all of it store credit.
fn all_by_credit(basket: &pb::Basket) -> pb::CompleteSaleRequest {
    pb::CompleteSaleRequest { tender: Some(by_credit(basket.due_minor)), ..completion(basket) }
}

#[tokio::test]
async fn store_credit_that_is_used_at_two_tills_at_the_same_time_is_spent_once() {
    let shop = Shop::open().await;
    let other = shop.service.another();
    let card = rich(&shop, 7).await;
    assert_eq!(shop.count("select balance_minor from store_credit").await, 800);
    // The whole of it at either till, each at a checkout of its own; one gets it, whichever way it is used.
    let (here, there) = (shop.till("LILLE-01"), shop.till_of(&other, "LILLE-02"));
    let (mine, theirs) =
        tokio::join!(frozen_for(&here, &card, &[WINE]), frozen_for(&there, &card, &[WINE, JAM]));
    let (sold, held) =
        tokio::join!(here.complete(all_by_credit(&mine)), there.take(take(&theirs, by_credit(800))),);
    assert_ne!(sold.is_ok(), held.is_ok(), "{sold:?} {held:?}");
    assert_eq!(shop.count("select balance_minor from store_credit").await, 0);
    assert_eq!(shop.count("select count(*) from store_credit_entry where cause = 'tender'").await, 1);
    // Who came second still pays, by another means; and nothing was taken for what was refused.
    let (till, basket) = match (sold, held) {
        (Ok(_), refused) => {
            assert_eq!(why(refused), "NO_STORE_CREDIT");
            (&there, theirs)
        }
        (refused, _) => {
            assert_eq!(why(refused), "NO_STORE_CREDIT");
            (&here, mine)
        }
    };
    let frozen = till.get(&basket.basket_id).await.unwrap();
    assert_eq!(frozen.due_minor, frozen.total.as_ref().unwrap().amount_minor);
    let ticket = till.complete(completion(&frozen)).await.unwrap();
    assert_eq!(ticket.payments.iter().map(|paid| paid.kind()).collect::<Vec<_>>(), [pb::TenderKind::Card]);
    other.stop().await;
}

#[tokio::test]
async fn store_credit_that_one_till_holds_is_not_there_at_another_until_it_is_given_back() {
    let shop = Shop::open().await;
    let card = rich(&shop, 8).await;
    let (here, there) = (shop.till("LILLE-01"), shop.till("LILLE-02"));
    let mine = frozen_for(&here, &card, &[WINE, PASTA]).await;
    let held = here.take(take(&mine, by_credit(800))).await.unwrap();
    let theirs = frozen_for(&there, &card, &[JAM]).await;
    assert_eq!(there.store_credit(&theirs.basket_id).await.unwrap(), 0);
    assert_eq!(why(there.complete(all_by_credit(&theirs)).await), "NO_STORE_CREDIT");
    let given = crate::till::give_back(&mine, &held.tenders[0].tender_id);
    here.give_back(given).await.unwrap();
    there.complete(all_by_credit(&theirs)).await.unwrap();
    assert_eq!(shop.count("select balance_minor from store_credit").await, 500);
}

#[tokio::test]
async fn store_credit_that_grows_while_it_is_spent_is_the_sum_of_both() {
    let shop = Shop::open().await;
    let other = shop.service.another();
    let card = rich(&shop, 9).await;
    let (here, there) = (shop.till("LILLE-01"), shop.till_of(&other, "LILLE-02"));
    // In each round 3.00 are spent while 3.00 come back: with enough in the account, and then with nothing in it.
    for round in 0..10 {
        let bought = frozen_for(&here, &card, &[JAM]).await;
        let bought = here.complete(completion(&bought)).await.unwrap();
        if round == 5 {
            let all = frozen_for(&there, &card, &[WINE]).await;
            there.complete(all_by_credit(&all)).await.unwrap();
            assert_eq!(shop.count("select balance_minor from store_credit").await, 0);
        }
        let before = shop.count("select balance_minor from store_credit").await;
        let basket = frozen_for(&there, &card, &[JAM]).await;
        let (sold, _) = tokio::join!(
            there.complete(all_by_credit(&basket)),
            refund(&shop, &bought, &[1], pb::Payout::StoreCredit)
        );
        // Who was too early for what came back pays by another means, and it is all there.
        let spent = if sold.is_ok() { 300 } else { 0 };
        if spent == 0 {
            assert_eq!(why(sold), "NO_STORE_CREDIT");
            assert_eq!(before, 0, "there was enough");
            there.complete(completion(&basket)).await.unwrap();
        }
        assert_eq!(shop.count("select balance_minor from store_credit").await, before + 300 - spent);
        credit_adds_up(&shop).await;
        if before == 0 && spent == 0 {
            let left = frozen_for(&there, &card, &[JAM]).await;
            there.complete(all_by_credit(&left)).await.unwrap();
        }
    }
    other.stop().await;
}
