//! The ticket: how the shopper wants it is asked before payment; what became of it stands on the screen of thanks.

use std::time::Duration;

use proto::checkout::v1 as pb;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::{
    finding,
    idle::HELP_COMES,
    machine::{Machine, Stop},
    view::{FailedPayment, Given, Notice, Sale},
};
use crate::{
    client::{Client, RequestId},
    journal::{Change, JournalError},
    paper::{Printer, PrinterFailure},
    receipt::{Language, Receipt, Token, Wanted},
    stage::Stage,
};

/// The longest that anybody waits for a paper.
const LONGEST: Duration = Duration::from_secs(30);

/// What is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Paper {
    /// The ticket of a sale.
    Ticket(Sale),
    /// The slip of a payment that was not made: the shopper has a right to it, and there is no ticket that it could go with yet.
    Slip(FailedPayment),
}

/// A paper that came to its end.
#[derive(Debug)]
pub(super) struct Printed {
    paper: Paper,
    outcome: Result<(), Notice>,
}

impl Machine {
    /// Keeps what the shopper asked for. An address goes to membership; the till knows it no longer than this takes.
    pub(super) async fn choose_receipt(&mut self, wanted: Wanted, language: Language) -> Result<(), Stop> {
        let receipt = match wanted {
            Wanted::CardEmail => Receipt::CardEmail,
            Wanted::Qr if self.parts.public_url.is_none() => return Err(Notice::NotOffered.into()),
            Wanted::Qr => Receipt::Qr { token: Token::fresh() },
            Wanted::Paper if !self.can_print() => return Err(Notice::NotOffered.into()),
            Wanted::Paper => Receipt::Paper,
            Wanted::Nothing => Receipt::Nothing,
            Wanted::TypedEmail(mailbox) => {
                let guest_contact_id = Uuid::now_v7();
                // In training nothing is sent, so that nobody keeps the address.
                if !self.basket_trains() {
                    let kept = self.parts.greeter.keep(guest_contact_id, &mailbox).await;
                    if kept.is_err() {
                        // It may have come there all the same.
                        self.parts.greeter.forget(vec![guest_contact_id]);
                    }
                    kept?;
                }
                Receipt::TypedEmail { guest_contact_id }
            }
        };
        let typed = self.addresses();
        let chosen = self.edit(Change::Receipt { receipt, asked: true, language }).await;
        match (&chosen, receipt) {
            (Ok(()), _) => self.forget_addresses(typed),
            // Where checkout did not answer, nobody knows which one it has.
            (Err(Stop::Told(Notice::NoAnswer)), _) => {}
            (Err(_), Receipt::TypedEmail { guest_contact_id }) => {
                self.parts.greeter.forget(vec![guest_contact_id]);
            }
            _ => {}
        }
        chosen
    }

    /// The addresses that were typed for this basket: here, and at the till that it was suspended at.
    pub(super) fn addresses(&self) -> Vec<Uuid> {
        let typed = self.edits.iter().filter_map(|edit| match &edit.change {
            Change::Receipt { receipt: Receipt::TypedEmail { guest_contact_id }, .. } => {
                Some(*guest_contact_id)
            }
            _ => None,
        });
        let mut addresses: Vec<Uuid> = typed.chain(self.address_of_basket()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// The one that checkout has for it.
    fn address_of_basket(&self) -> Option<Uuid> {
        self.basket.as_ref().and_then(|basket| basket.guest_contact_id.parse().ok())
    }

    /// Lets membership forget addresses to which no ticket goes.
    pub(super) fn forget_addresses(&self, typed: Vec<Uuid>) {
        if !typed.is_empty() && !self.basket_trains() {
            self.parts.greeter.forget(typed);
        }
    }

    /// Before payment: a guest who said nothing gets the code, a member the mail. A default that cannot be kept costs the ticket at this
    /// till, never the sale.
    pub(super) async fn settle_receipt(&mut self) -> Result<(), Stop> {
        let is_member = self.basket.as_ref().is_some_and(|basket| basket.member_identified);
        let receipt = match self.chosen_receipt() {
            // It was typed at the till that the basket was suspended at.
            None if self.address_of_basket().is_some() => return Ok(()),
            Some((Receipt::CardEmail, _)) | None if is_member => return Ok(()),
            Some((Receipt::CardEmail, _)) | None if self.parts.public_url.is_some() => {
                Receipt::Qr { token: Token::fresh() }
            }
            // It was the guest's default, and the guest turned out to be a member.
            Some((Receipt::Qr { .. }, false)) if is_member => Receipt::CardEmail,
            _ => return Ok(()),
        };
        let language = self.chosen_language();
        match self.edit(Change::Receipt { receipt, asked: false, language }).await {
            Err(Stop::Told(notice)) => {
                tracing::warn!(reason = notice.reason(), "the usual ticket was not chosen");
                Ok(())
            }
            settled => settled,
        }
    }

    /// The last choice, and whether the shopper was asked.
    fn chosen_receipt(&self) -> Option<(Receipt, bool)> {
        self.edits.iter().rev().find_map(|edit| match &edit.change {
            Change::Receipt { receipt, asked, .. } => Some((*receipt, *asked)),
            _ => None,
        })
    }

    /// The language of the last choice.
    fn chosen_language(&self) -> Language {
        let last = self.edits.iter().rev().find_map(|edit| match &edit.change {
            Change::Receipt { language, .. } => Some(*language),
            _ => None,
        });
        last.unwrap_or_default()
    }

    /// What the shopper gets, as checkout has it; the token of the code is known to the till alone.
    pub(super) fn given(&self, ticket: &pb::Ticket) -> Given {
        match (ticket.receipt_choice(), self.chosen_receipt()) {
            (pb::ReceiptChoice::CardEmail, _) => Given::CardEmail,
            (pb::ReceiptChoice::TypedEmail, _) => Given::TypedEmail,
            (pb::ReceiptChoice::Qr, Some((Receipt::Qr { token }, _))) => Given::Qr(token),
            (pb::ReceiptChoice::Paper, _) => Given::Paper,
            (pb::ReceiptChoice::Unspecified, _) if !ticket.member_id.is_empty() => Given::CardEmail,
            (pb::ReceiptChoice::None, _) => Given::Nothing,
            (pb::ReceiptChoice::Qr | pb::ReceiptChoice::Unspecified, _) => Given::AtDesk,
        }
    }

    /// Whether there is a printer, and it was in order when it was last asked.
    fn can_print(&self) -> bool {
        let is_ill = self.findings.borrow().iter().any(|found| finding::is_of_the_printer(*found));
        self.parts.printer.is_some() && !is_ill
    }

    /// What is on the screen and may be printed: the ticket of a sale, or else the slip of a payment that was not made.
    fn printable(&self) -> Option<Paper> {
        let slip = || self.unpaid.clone().filter(|unpaid| !unpaid.slip_text.is_empty());
        self.thanks.map(Paper::Ticket).or_else(|| slip().map(Paper::Slip))
    }

    /// Begins to print what is shown: what was chosen, or one more paper that was asked for. Nobody waits for the printer but the paper.
    pub(super) async fn print(&mut self) -> Result<(), Stop> {
        let Some(paper) = self.printable() else { return Err(Notice::NoBasket.into()) };
        let Some(printer) = self.parts.printer.clone() else { return Err(Notice::NotOffered.into()) };
        self.notice = Some(Notice::Printing);
        if self.printing.as_ref() == Some(&paper) {
            return Ok(());
        }
        if let Paper::Ticket(sale) = paper {
            self.paper_begins(sale).await?;
        }
        self.printing = Some(paper.clone());
        let (client, ended) = (self.parts.client.clone(), self.papers.0.clone());
        tokio::spawn(async move {
            let printed = timeout(LONGEST, put(printer, client, &paper)).await;
            let outcome = printed.unwrap_or_else(|_| Err(paper.not_printed(PrinterFailure::Silent)));
            if let Err(notice) = outcome {
                let (reason, sequence) = (notice.reason(), paper.sequence());
                tracing::error!(reason, sequence, "a paper was not printed");
            }
            // A till that stops meanwhile has nobody left to tell.
            let _ = ended.send(Printed { paper, outcome }).await;
        });
        Ok(())
    }

    /// A paper came out, or did not: who waits for it reads so, and the people of the store learn which ticket it is.
    pub(super) async fn on_printed(&mut self, printed: Printed) -> Result<(), JournalError> {
        let Printed { paper, outcome } = printed;
        self.printing.take_if(|begun| *begun == paper);
        if let Paper::Ticket(sale) = paper {
            self.unprinted = if outcome.is_err() { sale.sequence } else { 0 };
            if outcome.is_ok() {
                self.paper_came_out(sale).await?;
            }
        }
        if self.printable() == Some(paper) {
            self.notice = Some(outcome.err().unwrap_or(Notice::Printed));
            self.touched();
            if outcome.is_err() && self.thanks.is_none() && self.stage == Stage::Idle {
                self.timer = Some(Instant::now() + self.parts.thanks.max(HELP_COMES));
            }
        }
        Ok(())
    }
}

impl Paper {
    /// The number of the ticket; 0 where it is none.
    const fn sequence(&self) -> i64 {
        match self {
            Self::Ticket(sale) => sale.sequence,
            Self::Slip(_) => 0,
        }
    }

    /// What is said when it does not come out: the ticket is the desk's to print, a slip can be read where it is.
    const fn not_printed(&self, failure: PrinterFailure) -> Notice {
        match self {
            Self::Ticket(_) => Notice::NotPrinted(failure),
            Self::Slip(_) => Notice::SlipNotPrinted(failure),
        }
    }
}

/// Asks the printer how it is, then prints; for a ticket it asks checkout in between, which counts the paper.
async fn put(printer: Printer, client: Client, paper: &Paper) -> Result<(), Notice> {
    let ready = printer.ready().await.map_err(|failure| paper.not_printed(failure))?;
    let printed = match paper {
        Paper::Ticket(sale) => {
            ready.print(&client.print_ticket(RequestId::fresh(), sale.sale_id).await?).await
        }
        Paper::Slip(unpaid) => ready.print_slip(&unpaid.slip_text).await,
    };
    printed.map_err(|failure| paper.not_printed(failure))
}
