//! Refunds that the card terminal of a till gives back: one till at a time, once, and settled by a person where nobody knows.

use futures::future::join_all;
use platform::{Role, peer::Peer};
use proto::checkout::v1 as pb;
use proto::checkout::v1::{
    InterventionDecision as Decision, Payout, RefundCreditState as State,
    payout_service_client::PayoutServiceClient, till_service_client::TillServiceClient,
};
use tonic::{Request, Status};

use crate::{
    attendance::{answer, deciding, waiting},
    shop::{JAM, PASTA, Shop, WINE, new_id, why},
    till::{by_card, take},
};

const SLIP: &str = "CREDIT\n############6368\nMONTANT 8,00 EUR";

pub async fn refunded(shop: &Shop, ticket: &pb::Ticket, line_ids: &[i32]) -> pb::CreditNote {
    let request = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        line_ids: line_ids.to_vec(),
        payout: Payout::Desk.into(),
        ..pb::RefundLinesRequest::default()
    };
    shop.client("reviews").refund_lines(request).await.unwrap().into_inner().credit_note.unwrap()
}

fn at(shop: &Shop, till: &str) -> PayoutServiceClient<Peer> {
    PayoutServiceClient::new(shop.service.peer(&format!("terminal-{till}")))
}

pub fn claim(number: i64) -> pb::ClaimRefundCreditRequest {
    pb::ClaimRefundCreditRequest {
        request_id: new_id(),
        credit_id: new_id(),
        credit_note_number: number,
        credit_note_terminal_code: String::new(),
        generation: 0,
    }
}

pub async fn claimed(
    shop: &Shop,
    till: &str,
    request: pb::ClaimRefundCreditRequest,
) -> Result<pb::RefundCredit, Status> {
    Ok(at(shop, till).claim_refund_credit(request).await?.into_inner().credit.unwrap())
}

pub fn said(credit_id: &str, state: State, given_minor: i64) -> pb::ReportRefundCreditRequest {
    let done = state == State::Done;
    pb::ReportRefundCreditRequest {
        request_id: new_id(),
        credit_id: credit_id.to_owned(),
        state: state.into(),
        given_minor,
        brand: if done { "CB".to_owned() } else { String::new() },
        pan_last4: if done { "6368".to_owned() } else { String::new() },
        slip_text: if done { SLIP.to_owned() } else { String::new() },
    }
}

pub async fn report(
    shop: &Shop,
    till: &str,
    request: pb::ReportRefundCreditRequest,
) -> Result<pb::ReportRefundCreditResponse, Status> {
    Ok(at(shop, till).report_refund_credit(request).await?.into_inner())
}

/// What the desk sees of a credit note.
pub async fn seen(shop: &Shop, number: i64) -> pb::RefundPayment {
    let staff = shop.staff(Role::Desk, "LILLE");
    let asked = pb::ListRefundsDueRequest { credit_note_number: number, ..Default::default() };
    let request = shop.service.as_staff(&staff, Request::new(asked));
    let mut client = PayoutServiceClient::new(shop.service.peer("portal"));
    client.list_refunds_due(request).await.unwrap().into_inner().refunds.remove(0)
}

pub async fn pay_out(shop: &Shop, refund_id: &str) -> Result<(), Status> {
    let staff = shop.staff(Role::Desk, "LILLE");
    let paid = pb::PayOutRefundRequest { request_id: new_id(), refund_id: refund_id.to_owned() };
    let request = shop.service.as_staff(&staff, Request::new(paid));
    PayoutServiceClient::new(shop.service.peer("portal")).pay_out_refund(request).await.map(|_| ())
}

pub async fn settle(shop: &Shop, credit_id: &str, state: State) -> Result<pb::RefundPayment, Status> {
    let staff = shop.staff(Role::Attendant, "LILLE");
    let found = pb::SettleRefundCreditRequest {
        request_id: new_id(),
        credit_id: credit_id.to_owned(),
        state: state.into(),
        store_code: String::new(),
    };
    let request = shop.service.as_staff(&staff, Request::new(found));
    let mut client = PayoutServiceClient::new(shop.service.peer("portal"));
    Ok(client.settle_refund_credit(request).await?.into_inner().refund.unwrap())
}

#[tokio::test]
async fn a_refund_to_the_card_waits_until_a_till_of_the_store_gives_it_back_and_its_slip_is_kept_for_the_mail()
 {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let note = refunded(&shop, &ticket, &[2]).await;
    assert_eq!(seen(&shop, 1).await.credit, None, "it waits");

    let credit = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
    assert_eq!((credit.amount_minor, credit.state(), credit.waits_for_person), (800, State::Asked, false));
    assert_eq!(
        credit.tender.as_ref().unwrap().card.as_ref().unwrap().pan_last4,
        "6368",
        "the card that paid"
    );
    assert_eq!(seen(&shop, 1).await.credit.unwrap(), credit);
    assert_eq!(why(pay_out(&shop, &note.refund_id).await), "REFUND_AT_TILL");

    let done = said(&credit.credit_id, State::Done, 800);
    let told = report(&shop, "LILLE-02", done.clone()).await.unwrap();
    assert_eq!((told.due_minor, told.credit.as_ref().unwrap().state()), (0, State::Done));
    assert_eq!(report(&shop, "LILLE-02", done).await.unwrap(), told, "a repeat gets the same");
    let paid = seen(&shop, 1).await;
    assert_eq!((paid.paid_out_terminal_code.as_str(), paid.paid_out_by.as_str()), ("LILLE-02", ""));
    assert!(paid.paid_out_time.is_some() && paid.given_minor == 800);
    assert_eq!(why(pay_out(&shop, &note.refund_id).await), "REFUND_PAID_OUT");
    assert_eq!(why(claimed(&shop, "LILLE-01", claim(1)).await), "REFUND_PAID_OUT");

    let event: pb::RefundPaidBack = shop.event("sales.paid_back").await;
    let refund = event.refund.unwrap();
    assert_eq!((event.amount_minor, event.pan_last4.as_str(), refund.sequence), (800, "6368", 1));
    assert_eq!(shop.count("select count(*) from outbox where type = 'sales.paid_back'").await, 1);
    let credit_id = credit.credit_id.clone();
    let asked = pb::GetCardSlipRequest { sale_id: ticket.sale_id.clone(), credit_id };
    let slips = shop.client("receipt").get_card_slip(asked).await.unwrap().into_inner().slip_texts;
    assert_eq!(slips, [SLIP]);
    let sale = pb::GetCardSlipRequest { sale_id: ticket.sale_id, ..Default::default() };
    let slips = shop.client("receipt").get_card_slip(sale).await.unwrap().into_inner().slip_texts;
    assert!(!slips.contains(&SLIP.to_owned()), "the ticket's own are its own");
}

#[tokio::test]
async fn a_refund_at_two_tills_at_the_same_time_is_given_back_once() {
    let shop = Shop::open().await;
    let other = shop.service.another();
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    refunded(&shop, &ticket, &[1]).await;
    let mut tills = Vec::new();
    for number in 0..20 {
        let till = ["terminal-LILLE-01", "terminal-LILLE-02"][number % 2];
        let peer = match number % 4 {
            0 | 1 => shop.service.peer(till),
            _ => shop.service.peer_of(&other, till),
        };
        tills.push(PayoutServiceClient::new(peer));
    }
    let answers = join_all(tills.iter_mut().map(|till| till.claim_refund_credit(claim(1)))).await;
    let (got, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((got.len(), refused.len()), (1, 19));
    assert!(refused.into_iter().all(|answer| why(answer) == "REFUND_AT_TILL"));
    assert_eq!(shop.count("select count(*) from refund_credit").await, 1);
    other.stop().await;
}

#[tokio::test]
async fn the_same_claim_sent_twenty_times_at_once_is_one_credit_with_one_answer() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    refunded(&shop, &ticket, &[1]).await;
    let request = claim(1);
    let answers = join_all((0..20).map(|_| claimed(&shop, "LILLE-02", request.clone()))).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    let reused = pb::ClaimRefundCreditRequest { credit_note_number: 2, ..request };
    assert_eq!(why(claimed(&shop, "LILLE-02", reused).await), "REQUEST_ID_REUSED");
    assert_eq!(shop.count("select count(*) from refund_credit").await, 1);
}

#[tokio::test]
async fn no_refund_begins_at_a_till_that_is_locked_or_at_another_machine_than_the_till() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    refunded(&shop, &ticket, &[1]).await;
    let request = pb::ClaimTillRequest {
        request_id: new_id(),
        instance_id: new_id(),
        generation: 0,
        place: "here".to_owned(),
    };
    let mut till = TillServiceClient::new(shop.service.peer("terminal-LILLE-02"));
    let generation = till.claim_till(request).await.unwrap().into_inner().generation;
    let by = |generation| pb::ClaimRefundCreditRequest { generation, ..claim(1) };
    for other in [0, generation + 1] {
        assert_eq!(why(claimed(&shop, "LILLE-02", by(other)).await), "TILL_CLAIMED_ELSEWHERE");
    }
    let locks = |locked| {
        let query = format!("update till_presence set locked = {locked} where terminal_code = 'LILLE-02'");
        sqlx::query(sqlx::AssertSqlSafe(query)).execute(&shop.service.db.pool)
    };
    locks(true).await.unwrap();
    assert_eq!(why(claimed(&shop, "LILLE-02", by(generation)).await), "TILL_LOCKED");
    assert_eq!(seen(&shop, 1).await.credit, None, "it waits for any other till");
    locks(false).await.unwrap();
    claimed(&shop, "LILLE-02", by(generation)).await.unwrap();
}

#[tokio::test]
async fn what_the_card_terminal_refuses_waits_again_and_may_be_given_another_way() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let (first, second) = (refunded(&shop, &ticket, &[1]).await, refunded(&shop, &ticket, &[2]).await);
    for note in [&first, &second] {
        let credit = claimed(&shop, "LILLE-02", claim(note.sequence)).await.unwrap();
        let told = report(&shop, "LILLE-02", said(&credit.credit_id, State::Refused, 0)).await.unwrap();
        assert_eq!(told.due_minor, note.total.as_ref().unwrap().amount_minor);
        assert_eq!(seen(&shop, note.sequence).await.credit.unwrap().state(), State::Refused);
        let late = said(&credit.credit_id, State::Done, 1);
        assert_eq!(why(report(&shop, "LILLE-02", late).await), "CREDIT_SETTLED");
    }
    // At another till, or by the bank.
    let credit = claimed(&shop, "LILLE-01", claim(first.sequence)).await.unwrap();
    report(&shop, "LILLE-01", said(&credit.credit_id, State::Done, 240)).await.unwrap();
    let mut operator = PayoutServiceClient::new(shop.service.peer("operator"));
    let to_bank = pb::HandRefundToAcquirerRequest {
        request_id: new_id(),
        refund_id: second.refund_id.clone(),
        store_code: "LILLE".to_owned(),
    };
    let task = operator.hand_refund_to_acquirer(to_bank).await.unwrap().into_inner().refund.unwrap();
    assert_eq!((task.method(), task.acquirer_state()), (Payout::Acquirer, pb::AcquirerRefundState::Open));
    assert_eq!(why(claimed(&shop, "LILLE-01", claim(second.sequence)).await), "REFUND_PAID_OUT");
}

#[tokio::test]
async fn an_unknown_refund_is_never_given_back_again_by_itself_and_is_settled_once_by_a_person() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    let note = refunded(&shop, &ticket, &[1]).await;
    let credit = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
    assert_eq!(why(settle(&shop, &credit.credit_id, State::Done).await), "CREDIT_UNDER_WAY");
    report(&shop, "LILLE-02", said(&credit.credit_id, State::Unknown, 0)).await.unwrap();
    for till in ["LILLE-01", "LILLE-02"] {
        assert_eq!(why(claimed(&shop, till, claim(1)).await), "REFUND_AT_TILL");
    }
    assert_eq!(why(pay_out(&shop, &note.refund_id).await), "REFUND_AT_TILL");
    assert!(seen(&shop, 1).await.credit.unwrap().waits_for_person);

    let refund = settle(&shop, &credit.credit_id, State::Refused).await.unwrap();
    assert_eq!((refund.paid_out_time, refund.given_minor), (None, 0), "it waits again");
    assert_eq!(why(settle(&shop, &credit.credit_id, State::Done).await), "CREDIT_SETTLED");
    let late = said(&credit.credit_id, State::Done, 800);
    assert_eq!(why(report(&shop, "LILLE-02", late).await), "CREDIT_SETTLED", "the till calls somebody then");

    let again = claimed(&shop, "LILLE-01", claim(1)).await.unwrap();
    report(&shop, "LILLE-01", said(&again.credit_id, State::Unknown, 0)).await.unwrap();
    let refund = settle(&shop, &again.credit_id, State::Done).await.unwrap();
    assert!(refund.paid_out_time.is_some() && !refund.paid_out_by.is_empty() && refund.given_minor == 800);
    assert_eq!(shop.count("select count(*) from outbox where type = 'sales.paid_back'").await, 1);
}

#[tokio::test]
async fn a_claim_that_comes_after_its_till_has_let_the_refund_go_holds_it_at_no_till() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    refunded(&shop, &ticket, &[1]).await;
    let late = claim(1);
    let over = said(&late.credit_id, State::Refused, 0);
    for _ in 0..2 {
        assert_eq!(why(report(&shop, "LILLE-02", over.clone()).await), "NOT_FOUND");
    }
    assert_eq!(why(claimed(&shop, "LILLE-02", late).await), "CREDIT_SETTLED");
    assert_eq!(seen(&shop, 1).await.credit, None);
    // At the same time either the claim is first, and the till's word ends it, or it comes to nothing.
    for _ in 0..20 {
        let late = claim(1);
        let over = said(&late.credit_id, State::Refused, 0);
        let (claimed, told) = tokio::join!(claimed(&shop, "LILLE-02", late), report(&shop, "LILLE-02", over));
        assert_eq!(claimed.is_ok(), told.is_ok());
    }
    assert_eq!(shop.count("select count(*) from refund_credit where state <> 'refused'").await, 0);
    claimed(&shop, "LILLE-01", claim(1)).await.unwrap();
}

#[tokio::test]
async fn an_unknown_refund_outlives_its_machine_on_the_attendants_page_and_their_answer_settles_it() {
    let shop = Shop::open().await;
    let attendant = shop.staff(Role::Attendant, "LILLE");
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    refunded(&shop, &ticket, &[1]).await;
    let mut till = TillServiceClient::new(shop.service.peer("terminal-LILLE-02"));
    // The second time the till could tell only that it stopped.
    for (turn, (decision, state, is_told)) in
        (0..).zip([(Decision::Refuse, State::Refused, true), (Decision::Approve, State::Done, false)])
    {
        let credit = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
        if is_told {
            report(&shop, "LILLE-02", said(&credit.credit_id, State::Unknown, 0)).await.unwrap();
        }
        let stopped = pb::ReportTillRequest {
            request_id: new_id(),
            stage: pb::TillStage::Stopped.into(),
            trouble: pb::InterventionKind::RefundUnknown.into(),
            amount_minor: 800,
            asked_time: Some(prost_types::Timestamp { seconds: 1_777_712_300 + turn, nanos: 0 }),
            attempt_id: credit.credit_id.clone(),
            ..Default::default()
        };
        till.report_till(stopped).await.unwrap();
        let replaced = || pb::ReportTillRequest {
            request_id: new_id(),
            stage: pb::TillStage::Idle.into(),
            ..Default::default()
        };
        till.report_till(replaced()).await.unwrap();
        let waits = waiting(&shop, &attendant).await;
        assert_eq!((waits.len(), waits[0].kind()), (1, pb::InterventionKind::RefundUnknown));
        answer(&shop, &attendant, deciding(&waits[0], decision)).await.unwrap();
        let refund = seen(&shop, 1).await;
        assert_eq!(refund.credit.unwrap().state(), state);
        assert_eq!(refund.paid_out_time.is_some(), state == State::Done);
        till.report_till(replaced()).await.unwrap();
        assert!(waiting(&shop, &attendant).await.is_empty());
        // The till was there all the time, and says what it learned.
        let given_minor = if state == State::Done { 800 } else { 0 };
        report(&shop, "LILLE-02", said(&credit.credit_id, state, given_minor)).await.unwrap();
    }
    assert_eq!(shop.count("select count(*) from outbox where type = 'sales.paid_back'").await, 1);
}

#[tokio::test]
async fn a_person_settles_what_its_till_was_not_heard_of_for_a_quarter_of_an_hour_and_nothing_before() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    refunded(&shop, &ticket, &[1]).await;
    let credit = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
    for (minutes, is_overdue) in [(14, false), (2, true)] {
        let query =
            format!("update refund_credit set claimed_time = claimed_time - interval '{minutes} minutes'");
        sqlx::query(sqlx::AssertSqlSafe(query)).execute(&shop.service.db.pool).await.unwrap();
        assert_eq!(seen(&shop, 1).await.credit.unwrap().waits_for_person, is_overdue);
    }
    assert!(seen(&shop, 1).await.credit.unwrap().waits_for_person);
    settle(&shop, &credit.credit_id, State::Refused).await.unwrap();
    let slip =
        sqlx::query("update refund_credit set state = 'asked', settled_time = null, settled_by = null");
    let refused = slip.execute(&shop.service.db.pool).await.unwrap_err();
    assert!(refused.to_string().contains("recorded once"), "{refused}");
}

#[tokio::test]
async fn to_each_card_of_a_sale_no_more_goes_back_than_it_paid() {
    let shop = Shop::open().await;
    let till = shop.till("LILLE-01");
    let frozen = till.freeze(&[PASTA, WINE]).await;
    till.client.clone().take_tender(take(&frozen, by_card(500))).await.unwrap();
    let frozen = till.get(&frozen.basket_id).await.unwrap();
    let ticket = till.complete(crate::till::completion(&frozen)).await.unwrap();
    let note = refunded(&shop, &ticket, &[2]).await;
    assert_eq!(note.total.unwrap().amount_minor, 800);
    let first = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
    assert_eq!(first.amount_minor, 500);
    let too_much = said(&first.credit_id, State::Done, 501);
    assert_eq!(why(report(&shop, "LILLE-02", too_much).await), "INVALID_FIELD");
    let told = report(&shop, "LILLE-02", said(&first.credit_id, State::Done, 500)).await.unwrap();
    assert_eq!(told.due_minor, 300);
    let second = claimed(&shop, "LILLE-02", claim(1)).await.unwrap();
    let tenders = [&first, &second].map(|credit| credit.tender.as_ref().unwrap().tender_id.clone());
    assert_eq!((second.amount_minor, tenders[0] == tenders[1]), (300, false));
    let told = report(&shop, "LILLE-02", said(&second.credit_id, State::Done, 300)).await.unwrap();
    assert_eq!(told.due_minor, 0);
    // What is left of the sale fits what is left of the second card.
    refunded(&shop, &ticket, &[1]).await;
    assert_eq!(claimed(&shop, "LILLE-02", claim(2)).await.unwrap().amount_minor, 240);
}

#[tokio::test]
async fn a_till_gives_back_what_its_own_store_owes_and_names_the_till_where_two_have_the_number() {
    let shop = Shop::open().await;
    let one = shop.till("LILLE-01").sell(&[PASTA]).await;
    let two = shop.till("LILLE-02").sell(&[JAM]).await;
    for ticket in [&one, &two] {
        refunded(&shop, ticket, &[1]).await;
    }
    assert_eq!(why(claimed(&shop, "ARRAS-01", claim(1)).await), "NOT_FOUND");
    assert_eq!(why(claimed(&shop, "LILLE-01", claim(1)).await), "REFUND_NUMBER_UNCLEAR");
    let named = pb::ClaimRefundCreditRequest { credit_note_terminal_code: "LILLE-02".to_owned(), ..claim(1) };
    let credit = claimed(&shop, "LILLE-01", named).await.unwrap();
    assert_eq!(credit.amount_minor, 300);
    let foreign = said(&credit.credit_id, State::Done, 300);
    assert_eq!(why(report(&shop, "LILLE-02", foreign).await), "NOT_FOUND", "another till's");
    for identity in ["portal", "reviews", "operator"] {
        let mut client = PayoutServiceClient::new(shop.service.peer(identity));
        assert_eq!(why(client.claim_refund_credit(claim(1)).await), "NOT_ALLOWED", "{identity}");
    }
}
