//! The last sale, as long as anything of it is owed to its shopper: after a restart the code is shown again, a paper that was not begun is
//! printed, and one that was is a person's, for nobody knows whether it came out.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    machine::{Machine, Stop},
    ticket::Paper,
    view::{Given, Notice, Sale},
};
use crate::{
    journal::{JournalError, LastSale},
    paper::PrinterFailure,
    stage::{IllegalMove, Stage},
};

/// No shopper stands at a till so long after the sale, and a paper that comes then is nobody's.
const LEAVES: Duration = Duration::from_mins(15);
/// A code stays so much longer on the screen for a till that was started again meanwhile.
const GRACE: Duration = Duration::from_secs(30);

impl Machine {
    /// The basket is a sale: that, and what its shopper is to get, is written down in one step.
    pub(super) async fn thank_for(&mut self, sale: Sale) -> Result<(), Stop> {
        let idle = self.stage.closed()?;
        let is_owed = matches!(sale.given, Given::Qr(_) | Given::Paper);
        self.last_sale = is_owed.then(|| self.last(sale));
        self.parts.journal.sold(self.last_sale.as_ref()).await?;
        self.stage = idle;
        self.forget();
        self.thanks = Some(sale);
        Ok(())
    }

    /// The printer is about to be asked: from here on the till alone does not know whether the paper is there.
    pub(super) async fn paper_begins(&mut self, sale: Sale) -> Result<(), JournalError> {
        let last = self.last_sale.filter(|last| last.sale == sale).unwrap_or_else(|| self.last(sale));
        self.keep_owed(Some(LastSale { paper_begun: true, ..last })).await
    }

    /// The paper came out whole: what is left is the code, while its shopper is there.
    pub(super) async fn paper_came_out(&mut self, sale: Sale) -> Result<(), JournalError> {
        let Some(last) = self.last_sale.filter(|last| last.sale == sale) else { return Ok(()) };
        let shows_code = matches!(sale.given, Given::Qr(_)) && self.thanks == Some(sale);
        self.keep_owed(shows_code.then_some(LastSale { paper_begun: false, ..last })).await
    }

    /// The shopper is gone.
    pub(super) async fn leave_the_sale(&mut self) -> Result<(), JournalError> {
        self.keep_owed(self.left_sale()).await
    }

    /// The next shopper's basket is open: what was owed to the last one is left in the same step.
    pub(super) async fn open_for_the_next(&mut self, opened: Result<Stage, IllegalMove>) -> Result<(), Stop> {
        let (stage, last) = (opened?, self.left_sale());
        self.parts.journal.opened(&stage, last.as_ref()).await?;
        (self.stage, self.last_sale) = (stage, last);
        Ok(())
    }

    /// What is owed of the last sale when its shopper is gone: a paper that is still waited for is somebody's all the same.
    fn left_sale(&self) -> Option<LastSale> {
        let last = self.last_sale.filter(|last| self.printing == Some(Paper::Ticket(last.sale)))?;
        Some(LastSale { left: true, ..last })
    }

    /// After a restart at which somebody else is served already: a paper may be missing, and no code is shown again.
    pub(super) async fn serve_the_next(&mut self) -> Result<(), JournalError> {
        self.miss_the_paper();
        let last = self.last_sale.filter(|_| self.unprinted > 0);
        self.keep_owed(last.map(|last| LastSale { left: true, ..last })).await
    }

    /// After a restart: the shopper of the last sale may still be there. A code is shown for the rest of its time alone.
    pub(super) async fn thank_again(&mut self) -> Result<(), Stop> {
        let Some(LastSale { sale, thanked_time, paper_begun, left }) = self.last_sale else { return Ok(()) };
        let stays = match sale.given {
            Given::Qr(_) => sale.given.stays(self.parts.thanks) + GRACE,
            _ => LEAVES,
        };
        let rest = stays.checked_sub((self.parts.clock.unscaled() - thanked_time).unsigned_abs());
        let Some(rest) = rest.filter(|_| !left) else {
            self.miss_the_paper();
            if self.unprinted == 0 {
                self.keep_owed(None).await?;
            }
            return Ok(());
        };
        self.thanks = Some(sale);
        self.thanks_end = Some(Instant::now() + rest);
        if sale.given == Given::Paper && !paper_begun {
            return self.print().await;
        }
        self.miss_the_paper();
        match self.unprinted {
            0 => Ok(()),
            _ => Err(Notice::NotPrinted(PrinterFailure::Silent).into()),
        }
    }

    /// A paper was wanted, and nobody knows of its end: a person of the store is told which.
    pub(super) fn miss_the_paper(&mut self) {
        let is_missed = |last: &LastSale| last.paper_begun || last.sale.given == Given::Paper;
        if let Some(LastSale { sale, .. }) = self.last_sale.filter(is_missed) {
            let sequence = sale.sequence;
            tracing::error!(sequence, "the till was stopped before its paper came out; a person is told");
            self.unprinted = sequence;
        }
    }

    fn last(&self, sale: Sale) -> LastSale {
        LastSale { sale, thanked_time: self.parts.clock.unscaled(), paper_begun: false, left: false }
    }

    async fn keep_owed(&mut self, last: Option<LastSale>) -> Result<(), JournalError> {
        if last != self.last_sale {
            self.parts.journal.keep_sale(last.as_ref()).await?;
            self.last_sale = last;
        }
        Ok(())
    }
}
