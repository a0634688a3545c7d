//! Whether the till may serve anybody: it is the one machine that may, and what it needs is there.

use proto::checkout::v1::TillFinding;

use super::{
    claimant::Claim,
    finding,
    machine::{Machine, Stop},
    view::{Closure, Notice, Screen},
};
use crate::stage::Stage;

impl Machine {
    /// Why nobody can be served. Whoever is there pays all the same when a finding comes; but not at a machine that is not the till.
    pub(super) fn closure(&self) -> Option<Closure> {
        match (*self.claim.borrow(), &self.stage) {
            (Claim::Refused(refusal), Stage::Idle | Stage::Scanning { .. } | Stage::Held { .. }) => {
                Some(Closure::Claimed(refusal))
            }
            (Claim::Unanswered, Stage::Idle | Stage::Held { .. }) => Some(Closure::NoCheckout),
            (_, Stage::Idle) => {
                let closes = self.findings.borrow().iter().any(|found| finding::closes(*found));
                closes.then_some(Closure::Findings)
            }
            _ => None,
        }
    }

    /// What is wrong with the till.
    pub(super) fn found(&self) -> Vec<TillFinding> {
        let mut found = self.findings.borrow().clone();
        found.extend(self.clock_wrong.then_some(TillFinding::ClockWrong));
        found.extend((self.unprinted > 0).then_some(TillFinding::TicketUnprinted));
        found
    }

    /// Waits until this machine is the till. Nobody is served before; what was paid has become its sale by then.
    pub(super) async fn wait_until_claimed(&mut self) -> Result<(), Stop> {
        let shutdown = self.shutdown.clone();
        loop {
            let claim = *self.claim.borrow_and_update();
            self.show_screen(match claim {
                Claim::Held(_) => return Ok(()),
                Claim::Asking => Screen::Starting,
                Claim::Unanswered => Screen::Closed(Closure::NoCheckout),
                Claim::Refused(refusal) => Screen::Closed(Closure::Claimed(refusal)),
            });
            tokio::select! {
                () = shutdown.cancelled() => return Err(Notice::Stopping.into()),
                changed = self.claim.changed() => {
                    if changed.is_err() {
                        return Err(Notice::Stopping.into());
                    }
                }
                Some(message) = self.inbox.recv() => {
                    let _ = message.reply.send(Err(Notice::Closed));
                }
                // What is wrong with the till is shown meanwhile.
                Ok(()) = self.findings.changed() => {}
            }
        }
    }

    /// Whoever asks is answered in a moment, or knows then that there is no answer: until that nobody is served.
    pub(super) async fn wait_for_a_claim(&mut self) {
        // The sender is gone when the till ends.
        let _ = self.claim.wait_for(|claim| *claim != Claim::Asking).await;
    }

    /// Another machine has become the till, or this one is it again. A basket that was open is left as it is: it may be the other's.
    pub(super) async fn on_claim(&mut self) -> anyhow::Result<()> {
        let claim = *self.claim.borrow();
        // Whoever is the till meanwhile may go on with what is paid.
        let may_be_anothers = matches!(claim, Claim::Refused(_) | Claim::Unanswered);
        if may_be_anothers && matches!(self.stage, Stage::Held { .. } | Stage::Asked { .. }) {
            self.bill_unread = true;
        }
        match claim {
            Claim::Refused(_) if matches!(self.stage, Stage::Scanning { .. } | Stage::Held { .. }) => {
                self.basket = None;
                (self.card, self.greeting, self.notice) = (None, None, None);
            }
            Claim::Held(_) if self.basket.is_none() || self.bill_unread => {
                let taken_up = match self.stage {
                    Stage::Asked { .. } => self.look_for_a_newer_payment().await,
                    _ => self.take_up_what_is_open().await,
                };
                self.keep_notice(taken_up)?;
            }
            _ => {}
        }
        self.forget_that_it_was_closed();
        self.touched();
        Ok(())
    }

    /// A till that serves again does not go on saying that it is closed.
    pub(super) fn forget_that_it_was_closed(&mut self) {
        let is_over = match self.notice {
            Some(Notice::Locked) => !self.locked,
            Some(Notice::Closed) => self.closure().is_none(),
            _ => false,
        };
        if is_over {
            self.notice = None;
        }
    }
}
