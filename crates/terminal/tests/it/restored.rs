//! Tills that start from an older copy of their journal: what they do not know of is not asked for again.

use proto::checkout::v1 as pb;
use terminal::Config;
use terminal::till::{Notice, Screen, Settlement, View};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::books::Fault;
use crate::claims::{PART, is_held, with_a_part};
use crate::shop::{Running, Shop, is_attendant, is_thanks};

/// The till asks its card terminal, nobody knows what became of it, and its machine dies: somebody is called to what it told.
async fn dies_asking(shop: &Shop, running: Running) -> pb::ReportTillRequest {
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
    shop.books.wait_for_report(|report| report.trouble() == pb::InterventionKind::PaymentUnknown).await;
    running.dies().await;
    let asked = std::mem::take(&mut shop.books.shelf().report);
    let waits = pb::Intervention {
        kind: asked.trouble,
        basket_id: asked.basket_id.clone(),
        attempt_id: asked.attempt_id.clone(),
        amount_minor: asked.amount_minor,
        asked_time: asked.asked_time,
        tender_kind: asked.tender_kind,
        ..Default::default()
    };
    shop.books.shelf().orders.waiting = vec![waits];
    asked
}

/// A machine with an older journal waits for the person who was called, as the one did that asked.
async fn waits_for_the_same(shop: &Shop, restored: &Running, asked: &pb::ReportTillRequest) {
    restored.shows(is_attendant).await;
    let is_the_same = |report: &pb::ReportTillRequest| {
        let subject =
            |of: &pb::ReportTillRequest| (of.basket_id.clone(), of.attempt_id.clone(), of.asked_time);
        report.trouble == asked.trouble && subject(report) == subject(asked)
    };
    shop.books.wait_for_report(is_the_same).await;
    assert_eq!(restored.till.pay().await.unwrap_err(), Notice::NeedsAttendant);
    assert_eq!(shop.books.shelf().orders.waiting.len(), 1, "the call is not withdrawn");
    assert!(shop.books.basket_in(pb::BasketState::Frozen).is_some());
}

/// A person has found nothing of it: the answer reaches this machine as it would have reached the other.
fn was_not_paid(shop: &Shop) {
    let decision = pb::InterventionDecision::Refuse.into();
    shop.books.shelf().orders.settlement = Some(pb::Intervention { decision, ..Default::default() });
}

/// A person has found that so much of it was paid.
fn was_paid(shop: &Shop, amount_minor: i64) {
    let mut shelf = shop.books.shelf();
    let waits = shelf.orders.waiting.remove(0);
    let decision = pb::InterventionDecision::Approve.into();
    let found = pb::Intervention { decision, amount_minor, pan_last4: "0674".into(), ..waits };
    shelf.orders.settlement = Some(found);
}

/// The machine dies while checkout does not hear of a step, and its disk is copied; then it starts again, and goes on.
async fn is_copied_at(
    shop: &Shop,
    running: Running,
    rpc: &'static str,
    step: JoinHandle<Result<View, Notice>>,
) -> (Config, Running) {
    shop.books.wait_for_calls(rpc, 1).await;
    running.dies().await;
    step.await.unwrap().unwrap_err();
    let old = shop.copy_the_disk();
    shop.books.mend();
    let running = shop.start();
    running.ready().await;
    (old, running)
}

/// The disk of a machine that holds a part is copied, and the machine goes on: what it asks for next nobody will know of.
async fn is_copied_with_a_part(shop: &Shop) -> (Config, Running) {
    with_a_part(shop).await.stops().await;
    let old = shop.copy_the_disk();
    let running = shop.start();
    running.shows(is_held).await;
    shop.plays(&["", "silence"]);
    (old, running)
}

#[tokio::test]
async fn a_restored_till_does_not_open_a_basket_whose_payment_nobody_knows() {
    let shop = Shop::open().await;
    shop.start_with(&["item-118"]).await.stops().await;
    let old = shop.copy_the_disk();
    let running = shop.start();
    running.shows(|view| view.basket().is_some()).await;
    let asked = dies_asking(&shop, running).await;
    let restored = shop.start_copy(&old);
    waits_for_the_same(&shop, &restored, &asked).await;
    was_not_paid(&shop);
    restored.shows(|view| view.basket().is_some()).await;
    assert!(shop.charged().is_empty() && shop.books.sales().is_empty());
}

#[tokio::test]
async fn a_restored_till_that_holds_a_part_does_not_ask_again_for_what_nobody_knows() {
    let shop = Shop::open().await;
    let (old, running) = is_copied_with_a_part(&shop).await;
    let asked = dies_asking(&shop, running).await;
    assert_eq!(asked.amount_minor, 700);
    let restored = shop.start_copy(&old);
    waits_for_the_same(&shop, &restored, &asked).await;
    assert_eq!(restored.till.give_back().await.unwrap_err(), Notice::NeedsAttendant);
    assert_eq!(shop.charged(), [500]);
    was_not_paid(&shop);
    restored.shows(is_held).await;
    assert!(is_thanks(&restored.till.pay().await.unwrap()));
    assert_eq!((shop.charged(), shop.books.sales().len()), (vec![500, 700], 1));
}

#[tokio::test]
async fn what_was_found_to_be_paid_while_no_machine_was_there_is_not_asked_for_again_by_a_restored_till() {
    let shop = Shop::open().await;
    let (old, running) = is_copied_with_a_part(&shop).await;
    dies_asking(&shop, running).await;
    was_paid(&shop, 700);
    let restored = shop.start_copy(&old);
    restored.shows(is_thanks).await;
    assert_eq!((shop.charged(), shop.books.sales().len()), (vec![500], 1));
    let sold = shop.books.sales().remove(0);
    let paid: Vec<i64> = sold.payments.iter().map(|tender| tender.amount_minor).collect();
    assert_eq!((paid, shop.books.calls("AbandonPayment")), (vec![500, 700], 0));
}

#[tokio::test]
async fn a_till_restored_to_a_step_that_checkout_knows_withdraws_no_call_to_a_newer_payment() {
    for (rpc, words) in [
        ("TakeTender", &["", "silence"][..]),
        ("ReturnTender", &["", "", "silence"][..]),
        ("AbandonPayment", &["refuse", "silence"][..]),
    ] {
        let shop = Shop::open().await;
        shop.plays(words);
        let running = match rpc {
            "ReturnTender" => with_a_part(&shop).await,
            _ => shop.start_with(&["item-1200"]).await,
        };
        shop.books.fail_always(rpc, Fault::Unavailable);
        let till = running.till.clone();
        let step = tokio::spawn(async move {
            match rpc {
                "TakeTender" => till.pay_by(PART).await,
                "ReturnTender" => till.give_back().await,
                _ => till.pay().await,
            }
        });
        let (old, running) = is_copied_at(&shop, running, rpc, step).await;
        let asked = dies_asking(&shop, running).await;
        let restored = shop.start_copy(&old);
        waits_for_the_same(&shop, &restored, &asked).await;
        assert!(shop.books.sales().is_empty(), "{rpc}");
    }
}

#[tokio::test]
async fn a_till_restored_to_an_older_unknown_payment_waits_for_the_newer_one() {
    let shop = Shop::open().await;
    let running = shop.start_with(&["item-118"]).await;
    assert_eq!(running.till.pay().await.unwrap_err(), Notice::PaymentUnknown);
    running.dies().await;
    let old = shop.copy_the_disk();
    let running = shop.start();
    running.shows(is_attendant).await;
    running.till.settle(&shop.attendant_code(), Settlement::NotPaid).await.unwrap();
    shop.books.wait_for_report(|report| report.stage() == pb::TillStage::Scanning).await;
    let asked = dies_asking(&shop, running).await;
    let restored = shop.start_copy(&old);
    waits_for_the_same(&shop, &restored, &asked).await;
    was_not_paid(&shop);
    restored.shows(|view| view.basket().is_some()).await;
    assert!(shop.charged().is_empty() && shop.books.sales().is_empty());
}

#[tokio::test]
async fn a_restored_till_waits_for_the_amount_of_a_payment_that_no_machine_told_of_and_takes_that() {
    let shop = Shop::open().await;
    let (old, running) = is_copied_with_a_part(&shop).await;
    dies_asking(&shop, running).await;
    {
        let mut shelf = shop.books.shelf();
        let waits = &mut shelf.orders.waiting[0];
        (waits.attempt_id, waits.intervention_id) = (String::new(), Uuid::now_v7().to_string());
        waits.amount_untold = true;
    }
    let before = shop.books.calls("ReportTill");
    let restored = shop.start_copy(&old);
    shop.books.wait_for_calls("ReportTill", before + 3).await;
    assert_eq!(restored.till.view().screen, Screen::Starting);
    assert_eq!(shop.books.shelf().report.stage(), pb::TillStage::Starting);
    assert_eq!(shop.books.shelf().orders.waiting.len(), 1, "the call is not withdrawn");
    was_paid(&shop, 300);
    let Screen::Held { tenders, due_minor } = restored.shows(is_held).await.screen else { panic!() };
    assert_eq!((tenders.len(), tenders[1].amount_minor, due_minor), (2, 300, 400));
    shop.books.shelf().orders.settlement = None;
    assert!(is_thanks(&restored.till.pay().await.unwrap()));
    assert_eq!((shop.charged(), shop.books.sales().len()), (vec![500, 400], 1));
}
