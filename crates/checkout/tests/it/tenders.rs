//! Sales that are paid in parts: first kept, second refused ends in completion or cancellation, never silently.

use futures::future::join_all;
use platform::{Role, status::reason};
use proto::checkout::v1 as pb;
use proto::checkout::v1::payout_service_client::PayoutServiceClient;
use tonic::Request;

use crate::{
    shop::{JAM, PASTA, Shop, WINE, new_id, why},
    till::{Till, by_card, completion, give_back, take, total},
};

pub fn by_vouchers(amount_minor: i64) -> pb::Tender {
    let mut tender = pb::Tender { kind: pb::TenderKind::MealVoucher.into(), ..by_card(amount_minor) };
    let card = tender.card.as_mut().unwrap();
    card.brand = "CONECS".to_owned();
    card.slip_text = "TITRE RESTAURANT".to_owned();
    tender
}

pub fn by_credit(amount_minor: i64) -> pb::Tender {
    pb::Tender { kind: pb::TenderKind::StoreCredit.into(), card: None, ..by_card(amount_minor) }
}

/// The last tender of a basket.
fn last(basket: &pb::Basket, tender: pb::Tender) -> pb::CompleteSaleRequest {
    pb::CompleteSaleRequest { tender: Some(tender), ..completion(basket) }
}

/// A basket of a member whose payment has begun.
pub async fn frozen_for(till: &Till, card: &str, codes: &[&str]) -> pb::Basket {
    let basket = till.fill(codes).await;
    let basket = till.identify(&basket.basket_id, card).await.unwrap();
    till.begin(&basket.basket_id, basket.basket_version).await.unwrap()
}

pub async fn refund(
    shop: &Shop,
    ticket: &pb::Ticket,
    line_ids: &[i32],
    payout: pb::Payout,
) -> pb::CreditNote {
    let request = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        line_ids: line_ids.to_vec(),
        payout: payout.into(),
        ..pb::RefundLinesRequest::default()
    };
    shop.client("reviews").refund_lines(request).await.unwrap().into_inner().credit_note.unwrap()
}

/// A member's card with 8.00 of store credit: that of a wine that was given back.
pub async fn rich(shop: &Shop, serial: u64) -> String {
    let (till, card) = (shop.till("LILLE-08"), shop.card(serial).await);
    let frozen = frozen_for(&till, &card, &[WINE]).await;
    let ticket = till.complete(completion(&frozen)).await.unwrap();
    refund(shop, &ticket, &[1], pb::Payout::StoreCredit).await;
    card
}

/// What waits at the desk of Lille, in cents.
async fn due(shop: &Shop) -> Vec<i64> {
    let staff = shop.staff(Role::Desk, "LILLE");
    let request = shop.service.as_staff(&staff, Request::new(pb::ListRefundsDueRequest::default()));
    let mut client = PayoutServiceClient::new(shop.service.peer("portal"));
    let refunds = client.list_refunds_due(request).await.unwrap().into_inner().refunds;
    refunds.into_iter().map(|refund| refund.total.unwrap().amount_minor).collect()
}

/// Kind and amount of each payment: on the ticket, in the sealed record, in the event; three times the same.
async fn payments(shop: &Shop, ticket: &pb::Ticket) -> Vec<(String, i64)> {
    let word = |tender: &pb::Tender| match tender.kind() {
        pb::TenderKind::Card => "card",
        pb::TenderKind::MealVoucher => "meal_voucher",
        pb::TenderKind::StoreCredit => "store_credit",
        pb::TenderKind::Unspecified => "",
    };
    let shown: Vec<_> =
        ticket.payments.iter().map(|paid| (word(paid).to_owned(), paid.amount_minor)).collect();
    let event: pb::SaleCompleted = shop.event("sales.completed").await;
    assert_eq!(event.sale_id, ticket.sale_id);
    let told: Vec<_> = event.payments.into_iter().map(|paid| (paid.kind, paid.amount_minor)).collect();
    assert_eq!(told, shown);
    let query = "select fiscal_record.payload from fiscal_record join sale on fiscal_hash = hash where sale_id = $1::uuid";
    let sealed: Vec<u8> =
        sqlx::query_scalar(query).bind(&ticket.sale_id).fetch_one(&shop.service.db.pool).await.unwrap();
    let sealed: serde_json::Value = serde_json::from_slice(&sealed).unwrap();
    let sealed = sealed["record"]["ticket"]["payments"].as_array().unwrap().iter();
    let sealed: Vec<_> = sealed
        .map(|paid| (paid["kind"].as_str().unwrap().to_owned(), paid["amount"].as_i64().unwrap()))
        .collect();
    assert_eq!(sealed, shown);
    let sum: i64 = shown.iter().map(|(_, amount)| amount).sum();
    assert_eq!(sum, ticket.total.as_ref().unwrap().amount_minor, "every cent is explained");
    shown
}

fn paid(parts: &[(&str, i64)]) -> Vec<(String, i64)> {
    parts.iter().map(|(kind, amount)| ((*kind).to_owned(), *amount)).collect()
}

/// Every balance is the sum of its entries, and none is below zero.
pub async fn credit_adds_up(shop: &Shop) {
    let wrong = "select count(*) from store_credit where balance_minor <> (
        select sum(amount_minor) from store_credit_entry
        where store_credit_entry.member_id = store_credit.member_id
          and store_credit_entry.currency = store_credit.currency)";
    assert_eq!(shop.count(wrong).await, 0);
}

async fn slips(shop: &Shop, ticket: &pb::Ticket) -> Vec<String> {
    let request = pb::GetCardSlipRequest { sale_id: ticket.sale_id.clone(), ..Default::default() };
    shop.client("receipt").get_card_slip(request).await.unwrap().into_inner().slip_texts
}

#[tokio::test]
async fn two_cards_pay_one_basket_and_each_slip_is_kept() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[WINE, JAM]).await;
    assert_eq!((total(&frozen), frozen.due_minor, frozen.tenders.len()), (1_100, 1_100, 0));
    let held = till.take(take(&frozen, by_card(500))).await.unwrap();
    assert_eq!((held.state(), held.due_minor, held.tenders.len()), (pb::BasketState::Frozen, 600, 1));
    assert_eq!(held.tenders[0].card.as_ref().unwrap().slip_text, "", "the slip is for its mail alone");
    assert_eq!(till.get(&frozen.basket_id).await.unwrap(), held);
    let mut second = by_card(600);
    second.card.as_mut().unwrap().slip_text = "SECOND".to_owned();
    let ticket = till.complete(last(&held, second)).await.unwrap();
    assert_eq!(payments(&shop, &ticket).await, paid(&[("card", 500), ("card", 600)]));
    let slips = slips(&shop, &ticket).await;
    assert!(slips.len() == 2 && slips[0].contains("6368") && slips[1] == "SECOND", "{slips:?}");
    let done = till.get(&frozen.basket_id).await.unwrap();
    assert_eq!((done.state(), done.due_minor), (pb::BasketState::Paid, 0));
    let paper = pb::PrintTicketRequest { request_id: new_id(), sale_id: ticket.sale_id.clone() };
    assert_eq!(till.print(&paper).await.unwrap().slip_texts, slips);
}

#[tokio::test]
async fn a_card_and_meal_vouchers_pay_one_basket_and_vouchers_no_more_than_they_may() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[WINE, PASTA]).await;
    assert_eq!((total(&frozen), frozen.meal_voucher_minor), (1_040, 240));
    assert_eq!(why(till.take(take(&frozen, by_vouchers(241))).await), "MEAL_VOUCHER_LIMIT");
    assert_eq!(why(till.complete(last(&frozen, by_vouchers(1_040))).await), "MEAL_VOUCHER_LIMIT");
    till.take(take(&frozen, by_vouchers(200))).await.unwrap();
    assert_eq!(why(till.take(take(&frozen, by_vouchers(41))).await), "MEAL_VOUCHER_LIMIT");
    let held = till.take(take(&frozen, by_vouchers(40))).await.unwrap();
    let ticket = till.complete(completion(&held)).await.unwrap();
    let parts = [("meal_voucher", 200), ("meal_voucher", 40), ("card", 800)];
    assert_eq!(payments(&shop, &ticket).await, paid(&parts));
    assert_eq!(slips(&shop, &ticket).await[0], "TITRE RESTAURANT");
    assert_eq!(ticket.payments[0].card.as_ref().unwrap().brand, "CONECS");
}

#[tokio::test]
async fn store_credit_pays_a_part_or_all_and_never_more_than_there_is() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let card = rich(&shop, 1).await;
    let frozen = frozen_for(&till, &card, &[WINE, JAM]).await;
    assert_eq!(till.store_credit(&frozen.basket_id).await.unwrap(), 800);
    assert_eq!(why(till.take(take(&frozen, by_credit(801))).await), "NO_STORE_CREDIT");
    let held = till.take(take(&frozen, by_credit(500))).await.unwrap();
    assert_eq!((held.due_minor, till.store_credit(&frozen.basket_id).await.unwrap()), (600, 300));
    assert_eq!(why(till.complete(last(&held, by_credit(600))).await), "NO_STORE_CREDIT");
    let ticket = till.complete(completion(&held)).await.unwrap();
    assert_eq!(payments(&shop, &ticket).await, paid(&[("store_credit", 500), ("card", 600)]));
    // What is left pays the whole of a smaller basket.
    let frozen = frozen_for(&till, &card, &[JAM]).await;
    let request = last(&frozen, by_credit(300));
    let ticket = till.complete(request.clone()).await.unwrap();
    assert_eq!(till.complete(request).await.unwrap(), ticket, "a repeat is the same sale");
    assert_eq!(payments(&shop, &ticket).await, paid(&[("store_credit", 300)]));
    assert!(slips(&shop, &ticket).await.is_empty());
    assert_eq!(till.store_credit(&frozen.basket_id).await.unwrap(), 0);
    let poor = frozen_for(&till, &card, &[JAM]).await;
    assert_eq!(why(till.complete(last(&poor, by_credit(300))).await), "NO_STORE_CREDIT");
    assert_eq!(till.get(&poor.basket_id).await.unwrap().state(), pb::BasketState::Frozen);
    credit_adds_up(&shop).await;
}

#[tokio::test]
async fn store_credit_is_a_members_and_a_guest_has_none() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    rich(&shop, 1).await;
    let guest = till.freeze(&[JAM]).await;
    assert_eq!(till.store_credit(&guest.basket_id).await.unwrap(), 0);
    assert_eq!(why(till.take(take(&guest, by_credit(100))).await), "NO_STORE_CREDIT");
    assert_eq!(why(till.complete(last(&guest, by_credit(300))).await), "NO_STORE_CREDIT");
    let other = frozen_for(&till, &shop.card(2).await, &[JAM]).await;
    assert_eq!(why(till.take(take(&other, by_credit(100))).await), "NO_STORE_CREDIT");
    assert_eq!(why(shop.till("LILLE-02").store_credit(&other.basket_id).await), "NOT_FOUND");
}

#[tokio::test]
async fn what_was_held_is_given_back_before_the_basket_opens_again() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let card = rich(&shop, 1).await;
    let frozen = frozen_for(&till, &card, &[WINE, JAM]).await;
    let (by_card, by_credit) = (by_card(300), by_credit(700));
    till.take(take(&frozen, by_card.clone())).await.unwrap();
    till.take(take(&frozen, by_credit.clone())).await.unwrap();
    let id = &frozen.basket_id;
    assert_eq!(why(till.abandon(id).await), "TENDERS_HELD");
    assert_eq!(why(till.cancel(id).await), "TENDERS_HELD");
    assert_eq!(why(till.give_back(give_back(&frozen, &new_id())).await), "NOT_FOUND");
    let left = till.give_back(give_back(&frozen, &by_credit.tender_id)).await.unwrap();
    assert_eq!((left.due_minor, left.tenders.len()), (800, 1));
    assert_eq!(till.store_credit(id).await.unwrap(), 800, "it is the member's again");
    assert_eq!(why(till.abandon(id).await), "TENDERS_HELD");
    let request = give_back(&frozen, &by_card.tender_id);
    let none = till.give_back(request.clone()).await.unwrap();
    assert_eq!(till.give_back(request).await.unwrap(), none, "a repeat is answered as before");
    assert_eq!(why(till.give_back(give_back(&frozen, &by_card.tender_id)).await), "NOT_FOUND");
    assert_eq!((none.state(), none.due_minor), (pb::BasketState::Frozen, 1_100));
    assert_eq!(till.abandon(id).await.unwrap().state(), pb::BasketState::Open);
    let open = till.scan(id, PASTA).await.unwrap();
    assert_eq!((open.due_minor, total(&open)), (1_300, 1_300));
    let again = till.begin(id, open.basket_version).await.unwrap();
    assert_eq!(why(till.take(take(&again, by_card)).await), "TENDER_KNOWN", "money is given once");
    let ticket = till.complete(completion(&again)).await.unwrap();
    assert_eq!(payments(&shop, &ticket).await, paid(&[("card", 1_300)]));
    credit_adds_up(&shop).await;
}

#[tokio::test]
async fn a_tender_is_taken_while_the_basket_is_frozen_and_no_more_than_is_due() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let open = till.fill(&[JAM]).await;
    assert_eq!(why(till.take(take(&open, by_card(100))).await), "BASKET_NOT_FROZEN");
    assert_eq!(why(till.give_back(give_back(&open, &new_id())).await), "BASKET_NOT_FROZEN");
    let frozen = till.begin(&open.basket_id, open.basket_version).await.unwrap();
    assert_eq!(why(till.take(take(&frozen, by_card(301))).await), "TENDER_TOO_LARGE");
    for number in 1..=4 {
        let held = till.take(take(&frozen, by_card(10))).await.unwrap();
        assert_eq!(held.due_minor, 300 - 10 * number);
    }
    assert_eq!(why(till.take(take(&frozen, by_card(261))).await), "TENDER_TOO_LARGE");
    for (last_one, refused) in [(by_card(259), "AMOUNT_MISMATCH"), (by_card(300), "AMOUNT_MISMATCH")] {
        assert_eq!(why(till.complete(last(&frozen, last_one)).await), refused);
    }
    let none = pb::CompleteSaleRequest { tender: None, ..completion(&frozen) };
    assert_eq!(why(till.complete(none).await), "PAYMENT_NEEDED");
    let held = till.take(take(&frozen, by_card(250))).await.unwrap();
    assert_eq!(why(till.take(take(&frozen, by_card(10))).await), "TOO_MANY_TENDERS");
    assert_eq!(why(till.complete(completion(&held)).await), "TOO_MANY_TENDERS");
    assert_eq!(why(shop.till("LILLE-02").take(take(&frozen, by_card(1))).await), "NOT_FOUND");
    let fifth = held.tenders[4].tender_id.clone();
    let left = till.give_back(give_back(&held, &fifth)).await.unwrap();
    let ticket = till.complete(completion(&left)).await.unwrap();
    assert_eq!(payments(&shop, &ticket).await.len(), 5);
    assert_eq!(why(till.take(take(&frozen, by_card(1))).await), "BASKET_CLOSED");
}

#[tokio::test]
async fn a_basket_that_is_all_paid_is_completed_without_a_last_tender() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[JAM]).await;
    let held = till.take(take(&frozen, by_card(300))).await.unwrap();
    assert_eq!(held.due_minor, 0);
    assert_eq!(why(till.complete(last(&held, by_card(300))).await), "AMOUNT_MISMATCH");
    let ticket = till.complete(pb::CompleteSaleRequest { tender: None, ..completion(&held) }).await.unwrap();
    assert_eq!(payments(&shop, &ticket).await, paid(&[("card", 300)]));
}

#[tokio::test]
async fn a_slip_with_a_card_number_costs_no_tender_and_is_kept_nowhere() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[JAM]).await;
    let mut first = by_card(100);
    first.card.as_mut().unwrap().slip_text = "CARTE 4970101234567893".to_owned();
    let held = till.take(take(&frozen, first)).await.unwrap();
    let ticket = till.complete(completion(&held)).await.unwrap();
    assert_eq!(slips(&shop, &ticket).await.len(), 1);
    let kept = "select count(*) from basket where entries::text like '%4970101234567893%'";
    assert_eq!(shop.count(kept).await, 0);
}

#[tokio::test]
async fn fifty_times_one_tender_is_one_tender_and_one_answer() {
    let shop = Shop::open().await;
    let replica = shop.service.another();
    let tills = [shop.till("LILLE-01"), shop.till_of(&replica, "LILLE-01")];
    let card = rich(&shop, 1).await;
    let frozen = frozen_for(&tills[0], &card, &[WINE, JAM]).await;
    let (request, tender) = (take(&frozen, by_credit(300)), by_credit(300));
    let answers = join_all((0..50).map(|index| tills[index % 2].take(request.clone()))).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!((first.due_minor, tills[1].store_credit(&frozen.basket_id).await.unwrap()), (800, 500));
    let reused = pb::TakeTenderRequest { tender: Some(tender), ..request.clone() };
    assert_eq!(why(tills[1].take(reused).await), "REQUEST_ID_REUSED");
    let back = give_back(&frozen, &first.tenders[0].tender_id);
    let answers = join_all((0..50).map(|index| tills[index % 2].give_back(back.clone()))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == answers[0].as_ref().unwrap()));
    assert_eq!(tills[0].store_credit(&frozen.basket_id).await.unwrap(), 800);
    assert_eq!(&tills[0].take(request).await.unwrap(), first, "the first answer, for ever");
    assert_eq!(tills[0].store_credit(&frozen.basket_id).await.unwrap(), 800);
    credit_adds_up(&shop).await;
    replica.stop().await;
}

#[tokio::test]
async fn many_tills_at_once_never_spend_a_balance_twice() {
    let shop = Shop::open().await;
    let replica = shop.service.another();
    let card = rich(&shop, 1).await;
    let tills: Vec<Till> = (1..=6)
        .map(|number| {
            let code = format!("LILLE-0{number}");
            if number % 2 == 0 { shop.till(&code) } else { shop.till_of(&replica, &code) }
        })
        .collect();
    let spending = join_all(tills.iter().enumerate().map(async |(index, till)| {
        let frozen = frozen_for(till, &card, &[JAM]).await;
        // Half of them as a part, half of them as the last tender.
        let spent = match index % 2 {
            0 => till.take(take(&frozen, by_credit(300))).await.map(|_| ()),
            _ => till.complete(last(&frozen, by_credit(300))).await.map(|_| ()),
        };
        if let Err(refused) = &spent {
            assert_eq!(reason(refused).as_deref(), Some("NO_STORE_CREDIT"));
        }
        spent.is_ok()
    }));
    let spent = spending.await.into_iter().filter(|spent| *spent).count();
    assert_eq!(spent, 2, "8.00 pay twice 3.00");
    assert_eq!(shop.count("select balance_minor from store_credit").await, 200);
    credit_adds_up(&shop).await;
    replica.stop().await;
}

#[tokio::test]
async fn what_store_credit_paid_goes_back_to_it_and_the_desk_pays_no_more_than_the_cards() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let card = rich(&shop, 1).await;
    let frozen = frozen_for(&till, &card, &[WINE, JAM]).await;
    let held = till.take(take(&frozen, by_credit(500))).await.unwrap();
    let ticket = till.complete(completion(&held)).await.unwrap();
    let note = refund(&shop, &ticket, &[1], pb::Payout::Desk).await;
    assert_eq!((note.total.unwrap().amount_minor, note.store_credit_minor), (800, 200));
    let note = refund(&shop, &ticket, &[2], pb::Payout::Desk).await;
    assert_eq!((note.total.unwrap().amount_minor, note.store_credit_minor), (300, 300));
    assert_eq!(due(&shop).await, [600], "what the card paid");
    assert_eq!(till.store_credit(&frozen.basket_id).await.unwrap(), 800);
    let told: pb::SaleRefunded = shop.event("sales.refunded").await;
    assert_eq!((told.payout.as_str(), told.store_credit_minor), ("desk", 300));
    credit_adds_up(&shop).await;
}

#[tokio::test]
async fn a_refund_to_store_credit_is_there_at_once_and_waits_at_no_desk() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let card = shop.card(1).await;
    let frozen = frozen_for(&till, &card, &[WINE, JAM]).await;
    let ticket = till.complete(completion(&frozen)).await.unwrap();
    let note = refund(&shop, &ticket, &[1], pb::Payout::StoreCredit).await;
    assert_eq!((note.payout(), note.total.unwrap().amount_minor), (pb::Payout::StoreCredit, 800));
    let request = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        line_ids: vec![2],
        payout: pb::Payout::StoreCredit.into(),
        ..pb::RefundLinesRequest::default()
    };
    let client = shop.client("reviews");
    let asked = join_all((0..20).map(|_| {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.refund_lines(request).await.unwrap() }
    }));
    asked.await;
    let next = frozen_for(&till, &card, &[JAM]).await;
    assert_eq!(till.store_credit(&next.basket_id).await.unwrap(), 1_100);
    assert!(due(&shop).await.is_empty());
    credit_adds_up(&shop).await;
    for statement in ["update store_credit_entry set amount_minor = 1", "delete from store_credit_entry"] {
        let refused = sqlx::query(statement).execute(&shop.service.db.pool).await.unwrap_err();
        assert!(refused.to_string().contains("never changed"), "{statement}: {refused}");
    }
    sqlx::query("update store_credit set balance_minor = -1")
        .execute(&shop.service.db.pool)
        .await
        .unwrap_err();
}
