//! The same command twice, twenty times at once, and under an id that means something else already.

use std::fmt::Debug;

use futures::future::join_all;
use proto::checkout::v1 as pb;
use tonic::Status;

use crate::{
    shop::{JAM, PASTA, Shop, WINE, new_id, why},
    till::{card_of, completion, scan},
};

/// Sends the command twenty times at once and once more: one answer.
async fn repeated<T: PartialEq + Debug>(send: impl AsyncFn() -> Result<T, Status>) -> T {
    let answers = join_all((0..20).map(|_| send())).await;
    let mut answers: Vec<T> = answers.into_iter().map(Result::unwrap).collect();
    answers.push(send().await.unwrap());
    let first = answers.pop().unwrap();
    assert!(answers.iter().all(|answer| *answer == first), "{answers:?}");
    first
}

#[tokio::test]
async fn twenty_times_one_opening_is_one_basket() {
    let shop = Shop::open().await;
    let client = shop.client("terminal-LILLE-01");
    let request = pb::OpenBasketRequest { request_id: new_id(), ..Default::default() };
    let opened = repeated(async || Ok(client.clone().open_basket(request.clone()).await?.into_inner())).await;
    let basket = opened.basket.unwrap();
    assert_eq!((basket.basket_version, basket.lines.len()), (1, 0));
    assert_eq!(shop.count("select count(*) from basket").await, 1);
    let as_scan =
        pb::ScanItemRequest { request_id: request.request_id.clone(), ..scan(&basket.basket_id, PASTA, 0) };
    assert_eq!(why(client.clone().scan_item(as_scan).await), "REQUEST_ID_REUSED");
    let other_till = shop.client("terminal-LILLE-02").open_basket(request).await.unwrap().into_inner();
    assert_ne!(other_till.basket.unwrap().basket_id, basket.basket_id, "ids belong to their till");
}

#[tokio::test]
async fn twenty_times_one_scan_is_one_piece_and_a_later_repeat_gets_the_first_answer() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.open().await.basket_id;
    let request = scan(&id, PASTA, 0);
    let first = repeated(async || till.send_scan(request.clone()).await).await;
    assert_eq!((first.line_id, first.basket.as_ref().unwrap().basket_version), (1, 2));
    till.scan(&id, JAM).await.unwrap();
    shop.promote(|promotion| promotion.percent_basis_points = 5_000).await;
    shop.reprice(PASTA, "9.99").await;
    assert_eq!(till.send_scan(request.clone()).await.unwrap(), first, "as answered first");
    let frozen = till.begin(&id, 3).await.unwrap();
    till.complete(completion(&frozen)).await.unwrap();
    assert_eq!(till.send_scan(request.clone()).await.unwrap(), first, "also when the basket is paid");
    let other = pb::ScanItemRequest { code: JAM.to_owned(), ..request.clone() };
    assert_eq!(why(till.send_scan(other).await), "REQUEST_ID_REUSED");
    let unknown = pb::ScanItemRequest { code: crate::shop::UNKNOWN.to_owned(), ..request };
    assert_eq!(why(till.send_scan(unknown).await), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn twenty_times_one_correction_is_one_correction() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket_id = till.fill(&[PASTA, WINE]).await.basket_id;
    let set = pb::SetQuantityRequest {
        request_id: new_id(),
        basket_id: basket_id.clone(),
        line_id: 1,
        quantity_milli: 3_000,
        basket_version: 3,
    };
    let answer =
        repeated(async || Ok(till.client.clone().set_quantity(set.clone()).await?.into_inner())).await;
    assert_eq!(answer.basket.unwrap().basket_version, 4);
    let other = pb::SetQuantityRequest { quantity_milli: 4_000, ..set.clone() };
    assert_eq!(why(till.client.clone().set_quantity(other).await), "REQUEST_ID_REUSED");

    let remove = pb::RemoveItemRequest { request_id: new_id(), basket_id, line_id: 2, basket_version: 0 };
    let answer =
        repeated(async || Ok(till.client.clone().remove_item(remove.clone()).await?.into_inner())).await;
    assert_eq!(answer.basket.unwrap().basket_version, 5);
    let other = pb::RemoveItemRequest { line_id: 1, ..remove };
    assert_eq!(why(till.client.clone().remove_item(other).await), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn twenty_times_one_card_or_claim_is_one() {
    let shop = Shop::open().await;
    shop.promote(|promotion| promotion.on_claim = true).await;
    let (till, card, other_card) = (shop.till("LILLE-01"), shop.card(1).await, shop.card(2).await);
    let basket_id = till.fill(&[PASTA, WINE]).await.basket_id;
    let identify = pb::IdentifyMemberRequest {
        request_id: new_id(),
        basket_id: basket_id.clone(),
        card_number: card,
        basket_version: 0,
    };
    let send = async || Ok(till.client.clone().identify_member(identify.clone()).await?.into_inner());
    let first = repeated(send).await;
    sqlx::query("update member_card set state = 'blocked'").execute(&shop.service.db.pool).await.unwrap();
    assert_eq!(send().await.unwrap(), first, "a repeat is answered though the card is blocked since");
    let other = pb::IdentifyMemberRequest { card_number: other_card, ..identify.clone() };
    assert_eq!(why(till.client.clone().identify_member(other).await), "REQUEST_ID_REUSED");

    let claim = pb::ApplyDiscountRequest {
        request_id: new_id(),
        basket_id,
        promotion_code: "DIX".to_owned(),
        basket_version: 0,
    };
    let answer =
        repeated(async || Ok(till.client.clone().apply_discount(claim.clone()).await?.into_inner())).await;
    assert_eq!(answer.basket.unwrap().basket_version, 5);
    let other = pb::ApplyDiscountRequest { promotion_code: "VINGT".to_owned(), ..claim };
    assert_eq!(why(till.client.clone().apply_discount(other).await), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn twenty_times_one_step_around_the_payment_is_one_step() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket_id = till.fill(&[PASTA]).await.basket_id;
    let begin = pb::BeginPaymentRequest {
        request_id: new_id(),
        basket_id: basket_id.clone(),
        basket_version: 2,
        ..Default::default()
    };
    let frozen =
        repeated(async || Ok(till.client.clone().begin_payment(begin.clone()).await?.into_inner())).await;
    assert_eq!(frozen.basket.unwrap().state(), pb::BasketState::Frozen);
    let abandon = pb::AbandonPaymentRequest {
        request_id: new_id(),
        basket_id: basket_id.clone(),
        outcome: "TIMED_OUT".to_owned(),
        ..Default::default()
    };
    let open =
        repeated(async || Ok(till.client.clone().abandon_payment(abandon.clone()).await?.into_inner())).await;
    assert_eq!(open.basket.unwrap().basket_version, 4);
    let cancel =
        pb::CancelBasketRequest { request_id: new_id(), basket_id: basket_id.clone(), ..Default::default() };
    let send = async || Ok(till.client.clone().cancel_basket(cancel.clone()).await?.into_inner());
    assert_eq!(repeated(send).await.basket.unwrap().basket_version, 5);
    let other = pb::BeginPaymentRequest { basket_version: 5, ..begin };
    assert_eq!(why(till.client.clone().begin_payment(other).await), "REQUEST_ID_REUSED");
    let other = pb::AbandonPaymentRequest { outcome: "REFUSED".to_owned(), ..abandon };
    assert_eq!(why(till.client.clone().abandon_payment(other).await), "REQUEST_ID_REUSED");
    let other = pb::CancelBasketRequest { basket_id: till.open().await.basket_id, ..cancel };
    let other = till.client.clone().cancel_basket(other).await.unwrap().into_inner();
    assert_eq!(other.basket.unwrap().basket_version, 2, "the ids of edits belong to their basket");
}

#[tokio::test]
async fn fifty_times_one_completion_is_one_sale_and_one_answer_byte_for_byte() {
    let shop = Shop::open().await;
    let replica = shop.service.another();
    let tills = [shop.till("LILLE-01"), shop.till_of(&replica, "LILLE-01")];
    let request = completion(&tills[0].freeze(&[PASTA, WINE]).await);
    let sales = (0..50).map(|index| tills[index % 2].complete(request.clone()));
    let tickets: Vec<pb::Ticket> = join_all(sales).await.into_iter().map(Result::unwrap).collect();
    let bytes = |ticket: &pb::Ticket| prost::Message::encode_to_vec(ticket);
    assert!(tickets.iter().all(|ticket| bytes(ticket) == bytes(&tickets[0])));
    for table in ["select count(*) from sale", "select count(*) from outbox where subject like 'sales.%'"] {
        assert_eq!(shop.count(table).await, 1, "{table}");
    }
    let elsewhere =
        pb::CompleteSaleRequest { basket_id: tills[0].freeze(&[JAM]).await.basket_id, ..request.clone() };
    assert_eq!(why(tills[0].complete(elsewhere).await), "REQUEST_ID_REUSED");
    let mut other = request;
    card_of(&mut other).brand = "VISA".to_owned();
    assert_eq!(why(tills[1].complete(other).await), "REQUEST_ID_REUSED");
    replica.stop().await;
}

#[tokio::test]
async fn twenty_times_one_refund_is_one_credit_ticket() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let request = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id,
        line_ids: vec![1],
        payout: pb::Payout::Desk.into(),
        ..pb::RefundLinesRequest::default()
    };
    let client = shop.client("reviews");
    let answer =
        repeated(async || Ok(client.clone().refund_lines(request.clone()).await?.into_inner())).await;
    assert_eq!(answer.credit_note.unwrap().sequence, 1);
    let other = pb::RefundLinesRequest { line_ids: vec![2], ..request };
    assert_eq!(why(client.clone().refund_lines(other).await), "REQUEST_ID_REUSED");
    assert_eq!(shop.count("select count(*) from refund").await, 1);
}
