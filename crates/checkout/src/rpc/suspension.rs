//! SuspensionService: a shopper leaves a till and goes on at another.

use proto::checkout::v1 as pb;
use proto::checkout::v1::{
    resume_basket_request::Way,
    suspension_service_server::{SuspensionService, SuspensionServiceServer},
};
use tonic::{Request, Response, Status};

use super::{Till, convert, receipt::sha256};
use crate::{
    app::{
        App,
        suspension::{self, ShownBy, TillCommand},
    },
    error::Error,
};

/// The service, to be added to the routes.
pub fn server(app: App) -> SuspensionServiceServer<Suspensions> {
    SuspensionServiceServer::new(Suspensions(app))
}

/// Takes baskets off their tills, and brings them to others.
#[derive(Clone)]
pub struct Suspensions(App);

#[tonic::async_trait]
impl SuspensionService for Suspensions {
    async fn suspend_basket(
        &self,
        request: Request<pb::SuspendBasketRequest>,
    ) -> Result<Response<pb::SuspendBasketResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::SuspendBasketRequest { request_id, basket_id, basket_version, code_sha256 } = &message;
        let version = convert::needed_version(*basket_version)?;
        let command = till.command("SuspendBasket", &message, request_id, basket_id, version)?;
        let code = sha256("code_sha256", code_sha256)?;
        let shown = suspension::suspend_basket(&self.0, command, code.to_owned()).await?;
        Ok(Response::new(pb::SuspendBasketResponse { basket: Some(shown.into()) }))
    }

    async fn resume_basket(
        &self,
        request: Request<pb::ResumeBasketRequest>,
    ) -> Result<Response<pb::ResumeBasketResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let key = convert::request_key("ResumeBasket", &message, &message.request_id)?;
        let asking = TillCommand { terminal_code: &till.code, caller: &till.caller, request: key };
        let shown = suspension::resume_basket(&self.0, asking, shows(&message)?).await?;
        Ok(Response::new(pb::ResumeBasketResponse { basket: Some(shown.into()) }))
    }
}

fn shows(message: &pb::ResumeBasketRequest) -> Result<ShownBy, Error> {
    Ok(match &message.way {
        None => ShownBy::Nothing,
        Some(Way::CodeSha256(hash)) => ShownBy::Code(sha256("code_sha256", hash)?.to_owned()),
        Some(Way::CardNumber(number)) => ShownBy::Card(convert::short("card_number", number, 64)?.to_owned()),
    })
}
