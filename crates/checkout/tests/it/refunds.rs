//! Lines given back.

use platform::{Role, Staff};
use proto::checkout::v1 as pb;
use time::Duration;
use tonic::{Request, Status};

use crate::{
    shop::{JAM, PASTA, Shop, WINE, new_id, why},
    till::completion,
};

fn refund(ticket: &pb::Ticket, line_ids: &[i32]) -> pb::RefundLinesRequest {
    pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        line_ids: line_ids.to_vec(),
        payout: pb::Payout::Desk.into(),
        ..pb::RefundLinesRequest::default()
    }
}

async fn as_staff(
    shop: &Shop,
    staff: &Staff,
    request: pb::RefundLinesRequest,
) -> Result<pb::CreditNote, Status> {
    let request = shop.service.as_staff(staff, Request::new(request));
    Ok(shop.client("portal").refund_lines(request).await?.into_inner().credit_note.unwrap())
}

async fn as_reviews(shop: &Shop, request: pb::RefundLinesRequest) -> Result<pb::CreditNote, Status> {
    Ok(shop.client("reviews").refund_lines(request).await?.into_inner().credit_note.unwrap())
}

#[tokio::test]
async fn a_line_is_given_back_whole_with_a_credit_ticket_of_its_own() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let ticket = till.sell(&[PASTA, WINE, JAM]).await;
    let desk = shop.staff(Role::Desk, "LILLE");
    let note = as_staff(&shop, &desk, refund(&ticket, &[2])).await.unwrap();
    assert_eq!((note.sequence, note.sale_sequence, note.terminal_code.as_str()), (1, 1, "LILLE-01"));
    assert_eq!((note.total.as_ref().unwrap().amount_minor, &note.lines[..]), (800, &ticket.lines[1..2]));
    assert_eq!((note.vat_totals.len(), note.vat_totals[0].vat_minor), (1, 133));
    let note = as_reviews(&shop, refund(&ticket, &[3, 1])).await.unwrap();
    assert_eq!((note.sequence, note.total.unwrap().amount_minor, note.lines.len()), (2, 540, 2));
    let request = pb::GetSaleRequest { sale_id: ticket.sale_id.clone(), ..Default::default() };
    assert_eq!(till.sale(request).await.unwrap().refunded_line_ids, [1, 2, 3]);
    assert_eq!(till.sell(&[PASTA]).await.sequence, 2, "credit tickets have numbers of their own");
}

#[tokio::test]
async fn the_event_of_a_refund_says_what_the_credit_ticket_says() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let note = as_reviews(&shop, refund(&ticket, &[2])).await.unwrap();
    let payload: String =
        sqlx::query_scalar("select payload::text from outbox where type = 'sales.refunded'")
            .fetch_one(&shop.service.db.pool)
            .await
            .unwrap();
    let event: pb::SaleRefunded = serde_json::from_str(&payload).unwrap();
    assert_eq!(
        (event.refund_id, event.sale_id, event.fiscal_hash),
        (note.refund_id, ticket.sale_id, note.fiscal_hash)
    );
    assert_eq!((event.total_minor, event.payout.as_str(), event.sale_sequence), (800, "desk", 1));
    assert_eq!((event.sale_completed_time, event.refunded_time), (ticket.completed_time, note.refunded_time));
}

#[tokio::test]
async fn a_line_is_given_back_once_however_many_ask() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let answers = futures::future::join_all((0..20).map(|_| as_reviews(&shop, refund(&ticket, &[1])))).await;
    let (given, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(given.len(), 1);
    assert!(refused.into_iter().all(|answer| why(answer) == "LINE_ALREADY_REFUNDED"));
    assert_eq!(why(as_reviews(&shop, refund(&ticket, &[1, 2])).await), "LINE_ALREADY_REFUNDED");
    assert_eq!(shop.count("select count(*) from refund_line").await, 1);
    assert_eq!(why(as_reviews(&shop, refund(&ticket, &[2, 3])).await), "UNKNOWN_LINE");
    let note = as_reviews(&shop, refund(&ticket, &[2])).await.unwrap();
    assert_eq!(note.sequence, 2, "what was refused has left no gap");
}

#[tokio::test]
async fn after_thirty_days_it_is_too_late_for_whoever_is_no_person_of_the_store() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let sold = shop.service.clock.now();
    shop.service.clock.set(sold + Duration::days(30));
    as_reviews(&shop, refund(&ticket, &[1])).await.unwrap();
    shop.service.clock.set(sold + Duration::days(30) + Duration::seconds(1));
    assert_eq!(why(as_reviews(&shop, refund(&ticket, &[2])).await), "REFUND_PERIOD_OVER");
    as_staff(&shop, &shop.staff(Role::Manager, "LILLE"), refund(&ticket, &[2])).await.unwrap();
}

#[tokio::test]
async fn store_credit_needs_a_member() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let credit = |ticket: &pb::Ticket| pb::RefundLinesRequest {
        payout: pb::Payout::StoreCredit.into(),
        ..refund(ticket, &[1])
    };
    let ticket = till.sell(&[PASTA]).await;
    assert_eq!(why(as_reviews(&shop, credit(&ticket)).await), "NO_MEMBER");
    let card = shop.card(1).await;
    let basket = till.fill(&[PASTA]).await;
    let basket = till.identify(&basket.basket_id, &card).await.unwrap();
    let frozen = till.begin(&basket.basket_id, basket.basket_version).await.unwrap();
    let ticket = till.complete(completion(&frozen)).await.unwrap();
    let note = as_reviews(&shop, credit(&ticket)).await.unwrap();
    assert_eq!((note.payout(), note.total.unwrap().amount_minor), (pb::Payout::StoreCredit, 200));
}

#[tokio::test]
async fn staff_give_back_what_their_own_store_has_sold() {
    let shop = Shop::open().await;
    let lille = shop.till("LILLE-01").sell(&[PASTA]).await;
    let arras = shop.till("ARRAS-01").sell(&[PASTA]).await;
    for role in [Role::Desk, Role::Manager] {
        let staff = shop.staff(role, "ARRAS");
        assert_eq!(why(as_staff(&shop, &staff, refund(&lille, &[1])).await), "NOT_FOUND");
    }
    as_staff(&shop, &shop.staff(Role::Manager, "ARRAS"), refund(&arras, &[1])).await.unwrap();
    for role in [Role::Attendant, Role::Supplier] {
        let staff = shop.staff(role, "LILLE");
        assert_eq!(why(as_staff(&shop, &staff, refund(&lille, &[1])).await), "NOT_ALLOWED");
    }
    let mut till = shop.client("terminal-LILLE-01");
    assert_eq!(why(till.refund_lines(refund(&lille, &[1])).await), "NOT_ALLOWED");
}

#[tokio::test]
async fn the_chain_of_credit_tickets_can_be_checked() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE, JAM]).await;
    for line in [3, 1, 2] {
        as_reviews(&shop, refund(&ticket, &[line])).await.unwrap();
    }
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = crate::journal::chain(&shop, "LILLE-01", "credit_note").await;
    let entries = rows.iter().map(|(sequence, payload, hash)| fiscal::Entry {
        sequence: *sequence,
        payload,
        hash: fiscal::Hash::try_from(&hash[..]).unwrap(),
    });
    fiscal::verify_chain(entries).unwrap();
    assert_eq!(rows.len(), 3);
}
