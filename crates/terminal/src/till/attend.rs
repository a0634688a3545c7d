//! What people of the store decide about the till, and the shopper's call for one of them.

use proto::checkout::v1 as pb;
use tokio::time::Instant;

use super::{
    machine::{Machine, Stop},
    proof::Verdict,
    reporter::{ReportAnswer, timestamp},
    view::{Notice, Recount, Screen},
};
use crate::{
    client::{CallError, Refusal, RequestId},
    stage::Stage,
};

impl Machine {
    /// Does what the answer to a report says. Nobody has touched the till: its own steps go on as they were.
    pub(super) async fn obey(&mut self, answer: ReportAnswer) -> anyhow::Result<()> {
        // Whoever is there waits for it once at most.
        if self.stage == Stage::Idle || self.shop_asked.is_none() {
            self.learn_the_shop().await;
        }
        let ReportAnswer { reported, basket_id, asked_time, clock_wrong, told } = answer;
        self.clock_wrong = clock_wrong;
        (self.locked, self.audits) = (told.locked, told.audits);
        self.forget_that_it_was_closed();
        self.forget_notes(&told.settled_note_ids).await?;
        if let Err(Stop::Broken(failure)) = self.keep_the_tills_mode(told.training).await {
            return Err(failure);
        }
        if self.call_changed.is_none_or(|changed| changed < reported) {
            let call = told.waiting.iter().find(|waits| waits.kind() == pb::InterventionKind::Help);
            self.call = call.map(|call| call.intervention_id.clone());
        }
        let is_here = basket_id.is_some() && basket_id == self.stage.basket_id();
        let at_refund = basket_id.is_none() && matches!(self.stage, Stage::Refund { .. });
        if (is_here || at_refund)
            && let Some(settlement) = told.settlement
        {
            return self.settled_elsewhere(asked_time, settlement).await;
        }
        let held = self.basket.as_ref().map_or(0, |basket| basket.basket_version);
        if is_here && matches!(self.stage, Stage::Scanning { .. }) && told.basket_version > held {
            return self.take_decisions_over().await;
        }
        Ok(())
    }

    /// Somebody has changed the basket: the shopper sees what became of it.
    async fn take_decisions_over(&mut self) -> anyhow::Result<()> {
        let before = self.basket.clone().unwrap_or_default();
        match self.reconcile().await {
            Err(Stop::Broken(failure)) => return Err(failure),
            // The next report tries again.
            Err(Stop::Told(_)) => return Ok(()),
            Ok(()) => {}
        }
        if !matches!(self.stage, Stage::Scanning { .. }) {
            // It was closed elsewhere: nothing of it is left to be said.
            self.notice = None;
            self.touched();
            return Ok(());
        }
        let now = self.basket.clone().unwrap_or_default();
        if before.approval_age > 0 && now.approval_age == 0 {
            let approved = now.approved_age >= before.approval_age;
            self.notice = Some(if approved { Notice::Approved } else { Notice::GoodsTakenOut });
        } else if before.audit_waits && !now.audit_waits {
            self.notice = Some(Notice::Checked);
        } else if before.unknown_codes.len() > now.unknown_codes.len() {
            self.notice = Some(Notice::CodeSettled);
        }
        Ok(())
    }

    /// A person has settled the payment on a page of the store, or a file of the bank has.
    async fn settled_elsewhere(
        &mut self,
        asked_time: Option<prost_types::Timestamp>,
        settlement: pb::Intervention,
    ) -> anyhow::Result<()> {
        let Screen::Attendant { asked_time: asked, .. } = self.screen() else { return Ok(()) };
        if !self.needs_attendant() || asked_time != Some(timestamp(asked)) {
            return Ok(());
        }
        self.notice = None;
        let settled = match (&self.stage, settlement.decision(), Verdict::of(&settlement)) {
            (Stage::Refund { .. }, pb::InterventionDecision::Approve, _) => self.settle_refund(true).await,
            (Stage::Refund { .. }, pb::InterventionDecision::Refuse, _) => self.settle_refund(false).await,
            (Stage::Refund { .. }, _, _) | (_, _, Err(_)) => return Ok(()),
            (_, _, Ok(verdict)) => self.settle_as(verdict).await,
        };
        self.keep_notice(settled)?;
        // Nobody at the till did anything: thanks make way, and a basket is given up, all the same.
        self.touched();
        Ok(())
    }

    /// An attendant has scanned a part of the drawn basket again: what that has found is shown, and checkout keeps it.
    pub(super) async fn record_audit(
        &mut self,
        attendant_code: &str,
        codes: Vec<String>,
    ) -> Result<(), Stop> {
        if !self.parts.attendant.admits(attendant_code, Instant::now()) {
            return Err(Notice::WrongAttendantCode.into());
        }
        if codes.is_empty() {
            return Err(Notice::Refused(Refusal::NothingScanned).into());
        }
        let (Stage::Scanning { basket_id, .. }, Some(basket)) = (&self.stage, &self.basket) else {
            return Err(Notice::NoBasket.into());
        };
        let (basket_id, version) = (*basket_id, basket.basket_version);
        match self.parts.client.record_audit(RequestId::fresh(), basket_id, version, codes).await {
            Ok(recorded) => {
                let pb::RecordAuditResponse { basket, found, missing, not_scanned } = recorded;
                self.basket = Some(basket.ok_or(Notice::NoAnswer)?);
                self.recount = Some(Recount { found, missing, not_scanned });
                self.notice = Some(Notice::Checked);
                Ok(())
            }
            // The basket still waits to be looked at.
            Err(CallError::Refused(refusal @ Refusal::NothingScanned)) => {
                Err(Notice::Refused(refusal).into())
            }
            // Somebody has answered it on the page, or has changed the basket.
            Err(CallError::Refused(_)) => {
                self.reconcile().await?;
                Err(Notice::BasketChanged.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The shopper calls somebody.
    pub(super) async fn call_for_help(&mut self) -> Result<(), Stop> {
        if self.call.is_none() {
            let call = self.parts.client.call_attendant(self.stage.basket_id()).await?;
            (self.call, self.call_changed) = (Some(call.intervention_id), Some(Instant::now()));
        }
        Ok(())
    }

    /// The shopper needs nobody any more.
    pub(super) async fn take_the_call_back(&mut self) -> Result<(), Stop> {
        if let Some(call) = &self.call {
            self.parts.client.withdraw_call(call).await?;
            (self.call, self.call_changed) = (None, Some(Instant::now()));
        }
        Ok(())
    }
}
