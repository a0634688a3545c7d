//! A sale that was acknowledged becomes its events and its receipt, once, whoever dies after the acknowledgement; and every event is
//! what the published contracts say.

use std::collections::BTreeSet;

use demo::card::{APPROVE, CardTerminal};
use e2e::{AFTER_A_FAULT, OpenShop, SOON, contracts::Contracts, streams};
use futures::TryStreamExt;
use proto::subject;
use uuid::Uuid;

use crate::story::Story;

/// The events of a sale in the stream.
async fn events_of(open: &OpenShop, sale_id: uuid::Uuid) -> usize {
    streams::of_sale(&open.shop, subject::SALES, subject::sale_completed::TYPE, sale_id).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_made_while_the_bus_is_down_outlives_checkout_and_is_told_once() {
    let mut open = OpenShop::open().await;
    let (article, _) = open.article_ending(30);
    let card = open.members[0].card_number.clone();
    // The till knows the card once checkout does.
    open.lane(0).buy(Some(&card), std::slice::from_ref(&article)).await;
    open.figures().await;

    open.shop.nats.kill9().await.unwrap();
    let sold = open.lane(0).buy(Some(&card), &[article]).await;
    let checkout = open.shop.service("checkout").unwrap();
    checkout.kill9().await.unwrap();
    open.shop.nats.restart().await.unwrap();
    assert_eq!(events_of(&open, sold.sale_id).await, 0);
    open.shop.service("checkout").unwrap().restart().await.unwrap();

    open.receipt_of(sold.sale_id, AFTER_A_FAULT).await;
    let report = open.figures_within(AFTER_A_FAULT).await;
    assert_eq!((report.sales, report.receipts_sent), (2, 2));
    assert_eq!(events_of(&open, sold.sale_id).await, 1);
    assert_eq!(open.receipts_of(sold.sale_id), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_killed_right_after_each_acknowledgement_tells_each_sale_once() {
    let mut open = OpenShop::open().await;
    let (article, _) = open.article_ending(30);
    let mut sold = Vec::new();
    for visit in 0..6 {
        let card = open.members[visit % open.members.len()].card_number.clone();
        sold.push(open.lane(visit % 2).buy(Some(&card), std::slice::from_ref(&article)).await);
        open.shop.service("checkout").unwrap().restart().await.unwrap();
    }
    for sale in &sold {
        open.receipt_of(sale.sale_id, SOON).await;
    }
    let report = open.figures().await;
    assert_eq!((report.sales, report.receipts_sent), (6, 6));
    for sale in &sold {
        assert_eq!(events_of(&open, sale.sale_id).await, 1);
    }
    // Each till numbers its tickets without gaps.
    let mut tickets: Vec<i64> = sold.iter().map(|sale| sale.sequence).collect();
    tickets.sort_unstable();
    assert_eq!(tickets, [1, 1, 2, 2, 3, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_a_visit_is_what_its_published_schema_says() {
    let open = OpenShop::open_with(|plan| {
        let till = &mut plan.tills[0];
        till.simulator = CardTerminal::of(&plan.folder, till.code).arguments();
    })
    .await;
    Story::begin(&open).await.visit(&open).await;
    answer_a_review_and_block_a_card(&open).await;
    give_a_basket_up_while_somebody_is_called(&open).await;
    give_the_refund_back_at_the_till(&open).await;
    open.figures().await;

    let contracts = Contracts::read();
    let operator = streams::connected(&open.shop, "operator").await;
    let names: Vec<String> = operator.stream_names().try_collect().await.unwrap();
    let mut told = BTreeSet::new();
    for stream in names {
        for kept in streams::messages(&open.shop, &stream).await {
            let misfits = contracts.misfits(&kept);
            let text = String::from_utf8_lossy(&kept.payload);
            assert!(misfits.is_empty(), "{}: {misfits:?} in {text}", kept.subject);
            told.insert(kept.subject.rsplit_once('.').unwrap().0.to_owned());
        }
    }
    assert_eq!(told, contracts.event_types(), "the visit did not bring about every event");
}

/// What a visit alone does not bring about.
async fn answer_a_review_and_block_a_card(open: &OpenShop) {
    let mut manager = open.browser_of("manager").await;
    let page = manager.get("/live/reviews").await.unwrap();
    let mut forms = page.body.split("action=\"").skip(1).filter_map(|form| form.split('"').next());
    let answering = forms.find(|path| path.ends_with("/reply")).unwrap();
    let mut desk = open.browser_of("desk").await;
    let blocked = ("card_number", open.members[0].card_number.as_str());
    for (browser, path, said) in
        [(&mut manager, answering, ("reply", "Merci !")), (&mut desk, "/desk/cards/block", blocked)]
    {
        let request_id = Uuid::now_v7().to_string();
        let answer = browser.post(path, &[("request_id", request_id.as_str()), said]).await.unwrap();
        assert!(answer.status.is_redirection(), "{path}: {} {}", answer.status, answer.body);
    }
}

/// What the visit wants back goes to the card that paid for it.
async fn give_the_refund_back_at_the_till(open: &OpenShop) {
    let card = CardTerminal::of(&open.shop.folder, "LILLE-01");
    let paid = card.payments().unwrap().pop().unwrap();
    card.next(&format!("{APPROVE} {}", paid.pan_last4)).unwrap();
    let attendant_code = open.attendant_code(0);
    let asked =
        serde_json::json!({"number": 1, "terminal_code": "LILLE-01", "attendant_code": attendant_code});
    let shown = open.lane(0).taken("refund", asked).await;
    assert_eq!(shown["notice"], "REFUND_GIVEN", "{shown}");
}

/// A code that nobody knows calls somebody; the shopper leaves before anybody comes.
async fn give_a_basket_up_while_somebody_is_called(open: &OpenShop) {
    let mut lane = open.lane(0);
    lane.taken("scan", serde_json::json!({ "code": "9524000009982" })).await;
    lane.taken("cancel", serde_json::json!({})).await;
}
