//! Training: what looks like a sale and is none.

use futures::{StreamExt, future::join_all};
use platform::{Role, Staff};
use proto::checkout::v1::{
    self as pb, InterventionDecision as Decision, attendance_service_client::AttendanceServiceClient,
    till_service_client::TillServiceClient, training_service_client::TrainingServiceClient,
};
use sha2::{Digest, Sha256};
use time::Duration;
use tonic::{Request, Status};

use crate::{
    attendance::{answer, deciding, tills, waiting},
    shop::{JAM, PASTA, SPIRIT, Shop, UNKNOWN, WINE, new_id, why},
    suspended::{CODE, by_code, resume, suspend, suspension},
    tenders::{by_credit, frozen_for, rich},
    till::{by_card, completion, give_back, scan, take},
};

/// What was told of sales, of calls and of baskets that ended.
const TOLD: &str = "select count(*) from outbox where subject like 'sales.%'";

fn mode(code: &str, training: bool) -> pb::SetTillModeRequest {
    pb::SetTillModeRequest { request_id: new_id(), terminal_code: code.to_owned(), training }
}

/// Turns a till to training, or back to selling, as the office does.
pub async fn train(shop: &Shop, code: &str, training: bool) -> pb::TillState {
    let mut operator = TrainingServiceClient::new(shop.service.peer("operator"));
    operator.set_till_mode(mode(code, training)).await.unwrap().into_inner().till.unwrap()
}

async fn train_as(
    shop: &Shop,
    staff: &Staff,
    request: &pb::SetTillModeRequest,
) -> Result<pb::TillState, Status> {
    let request = shop.service.as_staff(staff, Request::new(request.clone()));
    let mut client = TrainingServiceClient::new(shop.service.peer("portal"));
    Ok(client.set_till_mode(request).await?.into_inner().till.unwrap())
}

/// Number, bytes and seal of what was practised at a till.
async fn practised(shop: &Shop, code: &str) -> Vec<(i64, Vec<u8>, Vec<u8>)> {
    crate::journal::chain(shop, code, "training").await
}

#[tokio::test]
async fn a_training_ticket_is_numbered_and_sealed_in_a_chain_of_its_own_and_tickets_around_it_miss_no_number()
{
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let sold = till.sell(&[PASTA]).await;
    train(&shop, "LILLE-01", true).await;
    let (first, second) = (till.sell(&[PASTA, WINE]).await, till.sell(&[JAM]).await);
    train(&shop, "LILLE-01", false).await;
    let last = till.sell(&[JAM]).await;
    let seen = [&sold, &first, &second, &last].map(|ticket| (ticket.sequence, ticket.training));
    assert_eq!(seen, [(1, false), (1, true), (2, true), (2, false)]);

    let chain = practised(&shop, "LILLE-01").await;
    let entry = |(sequence, payload, hash): &(i64, Vec<u8>, Vec<u8>)| {
        let hash = fiscal::Hash::try_from(&hash[..]).unwrap();
        (*sequence, payload.clone(), hash)
    };
    let entries: Vec<_> = chain.iter().map(entry).collect();
    let mut verifier = fiscal::Verifier::default();
    for (sequence, payload, hash) in &entries {
        let record = verifier.check(fiscal::Entry { sequence: *sequence, payload, hash: *hash }).unwrap();
        assert_eq!((record.kind(), record.terminal.as_str()), (fiscal::Kind::Training, "LILLE-01"));
    }
    assert_eq!(verifier.head().hash.to_string(), second.fiscal_hash);
    crate::chains::verify(&shop, "LILLE-01", 2).await;
    let head = "select sequence from terminal_head where terminal_code = 'LILLE-01' and kind = 'training'";
    assert_eq!(shop.count(head).await, 2);
}

#[tokio::test]
async fn a_training_ticket_says_so_wherever_it_is_kept_and_by_whose_order_and_is_never_changed() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    train(&shop, "LILLE-01", true).await;
    let basket = till.fill(&[PASTA]).await;
    assert!(basket.training);
    let ticket = till.pay(&basket).await.unwrap();
    let (by, kept): (String, String) = sqlx::query_as("select training_by, ticket::text from training_sale")
        .fetch_one(&shop.service.db.pool)
        .await
        .unwrap();
    assert_eq!(by, "operator");
    assert!(kept.contains(r#""training": true"#), "{kept}");
    let by_sale = pb::GetSaleRequest { sale_id: ticket.sale_id.clone(), ..Default::default() };
    let by_basket = pb::GetSaleRequest { basket_id: basket.basket_id.clone(), ..Default::default() };
    assert_eq!(till.sale(by_sale).await.unwrap(), ticket);
    assert!(till.sale(by_basket).await.unwrap().training);
    for change in [
        "update training_sale set total_minor = 1",
        "delete from training_sale",
        "update basket set training_by = null",
    ] {
        assert!(sqlx::query(change).execute(&shop.service.db.pool).await.is_err(), "{change}");
    }
}

#[tokio::test]
async fn what_is_practised_is_told_to_nobody_and_uses_nothing_up() {
    let shop = Shop::open().await;
    let (till, attendant) = (shop.till("LILLE-01"), shop.staff(Role::Attendant, "LILLE"));
    shop.promote(|it| (it.members_only, it.total_limit) = (true, 1)).await;
    let before = shop.count("select count(*) from outbox").await;
    train(&shop, "LILLE-01", true).await;

    let basket = till.fill(&[PASTA, SPIRIT, UNKNOWN]).await;
    till.identify(&basket.basket_id, &shop.card(1).await).await.unwrap();
    for (waits, decision) in
        waiting(&shop, &attendant).await.iter().zip([Decision::Approve, Decision::Refuse])
    {
        assert!(waits.training);
        answer(&shop, &attendant, deciding(waits, decision)).await.unwrap();
    }
    let basket = till.get(&basket.basket_id).await.unwrap();
    assert!(basket.discount_minor > 0, "an offer for members is given as in earnest");
    let ticket = till.pay(&basket).await.unwrap();

    let left = till.fill(&[PASTA]).await;
    till.give_up(&left.basket_id, pb::CancelCause::Idle).await.unwrap();
    let given_up = till.freeze(&[PASTA]).await;
    till.abandon(&given_up.basket_id).await.unwrap();
    till.cancel(&given_up.basket_id).await.unwrap();
    let abandoned = waiting(&shop, &attendant).await.remove(0);
    assert!(abandoned.training);
    answer(&shop, &attendant, deciding(&abandoned, Decision::Done)).await.unwrap();

    assert_eq!(shop.count("select count(*) from outbox").await, before);
    assert_eq!(shop.count(TOLD).await, 0);
    for counted in [
        "select count(*) from sale",
        "select count(*) from promotion_use",
        "select count(*) from refund",
        "select count(*) from ticket_copy",
    ] {
        assert_eq!(shop.count(counted).await, 0, "{counted}");
    }
    // It cannot be given back, and only the till that practised reads it.
    let refund = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        line_ids: vec![1],
        payout: pb::Payout::Desk.into(),
        ..pb::RefundLinesRequest::default()
    };
    assert_eq!(why(shop.client("reviews").refund_lines(refund).await), "NOT_FOUND");
    let copy = pb::DownloadTicketRequest { request_id: new_id(), sale_id: ticket.sale_id.clone() };
    assert_eq!(why(shop.client("receipt").download_ticket(copy).await), "NOT_FOUND");
    let read = pb::GetSaleRequest { sale_id: ticket.sale_id.clone(), ..Default::default() };
    assert_eq!(why(shop.till("LILLE-02").sale(read).await), "NOT_FOUND");
    let slip = pb::GetCardSlipRequest { sale_id: ticket.sale_id, ..Default::default() };
    assert_eq!(why(shop.client("receipt").get_card_slip(slip).await), "NOT_FOUND");
}

#[tokio::test]
async fn what_is_practised_in_parts_moves_no_store_credit_and_keeps_every_slip() {
    let shop = Shop::open().await;
    let (till, card) = (shop.till("LILLE-01"), rich(&shop, 1).await);
    let before = (shop.count("select count(*) from store_credit_entry").await, shop.count(TOLD).await);
    train(&shop, "LILLE-01", true).await;
    let frozen = frozen_for(&till, &card, &[WINE, JAM]).await;
    let returned = by_credit(100);
    till.take(take(&frozen, returned.clone())).await.unwrap();
    till.give_back(give_back(&frozen, &returned.tender_id)).await.unwrap();
    till.take(take(&frozen, by_credit(500))).await.unwrap();
    let held = till.take(take(&frozen, by_card(300))).await.unwrap();
    assert_eq!(till.store_credit(&frozen.basket_id).await.unwrap(), 800);
    let ticket = till.complete(completion(&held)).await.unwrap();
    assert_eq!(ticket.payments.iter().map(|paid| paid.amount_minor).collect::<Vec<_>>(), [500, 300, 300]);
    let last = frozen_for(&till, &card, &[JAM]).await;
    let by_credit = pb::CompleteSaleRequest { tender: Some(by_credit(300)), ..completion(&last) };
    assert!(till.complete(by_credit).await.unwrap().training);
    let slips = "select cardinality(slip_texts)::bigint from training_sale where sequence = 1";
    assert_eq!(shop.count(slips).await, 2);
    let after = (shop.count("select count(*) from store_credit_entry").await, shop.count(TOLD).await);
    assert_eq!(before, after);
    assert_eq!(shop.count("select balance_minor from store_credit").await, 800);
}

#[tokio::test]
async fn a_suspended_basket_of_training_stays_one_at_a_till_that_sells_and_ends_untold() {
    let shop = Shop::open().await;
    train(&shop, "LILLE-01", true).await;
    let basket = shop.till("LILLE-01").fill(&[PASTA]).await;
    assert!(suspend(&shop, "LILLE-01", suspension(&basket, CODE)).await.unwrap().training);
    let back = resume(&shop, "LILLE-02", by_code(CODE)).await.unwrap();
    assert!(back.training);
    let ticket = shop.till("LILLE-02").pay(&back).await.unwrap();
    assert_eq!((ticket.training, ticket.sequence), (true, 1));
    assert!(!shop.till("LILLE-02").sell(&[JAM]).await.training);
    let told = shop.count(TOLD).await;
    let left = shop.till("LILLE-01").fill(&[PASTA]).await;
    suspend(&shop, "LILLE-01", suspension(&left, CODE)).await.unwrap();
    let watch = Request::new(pb::WatchTillsRequest {});
    let watch = shop.service.as_staff(&shop.staff(Role::Attendant, "LILLE"), watch);
    let mut client = AttendanceServiceClient::new(shop.service.peer("portal"));
    let mut pictures = client.watch_tills(watch).await.unwrap().into_inner();
    let before = pictures.next().await.unwrap().unwrap();
    assert_eq!(before.suspended.iter().map(|away| away.training).collect::<Vec<_>>(), [true]);
    shop.service.clock.set(shop.service.clock.now() + Duration::hours(13));
    let after = pictures.next().await.unwrap().unwrap();
    assert!(after.suspended.is_empty() && after.tills[0].waiting[0].training);
    assert_eq!(shop.count(TOLD).await, told);
}

#[tokio::test]
async fn a_basket_keeps_the_mode_it_was_opened_in() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let earnest = till.fill(&[PASTA]).await;
    assert!(train(&shop, "LILLE-01", true).await.training);
    let practice = till.fill(&[PASTA]).await;
    assert!(!train(&shop, "LILLE-01", false).await.training);
    let earnest = till.scan(&earnest.basket_id, JAM).await.unwrap();
    let practice = till.scan(&practice.basket_id, JAM).await.unwrap();
    assert_eq!((earnest.training, practice.training), (false, true));
    assert!(till.pay(&practice).await.unwrap().training);
    assert!(!till.pay(&earnest).await.unwrap().training);
    assert_eq!(shop.count(TOLD).await, 1);
    assert!(!till.open().await.training);
    // Another till of the store was never concerned.
    train(&shop, "LILLE-01", true).await;
    assert!(!shop.till("LILLE-02").open().await.training);
}

#[tokio::test]
async fn training_tickets_completed_at_once_and_twice_are_each_made_once() {
    let shop = Shop::open().await;
    let replica = shop.service.another();
    train(&shop, "LILLE-01", true).await;
    let tills = [shop.till("LILLE-01"), shop.till_of(&replica, "LILLE-01")];
    let mut completions = Vec::new();
    for _ in 0..6 {
        completions.push(completion(&tills[0].freeze(&[JAM]).await));
    }
    let complete = || {
        let asked = completions.iter().enumerate();
        join_all(asked.map(|(place, request)| tills[place % 2].complete(request.clone())))
    };
    let tickets: Vec<pb::Ticket> = complete().await.into_iter().map(Result::unwrap).collect();
    let again: Vec<pb::Ticket> = complete().await.into_iter().map(Result::unwrap).collect();
    assert_eq!(tickets, again);
    let mut numbers: Vec<i64> = tickets.iter().map(|ticket| ticket.sequence).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let other =
        pb::CompleteSaleRequest { request_id: completions[0].request_id.clone(), ..completions[1].clone() };
    assert_eq!(why(tills[0].complete(other).await), "REQUEST_ID_REUSED");
    replica.stop().await;
}

#[tokio::test]
async fn a_call_at_a_till_that_trains_is_marked_and_counted_nowhere() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    train(&shop, "LILLE-01", true).await;
    let report = |training| pb::ReportTillRequest {
        request_id: new_id(),
        stage: pb::TillStage::Idle.into(),
        training,
        ..Default::default()
    };
    let mut till = TillServiceClient::new(shop.service.peer("terminal-LILLE-01"));
    assert!(till.report_till(report(false)).await.unwrap().into_inner().training);
    let seen = tills(&shop, &attendant).await.remove(0);
    assert_eq!((seen.training, seen.training_shown), (true, false));
    till.report_till(report(true)).await.unwrap();
    assert!(tills(&shop, &attendant).await[0].training_shown);

    let call = pb::CallAttendantRequest { request_id: new_id(), basket_id: String::new() };
    let call = till.call_attendant(call).await.unwrap().into_inner().intervention.unwrap();
    assert!(call.training);
    answer(&shop, &attendant, deciding(&call, Decision::Done)).await.unwrap();
    assert_eq!(shop.count(TOLD).await, 0);
    // A till beside it is in earnest.
    let mut other = TillServiceClient::new(shop.service.peer("terminal-LILLE-02"));
    assert!(!other.report_till(report(false)).await.unwrap().into_inner().training);
    let call = pb::CallAttendantRequest { request_id: new_id(), basket_id: String::new() };
    assert!(!other.call_attendant(call).await.unwrap().into_inner().intervention.unwrap().training);
}

#[tokio::test]
async fn the_code_of_a_training_ticket_opens_it_for_thirty_days_and_no_other_code_does() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let sell = async |token: &str| {
        let basket = till.fill(&[PASTA]).await;
        till.identify(&basket.basket_id, &shop.card(u64::from(token.as_bytes()[0])).await).await.unwrap();
        let chosen = pb::ChooseReceiptRequest {
            request_id: new_id(),
            basket_id: basket.basket_id,
            choice: pb::ReceiptChoice::Qr.into(),
            token_sha256: Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect(),
            ..Default::default()
        };
        let basket = till.choose(chosen).await.unwrap();
        till.pay(&basket).await.unwrap()
    };
    sell("a token of a sale").await;
    train(&shop, "LILLE-01", true).await;
    let practised = sell("token").await;
    let read = async |token: &str| {
        let request = pb::GetTrainingTicketRequest { token: token.to_owned(), request_id: new_id() };
        let mut portal = TrainingServiceClient::new(shop.service.peer("portal"));
        Ok::<_, Status>(portal.get_training_ticket(request).await?.into_inner())
    };
    let behind = read("token").await.unwrap();
    assert_eq!((behind.copy, read("token").await.unwrap().copy), (0, 1), "each reading is a copy");
    let sealed = "select count(*) from fiscal_record where kind = 'copy' \
                  and convert_from(payload, 'UTF8') not like '%\"kind\":\"training\"%'";
    assert_eq!(shop.count(sealed).await, 0, "of a training ticket");
    let ticket = behind.ticket.unwrap();
    assert_eq!((&ticket.sale_id, ticket.training), (&practised.sale_id, true));
    assert!(ticket.member_id.is_empty() && !practised.member_id.is_empty());
    assert!(behind.slip_texts[0].contains("MONTANT"));
    for other in ["a token of a sale", "no token"] {
        assert_eq!(why(read(other).await), "NOT_FOUND");
    }
    assert_eq!(why(read("").await), "INVALID_FIELD");
    shop.service.clock.set(shop.service.clock.now() + Duration::days(30));
    assert_eq!(why(read("token").await), "NOT_FOUND");
}

#[tokio::test]
async fn papers_of_a_training_ticket_have_numbers_of_their_own() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    train(&shop, "LILLE-01", true).await;
    let basket = till.fill(&[PASTA]).await;
    let chosen = pb::ChooseReceiptRequest {
        request_id: new_id(),
        basket_id: basket.basket_id,
        choice: pb::ReceiptChoice::Paper.into(),
        ..Default::default()
    };
    let basket = till.choose(chosen).await.unwrap();
    let ticket = till.pay(&basket).await.unwrap();
    let paper = || pb::PrintTicketRequest { request_id: new_id(), sale_id: ticket.sale_id.clone() };
    let first = paper();
    let printed = till.print(&first).await.unwrap();
    assert_eq!((printed.copy, printed.ticket.unwrap().training), (0, true));
    assert_eq!(till.print(&paper()).await.unwrap().copy, 1);
    assert_eq!(till.print(&first).await.unwrap().copy, 0, "a repeat is the same paper");
    assert_eq!(why(shop.till("LILLE-02").print(&paper()).await), "NOT_FOUND");
}

#[tokio::test]
async fn only_the_office_and_managers_of_the_store_turn_a_till_to_training_and_it_is_kept_who_did() {
    let shop = Shop::open().await;
    let manager = shop.staff(Role::Manager, "LILLE");
    let request = mode("LILLE-01", true);
    assert!(train_as(&shop, &manager, &request).await.unwrap().training);
    assert!(train_as(&shop, &manager, &request).await.unwrap().training, "a repeat is the same");
    let other = pb::SetTillModeRequest { training: false, ..request };
    assert_eq!(why(train_as(&shop, &manager, &other).await), "REQUEST_ID_REUSED");
    let by: String =
        sqlx::query_scalar("select training_by from till_presence where terminal_code = 'LILLE-01'")
            .fetch_one(&shop.service.db.pool)
            .await
            .unwrap();
    assert!(by.contains(&manager.staff_id), "{by}");
    let stranger = shop.staff(Role::Manager, "ARRAS");
    assert_eq!(why(train_as(&shop, &stranger, &mode("LILLE-01", false)).await), "NOT_FOUND");
    assert_eq!(why(train_as(&shop, &manager, &mode("LILLE-99", true)).await), "NOT_FOUND");
    for role in [Role::Attendant, Role::Desk] {
        let staff = shop.staff(role, "LILLE");
        assert_eq!(why(train_as(&shop, &staff, &mode("LILLE-01", false)).await), "NOT_ALLOWED", "{role:?}");
    }
    // A scan is practised as it is done in earnest.
    let basket = shop.till("LILLE-01").open().await;
    let scanned = shop.till("LILLE-01").send_scan(scan(&basket.basket_id, PASTA, 0)).await.unwrap();
    assert!(scanned.basket.unwrap().training);
}
