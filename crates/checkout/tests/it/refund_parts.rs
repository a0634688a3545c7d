//! Parts of lines given back: never more than was paid, whoever asks at the same time.

use futures::future::join_all;
use platform::Role;
use proto::checkout::v1 as pb;
use tonic::Status;

use crate::{
    service::Replica,
    shop::{CIDER, PASTA, Shop, WINE, label, new_id, why},
};

pub fn part(line_id: i32, quantity_milli: i64, amount_minor: i64) -> pb::RefundPart {
    pb::RefundPart { line_id, quantity_milli, amount_minor }
}

fn refund(ticket: &pb::Ticket, parts: &[pb::RefundPart]) -> pb::RefundLinesRequest {
    pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        parts: parts.to_vec(),
        payout: pb::Payout::Desk.into(),
        ..pb::RefundLinesRequest::default()
    }
}

async fn ask(
    shop: &Shop,
    replica: &Replica,
    request: pb::RefundLinesRequest,
) -> Result<pb::CreditNote, Status> {
    let mut client =
        pb::checkout_service_client::CheckoutServiceClient::new(shop.service.peer_of(replica, "portal"));
    let desk = shop.staff(Role::Desk, "LILLE");
    let request = shop.service.as_staff(&desk, tonic::Request::new(request));
    Ok(client.refund_lines(request).await?.into_inner().credit_note.unwrap())
}

pub async fn give(
    shop: &Shop,
    ticket: &pb::Ticket,
    parts: &[pb::RefundPart],
) -> Result<pb::CreditNote, Status> {
    ask(shop, &shop.service.replica, refund(ticket, parts)).await
}

fn total(note: &pb::CreditNote) -> i64 {
    note.total.as_ref().unwrap().amount_minor
}

async fn read(shop: &Shop, ticket: &pb::Ticket) -> pb::Ticket {
    let request = pb::GetSaleRequest { sale_id: ticket.sale_id.clone(), ..Default::default() };
    shop.till("LILLE-01").sale(request).await.unwrap()
}

#[tokio::test]
async fn a_line_comes_back_piece_by_piece_and_the_sale_says_how_much_of_it() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[WINE, WINE, WINE, PASTA]).await;
    let damaged = pb::RefundLinesRequest {
        reason: pb::RefundReason::Damaged.into(),
        ..refund(&ticket, &[part(1, 2_000, 0)])
    };
    let note = ask(&shop, &shop.service.replica, damaged).await.unwrap();
    assert_eq!(
        (total(&note), note.lines[0].quantity_milli, note.reason()),
        (1_600, 2_000, pb::RefundReason::Damaged)
    );
    let event: pb::SaleRefunded = shop.event("sales.refunded").await;
    assert_eq!((event.reason.as_str(), event.lines[0].total_minor), ("damaged", 1_600));
    let sale = read(&shop, &ticket).await;
    assert_eq!(
        (&sale.refunded_line_ids[..], &sale.refunded_parts[..]),
        (&[][..], &[part(1, 2_000, 1_600)][..])
    );
    assert_eq!(why(give(&shop, &ticket, &[part(1, 2_000, 0)]).await), "REFUND_ABOVE_LINE");
    assert_eq!(why(give(&shop, &ticket, &[part(1, 0, 801)]).await), "REFUND_ABOVE_LINE");
    let note = give(&shop, &ticket, &[part(1, 0, 0), part(2, 0, 100)]).await.unwrap();
    assert_eq!((total(&note), note.lines[1].quantity_milli), (900, 0));
    let sale = read(&shop, &ticket).await;
    assert_eq!(sale.refunded_line_ids, [1], "of the second line something is left");
    assert_eq!(why(give(&shop, &ticket, &[part(1, 1_000, 0)]).await), "LINE_ALREADY_REFUNDED");
}

#[tokio::test]
async fn of_a_weighed_line_any_weight_comes_back_and_all_of_it_is_what_was_paid() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let basket = till.fill(&[&label("2612345", 1_250)]).await;
    let line = &basket.lines[0];
    let (weight, paid) = (line.quantity_milli, line.total_minor);
    let frozen = till.begin(&basket.basket_id, basket.basket_version).await.unwrap();
    let ticket = till.complete(crate::till::completion(&frozen)).await.unwrap();
    let mut given = 0;
    for grams in [333, 333, weight - 666] {
        given += total(&give(&shop, &ticket, &[part(1, grams, 0)]).await.unwrap());
    }
    assert_eq!(given, paid);
    assert_eq!(why(give(&shop, &ticket, &[part(1, 1, 0)]).await), "LINE_ALREADY_REFUNDED");
}

#[tokio::test]
async fn of_a_promoted_and_of_a_multi_buy_line_each_piece_gives_back_its_share_of_what_was_paid() {
    let shop = Shop::open().await;
    shop.promote(|promotion| {
        promotion.benefit = pb::Benefit::NForM.into();
        (promotion.percent_basis_points, promotion.take, promotion.pay) = (0, 3, 2);
        promotion.gtins = vec![format!("0{WINE}")];
    })
    .await;
    shop.promote(|promotion| {
        promotion.promotion_code = "SEPT".to_owned();
        promotion.percent_basis_points = 700;
        promotion.gtins = vec![format!("0{PASTA}")];
    })
    .await;
    let ticket = shop.till("LILLE-01").sell(&[WINE, WINE, WINE, PASTA, PASTA, PASTA]).await;
    assert_eq!(ticket.lines[0].total_minor, 1_600, "three for the price of two");
    assert!(ticket.lines[1].total_minor < 720, "seven per cent off");
    for line in &ticket.lines {
        let mut given = Vec::new();
        for _ in 0..3 {
            given.push(give(&shop, &ticket, &[part(line.line_id, 1_000, 0)]).await.unwrap());
        }
        assert_eq!(given.iter().map(total).sum::<i64>(), line.total_minor);
        let gross: i64 = given.iter().map(|note| note.lines[0].gross_minor).sum();
        assert_eq!(gross, line.gross_minor, "and the promotion is undone");
        assert!(given.iter().all(|note| total(note) <= line.total_minor / 3 + 1));
    }
    let paid = ticket.total.as_ref().unwrap().amount_minor;
    assert_eq!(shop.count("select sum(total_minor)::bigint from refund").await, paid);
}

#[tokio::test]
async fn of_a_deposited_line_the_deposit_comes_back_outside_vat_and_no_more_of_it_than_was_left() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[CIDER, CIDER]).await;
    let [cider, deposit] = &ticket.lines[..] else { panic!("goods and their deposit") };
    assert_eq!(deposit.deposit_of_line_id, cider.line_id);
    let note = give(&shop, &ticket, &[part(1, 1_000, 0), part(2, 1_000, 0)]).await.unwrap();
    assert_eq!((total(&note), note.deposit_minor), (330, 20));
    assert_eq!(note.vat_totals.iter().map(|total| total.ttc_minor).sum::<i64>(), 310);
    assert_eq!(why(give(&shop, &ticket, &[part(2, 2_000, 0)]).await), "REFUND_ABOVE_LINE");
    let note = give(&shop, &ticket, &[part(1, 0, 0), part(2, 0, 0)]).await.unwrap();
    assert_eq!((total(&note), note.deposit_minor), (330, 20));
}

#[tokio::test]
async fn of_many_who_ask_two_checkouts_for_pieces_of_one_line_at_once_as_many_get_one_as_were_sold() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[WINE, WINE, WINE, PASTA]).await;
    let second = shop.service.another();
    let replicas = [&shop.service.replica, &second];
    let asked = (0..20).map(|number| ask(&shop, replicas[number % 2], refund(&ticket, &[part(1, 1_000, 0)])));
    let (given, refused): (Vec<_>, Vec<_>) = join_all(asked).await.into_iter().partition(Result::is_ok);
    assert_eq!((given.len(), refused.len()), (3, 17));
    assert!(refused.into_iter().all(|answer| why(answer) == "LINE_ALREADY_REFUNDED"));
    assert_eq!(shop.count("select sum(total_minor)::bigint from refund").await, 2_400);
    assert_eq!(shop.count("select count(*) from refund_line where left_minor = 0").await, 1);
    let sequences = "select count(distinct sequence) from refund where sequence between 1 and 3";
    assert_eq!(shop.count(sequences).await, 3, "without gaps");
    second.stop().await;
}

#[tokio::test]
async fn the_same_part_sent_to_two_checkouts_at_once_is_given_back_once_with_one_answer() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[WINE, WINE]).await;
    let second = shop.service.another();
    let request = refund(&ticket, &[part(1, 0, 500)]);
    let desk = shop.staff(Role::Desk, "LILLE");
    let send = |replica| {
        let request = shop.service.as_staff(&desk, tonic::Request::new(request.clone()));
        let peer = shop.service.peer_of(replica, "portal");
        let mut client = pb::checkout_service_client::CheckoutServiceClient::new(peer);
        async move { client.refund_lines(request).await.unwrap().into_inner().credit_note.unwrap() }
    };
    let (one, other) = tokio::join!(send(&shop.service.replica), send(&second));
    assert_eq!(one, other);
    assert_eq!(shop.count("select sum(total_minor)::bigint from refund").await, 500);
    second.stop().await;
}
