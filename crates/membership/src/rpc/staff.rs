//! Accounts and sessions.

use platform::rpc::caller;
use proto::membership::v1::{
    CreateStaffRequest, CreateStaffResponse, GetSessionRequest, GetSessionResponse, SignInRequest,
    SignInResponse, SignOutRequest, SignOutResponse, staff_service_server::StaffService,
};
use tonic::{Request, Response, Status};

use super::convert;
use crate::{app, app::App};

/// The service of staff.
pub struct Staff(pub App);

#[tonic::async_trait]
impl StaffService for Staff {
    #[tracing::instrument(skip_all)]
    async fn create_staff(
        &self,
        request: Request<CreateStaffRequest>,
    ) -> Result<Response<CreateStaffResponse>, Status> {
        let caller = caller(&request)?;
        let mut message = request.into_inner();
        let password = convert::password(&std::mem::take(&mut message.password))?;
        // The fingerprint is of what is left: a plain hash of the password must not be kept.
        let command = convert::command(&caller, "CreateStaff", &message.request_id, &message)?;
        let (login, post) = convert::account(message.account.as_ref())?;
        let account = app::create_staff(&self.0, &command, &login, &post, &password).await?;
        Ok(Response::new(CreateStaffResponse { account: Some(account.into()) }))
    }

    #[tracing::instrument(skip_all)]
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        let message = request.into_inner();
        convert::request_id(&message.request_id)?;
        let login = convert::login("login", &message.login)?;
        let guess = convert::guess(&message.password)?;
        let source = convert::source(&message.source)?;
        let signed_in = app::sign_in(&self.0, &login, &guess, &source).await?;
        Ok(Response::new(signed_in.into()))
    }

    #[tracing::instrument(skip_all)]
    async fn get_session(
        &self,
        request: Request<GetSessionRequest>,
    ) -> Result<Response<GetSessionResponse>, Status> {
        let token = convert::session(&request.into_inner().session_token)?;
        let (account, assertion) = app::get_session(&self.0, &token).await?;
        Ok(Response::new(GetSessionResponse { account: Some(account.into()), assertion }))
    }

    #[tracing::instrument(skip_all)]
    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let command = convert::command(&caller, "SignOut", &message.request_id, &message)?;
        let token = convert::session_token(&message.session_token)?;
        app::sign_out(&self.0, &command, &token).await?;
        Ok(Response::new(SignOutResponse {}))
    }
}
