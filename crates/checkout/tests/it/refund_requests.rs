//! Refunds on request: given at once within the store's policy, decided by a person above it.

use futures::future::join_all;
use platform::{Role, Staff};
use proto::checkout::v1 as pb;
use proto::checkout::v1::refund_service_client::RefundServiceClient;
use time::Duration;
use tonic::{Request, Status};

use crate::{
    service::Replica,
    shop::{JAM, PASTA, Shop, WINE, new_id, store, why},
    till::completion,
};

fn asked(ticket: &pb::Ticket, line_ids: &[i32]) -> pb::RequestRefundRequest {
    let part = |line_id: &i32| pb::RefundPart { line_id: *line_id, ..pb::RefundPart::default() };
    pb::RequestRefundRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        parts: line_ids.iter().map(part).collect(),
        payout: pb::Payout::Desk.into(),
        ..pb::RequestRefundRequest::default()
    }
}

async fn send_to(
    shop: &Shop,
    replica: &Replica,
    request: &pb::RequestRefundRequest,
) -> Result<pb::RequestRefundResponse, Status> {
    let mut client = RefundServiceClient::new(shop.service.peer_of(replica, "reviews"));
    Ok(client.request_refund(request.clone()).await?.into_inner())
}

async fn send(shop: &Shop, request: &pb::RequestRefundRequest) -> Result<pb::RequestRefundResponse, Status> {
    send_to(shop, &shop.service.replica, request).await
}

async fn list(shop: &Shop, staff: &Staff, answered: bool) -> Result<Vec<pb::RefundRequest>, Status> {
    let request = pb::ListRefundRequestsRequest { answered, ..pb::ListRefundRequestsRequest::default() };
    let request = shop.service.as_staff(staff, Request::new(request));
    let mut client = RefundServiceClient::new(shop.service.peer("portal"));
    Ok(client.list_refund_requests(request).await?.into_inner().requests)
}

async fn answer(
    shop: &Shop,
    staff: &Staff,
    refund_request_id: &str,
    answer: pb::RefundRequestState,
) -> Result<pb::RefundRequest, Status> {
    let request = pb::AnswerRefundRequestRequest {
        request_id: new_id(),
        refund_request_id: refund_request_id.to_owned(),
        answer: answer.into(),
    };
    let request = shop.service.as_staff(staff, Request::new(request));
    let mut client = RefundServiceClient::new(shop.service.peer("portal"));
    Ok(client.answer_refund_request(request).await?.into_inner().request.unwrap())
}

/// The policy of Lille.
async fn set_policy(shop: &Shop, days: i32, of_sale: i64, of_month: i64) {
    let store = pb::Store {
        refund_days: Some(days),
        refund_sale_limit_minor: Some(of_sale),
        refund_member_month_minor: Some(of_month),
        ..store("LILLE")
    };
    let request = pb::PutStoreRequest { request_id: new_id(), store: Some(store) };
    shop.operator().put_store(request).await.unwrap();
}

/// Goods that a member buys.
async fn sold_to(shop: &Shop, till: &str, card: &str, codes: &[&str]) -> pb::Ticket {
    let till = shop.till(till);
    let basket = till.fill(codes).await;
    let basket = till.identify(&basket.basket_id, card).await.unwrap();
    let frozen = till.begin(&basket.basket_id, basket.basket_version).await.unwrap();
    till.complete(completion(&frozen)).await.unwrap()
}

#[tokio::test]
async fn within_the_policy_a_refund_is_given_at_once_and_a_repeat_tells_the_same() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    let request = asked(&ticket, &[2]);
    let given = send(&shop, &request).await.unwrap();
    assert_eq!(given.state(), pb::RefundRequestState::Given);
    assert_eq!(given.credit_note.as_ref().unwrap().total.as_ref().unwrap().amount_minor, 800);
    assert_eq!(send(&shop, &request).await.unwrap(), given);
    let reused = pb::RequestRefundRequest { sale_id: new_id(), ..request };
    assert_eq!(why(send(&shop, &reused).await), "REQUEST_ID_REUSED");
    assert_eq!(why(send(&shop, &asked(&ticket, &[2])).await), "LINE_ALREADY_REFUNDED");
    let desk = shop.staff(Role::Desk, "LILLE");
    assert_eq!(list(&shop, &desk, false).await.unwrap(), []);
    assert_eq!(list(&shop, &desk, true).await.unwrap(), [], "nobody had to decide");
    assert_eq!(shop.count("select count(*) from refund").await, 1);
}

#[tokio::test]
async fn above_the_amount_of_a_sale_a_person_decides_who_sees_request_sale_and_history() {
    let shop = Shop::open().await;
    set_policy(&shop, 30, 1_000, 10_000).await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE, JAM]).await;
    send(&shop, &asked(&ticket, &[2])).await.unwrap();
    let request = asked(&ticket, &[3]);
    let waiting = send(&shop, &request).await.unwrap();
    assert_eq!((waiting.state(), &waiting.credit_note), (pb::RefundRequestState::Waiting, &None));
    assert_eq!(shop.count("select count(*) from refund").await, 1, "small steps do not add up to more");
    let desk = shop.staff(Role::Desk, "LILLE");
    let listed = list(&shop, &desk, false).await.unwrap();
    let [shown] = &listed[..] else { panic!("one request") };
    assert_eq!((shown.cause(), shown.state()), (pb::RefundCause::Amount, pb::RefundRequestState::Waiting));
    assert_eq!((shown.parts[0].line_id, shown.total.as_ref().unwrap().amount_minor), (3, 300));
    let sale = shown.sale.as_ref().unwrap();
    assert_eq!(
        (&sale.sale_id, sale.lines.len(), &sale.refunded_line_ids[..]),
        (&ticket.sale_id, 3, &[2][..])
    );
    assert_eq!((shown.credit_notes.len(), shown.member_refunds), (1, 0), "a guest has no history");

    let given = answer(&shop, &desk, &shown.refund_request_id, pb::RefundRequestState::Given).await.unwrap();
    assert_eq!((given.state(), &given.answered_by), (pb::RefundRequestState::Given, &desk.staff_id));
    assert_eq!(given.credit_notes.len(), 2);
    let found = send(&shop, &request).await.unwrap();
    assert_eq!(found.state(), pb::RefundRequestState::Given, "whoever asked finds out");
    assert_eq!(found.credit_note.unwrap().total.unwrap().amount_minor, 300);
    assert_eq!(list(&shop, &desk, false).await.unwrap(), []);
    assert_eq!(list(&shop, &desk, true).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_person_refuses_gives_nothing_back_and_stays_refused() {
    let shop = Shop::open().await;
    set_policy(&shop, 30, 0, 0).await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA]).await;
    let request = asked(&ticket, &[1]);
    let id = send(&shop, &request).await.unwrap().refund_request_id;
    let manager = shop.staff(Role::Manager, "LILLE");
    answer(&shop, &manager, &id, pb::RefundRequestState::Refused).await.unwrap();
    assert_eq!(send(&shop, &request).await.unwrap().state(), pb::RefundRequestState::Refused);
    let again = answer(&shop, &manager, &id, pb::RefundRequestState::Given).await;
    assert_eq!(why(again), "ANSWERED_ALREADY");
    assert_eq!(shop.count("select count(*) from refund").await, 0);
}

#[tokio::test]
async fn after_the_days_of_the_policy_a_person_decides() {
    let shop = Shop::open().await;
    set_policy(&shop, 14, 5_000, 10_000).await;
    let ticket = shop.till("LILLE-01").sell(&[PASTA, WINE]).await;
    shop.service.clock.set(shop.service.clock.now() + Duration::days(14));
    assert_eq!(send(&shop, &asked(&ticket, &[1])).await.unwrap().state(), pb::RefundRequestState::Given);
    shop.service.clock.set(shop.service.clock.now() + Duration::seconds(1));
    let waiting = send(&shop, &asked(&ticket, &[2])).await.unwrap();
    assert_eq!(waiting.state(), pb::RefundRequestState::Waiting);
    let desk = shop.staff(Role::Desk, "LILLE");
    assert_eq!(list(&shop, &desk, false).await.unwrap()[0].cause(), pb::RefundCause::TooLate);
    answer(&shop, &desk, &waiting.refund_request_id, pb::RefundRequestState::Given).await.unwrap();
}

#[tokio::test]
async fn the_budget_of_a_member_is_spent_once_by_two_requests_at_two_checkouts_at_once_and_new_each_month() {
    let shop = Shop::open().await;
    set_policy(&shop, 3_650, 100_000, 2_000).await;
    let card = shop.card(1).await;
    let second = shop.service.another();
    let replicas = [&shop.service.replica, &second];
    let mut requests = Vec::new();
    for till in ["LILLE-01", "LILLE-02", "LILLE-03", "LILLE-04"] {
        requests.push(asked(&sold_to(&shop, till, &card, &[WINE]).await, &[1]));
    }
    let sent = requests.iter().enumerate();
    let answers = join_all(sent.map(|(number, request)| send_to(&shop, replicas[number % 2], request))).await;
    let states: Vec<_> = answers.iter().map(|answer| answer.as_ref().unwrap().state()).collect();
    let given = states.iter().filter(|state| **state == pb::RefundRequestState::Given).count();
    assert_eq!((given, states.len()), (2, 4), "16.00 of 20.00, and 24.00 would be too much: {states:?}");
    let desk = shop.staff(Role::Desk, "LILLE");
    let waiting = list(&shop, &desk, false).await.unwrap();
    assert!(waiting.iter().all(|request| request.cause() == pb::RefundCause::Budget));
    assert_eq!((waiting[0].member_refunds, waiting[0].member_refunds_minor), (2, 1_600));
    // What a person gives is not taken from the budget of those who ask.
    answer(&shop, &desk, &waiting[0].refund_request_id, pb::RefundRequestState::Given).await.unwrap();
    assert_eq!(shop.count("select spent_minor from refund_budget").await, 1_600);
    let other = shop.card(2).await;
    let of_another = asked(&sold_to(&shop, "LILLE-05", &other, &[WINE]).await, &[1]);
    assert_eq!(send(&shop, &of_another).await.unwrap().state(), pb::RefundRequestState::Given);
    let later = asked(&sold_to(&shop, "LILLE-05", &card, &[WINE]).await, &[1]);
    shop.service.clock.set(shop.service.clock.now() + Duration::days(31));
    assert_eq!(send(&shop, &later).await.unwrap().state(), pb::RefundRequestState::Given, "another month");
    second.stop().await;
}

#[tokio::test]
async fn a_request_that_two_people_answer_at_once_is_answered_once() {
    let shop = Shop::open().await;
    set_policy(&shop, 30, 0, 0).await;
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    let id = send(&shop, &asked(&ticket, &[1])).await.unwrap().refund_request_id;
    let people: Vec<Staff> = (0..10).map(|_| shop.staff(Role::Desk, "LILLE")).collect();
    let answers =
        join_all(people.iter().map(|person| answer(&shop, person, &id, pb::RefundRequestState::Given))).await;
    let (given, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((given.len(), refused.len()), (1, 9));
    assert!(refused.into_iter().all(|answer| why(answer) == "ANSWERED_ALREADY"));
    assert_eq!(shop.count("select count(*) from refund").await, 1);
}

#[tokio::test]
async fn the_same_request_sent_twenty_times_at_once_is_one_refund_with_one_answer() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    let second = shop.service.another();
    let replicas = [&shop.service.replica, &second];
    let request = asked(&ticket, &[1]);
    let answers = join_all((0..20).map(|number| send_to(&shop, replicas[number % 2], &request))).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(shop.count("select count(*) from refund").await, 1);
    second.stop().await;
}

#[tokio::test]
async fn what_a_request_will_come_to_is_said_before_and_writes_nothing() {
    let shop = Shop::open().await;
    set_policy(&shop, 30, 1_000, 10_000).await;
    let ticket = shop.till("LILLE-01").sell(&[WINE, WINE, JAM]).await;
    let preview = async |line_id, quantity_milli| {
        let request = pb::PreviewRefundRequest {
            sale_id: ticket.sale_id.clone(),
            parts: vec![pb::RefundPart { line_id, quantity_milli, amount_minor: 0 }],
            payout: pb::Payout::Desk.into(),
        };
        let mut client = RefundServiceClient::new(shop.service.peer("reviews"));
        client.preview_refund(request).await.map(|answer| answer.into_inner())
    };
    let one = preview(1, 1_000).await.unwrap();
    assert_eq!((one.total.as_ref().unwrap().amount_minor, one.cause()), (800, pb::RefundCause::Unspecified));
    assert_eq!(preview(1, 2_000).await.unwrap().cause(), pb::RefundCause::Amount);
    assert_eq!(why(preview(1, 3_000).await), "REFUND_ABOVE_LINE");
    for table in [
        "select count(*) from refund",
        "select count(*) from refund_request",
        "select count(*) from terminal_head where kind = 'credit_note'",
    ] {
        assert_eq!(shop.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_person_of_the_store_sees_before_what_lines_of_a_sale_will_come_to() {
    let shop = Shop::open().await;
    let ticket = shop.till("LILLE-01").sell(&[WINE, JAM]).await;
    let request = pb::PreviewRefundRequest {
        sale_id: ticket.sale_id.clone(),
        parts: vec![pb::RefundPart { line_id: 1, ..pb::RefundPart::default() }],
        payout: pb::Payout::Desk.into(),
    };
    let preview = async |role, store_code| {
        let asked = shop.service.as_staff(&shop.staff(role, store_code), Request::new(request.clone()));
        let mut client = RefundServiceClient::new(shop.service.peer("portal"));
        client.preview_refund(asked).await.map(|answer| answer.into_inner())
    };
    for role in [Role::Desk, Role::Manager] {
        assert_eq!(preview(role, "LILLE").await.unwrap().total.unwrap().amount_minor, 800);
        assert_eq!(why(preview(role, "ARRAS").await), "NOT_FOUND");
    }
    assert_eq!(why(preview(Role::Attendant, "LILLE").await), "NOT_ALLOWED");
}

/// Whoever holds the link of a mail can ask, and gets nothing out of it: there is no way of paying that leads to them.
#[tokio::test]
async fn a_forwarded_mail_cannot_be_turned_into_money() {
    let shop = Shop::open().await;
    let card = shop.card(1).await;
    let ticket = sold_to(&shop, "LILLE-01", &card, &[PASTA, WINE]).await;
    for payout in [pb::Payout::Unspecified as i32, 99] {
        let request = pb::RequestRefundRequest { payout, ..asked(&ticket, &[1]) };
        assert_eq!(
            platform::status::field(&send(&shop, &request).await.unwrap_err()).as_deref(),
            Some("payout")
        );
    }
    // As store credit it goes to the member of the sale, whoever asked.
    let credit = pb::RequestRefundRequest { payout: pb::Payout::StoreCredit.into(), ..asked(&ticket, &[1]) };
    send(&shop, &credit).await.unwrap();
    let owner = "select count(*) from store_credit c join sale s using (member_id) where c.balance_minor > 0";
    assert_eq!(shop.count(owner).await, 1);
    assert_eq!(shop.count("select count(*) from store_credit").await, 1);
    // At the desk it waits for the card that paid, and only the people of the store record that it was paid.
    let note = send(&shop, &asked(&ticket, &[2])).await.unwrap().credit_note.unwrap();
    let due = pb::PayOutRefundRequest { request_id: new_id(), refund_id: note.refund_id };
    for identity in ["reviews", "receipt", "portal"] {
        let peer = shop.service.peer(identity);
        let mut client = pb::payout_service_client::PayoutServiceClient::new(peer);
        assert_eq!(why(client.pay_out_refund(due.clone()).await), "NOT_ALLOWED", "{identity}");
    }
    // And of a sale without a member nothing can be moved to anybody's store credit.
    let guest = shop.till("LILLE-01").sell(&[PASTA]).await;
    let credit = pb::RequestRefundRequest { payout: pb::Payout::StoreCredit.into(), ..asked(&guest, &[1]) };
    assert_eq!(why(send(&shop, &credit).await), "NO_MEMBER");
}

#[tokio::test]
async fn people_decide_about_what_their_own_store_sold_and_services_about_nothing() {
    let shop = Shop::open().await;
    set_policy(&shop, 30, 0, 0).await;
    let ticket = shop.till("LILLE-01").sell(&[WINE]).await;
    let id = send(&shop, &asked(&ticket, &[1])).await.unwrap().refund_request_id;
    let elsewhere = shop.staff(Role::Manager, "ARRAS");
    assert_eq!(list(&shop, &elsewhere, false).await.unwrap(), []);
    assert_eq!(why(answer(&shop, &elsewhere, &id, pb::RefundRequestState::Given).await), "NOT_FOUND");
    for (role, code) in [(Role::Attendant, "LILLE"), (Role::Supplier, "LILLE"), (Role::Desk, "")] {
        let staff = shop.staff(role, code);
        assert_eq!(why(list(&shop, &staff, false).await), "NOT_ALLOWED");
        assert_eq!(why(answer(&shop, &staff, &id, pb::RefundRequestState::Given).await), "NOT_ALLOWED");
    }
    for identity in ["portal", "receipt", "operator", "terminal-LILLE-01"] {
        let mut client = RefundServiceClient::new(shop.service.peer(identity));
        assert_eq!(why(client.request_refund(asked(&ticket, &[1])).await), "NOT_ALLOWED", "{identity}");
    }
    // A service cannot go round the policy by giving lines back itself.
    let request = pb::RefundLinesRequest {
        request_id: new_id(),
        sale_id: ticket.sale_id.clone(),
        line_ids: vec![1],
        payout: pb::Payout::Desk.into(),
        ..pb::RefundLinesRequest::default()
    };
    assert_eq!(why(shop.client("reviews").refund_lines(request).await), "REFUND_NEEDS_PERSON");
}

#[tokio::test]
async fn a_policy_that_cannot_be_meant_is_refused_with_its_field() {
    let shop = Shop::open().await;
    for (days, of_sale, of_month, field) in [
        (-1, 0, 0, "store.refund_days"),
        (3_651, 0, 0, "store.refund_days"),
        (30, -1, 0, "store.refund_sale_limit_minor"),
        (30, 0, 10_000_001, "store.refund_member_month_minor"),
    ] {
        let store = pb::Store {
            refund_days: Some(days),
            refund_sale_limit_minor: Some(of_sale),
            refund_member_month_minor: Some(of_month),
            ..store("LILLE")
        };
        let request = pb::PutStoreRequest { request_id: new_id(), store: Some(store) };
        let refused = shop.operator().put_store(request).await.unwrap_err();
        assert_eq!(platform::status::field(&refused).as_deref(), Some(field));
    }
}
