//! AttendanceService: for the people of one store.

use std::pin::Pin;

use caisse_ap::{Proof, Typed};
use futures::{Stream, StreamExt};
use money::Cents;
use platform::{
    Shutdown,
    rpc::{caller, has_ended},
};
use proto::checkout::v1 as pb;
use proto::checkout::v1::attendance_service_server::{AttendanceService, AttendanceServiceServer};
use tokio::sync::mpsc;
use tonic::{Request, Response, Status};

use super::{convert, history, people};
use crate::{
    app::{
        App,
        attendance::{self, Answer, Attendant, Picture, Till},
        setting::{self, Setting},
    },
    domain::{
        acquirer,
        attendance::{Decision, Goods, Intervention, Kind, Stage, born_until},
        finding::TillFinding,
        payment::CardKind,
    },
    error::Error,
    events::timestamp,
};

/// Pictures that wait for a watcher's connection.
const WATCH_BUFFER: usize = 4;

/// The service, to be added to the routes.
pub fn server(app: App, shutdown: Shutdown) -> AttendanceServiceServer<Attendants> {
    AttendanceServiceServer::new(Attendants { app, shutdown })
}

/// Shows the tills of a store, and takes decisions about them.
#[derive(Clone)]
pub struct Attendants {
    app: App,
    shutdown: Shutdown,
}

#[tonic::async_trait]
impl AttendanceService for Attendants {
    type WatchTillsStream = Pin<Box<dyn Stream<Item = Result<pb::WatchTillsResponse, Status>> + Send>>;

    async fn list_tills(
        &self,
        request: Request<pb::ListTillsRequest>,
    ) -> Result<Response<pb::ListTillsResponse>, Status> {
        let staff = people::staff(&caller(&request)?)?;
        let message = request.into_inner();
        let size = convert::page_size(message.page_size)?;
        let after = message.page_token.as_str();
        let (picture, has_more) = attendance::list_tills(&self.app, &staff.store_code, after, size).await?;
        let Picture { tills, suspended } = picture;
        let last = tills.last().filter(|_| has_more).map(|till| till.presence.terminal_code.clone());
        Ok(Response::new(pb::ListTillsResponse {
            next_page_token: last.unwrap_or_default(),
            tills: tills.into_iter().map(|till| shown(&self.app, till)).collect(),
            suspended: suspended.into_iter().map(Into::into).collect(),
        }))
    }

    async fn watch_tills(
        &self,
        request: Request<pb::WatchTillsRequest>,
    ) -> Result<Response<Self::WatchTillsStream>, Status> {
        let staff = people::staff(&caller(&request)?)?;
        let (sender, mut receiver) = mpsc::channel(WATCH_BUFFER);
        let (app, shutdown) = (self.app.clone(), self.shutdown.clone());
        tokio::spawn(attendance::watch_tills(app, staff.store_code, shutdown, sender));
        let app = self.app.clone();
        let told = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
        let told = told.map(move |picture: Result<Picture, Error>| {
            let Picture { tills, suspended } = picture?;
            let tills = tills.into_iter().map(|till| shown(&app, till)).collect();
            Ok(pb::WatchTillsResponse { tills, suspended: suspended.into_iter().map(Into::into).collect() })
        });
        Ok(Response::new(Box::pin(told)))
    }

    async fn answer_intervention(
        &self,
        request: Request<pb::AnswerInterventionRequest>,
    ) -> Result<Response<pb::AnswerInterventionResponse>, Status> {
        let caller = caller(&request)?;
        let staff = people::staff(&caller)?;
        let (staff_id, has_ended) = (people::staff_id(&staff)?, has_ended(&request));
        let message = request.into_inner();
        let key = convert::request_key("AnswerIntervention", &message, &message.request_id)?;
        let (caller, store_code) = (&caller.id(), &staff.store_code);
        let attendant = Attendant { caller, staff_id, store_code, has_ended };
        let answered = attendance::answer_intervention(&self.app, attendant, key, answer(&message)?).await?;
        let intervention = Some(intervention(&self.app, answered));
        Ok(Response::new(pb::AnswerInterventionResponse { intervention }))
    }

    async fn lock_till(
        &self,
        request: Request<pb::LockTillRequest>,
    ) -> Result<Response<pb::LockTillResponse>, Status> {
        let caller = caller(&request)?;
        let store = people::store_of(&caller)?;
        let message = request.into_inner();
        let key = convert::request_key("LockTill", &message, &message.request_id)?;
        let code = convert::short("terminal_code", &message.terminal_code, 16)?;
        let (id, setting) = (caller.id(), Setting::Locked(message.locked));
        let till = setting::set_till(&self.app, &id, store.as_deref(), key, code, setting).await?;
        Ok(Response::new(pb::LockTillResponse { till: Some(shown(&self.app, till)) }))
    }

    async fn list_basket_edits(
        &self,
        request: Request<pb::ListBasketEditsRequest>,
    ) -> Result<Response<pb::ListBasketEditsResponse>, Status> {
        let staff = people::staff(&caller(&request)?)?;
        Ok(Response::new(history::list(&self.app, &staff.store_code, request.get_ref()).await?))
    }

    async fn release_till(
        &self,
        request: Request<pb::ReleaseTillRequest>,
    ) -> Result<Response<pb::ReleaseTillResponse>, Status> {
        let id = caller(&request)?.id();
        let message = request.into_inner();
        let key = convert::request_key("ReleaseTill", &message, &message.request_id)?;
        let code = convert::short("terminal_code", &message.terminal_code, 16)?;
        let till = setting::set_till(&self.app, &id, None, key, code, Setting::Released).await?;
        Ok(Response::new(pb::ReleaseTillResponse { till: Some(shown(&self.app, till)) }))
    }
}

fn answer(message: &pb::AnswerInterventionRequest) -> Result<Answer<'_>, Error> {
    let decision = match message.decision() {
        pb::InterventionDecision::Approve => Decision::Approve,
        pb::InterventionDecision::Refuse => Decision::Refuse,
        pb::InterventionDecision::Done => Decision::Done,
        pb::InterventionDecision::Unspecified | pb::InterventionDecision::Withdrawn => {
            return Err(Error::field("decision", "not approve, refuse or done"));
        }
    };
    if message.product_code.chars().count() > 256 {
        return Err(Error::field("product_code", "more than 256 characters"));
    }
    let amount = match message.amount_minor {
        0 => None,
        amount if amount > 0 => Some(Cents::new(amount)),
        _ => return Err(Error::field("amount_minor", "below zero")),
    };
    let (pan_last4, authorisation) = (message.pan_last4.trim(), message.authorisation.trim());
    let brand = message.brand.trim();
    Ok(Answer {
        intervention_id: convert::intervention_id(&message.intervention_id)?,
        decision,
        minimum_age: u8::try_from(message.minimum_age)
            .map_err(|_| Error::field("minimum_age", "not 0 to 255"))?,
        product_code: &message.product_code,
        paid: Typed { pan_last4, authorisation, brand, amount },
    })
}

/// As the people of the store see it.
pub(super) fn shown(app: &App, till: Till) -> pb::TillState {
    let Till { presence, waiting, file_findings } = till;
    let file_finding = |waits: &Intervention| match file_findings.get(&waits.intervention_id) {
        None => pb::FileFinding::Unspecified,
        Some(acquirer::FileFinding::Absent) => pb::FileFinding::Absent,
        Some(acquirer::FileFinding::Unclear) => pb::FileFinding::Unclear,
    };
    let waits = |waits: Intervention| {
        let file_finding = file_finding(&waits).into();
        pb::Intervention { file_finding, ..intervention(app, waits) }
    };
    pb::TillState {
        terminal_code: presence.terminal_code,
        stage: stage(presence.stage).into(),
        since_time: presence.since.map(timestamp),
        reported_time: presence.reported.map(timestamp),
        locked: presence.locked,
        waiting: waiting.into_iter().map(waits).collect(),
        silent: presence.silent,
        basket_id: presence.basket_id.map(|basket_id| basket_id.to_string()).unwrap_or_default(),
        findings: presence.findings.into_iter().map(|found| finding(found).into()).collect(),
        unprinted_sequence: presence.unprinted,
        training: presence.training,
        training_shown: presence.training_shown,
    }
}

fn stage(stage: Stage) -> pb::TillStage {
    match stage {
        Stage::Unspecified => pb::TillStage::Unspecified,
        Stage::Starting => pb::TillStage::Starting,
        Stage::Idle => pb::TillStage::Idle,
        Stage::Scanning => pb::TillStage::Scanning,
        Stage::Paying => pb::TillStage::Paying,
        Stage::Stopped => pb::TillStage::Stopped,
        Stage::Paid => pb::TillStage::Paid,
        Stage::Locked => pb::TillStage::Locked,
    }
}

fn finding(finding: TillFinding) -> pb::TillFinding {
    match finding {
        TillFinding::CardTerminalSilent => pb::TillFinding::CardTerminalSilent,
        TillFinding::CardTerminalNotReady => pb::TillFinding::CardTerminalNotReady,
        TillFinding::PrinterSilent => pb::TillFinding::PrinterSilent,
        TillFinding::PrinterPaperEnd => pb::TillFinding::PrinterPaperEnd,
        TillFinding::PrinterCoverOpen => pb::TillFinding::PrinterCoverOpen,
        TillFinding::PrinterFault => pb::TillFinding::PrinterFault,
        TillFinding::ScaleSilent => pb::TillFinding::ScaleSilent,
        TillFinding::ClockWrong => pb::TillFinding::ClockWrong,
        TillFinding::DiskFull => pb::TillFinding::DiskFull,
        TillFinding::CertificateEnds => pb::TillFinding::CertificateEnds,
        TillFinding::TicketUnprinted => pb::TillFinding::TicketUnprinted,
        TillFinding::ClaimedTwice => pb::TillFinding::ClaimedTwice,
    }
}

fn kind(kind: Kind) -> pb::InterventionKind {
    match kind {
        Kind::PaymentUnknown => pb::InterventionKind::PaymentUnknown,
        Kind::GiveBack => pb::InterventionKind::GiveBack,
        Kind::RefundUnknown => pb::InterventionKind::RefundUnknown,
        Kind::SaleRefused => pb::InterventionKind::SaleRefused,
        Kind::Approval => pb::InterventionKind::Approval,
        Kind::Help => pb::InterventionKind::Help,
        Kind::UnknownCode => pb::InterventionKind::UnknownCode,
        Kind::Audit => pb::InterventionKind::Audit,
        Kind::LateAnswer => pb::InterventionKind::LateAnswer,
        Kind::SlipRefused => pb::InterventionKind::SlipRefused,
        Kind::Abandoned => pb::InterventionKind::Abandoned,
    }
}

fn decision(decision: Decision) -> pb::InterventionDecision {
    match decision {
        Decision::Approve => pb::InterventionDecision::Approve,
        Decision::Refuse => pb::InterventionDecision::Refuse,
        Decision::Done => pb::InterventionDecision::Done,
        Decision::Withdrawn => pb::InterventionDecision::Withdrawn,
    }
}

pub(super) fn goods(goods: Goods) -> pb::AuditedGoods {
    pb::AuditedGoods { name: goods.name, quantity_milli: goods.quantity.get(), by_weight: goods.by_weight }
}

/// As everybody is told of it.
pub(super) fn intervention(app: &App, intervention: Intervention) -> pb::Intervention {
    let Intervention { detail, answered, .. } = intervention;
    let catalogue = app.catalogue.current();
    let zone = catalogue.store(&intervention.store_code).map(|store| store.time_zone.as_str());
    let born = zone.filter(|_| intervention.kind == Kind::Approval);
    let born = born.and_then(|zone| born_until(detail.minimum_age, zone, app.clock.now()));
    pb::Intervention {
        intervention_id: intervention.intervention_id.to_string(),
        terminal_code: intervention.terminal_code,
        basket_id: intervention.basket_id.map(|basket_id| basket_id.to_string()).unwrap_or_default(),
        kind: kind(intervention.kind).into(),
        raised_time: Some(timestamp(intervention.raised)),
        answered_time: answered.map(|(_, time)| timestamp(time)),
        decision: answered.map_or(0, |(word, _)| decision(word).into()),
        minimum_age: i32::from(detail.minimum_age),
        born_until: born.unwrap_or_default(),
        code: detail.code,
        line_id: detail.line_id.unwrap_or_default(),
        amount_minor: detail.amount.get(),
        paid_minor: detail.paid.get(),
        asked_time: detail.asked_time.map(timestamp),
        pan_last4: detail.pan_last4,
        goods: detail.goods.into_iter().map(goods).collect(),
        authorisation: detail.authorisation,
        brand: detail.brand,
        proof: proof(detail.proof.as_deref()).into(),
        file_finding: pb::FileFinding::Unspecified.into(),
        training: intervention.training,
        attempt_id: detail.attempt_id.map(|attempt_id| attempt_id.to_string()).unwrap_or_default(),
        tender_kind: match detail.card_kind {
            None => pb::TenderKind::Unspecified.into(),
            Some(CardKind::Card) => pb::TenderKind::Card.into(),
            Some(CardKind::MealVoucher) => pb::TenderKind::MealVoucher.into(),
        },
        amount_untold: detail.untold && intervention.kind == Kind::PaymentUnknown,
    }
}

fn proof(word: Option<&str>) -> pb::PaymentProof {
    match word.and_then(Proof::parse) {
        None => pb::PaymentProof::Unspecified,
        Some(Proof::CardTerminal) => pb::PaymentProof::CardTerminal,
        Some(Proof::MerchantSlip) => pb::PaymentProof::MerchantSlip,
        Some(Proof::AcquirerFile) => pb::PaymentProof::AcquirerFile,
    }
}
