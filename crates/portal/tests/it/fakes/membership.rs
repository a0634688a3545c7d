use platform::{Role, Staff};
use proto::membership::v1::{
    BlockCardRequest, BlockCardResponse, Card, CardState, CreateStaffRequest, CreateStaffResponse,
    FindMembersRequest, FindMembersResponse, ForgetGuestContactRequest, ForgetGuestContactResponse,
    GetContactRequest, GetContactResponse, GetGreetingRequest, GetGreetingResponse, GetGuestContactRequest,
    GetGuestContactResponse, GetMemberRequest, GetMemberResponse, GetSessionRequest, GetSessionResponse,
    IssueCardRequest, IssueCardResponse, KeepGuestContactRequest, KeepGuestContactResponse, Member,
    MemberDetails, RegisterMemberRequest, RegisterMemberResponse, SignInRequest, SignInResponse,
    SignOutRequest, SignOutResponse, StaffAccount, StaffRole, UpdateMemberRequest, UpdateMemberResponse,
    membership_service_server::MembershipService, staff_service_server::StaffService,
};
use tonic::{Code, Request, Response, Status};

use super::{Fakes, MEMBER, at, unasked};

impl Fakes {
    fn member(&self) -> Member {
        let card = |card_number: &str, state: CardState, hour| Card {
            card_number: card_number.to_owned(),
            state: state.into(),
            issued_time: at(hour, 0),
        };
        let details = MemberDetails {
            last_name: self.words().person,
            first_name: "Camille".to_owned(),
            street: "12 rue de la Clef".to_owned(),
            postal_code: "59800".to_owned(),
            city: "Lille".to_owned(),
            country_code: "FR".to_owned(),
            phone: "+33199001234".to_owned(),
            email: "camille@example.org".to_owned(),
        };
        Member {
            member_id: MEMBER.to_owned(),
            details: Some(details),
            cards: vec![
                card("2900000000025", CardState::Active, 9),
                card("2900000000018", CardState::Blocked, 7),
            ],
            registered_time: at(7, 0),
        }
    }
}

#[tonic::async_trait]
impl MembershipService for Fakes {
    async fn register_member(
        &self,
        request: Request<RegisterMemberRequest>,
    ) -> Result<Response<RegisterMemberResponse>, Status> {
        self.answer("RegisterMember", &request, |_| RegisterMemberResponse { member: Some(self.member()) })
    }

    async fn update_member(
        &self,
        request: Request<UpdateMemberRequest>,
    ) -> Result<Response<UpdateMemberResponse>, Status> {
        self.answer("UpdateMember", &request, |_| UpdateMemberResponse { member: Some(self.member()) })
    }

    async fn get_member(
        &self,
        request: Request<GetMemberRequest>,
    ) -> Result<Response<GetMemberResponse>, Status> {
        self.answer("GetMember", &request, |_| GetMemberResponse { member: Some(self.member()) })
    }

    async fn find_members(
        &self,
        request: Request<FindMembersRequest>,
    ) -> Result<Response<FindMembersResponse>, Status> {
        self.answer("FindMembers", &request, |asked| {
            let members = if asked.query == "personne" { Vec::new() } else { vec![self.member()] };
            FindMembersResponse { members, next_page_token: "more".to_owned() }
        })
    }

    async fn issue_card(
        &self,
        request: Request<IssueCardRequest>,
    ) -> Result<Response<IssueCardResponse>, Status> {
        self.answer("IssueCard", &request, |_| IssueCardResponse { member: Some(self.member()), card: None })
    }

    async fn block_card(
        &self,
        request: Request<BlockCardRequest>,
    ) -> Result<Response<BlockCardResponse>, Status> {
        self.answer("BlockCard", &request, |_| BlockCardResponse { card: None })
    }

    async fn get_contact(
        &self,
        _: Request<GetContactRequest>,
    ) -> Result<Response<GetContactResponse>, Status> {
        unasked()
    }

    async fn keep_guest_contact(
        &self,
        _: Request<KeepGuestContactRequest>,
    ) -> Result<Response<KeepGuestContactResponse>, Status> {
        unasked()
    }

    async fn forget_guest_contact(
        &self,
        _: Request<ForgetGuestContactRequest>,
    ) -> Result<Response<ForgetGuestContactResponse>, Status> {
        unasked()
    }

    async fn get_guest_contact(
        &self,
        _: Request<GetGuestContactRequest>,
    ) -> Result<Response<GetGuestContactResponse>, Status> {
        unasked()
    }

    async fn get_greeting(
        &self,
        _: Request<GetGreetingRequest>,
    ) -> Result<Response<GetGreetingResponse>, Status> {
        unasked()
    }
}

/// The account of a role; sign-in name, session token and role are one word here.
fn account(login: &str) -> Option<(Role, StaffAccount)> {
    let (role, staff_role) = match login {
        "desk" => (Role::Desk, StaffRole::Desk),
        "attendant" => (Role::Attendant, StaffRole::Attendant),
        "supplier" => (Role::Supplier, StaffRole::Supplier),
        "manager" => (Role::Manager, StaffRole::Manager),
        _ => return None,
    };
    let (store_code, supplier_code) = if role == Role::Supplier {
        (String::new(), "FERME".to_owned())
    } else {
        ("LILLE".to_owned(), String::new())
    };
    let account = StaffAccount {
        staff_id: "01970000-0000-7000-8000-000000000009".to_owned(),
        login: login.to_owned(),
        role: staff_role.into(),
        store_code,
        supplier_code,
    };
    Some((role, account))
}

fn wrong(reason: &str) -> Status {
    platform::status::refusal("membership", Code::Unauthenticated, reason, "no")
}

#[tonic::async_trait]
impl StaffService for Fakes {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        let asked = request.get_ref().clone();
        let found = account(&asked.login).filter(|_| asked.password == " right ");
        let found = found.ok_or_else(|| wrong("WRONG_CREDENTIALS"));
        self.answer("SignIn", &request, |_| ())?;
        let (_, account) = found?;
        let answer =
            SignInResponse { session_token: asked.login, account: Some(account), expiry_time: at(23, 0) };
        Ok(Response::new(answer))
    }

    async fn get_session(
        &self,
        request: Request<GetSessionRequest>,
    ) -> Result<Response<GetSessionResponse>, Status> {
        self.answer("GetSession", &request, |_| ())?;
        let (role, account) =
            account(&request.get_ref().session_token).ok_or_else(|| wrong("SESSION_OVER"))?;
        let staff = Staff {
            staff_id: account.staff_id.clone(),
            role,
            store_code: account.store_code.clone(),
            supplier_code: account.supplier_code.clone(),
        };
        let assertion = self.0.signer.sign(&staff, self.0.clock.now());
        Ok(Response::new(GetSessionResponse { account: Some(account), assertion }))
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        self.answer("SignOut", &request, |_| SignOutResponse {})
    }

    async fn create_staff(
        &self,
        _: Request<CreateStaffRequest>,
    ) -> Result<Response<CreateStaffResponse>, Status> {
        unasked()
    }
}
