//! What cannot be meant is refused, and the field at fault is named.

use proto::membership::v1::{
    BlockCardRequest, CreateStaffRequest, FindMembersRequest, GetContactRequest, GetGreetingRequest,
    GetMemberRequest, GetSessionRequest, IssueCardRequest, RegisterMemberRequest, SignInRequest,
    SignOutRequest, StaffAccount, UpdateMemberRequest,
};
use tonic::Code;

use crate::{
    fixture::{bad_field, credentials, desk_account, id, refused, registration, zephyrine},
    service::Service,
};

const NOT_IDS: [&str; 5] = ["", "42", "not-a-uuid", "00000000-0000-0000-0000-000000000000", "' or 1=1 --"];

#[tokio::test]
async fn every_detail_of_a_member_is_looked_at() {
    type Break = fn(&mut RegisterMemberRequest);
    let breaks: &[(&str, Break)] = &[
        ("request_id", |request| request.request_id.clear()),
        ("store_code", |request| request.store_code = "lille".to_owned()),
        ("details", |request| request.details = None),
        ("details.last_name", |request| request.details.as_mut().unwrap().last_name.clear()),
        ("details.last_name", |request| request.details.as_mut().unwrap().last_name = "n".repeat(81)),
        ("details.first_name", |request| {
            request.details.as_mut().unwrap().first_name = "Za\u{202e}za".to_owned()
        }),
        ("details.first_name", |request| {
            request.details.as_mut().unwrap().first_name = "Za\u{200b}za".to_owned()
        }),
        ("details.street", |request| request.details.as_mut().unwrap().street = "14\nimpasse".to_owned()),
        ("details.street", |request| request.details.as_mut().unwrap().street = "n".repeat(201)),
        ("details.postal_code", |request| request.details.as_mut().unwrap().postal_code = "1".repeat(17)),
        ("details.city", |request| request.details.as_mut().unwrap().city = "Li\0lle".to_owned()),
        ("details.country_code", |request| request.details.as_mut().unwrap().country_code = "XX".to_owned()),
        ("details.phone", |request| request.details.as_mut().unwrap().phone = "0199001234".to_owned()),
        ("details.email", |request| {
            request.details.as_mut().unwrap().email = "z@example.org\r\nBcc: x@y.org".to_owned()
        }),
        ("details.email", |request| request.details.as_mut().unwrap().email = "z@@example.org".to_owned()),
    ];
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    for (field, damage) in breaks {
        let mut request = registration(zephyrine());
        damage(&mut request);
        bad_field(desk.register_member(request.clone()).await, field);
        if field.starts_with("details") {
            let request = UpdateMemberRequest { request_id: id(), member_id: id(), details: request.details };
            bad_field(desk.update_member(request).await, field);
        }
    }
    assert_eq!(service.count("select count(*) from member").await, 0);
    assert_eq!(service.count("select count(*) from request").await, 0);
    service.stop().await;
}

#[tokio::test]
async fn an_id_is_a_uuid_and_a_card_number_has_its_check_digit() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    for bad in NOT_IDS.map(str::to_owned) {
        let details = Some(zephyrine());
        let update =
            UpdateMemberRequest { request_id: id(), member_id: bad.clone(), details: details.clone() };
        bad_field(desk.update_member(update).await, "member_id");
        let update = UpdateMemberRequest { request_id: bad.clone(), member_id: id(), details };
        bad_field(desk.update_member(update).await, "request_id");
        bad_field(desk.get_member(GetMemberRequest { member_id: bad.clone() }).await, "member_id");
        let issue = IssueCardRequest { request_id: id(), member_id: bad.clone(), ..Default::default() };
        bad_field(desk.issue_card(issue).await, "member_id");
        let contact = GetContactRequest { member_id: bad };
        bad_field(service.members_as("receipt").get_contact(contact).await, "member_id");
    }
    for number in ["", "42", "2900000000422", "4006381333931", "29000000004210", "290000000042\u{661}"] {
        let card_number = number.to_owned();
        let block =
            BlockCardRequest { request_id: id(), card_number: card_number.clone(), ..Default::default() };
        bad_field(desk.block_card(block).await, "card_number");
        let mut till = service.members_as("terminal-LILLE-01");
        bad_field(till.get_greeting(GetGreetingRequest { card_number }).await, "card_number");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_search_has_two_to_a_hundred_and_twenty_characters_and_a_bounded_page() {
    let service = Service::start().await;
    let mut desk = service.desk("LILLE");
    for query in ["", "d", " d ", "du\u{200b}", "du\npont", &"d".repeat(121)] {
        let request = FindMembersRequest { query: query.to_owned(), ..Default::default() };
        bad_field(desk.find_members(request).await, "query");
    }
    for page_size in [-1, 51, i32::MAX, i32::MIN] {
        let request = FindMembersRequest { query: "du".to_owned(), page_size, ..Default::default() };
        bad_field(desk.find_members(request).await, "page_size");
    }
    service.stop().await;
}

#[tokio::test]
async fn every_part_of_an_account_is_looked_at() {
    type Break = fn(&mut CreateStaffRequest, &mut StaffAccount);
    let breaks: &[(&str, Break)] = &[
        ("request_id", |request, _| request.request_id.clear()),
        ("password", |request, _| request.password = "elevenchars".to_owned()),
        ("password", |request, _| request.password = "p".repeat(201)),
        ("account.staff_id", |_, account| account.staff_id = id()),
        ("account.login", |_, account| account.login = "Camille".to_owned()),
        ("account.login", |_, account| account.login = "a".repeat(41)),
        ("account.role", |_, account| account.role = 0),
        ("account.role", |_, account| account.role = 99),
        ("account.store_code", |_, account| account.store_code = "lille".to_owned()),
        ("account.store_code", |_, account| account.store_code.clear()),
        ("account.supplier_code", |_, account| account.supplier_code = "FERME".to_owned()),
    ];
    let service = Service::start().await;
    let mut operator = service.accounts_as("operator");
    for (field, damage) in breaks {
        let mut request = desk_account("camille.d");
        let mut account = request.account.take().unwrap();
        damage(&mut request, &mut account);
        request.account = Some(account);
        bad_field(operator.create_staff(request).await, field);
    }
    let nobody = CreateStaffRequest { account: None, ..desk_account("camille.d") };
    bad_field(operator.create_staff(nobody).await, "account");
    assert_eq!(service.count("select count(*) from staff").await, 0);
    service.stop().await;
}

#[tokio::test]
async fn a_sign_in_that_no_account_could_have_is_refused() {
    let service = Service::start().await;
    let mut portal = service.accounts_as("portal");
    let good = credentials("camille.d", "guess");
    for (field, request) in [
        ("request_id", SignInRequest { request_id: String::new(), ..good.clone() }),
        ("login", SignInRequest { login: "Camille D".to_owned(), ..good.clone() }),
        ("password", SignInRequest { password: String::new(), ..good.clone() }),
        ("password", SignInRequest { password: "p".repeat(201), ..good.clone() }),
        ("source", SignInRequest { source: "192.0.2.7".to_owned(), ..good }),
    ] {
        bad_field(portal.sign_in(request).await, field);
    }
    let cut = "AAAA".to_owned();
    let request = SignOutRequest { request_id: id(), session_token: cut.clone() };
    bad_field(portal.sign_out(request).await, "session_token");
    let request = GetSessionRequest { session_token: cut };
    refused(portal.get_session(request).await, Code::Unauthenticated, "SESSION_OVER");
    service.stop().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_not_read() {
    let service = Service::start().await;
    let mut details = zephyrine();
    details.street = "n".repeat(100_000);
    let refusal = service.desk("LILLE").register_member(registration(details)).await.unwrap_err();
    assert_eq!(refusal.code(), Code::OutOfRange);
    service.stop().await;
}
