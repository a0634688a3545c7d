//! The ticket: how the shopper wants it is asked before payment; what became of it stands on the screen of thanks.

use proto::checkout::v1 as pb;
use uuid::Uuid;

use super::{
    machine::{Machine, Stop},
    view::{Given, Notice, Sale},
};
use crate::{
    client::RequestId,
    journal::Change,
    paper::{Printer, Ready},
    receipt::{Language, Receipt, Token, Wanted},
};

impl Machine {
    /// Keeps what the shopper asked for. An address goes to membership; the till knows it no longer than this takes.
    pub(super) async fn choose_receipt(&mut self, wanted: Wanted, language: Language) -> Result<(), Stop> {
        let receipt = match wanted {
            Wanted::CardEmail => Receipt::CardEmail,
            Wanted::Qr if self.parts.public_url.is_none() => return Err(Notice::NotOffered.into()),
            Wanted::Qr => Receipt::Qr { token: Token::fresh() },
            Wanted::Paper if self.parts.printer.is_none() => return Err(Notice::NotOffered.into()),
            Wanted::Paper => Receipt::Paper,
            Wanted::Nothing => Receipt::Nothing,
            Wanted::TypedEmail(mailbox) => {
                let guest_contact_id = Uuid::now_v7();
                // In training nothing is sent, so that nobody keeps the address.
                if !self.basket_trains() {
                    self.parts.greeter.keep(guest_contact_id, &mailbox).await?;
                }
                Receipt::TypedEmail { guest_contact_id }
            }
        };
        self.edit(Change::Receipt { receipt, asked: true, language }).await
    }

    /// Before payment: a guest who said nothing gets the code, a member the mail. A default that cannot be kept costs the ticket at this
    /// till, never the sale.
    pub(super) async fn settle_receipt(&mut self) -> Result<(), Stop> {
        let is_member = self.basket.as_ref().is_some_and(|basket| basket.member_identified);
        let receipt = match self.chosen_receipt() {
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

    /// Prints the ticket of the sale that is shown: what was chosen, or one more paper that was asked for.
    pub(super) async fn print(&mut self) -> Result<(), Stop> {
        let Some(Sale { sale_id, .. }) = self.thanks else { return self.print_slip().await };
        let Some(printer) = self.parts.printer.clone() else { return Err(Notice::NotOffered.into()) };
        let ready = ready(&printer).await?;
        let paper = self.parts.client.print_ticket(RequestId::fresh(), sale_id).await?;
        if let Err(failure) = ready.print(&paper).await {
            tracing::error!(%failure, "a ticket was not printed whole; the desk is to be called");
            return Err(Notice::NotPrinted(failure).into());
        }
        self.notice = Some(Notice::Printed);
        Ok(())
    }

    /// Prints the slip of a payment that was not made: the shopper has a right to it, and there is no ticket that it could go with yet.
    async fn print_slip(&mut self) -> Result<(), Stop> {
        let slip_text = self.unpaid.as_ref().map(|unpaid| unpaid.slip_text.clone()).unwrap_or_default();
        if slip_text.is_empty() {
            return Err(Notice::NoBasket.into());
        }
        let Some(printer) = self.parts.printer.clone() else { return Err(Notice::NotOffered.into()) };
        if let Err(failure) = ready(&printer).await?.print_slip(&slip_text).await {
            tracing::error!(%failure, "a card slip was not printed whole; it stays on the screen");
            return Err(Notice::NotPrinted(failure).into());
        }
        self.notice = Some(Notice::Printed);
        Ok(())
    }
}

async fn ready(printer: &Printer) -> Result<Ready, Stop> {
    printer.ready().await.map_err(|failure| {
        tracing::error!(%failure, "a paper was asked for, and the printer is not ready; the desk is to be called");
        Notice::NotPrinted(failure).into()
    })
}
