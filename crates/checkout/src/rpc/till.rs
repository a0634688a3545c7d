//! TillService: what tills say of themselves.

use money::Cents;
use proto::checkout::v1 as pb;
use proto::checkout::v1::till_service_server::{TillService, TillServiceServer};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

use super::{Till, convert};
use crate::{
    app::{
        App,
        till::{self, Report, Told, Trouble},
    },
    domain::{
        attendance::{Kind, Stage},
        id::BasketId,
    },
    error::Error,
    events::timestamp,
    rpc::attendance::intervention,
};

/// The service, to be added to the routes.
pub fn server(app: App) -> TillServiceServer<Tills> {
    TillServiceServer::new(Tills(app))
}

/// Notes where tills stand, and answers what they have to do.
#[derive(Clone)]
pub struct Tills(App);

#[tonic::async_trait]
impl TillService for Tills {
    async fn report_till(
        &self,
        request: Request<pb::ReportTillRequest>,
    ) -> Result<Response<pb::ReportTillResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        // A repeat says the same once more; nothing is claimed for it.
        convert::request_key("ReportTill", &message, &message.request_id)?;
        let told = till::report_till(&self.0, &till.code, report(&message)?).await?;
        Ok(Response::new(orders(&self.0, told)))
    }

    async fn call_attendant(
        &self,
        request: Request<pb::CallAttendantRequest>,
    ) -> Result<Response<pb::CallAttendantResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let key = convert::request_key("CallAttendant", &message, &message.request_id)?;
        let basket_id = basket_of(&message.basket_id)?;
        let call = till::call_attendant(&self.0, &till.caller, &till.code, key, basket_id).await?;
        Ok(Response::new(pb::CallAttendantResponse { intervention: Some(intervention(&self.0, call)) }))
    }

    async fn withdraw_call(
        &self,
        request: Request<pb::WithdrawCallRequest>,
    ) -> Result<Response<pb::WithdrawCallResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let key = convert::request_key("WithdrawCall", &message, &message.request_id)?;
        let id = convert::intervention_id(&message.intervention_id)?;
        let call = till::withdraw_call(&self.0, &till.caller, &till.code, key, id).await?;
        Ok(Response::new(pb::WithdrawCallResponse { intervention: Some(intervention(&self.0, call)) }))
    }
}

fn basket_of(text: &str) -> Result<Option<BasketId>, Error> {
    if text.is_empty() { Ok(None) } else { convert::basket_id(text).map(Some) }
}

fn report(message: &pb::ReportTillRequest) -> Result<Report, Error> {
    Ok(Report {
        stage: stage(message.stage())?,
        basket_id: basket_of(&message.basket_id)?,
        trouble: trouble(message)?,
        training_shown: message.training,
    })
}

fn stage(stage: pb::TillStage) -> Result<Stage, Error> {
    match stage {
        pb::TillStage::Unspecified => Err(Error::field("stage", "not a stage")),
        pb::TillStage::Starting => Ok(Stage::Starting),
        pb::TillStage::Idle => Ok(Stage::Idle),
        pb::TillStage::Scanning => Ok(Stage::Scanning),
        pb::TillStage::Paying => Ok(Stage::Paying),
        pb::TillStage::Stopped => Ok(Stage::Stopped),
        pb::TillStage::Paid => Ok(Stage::Paid),
        pb::TillStage::Locked => Ok(Stage::Locked),
    }
}

fn trouble(message: &pb::ReportTillRequest) -> Result<Option<Trouble>, Error> {
    let kind = match message.trouble() {
        pb::InterventionKind::Unspecified => return Ok(None),
        pb::InterventionKind::PaymentUnknown => Kind::PaymentUnknown,
        pb::InterventionKind::PaymentPartial => Kind::PaymentPartial,
        pb::InterventionKind::SaleRefused => Kind::SaleRefused,
        _ => return Err(Error::field("trouble", "not that of a payment")),
    };
    let asked = message.asked_time.and_then(|at| {
        OffsetDateTime::from_unix_timestamp(at.seconds).ok().zip(u32::try_from(at.nanos).ok())
    });
    let asked = asked.and_then(|(at, nanos)| at.replace_nanosecond(nanos / 1_000_000 * 1_000_000).ok());
    Ok(Some(Trouble {
        kind,
        amount: Cents::new(message.amount_minor),
        paid: Cents::new(message.paid_minor),
        asked: asked.ok_or_else(|| Error::field("asked_time", "not an instant"))?,
        attempt_id: match message.attempt_id.as_str() {
            "" => None,
            attempt_id => Some(convert::uuid("attempt_id", attempt_id)?),
        },
    }))
}

fn orders(app: &App, told: Told) -> pb::ReportTillResponse {
    pb::ReportTillResponse {
        server_time: Some(timestamp(app.clock.now())),
        locked: told.orders.locked,
        training: told.orders.training,
        basket_version: told.orders.basket_version,
        waiting: told.waiting.into_iter().map(|waits| intervention(app, waits)).collect(),
        audits: told.audits,
        settlement: told.settlement.map(|settled| intervention(app, settled)),
    }
}
