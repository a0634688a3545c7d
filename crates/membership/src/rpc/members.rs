//! Members and cards.

use platform::rpc::caller;
use proto::membership::v1::{
    BlockCardRequest, BlockCardResponse, FindMembersRequest, FindMembersResponse, ForgetGuestContactRequest,
    ForgetGuestContactResponse, GetContactRequest, GetContactResponse, GetGreetingRequest,
    GetGreetingResponse, GetGuestContactRequest, GetGuestContactResponse, GetMemberRequest,
    GetMemberResponse, IssueCardRequest, IssueCardResponse, KeepGuestContactRequest,
    KeepGuestContactResponse, RegisterMemberRequest, RegisterMemberResponse, UpdateMemberRequest,
    UpdateMemberResponse, membership_service_server::MembershipService,
};
use tonic::{Request, Response, Status};

use super::convert;
use crate::{app, app::App};

/// The service of members.
pub struct Members(pub App);

#[tonic::async_trait]
impl MembershipService for Members {
    #[tracing::instrument(skip_all)]
    async fn register_member(
        &self,
        request: Request<RegisterMemberRequest>,
    ) -> Result<Response<RegisterMemberResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let store = convert::store_here(&caller, &message.store_code)?;
        let command = convert::command(&caller, "RegisterMember", &message.request_id, &message)?;
        let details = convert::details(message.details.as_ref())?;
        let member = app::register_member(&self.0, &command, &store, &details).await?;
        Ok(Response::new(RegisterMemberResponse { member: Some(member.into()) }))
    }

    #[tracing::instrument(skip_all)]
    async fn update_member(
        &self,
        request: Request<UpdateMemberRequest>,
    ) -> Result<Response<UpdateMemberResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let store = convert::store(&caller)?;
        let command = convert::command(&caller, "UpdateMember", &message.request_id, &message)?;
        let member_id = convert::member_id(&message.member_id)?;
        let details = convert::details(message.details.as_ref())?;
        let member = app::update_member(&self.0, &command, &store, member_id, &details).await?;
        Ok(Response::new(UpdateMemberResponse { member: Some(member.into()) }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_member(
        &self,
        request: Request<GetMemberRequest>,
    ) -> Result<Response<GetMemberResponse>, Status> {
        let store = convert::store(&caller(&request)?)?;
        let member_id = convert::member_id(&request.into_inner().member_id)?;
        let member = app::get_member(&self.0, &store, member_id).await?;
        Ok(Response::new(GetMemberResponse { member: Some(member.into()) }))
    }

    #[tracing::instrument(skip_all)]
    async fn find_members(
        &self,
        request: Request<FindMembersRequest>,
    ) -> Result<Response<FindMembersResponse>, Status> {
        let store = convert::store(&caller(&request)?)?;
        let message = request.into_inner();
        let search = convert::search(&message.query)?;
        let size = convert::page_size(message.page_size)?;
        let behind = convert::page_token(&message.page_token)?;
        let page = app::find_members(&self.0, &store, &search, behind, size).await?;
        Ok(Response::new(page.into()))
    }

    #[tracing::instrument(skip_all)]
    async fn issue_card(
        &self,
        request: Request<IssueCardRequest>,
    ) -> Result<Response<IssueCardResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let store = convert::store_here(&caller, &message.store_code)?;
        let command = convert::command(&caller, "IssueCard", &message.request_id, &message)?;
        let member_id = convert::member_id(&message.member_id)?;
        let (member, card) =
            app::issue_card(&self.0, &command, &store, member_id, message.block_others).await?;
        Ok(Response::new(IssueCardResponse { member: Some(member.into()), card: Some(card.into()) }))
    }

    #[tracing::instrument(skip_all)]
    async fn block_card(
        &self,
        request: Request<BlockCardRequest>,
    ) -> Result<Response<BlockCardResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let store = convert::store_here(&caller, &message.store_code)?;
        let command = convert::command(&caller, "BlockCard", &message.request_id, &message)?;
        let number = convert::card_number(&message.card_number)?;
        let card = app::block_card(&self.0, &command, &store, &number).await?;
        Ok(Response::new(BlockCardResponse { card: Some(card.into()) }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_contact(
        &self,
        request: Request<GetContactRequest>,
    ) -> Result<Response<GetContactResponse>, Status> {
        let member_id = convert::member_id(&request.into_inner().member_id)?;
        let contact = app::get_contact(&self.0, member_id).await?;
        Ok(Response::new(GetContactResponse { email: contact.email, first_name: contact.first_name }))
    }

    #[tracing::instrument(skip_all)]
    async fn keep_guest_contact(
        &self,
        request: Request<KeepGuestContactRequest>,
    ) -> Result<Response<KeepGuestContactResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let email = convert::email(&message.email)?;
        let contact = convert::guest_contact_id(&message.guest_contact_id)?;
        // What is kept of a command must not tell an address that is forgotten by then, not even as a hash.
        let nameless = KeepGuestContactRequest { email: String::new(), ..message };
        let command = convert::command(&caller, "KeepGuestContact", &nameless.request_id, &nameless)?;
        let expiry = app::keep_guest_contact(&self.0, &command, contact, &email).await?;
        Ok(Response::new(KeepGuestContactResponse { expiry_time: Some(convert::timestamp(expiry)) }))
    }

    #[tracing::instrument(skip_all)]
    async fn forget_guest_contact(
        &self,
        request: Request<ForgetGuestContactRequest>,
    ) -> Result<Response<ForgetGuestContactResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let contact = convert::guest_contact_id(&message.guest_contact_id)?;
        let command = convert::command(&caller, "ForgetGuestContact", &message.request_id, &message)?;
        app::forget_guest_contact(&self.0, &command, contact).await?;
        Ok(Response::new(ForgetGuestContactResponse {}))
    }

    #[tracing::instrument(skip_all)]
    async fn get_guest_contact(
        &self,
        request: Request<GetGuestContactRequest>,
    ) -> Result<Response<GetGuestContactResponse>, Status> {
        let contact = convert::guest_contact_id(&request.into_inner().guest_contact_id)?;
        let email = app::get_guest_contact(&self.0, contact).await?;
        Ok(Response::new(GetGuestContactResponse { email: email.as_str().to_owned() }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_greeting(
        &self,
        request: Request<GetGreetingRequest>,
    ) -> Result<Response<GetGreetingResponse>, Status> {
        let terminal = convert::terminal(&caller(&request)?)?;
        let number = convert::card_number(&request.into_inner().card_number)?;
        let display_name = app::get_greeting(&self.0, &terminal, &number).await?;
        Ok(Response::new(GetGreetingResponse { display_name }))
    }
}
