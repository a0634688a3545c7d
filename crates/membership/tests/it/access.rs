//! Who may call what.

use platform::Role;
use proto::membership::v1::{
    BlockCardRequest, CreateStaffRequest, FindMembersRequest, GetContactRequest, GetGreetingRequest,
    GetMemberRequest, GetSessionRequest, IssueCardRequest, RegisterMemberRequest, SignInRequest,
    SignOutRequest, UpdateMemberRequest,
};
use tonic::{Code, Response, Status};

use crate::service::{Accounts, Members, Service, SignedIn};

/// Whoever can connect.
fn everybody(service: &Service) -> Vec<(String, &'static str, SignedIn)> {
    let certificates = [
        "terminal-LILLE-01",
        "checkout",
        "membership",
        "receipt",
        "reviews",
        "analytics",
        "portal",
        "operator",
    ];
    let people = [Role::Desk, Role::Attendant, Role::Supplier, Role::Manager];
    let unsigned = certificates.map(|name| (name.to_owned(), name, service.nobody()));
    let signed = people.map(|role| (format!("{role:?}"), "portal", service.assertion(role, "LILLE")));
    unsigned.into_iter().chain(signed).collect()
}

fn is_let_in<T>(answer: Result<Response<T>, Status>) -> bool {
    // Empty messages are refused too, but only behind the gate.
    !matches!(answer, Err(status) if status.code() == Code::PermissionDenied)
}

/// The names of the RPCs of members that let this caller in.
async fn open_members(members: &mut Members) -> Vec<&'static str> {
    let answers = [
        ("RegisterMember", is_let_in(members.register_member(RegisterMemberRequest::default()).await)),
        ("UpdateMember", is_let_in(members.update_member(UpdateMemberRequest::default()).await)),
        ("GetMember", is_let_in(members.get_member(GetMemberRequest::default()).await)),
        ("FindMembers", is_let_in(members.find_members(FindMembersRequest::default()).await)),
        ("IssueCard", is_let_in(members.issue_card(IssueCardRequest::default()).await)),
        ("BlockCard", is_let_in(members.block_card(BlockCardRequest::default()).await)),
        ("GetContact", is_let_in(members.get_contact(GetContactRequest::default()).await)),
        ("GetGreeting", is_let_in(members.get_greeting(GetGreetingRequest::default()).await)),
    ];
    answers.into_iter().filter(|(_, open)| *open).map(|(name, _)| name).collect()
}

/// The names of the RPCs of accounts that let this caller in.
async fn open_accounts(accounts: &mut Accounts) -> Vec<&'static str> {
    let answers = [
        ("CreateStaff", is_let_in(accounts.create_staff(CreateStaffRequest::default()).await)),
        ("SignIn", is_let_in(accounts.sign_in(SignInRequest::default()).await)),
        ("GetSession", is_let_in(accounts.get_session(GetSessionRequest::default()).await)),
        ("SignOut", is_let_in(accounts.sign_out(SignOutRequest::default()).await)),
    ];
    answers.into_iter().filter(|(_, open)| *open).map(|(name, _)| name).collect()
}

#[tokio::test]
async fn every_door_opens_to_whom_it_should_and_to_nobody_else() {
    let service = Service::start().await;
    for (who, certificate, signed_in) in everybody(&service) {
        let mut open = open_members(&mut service.members(certificate, signed_in.clone())).await;
        open.extend(open_accounts(&mut service.accounts(certificate, signed_in)).await);
        let expected: &[&str] = match who.as_str() {
            "Desk" => {
                &["RegisterMember", "UpdateMember", "GetMember", "FindMembers", "IssueCard", "BlockCard"]
            }
            "receipt" => &["GetContact"],
            "terminal-LILLE-01" => &["GetGreeting"],
            "operator" => &["CreateStaff"],
            "portal" => &["SignIn", "GetSession", "SignOut"],
            _ => &[],
        };
        assert_eq!(open, expected, "{who}");
    }
    service.stop().await;
}

#[tokio::test]
async fn only_the_portal_speaks_for_people() {
    let service = Service::start().await;
    let desk = service.assertion(Role::Desk, "LILLE");
    let request = GetMemberRequest { member_id: crate::fixture::id() };
    let refusal = service.members("receipt", desk).get_member(request.clone()).await.unwrap_err();
    assert_eq!(refusal.code(), Code::Unauthenticated);
    let forged = SignedIn::by("e30.AAAA");
    let refusal = service.members("portal", forged).get_member(request).await.unwrap_err();
    assert_eq!(refusal.code(), Code::Unauthenticated);
    service.stop().await;
}
