//! People who do not exist, and what is asked about them.

use platform::status;
use proto::membership::v1::{
    CreateStaffRequest, FindMembersRequest, GetMemberRequest, IssueCardRequest, Member, MemberDetails,
    RegisterMemberRequest, SignInRequest, StaffAccount, StaffRole,
};
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::service::Members;

pub const PASSWORD: &str = "correct horse battery";

pub fn id() -> String {
    Uuid::now_v7().to_string()
}

pub fn zephyrine() -> MemberDetails {
    MemberDetails {
        last_name: "Quatremère".to_owned(),
        first_name: "Zéphyrine".to_owned(),
        street: "14 impasse du Colibri".to_owned(),
        postal_code: "59000".to_owned(),
        city: "Lille".to_owned(),
        country_code: "FR".to_owned(),
        phone: "+33199001234".to_owned(),
        email: "zephyrine.quatremere@example.org".to_owned(),
    }
}

pub fn registration(details: MemberDetails) -> RegisterMemberRequest {
    RegisterMemberRequest { request_id: id(), details: Some(details), store_code: String::new() }
}

pub fn another_card(member: &Member, block_others: bool) -> IssueCardRequest {
    IssueCardRequest {
        request_id: id(),
        member_id: member.member_id.clone(),
        block_others,
        store_code: String::new(),
    }
}

pub fn desk_account(login: &str) -> CreateStaffRequest {
    CreateStaffRequest {
        request_id: id(),
        account: Some(StaffAccount {
            staff_id: String::new(),
            login: login.to_owned(),
            role: StaffRole::Desk.into(),
            store_code: "LILLE".to_owned(),
            supplier_code: String::new(),
        }),
        password: PASSWORD.to_owned(),
    }
}

pub fn credentials(login: &str, password: &str) -> SignInRequest {
    credentials_from("", login, password)
}

pub fn credentials_from(source: &str, login: &str, password: &str) -> SignInRequest {
    SignInRequest {
        request_id: id(),
        login: login.to_owned(),
        password: password.to_owned(),
        source: source.to_owned(),
    }
}

pub async fn register(desk: &mut Members, details: MemberDetails) -> Member {
    desk.register_member(registration(details)).await.unwrap().into_inner().member.unwrap()
}

pub async fn get(desk: &mut Members, member_id: &str) -> Result<Member, Status> {
    let request = GetMemberRequest { member_id: member_id.to_owned() };
    Ok(desk.get_member(request).await?.into_inner().member.unwrap())
}

/// The first names of the members that a search finds.
pub async fn find(desk: &mut Members, query: &str) -> Vec<String> {
    let request = FindMembersRequest { query: query.to_owned(), page_size: 0, page_token: String::new() };
    let found = desk.find_members(request).await.unwrap().into_inner().members;
    found.into_iter().map(|member| member.details.unwrap().first_name).collect()
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(answer: Result<Response<T>, Status>, code: Code, reason: &str) -> Status {
    let refusal = answer.expect_err("must be refused");
    assert_eq!((refusal.code(), status::reason(&refusal).as_deref()), (code, Some(reason)), "{refusal:?}");
    refusal
}

#[track_caller]
pub fn bad_field<T: std::fmt::Debug>(answer: Result<Response<T>, Status>, field: &str) {
    let refusal = refused(answer, Code::InvalidArgument, "INVALID_FIELD");
    assert_eq!(status::field(&refusal).as_deref(), Some(field), "{refusal:?}");
}
