//! A refund of an earlier sale that goes back to its card here, its holder present: the journal first, then checkout, which gives it to one
//! till alone, then the journal, the card terminal, the journal, and checkout again.

use proto::checkout::v1 as pb;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Settlement,
    known::Fate,
    machine::{Machine, Stop},
    notice::RefundNotice,
    view::{FailedPayment, Notice, Screen},
};
use crate::{
    card::{Doubt, Outcome},
    client::{CallError, RefundRefusal, Refusal, RequestId, StillDue},
    journal::NoteCause,
    stage::{BETWEEN_SLIPS, Refund, Stage, Step},
    tender::Tender,
};

impl Machine {
    /// Gives a refund back that waits in the store, card after card, until none is owed any of it. A person does, with the attendants' code.
    pub(super) async fn give_refund(
        &mut self,
        attendant_code: &str,
        number: i64,
        terminal_code: String,
    ) -> Result<(), Stop> {
        self.make_way().await?;
        if self.stage != Stage::Idle {
            return Err(Notice::FinishFirst.into());
        }
        if self.locked {
            return Err(Notice::Locked.into());
        }
        if !self.parts.attendant.admits(attendant_code, Instant::now()) {
            return Err(Notice::WrongAttendantCode.into());
        }
        if self.mode.till {
            return Err(said(RefundNotice::Training));
        }
        if !self.parts.card.has_credit() {
            return Err(said(RefundNotice::NoCredit));
        }
        self.make_sure_of_the_till().await?;
        self.unpaid = None;
        let mut of = terminal_code;
        loop {
            let tender = self.claim_refund(number, of).await?;
            self.ask_for_refund(tender).await?;
            of = self.terminal_of_the_refund();
            if self.tell_refund().await?.to_cards_minor == 0 {
                return Ok(());
            }
        }
    }

    /// Asks checkout for the refund. Where it does not say that the refund is this till's, nothing is asked of the card terminal.
    async fn claim_refund(&mut self, number: i64, terminal_code: String) -> Result<Tender, Stop> {
        let (credit_id, request_id) = (Uuid::now_v7(), RequestId::fresh());
        let (asked_time, step) = (self.parts.clock.now(), Step::Claiming { request_id });
        let refund = Refund { credit_id, number, terminal_code: terminal_code.clone(), asked_time, step };
        self.advance(self.stage.refund_claiming(refund)).await?;
        self.show();
        match self.parts.client.claim_refund_credit(request_id, credit_id, number, &terminal_code).await {
            Ok((tender, of)) => {
                self.advance(self.stage.refund_asked(tender.clone(), of)).await?;
                Ok(tender)
            }
            Err(CallError::Refused(refusal)) => {
                self.advance(self.stage.refund_over()).await?;
                Err(refused(refusal))
            }
            // It may be this till's: checkout is told that nothing was begun.
            Err(CallError::NoAnswer(_)) => {
                self.advance(self.stage.refund_not_begun(RequestId::fresh())).await?;
                self.tell_refund().await?;
                Err(Notice::NoAnswer.into())
            }
        }
    }

    /// Asks the card terminal, whose answer is written down before anything else happens.
    async fn ask_for_refund(&mut self, tender: Tender) -> Result<(), Stop> {
        let Stage::Refund { refund } = &self.stage else { return Err(Notice::NoBasket.into()) };
        let (reference, amount_minor) = (refund.credit_id.to_string(), tender.amount_minor);
        self.show_screen(Screen::GivingBack { tender });
        let outcome = self.parts.card.credit(amount_minor, &reference).await;
        self.refund_answered(outcome).await
    }

    async fn refund_answered(&mut self, outcome: Outcome) -> Result<(), Stop> {
        self.note_refused_slips().await?;
        let outcome = self.with_slip(outcome);
        let doubt = outcome.doubt();
        self.advance(self.stage.refund_answered(outcome, RequestId::fresh())).await?;
        match doubt {
            Some(doubt) => Err(self.refund_in_doubt(doubt).await),
            None => Ok(()),
        }
    }

    /// An answer that came after its time.
    pub(super) async fn refund_answered_late(&mut self, outcome: Outcome) -> Result<(), Stop> {
        self.refund_answered(outcome).await?;
        self.tell_refund().await.map(|_| ())
    }

    /// Nobody knows whether the money went back: it is not asked for again. Checkout learns so as soon as it can be reached; until then the
    /// refund is this till's.
    pub(super) async fn refund_in_doubt(&mut self, doubt: Doubt) -> Stop {
        tracing::error!(?doubt, "nobody knows whether a refund went back; an attendant is called");
        self.show();
        if let Stage::Refund { refund } = &self.stage {
            let told = report(refund, pb::RefundCreditState::Unknown);
            if let Err(error) = self.parts.client.report_refund_credit(RequestId::fresh(), told).await {
                tracing::warn!(%error, "checkout does not know yet that nobody knows of a refund");
            }
        }
        said(RefundNotice::Unknown)
    }

    /// Tells checkout what became of the refund, until it knows; then the till is free again.
    pub(super) async fn tell_refund(&mut self) -> Result<StillDue, Stop> {
        let Stage::Refund { refund } = self.stage.clone() else { return Ok(StillDue::default()) };
        let (told, request_id) = match &refund.step {
            Step::Given { given_minor, brand, pan_last4, slip_text, request_id, .. } => {
                let told = pb::ReportRefundCreditRequest {
                    given_minor: *given_minor,
                    brand: brand.clone(),
                    pan_last4: pan_last4.clone(),
                    slip_text: slip_text.clone(),
                    ..report(&refund, pb::RefundCreditState::Done)
                };
                (told, *request_id)
            }
            Step::NotGiven { slip_text, request_id, .. } => {
                let told = pb::ReportRefundCreditRequest {
                    slip_text: slip_text.clone(),
                    ..report(&refund, pb::RefundCreditState::Refused)
                };
                (told, *request_id)
            }
            Step::Claiming { .. } | Step::Asked { .. } => return Ok(StillDue::default()),
        };
        self.show();
        loop {
            match self.parts.client.report_refund_credit(request_id, told.clone()).await {
                Ok(due) => return self.refund_is_told(&refund, Ok(due)).await,
                // Checkout never heard of it, or a person has said something else meanwhile.
                Err(CallError::Refused(refusal)) => {
                    tracing::warn!(refusal = refusal.reason(), "checkout knows otherwise of a refund");
                    return self.refund_is_told(&refund, Err(refusal)).await;
                }
                Err(error @ CallError::NoAnswer(_)) => {
                    tracing::warn!(%error, "a refund waits for checkout");
                    self.pause().await?;
                }
            }
        }
    }

    /// Whoever stands there reads what became of it, and may have the slip on paper.
    async fn refund_is_told(
        &mut self,
        refund: &Refund,
        due: Result<StillDue, Refusal>,
    ) -> Result<StillDue, Stop> {
        let (slip_text, complement, (asked_minor, given_minor)) = match &refund.step {
            Step::Given { slip_text, given_minor, .. } => (slip_text, None, (*given_minor, *given_minor)),
            Step::NotGiven { slip_text, complement, asked_minor, .. } => {
                (slip_text, Some(complement), (*asked_minor, 0))
            }
            Step::Claiming { .. } | Step::Asked { .. } => return Ok(StillDue::default()),
        };
        self.known.keep(refund.credit_id, None, if given_minor > 0 { Fate::Made } else { Fate::NotMade });
        // The money went back, and a person has said that it did not: it may go back twice. Or the other way round: nothing went back, and
        // whoever waits for it gets nothing.
        let is_contradicted =
            if given_minor > 0 { due.is_err() } else { due == Err(Refusal::Refund(RefundRefusal::Settled)) };
        if is_contradicted {
            self.note(refund.credit_id, NoteCause::LateAnswer, None, (-asked_minor, -given_minor)).await?;
        }
        let complement = complement.and_then(|code| caisse_ap::Complement::of_code(code));
        // A refund of several cards leaves a slip of each: none takes the place of another.
        let before = self.unpaid.take().map(|shown| shown.slip_text);
        let slips: Vec<String> =
            before.into_iter().chain([slip_text.clone()]).filter(|slip| !slip.is_empty()).collect();
        self.unpaid = Some(FailedPayment { complement, slip_text: slips.join(BETWEEN_SLIPS) });
        self.advance(self.stage.refund_over()).await?;
        match (&refund.step, due) {
            (Step::Given { .. }, Err(_)) => Err(said(RefundNotice::SettledElsewhere)),
            (Step::Given { tender, pan_last4, .. }, Ok(_)) if is_other(tender, pan_last4) => {
                tracing::error!("a refund went to another card than the one that paid");
                Err(said(RefundNotice::OtherCard))
            }
            (Step::Given { .. }, Ok(due)) => {
                self.notice = Some(Notice::Refund(given(due)));
                Ok(due)
            }
            _ => Err(said(RefundNotice::NotGiven)),
        }
    }

    /// A till that starts tells checkout what became of its refund. What was not begun is not begun now: its holder may be gone.
    pub(super) async fn take_up_the_refund(&mut self) -> Result<(), Stop> {
        if let Stage::Refund { refund: Refund { step: Step::Claiming { .. }, .. } } = &self.stage {
            self.advance(self.stage.refund_not_begun(RequestId::fresh())).await?;
        }
        self.tell_refund().await.map(|_| ())
    }

    /// What a person has found of a refund that nobody knows of, at the till.
    pub(super) async fn settle_refund_here(&mut self, settlement: &Settlement) -> Result<(), Stop> {
        match settlement {
            Settlement::Paid(_) => self.settle_refund(true).await,
            Settlement::NotPaid => self.settle_refund(false).await,
            Settlement::TryAgain => Err(self.refund_in_doubt(Doubt::NoAnswer).await),
        }
    }

    /// What a person has found, wherever they said it.
    pub(super) async fn settle_refund(&mut self, went_back: bool) -> Result<(), Stop> {
        let slip_text = if went_back { String::new() } else { self.slip_of_what_was_settled() };
        self.advance(self.stage.refund_settled(went_back, slip_text, RequestId::fresh())).await?;
        tracing::info!("a refund that nobody knew of was settled");
        match self.tell_refund().await {
            // A person said so, and reads that it is noted.
            Err(Stop::Told(notice @ Notice::Refund(RefundNotice::NotGiven))) => {
                self.notice = Some(notice);
                Ok(())
            }
            told => told.map(|_| ()),
        }
    }

    fn terminal_of_the_refund(&self) -> String {
        match &self.stage {
            Stage::Refund { refund } => refund.terminal_code.clone(),
            _ => String::new(),
        }
    }
}

fn report(refund: &Refund, state: pb::RefundCreditState) -> pb::ReportRefundCreditRequest {
    let credit_id = refund.credit_id.to_string();
    pb::ReportRefundCreditRequest { credit_id, state: state.into(), ..Default::default() }
}

/// Whether the money went to another card than the one that paid, as far as both are known.
fn is_other(tender: &Tender, pan_last4: &str) -> bool {
    !tender.pan_last4.is_empty() && !pan_last4.is_empty() && tender.pan_last4 != pan_last4
}

/// What no card paid is not forgotten: whoever stands there reads how much the desk still gives.
const fn given(due: StillDue) -> RefundNotice {
    match due.by_hand_minor {
        0 => RefundNotice::Given,
        by_hand_minor => RefundNotice::RestByHand { by_hand_minor },
    }
}

const fn said(notice: RefundNotice) -> Stop {
    Stop::Told(Notice::Refund(notice))
}

fn refused(refusal: Refusal) -> Stop {
    match refusal {
        Refusal::NotFound => said(RefundNotice::NotFound),
        Refusal::Refund(RefundRefusal::PaidOut) => said(RefundNotice::PaidOut),
        Refusal::Refund(RefundRefusal::AtTill) => said(RefundNotice::AtTill),
        Refusal::Refund(RefundRefusal::NumberUnclear) => said(RefundNotice::NumberUnclear),
        Refusal::Refund(RefundRefusal::NoCardPaid) => said(RefundNotice::NoCardPaid),
        refusal => Notice::Refused(refusal).into(),
    }
}
