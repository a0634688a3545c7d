//! The last sale, as long as anything of it is owed to its shopper: after a restart the code is shown again, a paper that was not begun is
//! printed, and one that was is a person's, for nobody knows whether it came out.

use super::{
    machine::{Machine, Stop},
    ticket::Paper,
    view::{Given, Notice, Sale},
};
use crate::{
    journal::{JournalError, LastSale},
    paper::PrinterFailure,
};

/// No shopper stands at a till so long after the sale.
const LEAVES: time::Duration = time::Duration::minutes(15);

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

    /// The shopper is gone. A paper that is still waited for is somebody's all the same.
    pub(super) async fn leave_the_sale(&mut self) -> Result<(), JournalError> {
        let Some(last) = self.last_sale else { return Ok(()) };
        if self.printing == Some(Paper::Ticket(last.sale)) {
            return Ok(());
        }
        self.keep_owed(None).await
    }

    /// After a restart: the shopper of the last sale may still be there.
    pub(super) async fn thank_again(&mut self) -> Result<(), Stop> {
        let Some(LastSale { sale, thanked_time, paper_begun }) = self.last_sale else { return Ok(()) };
        if (self.parts.clock.unscaled() - thanked_time).abs() > LEAVES {
            self.miss_the_paper();
            if self.unprinted == 0 {
                self.keep_owed(None).await?;
            }
            return Ok(());
        }
        self.thanks = Some(sale);
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
        LastSale { sale, thanked_time: self.parts.clock.unscaled(), paper_begun: false }
    }

    async fn keep_owed(&mut self, last: Option<LastSale>) -> Result<(), JournalError> {
        if last != self.last_sale {
            self.parts.journal.keep_sale(last.as_ref()).await?;
            self.last_sale = last;
        }
        Ok(())
    }
}
