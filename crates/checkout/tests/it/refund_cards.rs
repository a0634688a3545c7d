//! To which cards of a sale its refunds go back, whoever gives them: to each no more than it paid.

use platform::{Role, peer::Peer};
use proto::checkout::v1 as pb;
use proto::checkout::v1::{
    AcquirerRefundState, Payout, RefundCreditState as State, payout_service_client::PayoutServiceClient,
    refund_service_client::RefundServiceClient,
};
use time::macros::datetime;

use crate::{
    journal::{chain, close},
    shop::{DEPOSIT, PASTA, Shop, WINE, new_id, why},
    tenders::by_vouchers,
    till::{by_card, completion, take},
    till_refunds::{claim, claimed, pay_out, report, said, seen},
};

fn operator(shop: &Shop) -> PayoutServiceClient<Peer> {
    PayoutServiceClient::new(shop.service.peer("operator"))
}

/// Pasta and wine for 10.40, of which one card pays 5.00 and another 5.40.
async fn by_two_cards(shop: &Shop) -> pb::Ticket {
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[PASTA, WINE]).await;
    let held = till.take(take(&frozen, by_card(500))).await.unwrap();
    till.complete(completion(&held)).await.unwrap()
}

/// Gives back so much of the money of a line, or all that is left of it.
async fn given_back(
    shop: &Shop,
    ticket: &pb::Ticket,
    parts: &[(i32, i64)],
    payout: Payout,
) -> pb::CreditNote {
    let part = |&(line_id, amount_minor)| pb::RefundPart { line_id, quantity_milli: 0, amount_minor };
    let request = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        parts: parts.iter().map(part).collect(),
        payout: payout.into(),
        ..pb::RefundLinesRequest::default()
    };
    let staff = shop.staff(Role::Desk, "LILLE");
    let request = shop.service.as_staff(&staff, tonic::Request::new(request));
    shop.client("portal").refund_lines(request).await.unwrap().into_inner().credit_note.unwrap()
}

async fn settled_by_bank(shop: &Shop, note: &pb::CreditNote, state: AcquirerRefundState) {
    let request = pb::SettleAcquirerRefundRequest {
        request_id: new_id(),
        refund_id: note.refund_id.clone(),
        state: state.into(),
        reference: String::new(),
        store_code: "LILLE".to_owned(),
    };
    operator(shop).settle_acquirer_refund(request).await.unwrap();
}

/// How much a till is to give back, and to which of the sale's tenders.
fn goes_to(ticket: &pb::Ticket, credit: &pb::RefundCredit) -> (usize, i64) {
    let tender_id = &credit.tender.as_ref().unwrap().tender_id;
    let place = ticket.payments.iter().position(|paid| paid.tender_id == *tender_id);
    (place.unwrap(), credit.amount_minor)
}

#[tokio::test]
async fn what_the_bank_or_the_desk_gave_to_a_card_is_not_given_to_it_again_by_a_till() {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum First {
        PaidAtTheDesk,
        WithTheBank(AcquirerRefundState),
    }
    let shop = Shop::open().await;
    for (first, to_second) in [
        (First::PaidAtTheDesk, (1, 540)),
        (First::WithTheBank(AcquirerRefundState::Open), (1, 540)),
        (First::WithTheBank(AcquirerRefundState::Sent), (1, 540)),
        (First::WithTheBank(AcquirerRefundState::Done), (1, 540)),
        // That one is still owed, and its card has all of its room.
        (First::WithTheBank(AcquirerRefundState::Refused), (0, 500)),
    ] {
        let ticket = by_two_cards(&shop).await;
        let payout = if first == First::PaidAtTheDesk { Payout::Desk } else { Payout::Acquirer };
        let note = given_back(&shop, &ticket, &[(2, 500)], payout).await;
        match first {
            First::PaidAtTheDesk => pay_out(&shop, &note.refund_id).await.unwrap(),
            First::WithTheBank(AcquirerRefundState::Open) => {}
            First::WithTheBank(state) => settled_by_bank(&shop, &note, state).await,
        }
        let rest = given_back(&shop, &ticket, &[(1, 0), (2, 0)], Payout::Desk).await;
        assert_eq!(rest.total.unwrap().amount_minor, 540);
        let credit = claimed(&shop, "LILLE-02", claim(rest.sequence)).await.unwrap();
        assert_eq!(goes_to(&ticket, &credit), to_second, "{first:?}");
    }
}

#[tokio::test]
async fn of_a_refund_of_which_a_till_gave_a_part_the_rest_alone_counts_for_the_next_card() {
    let shop = Shop::open().await;
    let ticket = by_two_cards(&shop).await;
    let note = given_back(&shop, &ticket, &[(2, 600)], Payout::Desk).await;
    let credit = claimed(&shop, "LILLE-02", claim(note.sequence)).await.unwrap();
    assert_eq!(goes_to(&ticket, &credit), (0, 500));
    report(&shop, "LILLE-02", said(&credit.credit_id, State::Done, 500)).await.unwrap();
    pay_out(&shop, &note.refund_id).await.unwrap();
    let rest = given_back(&shop, &ticket, &[(1, 0), (2, 0)], Payout::Desk).await;
    let credit = claimed(&shop, "LILLE-02", claim(rest.sequence)).await.unwrap();
    assert_eq!(goes_to(&ticket, &credit), (1, 440));
}

#[tokio::test]
async fn of_a_sale_that_empties_paid_in_part_the_card_gets_back_what_it_paid_and_a_guest_the_rest_by_hand() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let id = till.fill(&[WINE, PASTA]).await.basket_id;
    let basket = till.take_back(&id, DEPOSIT, 15).await.unwrap();
    let ticket = till.pay(&basket).await.unwrap();
    assert_eq!(ticket.payments[0].amount_minor, 1_040 - 300);
    let wanted = pb::PreviewRefundRequest {
        sale_id: ticket.sale_id.clone(),
        parts: [1, 2].map(|line_id| pb::RefundPart { line_id, ..pb::RefundPart::default() }).to_vec(),
        payout: Payout::Acquirer.into(),
    };
    let mut reviews = RefundServiceClient::new(shop.service.peer("reviews"));
    let told = reviews.preview_refund(wanted).await.unwrap().into_inner();
    assert_eq!((told.payout(), told.by_hand_minor), (Payout::Desk, 300), "it is said before");
    let note = given_back(&shop, &ticket, &[(1, 0), (2, 0)], Payout::Acquirer).await;
    assert_eq!((note.total.as_ref().unwrap().amount_minor, note.store_credit_minor), (1_040, 0));
    assert_eq!(note.by_hand_minor, 300);
    assert_eq!(note.payout(), Payout::Desk, "the bank would give the whole of it to the card");
    let to_bank = pb::HandRefundToAcquirerRequest {
        request_id: new_id(),
        refund_id: note.refund_id.clone(),
        store_code: "LILLE".to_owned(),
    };
    assert_eq!(why(operator(&shop).hand_refund_to_acquirer(to_bank).await), "NO_CARD_PAID");

    let credit = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
    assert_eq!(credit.amount_minor, 740);
    let told = report(&shop, "LILLE-02", said(&credit.credit_id, State::Done, 740)).await.unwrap();
    assert_eq!((told.due_minor, told.by_hand_minor), (0, 300), "nothing is left for a till");
    assert_eq!(why(claimed(&shop, "LILLE-02", claim(1)).await), "NO_CARD_PAID");
    let waits = seen(&shop, 1).await;
    assert_eq!(
        (waits.total.unwrap().amount_minor, waits.given_minor, waits.paid_out_time),
        (1_040, 740, None)
    );
    assert_eq!(waits.by_hand_minor, 300);
    pay_out(&shop, &note.refund_id).await.unwrap();
    assert!(seen(&shop, 1).await.paid_out_time.is_some());
}

#[tokio::test]
async fn of_a_sale_that_empties_paid_in_part_a_member_gets_the_rest_as_store_credit() {
    let shop = Shop::open().await;
    let (till, card) = (shop.till("LILLE-01"), shop.card(1).await);
    let id = till.fill(&[WINE]).await.basket_id;
    till.identify(&id, &card).await.unwrap();
    let basket = till.take_back(&id, DEPOSIT, 15).await.unwrap();
    let ticket = till.pay(&basket).await.unwrap();
    let note = given_back(&shop, &ticket, &[(1, 0)], Payout::Desk).await;
    assert_eq!((note.total.unwrap().amount_minor, note.store_credit_minor), (800, 300));
    assert_eq!(shop.count("select balance_minor from store_credit").await, 300);
    let credit = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
    let told = report(&shop, "LILLE-02", said(&credit.credit_id, State::Done, 500)).await.unwrap();
    assert_eq!((credit.amount_minor, told.due_minor), (500, 0));
    assert!(seen(&shop, 1).await.paid_out_time.is_some());
}

#[tokio::test]
async fn a_refunded_voucher_sale_leaves_no_payment_kind_in_the_closing() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[PASTA]).await;
    let by_vouchers_alone = pb::CompleteSaleRequest { tender: Some(by_vouchers(240)), ..completion(&frozen) };
    let ticket = till.complete(by_vouchers_alone).await.unwrap();
    given_back(&shop, &ticket, &[(1, 0)], Payout::Desk).await;
    let frozen = till.freeze(&[PASTA, WINE]).await;
    let held = till.take(take(&frozen, by_vouchers(200))).await.unwrap();
    let ticket = till.complete(completion(&held)).await.unwrap();
    for parts in [&[(2, 150)][..], &[(1, 0), (2, 0)][..]] {
        given_back(&shop, &ticket, parts, Payout::Desk).await;
    }
    shop.service.clock.set(datetime!(2026-05-02 22:00 UTC));
    close(&shop).await;
    let closings = chain(&shop, "LILLE-01", "closing").await;
    let [(_, closing, _)] = &closings[..] else { panic!("one day") };
    let closing: serde_json::Value = serde_json::from_slice(closing).unwrap();
    let left = closing["record"]["closing"]["totals"]["payments"].as_array().unwrap();
    let left: Vec<_> = left.iter().map(|paid| (paid["kind"].as_str(), paid["amount"].as_i64())).collect();
    assert_eq!(left, [(Some("card"), Some(0)), (Some("meal_voucher"), Some(0))]);
}
