//! What is practised: the mode of a till, and the training ticket behind a code.

use platform::{Caller, rpc::caller};
use proto::checkout::v1 as pb;
use tonic::{Request, Response, Status};

use super::{attendance::shown, convert, people};
use crate::{
    app::{App, training},
    events::timestamp,
};

/// The longest token that is looked for.
const LONGEST_TOKEN: usize = 64;

pub async fn set_till_mode(
    app: &App,
    request: Request<pb::SetTillModeRequest>,
) -> Result<Response<pb::SetTillModeResponse>, Status> {
    let caller = caller(&request)?;
    let store = match &caller {
        Caller::Operator => None,
        caller => Some(people::staff(caller)?.store_code),
    };
    let message = request.into_inner();
    let key = convert::request_key("SetTillMode", &message, &message.request_id)?;
    let code = convert::short("terminal_code", &message.terminal_code, 16)?;
    let id = caller.id();
    let till = training::set_till_mode(app, &id, store.as_deref(), key, code, message.training).await?;
    Ok(Response::new(pb::SetTillModeResponse { till: Some(shown(app, till)) }))
}

pub async fn ticket(
    app: &App,
    request: Request<pb::GetTrainingTicketRequest>,
) -> Result<Response<pb::GetTrainingTicketResponse>, Status> {
    let message = request.into_inner();
    let token = convert::short("token", &message.token, LONGEST_TOKEN)?;
    let read = training::read(app, token).await?;
    Ok(Response::new(pb::GetTrainingTicketResponse {
        ticket: Some(read.ticket.into()),
        slip_text: read.slip_text,
        expiry_time: Some(timestamp(read.expiry)),
    }))
}
