//! Tells checkout where the till stands, also while the till itself waits for the card terminal, and hands on what it has to do.

use std::time::Duration;

use platform::Clock;
use proto::checkout::v1 as pb;
use time::OffsetDateTime;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use uuid::Uuid;

use super::{
    claimant::Claim,
    view::{Closure, Screen, Trouble, View},
};
use crate::{
    client::Client,
    journal::{Note, NoteCause},
};

/// Between two reports of a till at which nothing waits.
const CALM: Duration = Duration::from_secs(3);
/// Between two while something does: the shopper stands there.
const PRESSING: Duration = Duration::from_secs(1);

/// The oldest notes are said first; the others when those are settled.
const MOST_NOTES: usize = 50;
/// How far the clocks may differ. Tickets are dated by checkout; the till says when a card terminal was asked, which a person may have to
/// look for in that minute.
const CLOCK_MAY_DIFFER: Duration = Duration::from_secs(60);

/// What checkout answered to a report.
#[derive(Clone, Debug)]
pub(super) struct ReportAnswer {
    /// When the report went out: what happened after it is not in the answer.
    pub reported: Instant,
    /// The basket that was reported.
    pub basket_id: Option<Uuid>,
    /// When the payment that was reported was asked.
    pub asked_time: Option<prost_types::Timestamp>,
    /// The till's clock and checkout's differ.
    pub clock_wrong: bool,
    /// What the till has to do.
    pub told: pb::ReportTillResponse,
}

/// Reports until it is dropped.
pub(super) async fn run(
    client: Client,
    mut shown: watch::Receiver<View>,
    answers: watch::Sender<Option<ReportAnswer>>,
    mut claim: watch::Receiver<Claim>,
    lost: &Notify,
    clock: Clock,
) {
    loop {
        // Who is not the till says nothing in its name.
        let Ok(held) = claim.wait_for(|claim| matches!(claim, Claim::Held(_))).await.map(|claim| *claim)
        else {
            return;
        };
        let report = report_of(&shown.borrow_and_update());
        let (reported, asked) = (Instant::now(), clock.now());
        let pause = match client.report_till(report.clone()).await {
            Ok(told) if told.claimed_elsewhere => {
                lost.notify_one();
                if claim.wait_for(|claim| *claim != held).await.is_err() {
                    return;
                }
                continue;
            }
            Ok(told) => {
                let pressing = !told.waiting.is_empty() || told.settlement.is_some();
                let (basket_id, asked_time) = (report.basket_id.parse().ok(), report.asked_time);
                let clock_wrong = is_wrong(&clock, asked, told.server_time);
                let answer = ReportAnswer { reported, basket_id, asked_time, clock_wrong, told };
                answers.send_replace(Some(answer));
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

/// Whether the till's clock was off while it asked. In a demonstration a minute is too short to be measured.
fn is_wrong(clock: &Clock, asked: OffsetDateTime, server: Option<prost_types::Timestamp>) -> bool {
    let server = server.and_then(|server| OffsetDateTime::from_unix_timestamp(server.seconds).ok());
    let is_off = |server| server < asked - CLOCK_MAY_DIFFER || server > clock.now() + CLOCK_MAY_DIFFER;
    !clock.is_scaled() && server.is_some_and(is_off)
}

/// Where a till stands that shows this.
pub(super) fn report_of(view: &View) -> pb::ReportTillRequest {
    let basket_id = view.basket_id.map(|basket_id| basket_id.to_string()).unwrap_or_default();
    let findings: Vec<i32> = view.findings.iter().map(|finding| (*finding).into()).collect();
    let report = |stage: pb::TillStage| pb::ReportTillRequest {
        stage: stage.into(),
        basket_id: basket_id.clone(),
        notes: view.notes.iter().take(MOST_NOTES).map(note_of).collect(),
        findings: findings.clone(),
        unprinted_sequence: view.unprinted,
        training: view.training,
        ..pb::ReportTillRequest::default()
    };
    // What a journal says that may be an older copy withdraws no call for a person.
    if view.unread {
        return report(pb::TillStage::Starting);
    }
    match &view.screen {
        // A machine that was not the till until now does not know yet where it stands.
        Screen::Starting | Screen::Closed(Closure::Claimed(_) | Closure::NoCheckout) => {
            report(pb::TillStage::Starting)
        }
        // Whoever is shown a code is on the way.
        Screen::Idle | Screen::Suspended(_) => report(pb::TillStage::Idle),
        Screen::Locked => report(pb::TillStage::Locked),
        Screen::Closed(Closure::Findings) => report(pb::TillStage::Stopped),
        Screen::Scanning(_) => report(pb::TillStage::Scanning),
        Screen::Paying { .. } | Screen::Held { .. } | Screen::GivingBack { .. } | Screen::Telling { .. } => {
            report(pb::TillStage::Paying)
        }
        Screen::Thanks(_) => report(pb::TillStage::Paid),
        Screen::Attendant { trouble, total_minor, asked_time, attempt_id, tender_id, kind } => {
            let unspecified = pb::TenderKind::Unspecified;
            let (trouble, paid_minor, tender_kind) = match trouble {
                Trouble::PaymentUnknown(_) => {
                    (pb::InterventionKind::PaymentUnknown, 0, pb::TenderKind::from(*kind))
                }
                Trouble::RefundUnknown => (pb::InterventionKind::RefundUnknown, 0, unspecified),
                Trouble::GiveBack { owed_minor, .. } => {
                    (pb::InterventionKind::GiveBack, *owed_minor, unspecified)
                }
                Trouble::SaleRefused(_) => (pb::InterventionKind::SaleRefused, *total_minor, unspecified),
            };
            pb::ReportTillRequest {
                trouble: trouble.into(),
                tender_kind: tender_kind.into(),
                amount_minor: *total_minor,
                paid_minor,
                asked_time: Some(timestamp(*asked_time)),
                attempt_id: attempt_id.to_string(),
                tender_id: tender_id.map(|tender_id| tender_id.to_string()).unwrap_or_default(),
                ..report(pb::TillStage::Stopped)
            }
        }
    }
}

fn note_of(note: &Note) -> pb::TillNote {
    let kind = match note.cause {
        NoteCause::LateAnswer => pb::InterventionKind::LateAnswer,
        NoteCause::SlipRefused => pb::InterventionKind::SlipRefused,
    };
    pb::TillNote {
        note_id: note.note_id.to_string(),
        kind: kind.into(),
        basket_id: note.basket_id.map(|basket_id| basket_id.to_string()).unwrap_or_default(),
        amount_minor: note.asked_minor,
        paid_minor: note.taken_minor,
        noted_time: Some(timestamp(note.noted_time)),
    }
}

/// In whole milliseconds, so that it is the same wherever it is written.
pub(super) fn timestamp(time: time::OffsetDateTime) -> prost_types::Timestamp {
    let nanos = i32::from(time.millisecond()) * 1_000_000;
    prost_types::Timestamp { seconds: time.unix_timestamp(), nanos }
}
