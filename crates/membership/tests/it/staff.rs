//! Accounts, and what a session is good for.

use platform::{Role, Staff, identity::StaffVerifier};
use proto::membership::v1::{
    CreateStaffRequest, GetSessionRequest, SignInResponse, SignOutRequest, StaffAccount, StaffRole,
};
use time::Duration;
use tonic::Code;

use crate::{
    fixture::{PASSWORD, credentials, desk_account, id, refused, register, zephyrine},
    service::{Service, SignedIn},
};

async fn signed_in(service: &Service, login: &str) -> SignInResponse {
    let mut portal = service.accounts_as("portal");
    portal.sign_in(credentials(login, PASSWORD)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_session_tells_whose_it_is_to_every_service() {
    let service = Service::start().await;
    let mut operator = service.accounts_as("operator");
    let created = operator.create_staff(desk_account("camille.d")).await.unwrap().into_inner().account;
    operator.create_staff(desk_account("barnabe")).await.unwrap();
    let session = signed_in(&service, "camille.d").await;
    assert_eq!(session.account, created);
    let expiry = service.clock.now() + Duration::hours(12);
    assert_eq!(session.expiry_time.unwrap().seconds, expiry.unix_timestamp());

    let request = GetSessionRequest { session_token: session.session_token };
    let told = service.accounts_as("portal").get_session(request).await.unwrap().into_inner();
    assert_eq!(told.account, created);
    let verifier = StaffVerifier::read(&service.file("staff.pub")).unwrap();
    let staff = Staff {
        staff_id: created.unwrap().staff_id,
        role: Role::Desk,
        store_code: "LILLE".to_owned(),
        supplier_code: String::new(),
    };
    assert_eq!(verifier.verify(&told.assertion, service.clock.now()), Ok(staff));
    register(&mut service.members("portal", SignedIn::by(&told.assertion)), zephyrine()).await;
    service.stop().await;
}

#[tokio::test]
async fn a_suppliers_person_belongs_to_the_supplier_and_to_no_store() {
    let service = Service::start().await;
    let account = StaffAccount {
        login: "ferme".to_owned(),
        role: StaffRole::Supplier.into(),
        supplier_code: "FERME-DES-AULNES".to_owned(),
        ..Default::default()
    };
    let request = CreateStaffRequest { account: Some(account), ..desk_account("ferme") };
    service.accounts_as("operator").create_staff(request).await.unwrap();
    let session = signed_in(&service, "ferme").await;
    let request = GetSessionRequest { session_token: session.session_token };
    let told = service.accounts_as("portal").get_session(request).await.unwrap().into_inner();
    let verifier = StaffVerifier::read(&service.file("staff.pub")).unwrap();
    let staff = verifier.verify(&told.assertion, service.clock.now()).unwrap();
    assert_eq!((staff.role, staff.store_code.as_str()), (Role::Supplier, ""));
    assert_eq!(staff.supplier_code, "FERME-DES-AULNES");
    service.stop().await;
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_or_when_its_owner_leaves() {
    let service = Service::start().await;
    service.accounts_as("operator").create_staff(desk_account("camille.d")).await.unwrap();
    let mut portal = service.accounts_as("portal");
    let (one, other) = (signed_in(&service, "camille.d").await, signed_in(&service, "camille.d").await);
    let session = |token: &str| GetSessionRequest { session_token: token.to_owned() };

    let leave = SignOutRequest { request_id: id(), session_token: one.session_token.clone() };
    portal.sign_out(leave).await.unwrap();
    let over = portal.get_session(session(&one.session_token)).await;
    refused(over, Code::Unauthenticated, "SESSION_OVER");

    let start = service.clock.now();
    service.clock.set(start + Duration::hours(12) - Duration::SECOND);
    portal.get_session(session(&other.session_token)).await.unwrap();
    service.clock.set(start + Duration::hours(12));
    let over = portal.get_session(session(&other.session_token)).await;
    refused(over, Code::Unauthenticated, "SESSION_OVER");
    service.stop().await;
}

#[tokio::test]
async fn a_token_that_nobody_was_given_opens_nothing() {
    let service = Service::start().await;
    service.accounts_as("operator").create_staff(desk_account("camille.d")).await.unwrap();
    signed_in(&service, "camille.d").await;
    let request = GetSessionRequest { session_token: "A".repeat(43) };
    let answer = service.accounts_as("portal").get_session(request).await;
    refused(answer, Code::Unauthenticated, "SESSION_OVER");
    service.stop().await;
}

#[tokio::test]
async fn a_sign_in_name_belongs_to_one_account() {
    let service = Service::start().await;
    let mut operator = service.accounts_as("operator");
    operator.create_staff(desk_account("camille.d")).await.unwrap();
    let again = operator.create_staff(desk_account("camille.d")).await;
    refused(again, Code::AlreadyExists, "LOGIN_TAKEN");
    assert_eq!(service.count("select count(*) from staff").await, 1);
    service.stop().await;
}

#[tokio::test]
async fn neither_a_password_nor_a_token_is_kept() {
    let service = Service::start().await;
    service.accounts_as("operator").create_staff(desk_account("camille.d")).await.unwrap();
    let token = signed_in(&service, "camille.d").await.session_token;
    let leave = SignOutRequest { request_id: id(), session_token: token.clone() };
    signed_in(&service, "camille.d").await;
    service.accounts_as("portal").sign_out(leave).await.unwrap();
    for table in [
        "select coalesce(string_agg(staff::text, ''), '') from staff",
        "select coalesce(string_agg(session::text, ''), '') from session",
        "select coalesce(string_agg(request::text, ''), '') from request",
    ] {
        let rows: String = sqlx::query_scalar(table).fetch_one(service.db()).await.unwrap();
        assert!(!rows.is_empty() && !rows.contains(PASSWORD) && !rows.contains(&token), "{table}");
    }
    service.stop().await;
}
