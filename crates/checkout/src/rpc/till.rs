//! TillService: what tills say of themselves.

use money::Cents;
use proto::checkout::v1 as pb;
use proto::checkout::v1::till_service_server::{TillService, TillServiceServer};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Till, convert};
use crate::{
    app::{
        App, claim,
        till::{self, Note, Report, Told, Trouble},
    },
    domain::{
        attendance::{Kind, Stage},
        claim::Asking,
        finding::TillFinding,
        id::{BasketId, TenderId},
        payment::CardKind,
    },
    error::Error,
    events::timestamp,
    rpc::attendance::intervention,
};

/// The service, to be added to the routes.
pub fn server(app: App) -> TillServiceServer<Tills> {
    TillServiceServer::new(Tills(app))
}

/// More notes of one till are raised when the first are settled.
const MOST_NOTES: usize = 50;

/// Notes where tills stand, and answers what they have to do.
#[derive(Clone)]
pub struct Tills(App);

#[tonic::async_trait]
impl TillService for Tills {
    async fn claim_till(
        &self,
        request: Request<pb::ClaimTillRequest>,
    ) -> Result<Response<pb::ClaimTillResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let asking = asking(&message)?;
        // A repeat may come from another place: the power was cut, and the machine started anew.
        let placeless = pb::ClaimTillRequest { place: String::new(), ..message };
        let key = convert::request_key("ClaimTill", &placeless, &placeless.request_id)?;
        let generation = claim::claim_till(&self.0, &till.caller, &till.code, key, asking).await?;
        Ok(Response::new(pb::ClaimTillResponse { generation }))
    }

    async fn report_till(
        &self,
        request: Request<pb::ReportTillRequest>,
    ) -> Result<Response<pb::ReportTillResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        // A repeat says the same once more; nothing is claimed for it.
        convert::request_key("ReportTill", &message, &message.request_id)?;
        let told = till::report_till(&self.0, &till.code, report(&message)?).await?;
        Ok(Response::new(match told {
            Some(told) => orders(&self.0, told),
            None => pb::ReportTillResponse { claimed_elsewhere: true, ..pb::ReportTillResponse::default() },
        }))
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

fn asking(message: &pb::ClaimTillRequest) -> Result<Asking, Error> {
    Ok(Asking {
        instance_id: convert::uuid("instance_id", &message.instance_id)?,
        generation: count("generation", message.generation)?,
        place: convert::short("place", &message.place, 128)?.to_owned(),
        granted: None,
    })
}

fn count(field: &str, count: i64) -> Result<i64, Error> {
    if count >= 0 { Ok(count) } else { Err(Error::field(field, "below zero")) }
}

fn basket_of(text: &str) -> Result<Option<BasketId>, Error> {
    if text.is_empty() { Ok(None) } else { convert::basket_id(text).map(Some) }
}

fn report(message: &pb::ReportTillRequest) -> Result<Report, Error> {
    Ok(Report {
        stage: stage(message.stage())?,
        basket_id: basket_of(&message.basket_id)?,
        trouble: trouble(message)?,
        notes: message.notes.iter().take(MOST_NOTES).map(note).collect::<Result<_, _>>()?,
        generation: count("generation", message.generation)?,
        findings: message.findings().map(finding).collect::<Result<_, _>>()?,
        unprinted: count("unprinted_sequence", message.unprinted_sequence)?,
        training_shown: message.training,
    })
}

fn note(note: &pb::TillNote) -> Result<Note, Error> {
    let kind = match note.kind() {
        pb::InterventionKind::LateAnswer => Kind::LateAnswer,
        pb::InterventionKind::SlipRefused => Kind::SlipRefused,
        _ => return Err(Error::field("notes.kind", "not that of a note")),
    };
    Ok(Note {
        note_id: note.note_id.parse().map_err(|_| Error::field("notes.note_id", "not a UUID"))?,
        kind,
        basket_id: basket_of(&note.basket_id)?,
        amount: Cents::new(note.amount_minor),
        paid: Cents::new(note.paid_minor),
        noted: instant(note.noted_time).ok_or_else(|| Error::field("notes.noted_time", "not an instant"))?,
    })
}

/// In whole milliseconds, as tills say it.
fn instant(time: Option<prost_types::Timestamp>) -> Option<OffsetDateTime> {
    let time = time?;
    let at = OffsetDateTime::from_unix_timestamp(time.seconds).ok()?;
    at.replace_nanosecond(u32::try_from(time.nanos).ok()? / 1_000_000 * 1_000_000).ok()
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

fn finding(finding: pb::TillFinding) -> Result<TillFinding, Error> {
    match finding {
        pb::TillFinding::Unspecified | pb::TillFinding::ClaimedTwice => {
            Err(Error::field("findings", "not one that a till says of itself"))
        }
        pb::TillFinding::CardTerminalSilent => Ok(TillFinding::CardTerminalSilent),
        pb::TillFinding::CardTerminalNotReady => Ok(TillFinding::CardTerminalNotReady),
        pb::TillFinding::PrinterSilent => Ok(TillFinding::PrinterSilent),
        pb::TillFinding::PrinterPaperEnd => Ok(TillFinding::PrinterPaperEnd),
        pb::TillFinding::PrinterCoverOpen => Ok(TillFinding::PrinterCoverOpen),
        pb::TillFinding::PrinterFault => Ok(TillFinding::PrinterFault),
        pb::TillFinding::ScaleSilent => Ok(TillFinding::ScaleSilent),
        pb::TillFinding::ClockWrong => Ok(TillFinding::ClockWrong),
        pb::TillFinding::DiskFull => Ok(TillFinding::DiskFull),
        pb::TillFinding::CertificateEnds => Ok(TillFinding::CertificateEnds),
        pb::TillFinding::TicketUnprinted => Ok(TillFinding::TicketUnprinted),
    }
}

fn trouble(message: &pb::ReportTillRequest) -> Result<Option<Trouble>, Error> {
    let kind = match message.trouble() {
        pb::InterventionKind::Unspecified => return Ok(None),
        pb::InterventionKind::PaymentUnknown => Kind::PaymentUnknown,
        pb::InterventionKind::GiveBack => Kind::GiveBack,
        pb::InterventionKind::RefundUnknown => Kind::RefundUnknown,
        pb::InterventionKind::SaleRefused => Kind::SaleRefused,
        _ => return Err(Error::field("trouble", "not that of a payment")),
    };
    Ok(Some(Trouble {
        kind,
        amount: Cents::new(message.amount_minor),
        paid: Cents::new(message.paid_minor),
        asked: instant(message.asked_time).ok_or_else(|| Error::field("asked_time", "not an instant"))?,
        attempt_id: named("attempt_id", &message.attempt_id)?,
        tender_id: named("tender_id", &message.tender_id)?.map(TenderId),
        card_kind: card_kind(message.tender_kind())?,
    }))
}

fn card_kind(kind: pb::TenderKind) -> Result<Option<CardKind>, Error> {
    match kind {
        pb::TenderKind::Unspecified => Ok(None),
        pb::TenderKind::Card => Ok(Some(CardKind::Card)),
        pb::TenderKind::MealVoucher => Ok(Some(CardKind::MealVoucher)),
        pb::TenderKind::StoreCredit => Err(Error::field("tender_kind", "store credit is asked of no card")),
    }
}

fn named(field: &str, text: &str) -> Result<Option<Uuid>, Error> {
    if text.is_empty() { Ok(None) } else { convert::uuid(field, text).map(Some) }
}

fn orders(app: &App, told: Told) -> pb::ReportTillResponse {
    pb::ReportTillResponse {
        server_time: Some(timestamp(app.clock.now())),
        locked: told.orders.locked,
        training: told.orders.training,
        basket_version: told.orders.basket_version,
        waiting: told.waiting.into_iter().map(|waits| intervention(app, waits)).collect(),
        audits: told.audits,
        settled_note_ids: told.settled_notes.iter().map(Uuid::to_string).collect(),
        settlement: told.settlement.map(|settled| intervention(app, settled)),
        claimed_elsewhere: false,
    }
}
