//! The played membership: the generated trait over the books.

use proto::membership::v1 as members;
use proto::membership::v1::membership_service_server::MembershipService;
use tonic::{Request, Response, Status};

use crate::books::Books;

/// How the bearer of the one card is greeted: a name like no other.
pub const GREETING: &str = "Zoé <b>\"D.";

pub struct PlayedMembership {
    pub books: Books,
}

macro_rules! unplayed {
    ($($rpc:ident($request:ident) -> $response:ident;)*) => {
        #[tonic::async_trait]
        impl MembershipService for PlayedMembership {
            async fn get_greeting(
                &self,
                _: Request<members::GetGreetingRequest>,
            ) -> Result<Response<members::GetGreetingResponse>, Status> {
                match self.books.called("GetGreeting") {
                    None => Ok(Response::new(members::GetGreetingResponse { display_name: GREETING.into() })),
                    Some(_) => Err(Status::unavailable("membership is away")),
                }
            }
            async fn keep_guest_contact(
                &self,
                request: Request<members::KeepGuestContactRequest>,
            ) -> Result<Response<members::KeepGuestContactResponse>, Status> {
                crate::tickets::keep(&self.books, request.into_inner())
            }
            async fn forget_guest_contact(
                &self,
                request: Request<members::ForgetGuestContactRequest>,
            ) -> Result<Response<members::ForgetGuestContactResponse>, Status> {
                crate::tickets::forget(&self.books, &request.into_inner())
            }
            $(async fn $rpc(
                &self,
                _: Request<members::$request>,
            ) -> Result<Response<members::$response>, Status> {
                Err(Status::unimplemented("no till asks for this"))
            })*
        }
    };
}

unplayed! {
    register_member(RegisterMemberRequest) -> RegisterMemberResponse;
    update_member(UpdateMemberRequest) -> UpdateMemberResponse;
    get_member(GetMemberRequest) -> GetMemberResponse;
    find_members(FindMembersRequest) -> FindMembersResponse;
    issue_card(IssueCardRequest) -> IssueCardResponse;
    block_card(BlockCardRequest) -> BlockCardResponse;
    get_contact(GetContactRequest) -> GetContactResponse;
    get_guest_contact(GetGuestContactRequest) -> GetGuestContactResponse;
}
