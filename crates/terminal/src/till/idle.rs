//! What the till does by itself: it makes way after a sale, asks whether the shopper is still there, and gives a basket up.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    machine::{Machine, Stop},
    view::{CODE_STAYS, Notice},
};
use crate::{journal::Cause, stage::Stage};

/// How long the screen stays at least where a paper failed: somebody is on the way.
pub(super) const HELP_COMES: Duration = Duration::from_secs(60);
/// How long the till asks whether the shopper is still there; the screen counts it down.
const WARNING: Duration = Duration::from_secs(30);

impl Machine {
    /// Somebody did something at the till: its own steps begin anew.
    pub(super) fn touched(&mut self) {
        self.warned = false;
        self.timer = match (&self.stage, self.thanks) {
            // The slip of a shopper who is gone goes, whether anybody can be served or not.
            (Stage::Idle, None) if self.unpaid.is_some() => Some(Instant::now() + self.parts.thanks),
            // So do the language and the notice of one who came and scanned nothing.
            (Stage::Idle, None) if self.visited || self.notice.is_some() => {
                Some(Instant::now() + self.parts.idle)
            }
            (_, None) if self.closure().is_some() => None,
            (_, Some(sale)) => {
                let stays = sale.given.stays(self.parts.thanks);
                let is_missed = self.unprinted == sale.sequence;
                let end = Instant::now() + if is_missed { stays.max(HELP_COMES) } else { stays };
                Some(self.thanks_end.map_or(end, |last| last.min(end)))
            }
            (Stage::Scanning { .. } | Stage::Held { .. }, None) => Some(Instant::now() + self.parts.idle),
            (Stage::Suspending { .. }, None) => Some(Instant::now() + self.parts.idle.min(CODE_STAYS)),
            _ => None,
        };
    }

    /// Somebody reads or types: that ends the countdown, and takes nothing off the screen that was told for another reason.
    pub(super) fn go_on(&mut self) {
        if self.thanks.is_some() {
            return;
        }
        self.visited = true;
        if self.notice == Some(Notice::StillThere) {
            self.notice = None;
        }
        self.touched();
    }

    /// Makes way after a sale, or after a code was shown; asks whether the shopper is still there; gives the basket up. A basket that is
    /// paid in part is never given up: somebody is called to it.
    pub(super) async fn on_timer(&mut self) -> anyhow::Result<()> {
        if self.thanks.is_some() {
            self.make_way().await?;
            self.notice = None;
            self.touched();
        } else if matches!(self.stage, Stage::Held { .. }) {
            match self.call_for_help().await {
                Err(Stop::Broken(failure)) => return Err(failure),
                // Checkout does not answer: the next round tries again.
                Err(Stop::Told(_)) => self.touched(),
                Ok(()) => self.timer = None,
            }
        } else if self.suspended {
            if let Err(Stop::Broken(failure)) = self.leave_the_code().await {
                return Err(failure);
            }
            self.touched();
        } else if self.stage == Stage::Idle {
            // Whoever came after the one who left the slip may be there still.
            if self.unpaid.take().is_none() {
                self.leave_nothing();
            }
            self.notice = None;
            self.touched();
        } else if self.warned {
            self.notice = None;
            if let Err(Stop::Broken(failure)) = self.cancel(Cause::Idle).await {
                return Err(failure);
            }
            self.touched();
        } else {
            self.warned = true;
            self.notice = Some(Notice::StillThere);
            self.timer = Some(Instant::now() + self.parts.idle.min(WARNING));
        }
        Ok(())
    }

    /// Whoever came and scanned nothing is gone. Which ticket was not printed is still to be known.
    fn leave_nothing(&mut self) {
        let unprinted = self.unprinted;
        self.next_shopper();
        self.unprinted = unprinted;
    }
}
