//! TrainingService: the mode of a till, and the training ticket behind a code.

use platform::rpc::caller;
use proto::checkout::v1 as pb;
use proto::checkout::v1::training_service_server::{TrainingService, TrainingServiceServer};
use sha2::{Digest, Sha256};
use tonic::{Request, Response, Status};

use super::{attendance::shown, convert, people};
use crate::{
    app::{
        App,
        setting::{self, Setting},
        ticket_copy,
    },
    events::timestamp,
};

/// The longest token that is looked for.
const LONGEST_TOKEN: usize = 64;

/// The service, to be added to the routes.
pub fn server(app: App) -> TrainingServiceServer<Training> {
    TrainingServiceServer::new(Training(app))
}

/// Turns tills to training, and reads what was practised.
#[derive(Clone)]
pub struct Training(App);

#[tonic::async_trait]
impl TrainingService for Training {
    async fn set_till_mode(
        &self,
        request: Request<pb::SetTillModeRequest>,
    ) -> Result<Response<pb::SetTillModeResponse>, Status> {
        let caller = caller(&request)?;
        let store = people::store_of(&caller)?;
        let message = request.into_inner();
        let key = convert::request_key("SetTillMode", &message, &message.request_id)?;
        let code = convert::short("terminal_code", &message.terminal_code, 16)?;
        let (id, setting) = (caller.id(), Setting::Training(message.training));
        let till = setting::set_till(&self.0, &id, store.as_deref(), key, code, setting).await?;
        Ok(Response::new(pb::SetTillModeResponse { till: Some(shown(&self.0, till)) }))
    }

    async fn get_training_ticket(
        &self,
        request: Request<pb::GetTrainingTicketRequest>,
    ) -> Result<Response<pb::GetTrainingTicketResponse>, Status> {
        let caller = caller(&request)?.id();
        let message = request.into_inner();
        let token = convert::short("token", &message.token, LONGEST_TOKEN)?;
        let request = convert::request_key("GetTrainingTicket", &message, &message.request_id)?;
        let token_sha256: String =
            Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let command = ticket_copy::Command { caller: &caller, request };
        let (copy, expiry) = ticket_copy::download_training_ticket(&self.0, command, &token_sha256).await?;
        Ok(Response::new(pb::GetTrainingTicketResponse {
            ticket: Some(copy.ticket.into()),
            slip_texts: copy.slip_texts,
            expiry_time: Some(timestamp(expiry)),
            copy: copy.number,
        }))
    }
}
