//! Tells checkout where the till stands, also while the till itself waits for the card terminal, and hands on what it has to do.

use std::time::Duration;

use proto::checkout::v1 as pb;
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

use super::view::{Screen, Trouble, View};
use crate::client::Client;

/// Between two reports of a till at which nothing waits.
const CALM: Duration = Duration::from_secs(3);
/// Between two while something does: the shopper stands there.
const PRESSING: Duration = Duration::from_secs(1);

/// What checkout answered to a report.
#[derive(Clone, Debug)]
pub(super) struct ReportAnswer {
    /// When the report went out: what happened after it is not in the answer.
    pub reported: Instant,
    /// The basket that was reported.
    pub basket_id: Option<Uuid>,
    /// When the payment that was reported was asked.
    pub asked_time: Option<prost_types::Timestamp>,
    /// What the till has to do.
    pub told: pb::ReportTillResponse,
}

/// Reports until it is dropped.
pub(super) async fn run(
    client: Client,
    mut shown: watch::Receiver<View>,
    answers: watch::Sender<Option<ReportAnswer>>,
) {
    loop {
        let report = report_of(&shown.borrow_and_update());
        let reported = Instant::now();
        let pause = match client.report_till(report.clone()).await {
            Ok(told) => {
                let pressing = !told.waiting.is_empty() || told.settlement.is_some();
                let (basket_id, asked_time) = (report.basket_id.parse().ok(), report.asked_time);
                answers.send_replace(Some(ReportAnswer { reported, basket_id, asked_time, told }));
                if pressing { PRESSING } else { CALM }
            }
            Err(error) => {
                tracing::debug!(%error, "checkout does not hear where the till stands");
                CALM
            }
        };
        let next = Instant::now() + pause;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(next) => break,
                changed = shown.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    if report_of(&shown.borrow_and_update()) != report {
                        break;
                    }
                }
            }
        }
    }
}

/// Where a till stands that shows this.
fn report_of(view: &View) -> pb::ReportTillRequest {
    let basket_id = view.basket_id.map(|basket_id| basket_id.to_string()).unwrap_or_default();
    let report = |stage: pb::TillStage| pb::ReportTillRequest {
        stage: stage.into(),
        basket_id: basket_id.clone(),
        training: view.training,
        ..pb::ReportTillRequest::default()
    };
    match &view.screen {
        Screen::Starting => report(pb::TillStage::Starting),
        Screen::Idle => report(pb::TillStage::Idle),
        Screen::Locked => report(pb::TillStage::Locked),
        Screen::Scanning(_) => report(pb::TillStage::Scanning),
        Screen::Paying { .. } | Screen::Telling { .. } => report(pb::TillStage::Paying),
        Screen::Thanks(_) => report(pb::TillStage::Paid),
        Screen::Attendant { trouble, total_minor, asked_time, attempt_id } => {
            let (kind, paid_minor) = match trouble {
                Trouble::PaymentUnknown(_) => (pb::InterventionKind::PaymentUnknown, 0),
                Trouble::PaymentPartial { paid_minor } => (pb::InterventionKind::PaymentPartial, *paid_minor),
                Trouble::SaleRefused(_) => (pb::InterventionKind::SaleRefused, *total_minor),
            };
            pb::ReportTillRequest {
                trouble: kind.into(),
                amount_minor: *total_minor,
                paid_minor,
                asked_time: Some(timestamp(*asked_time)),
                attempt_id: attempt_id.to_string(),
                ..report(pb::TillStage::Stopped)
            }
        }
    }
}

/// In whole milliseconds, so that it is the same wherever it is written.
pub(super) fn timestamp(time: time::OffsetDateTime) -> prost_types::Timestamp {
    let nanos = i32::from(time.millisecond()) * 1_000_000;
    prost_types::Timestamp { seconds: time.unix_timestamp(), nanos }
}
