//! The end of a payment: the sale, or what a person has found out.

use proto::checkout::v1 as pb;
use uuid::Uuid;

use super::{
    Settlement,
    machine::{Machine, Stop},
    view::{Given, Notice, Sale, Trouble},
};
use crate::{
    card::{NotTaken, Payment},
    client::{Refusal, RequestId},
    stage::Stage,
};

impl Machine {
    /// The sale is made: one line in the ledger, then the journal forgets.
    pub(super) async fn finish(&mut self, ticket: &pb::Ticket) -> Result<(), Stop> {
        let (Ok(sale_id), Ok(basket_id)) = (ticket.sale_id.parse::<Uuid>(), ticket.basket_id.parse::<Uuid>())
        else {
            self.trouble = Some(Trouble::SaleRefused(Refusal::Other));
            return Err(Notice::SaleRefused.into());
        };
        let total_minor = ticket.total.as_ref().map_or(0, |total| total.amount_minor);
        let added = self.parts.ledger.as_mut().map(|ledger| ledger.add(sale_id, basket_id, total_minor));
        if let Some(Err(failure)) = added {
            tracing::error!(%failure, "the ledger was not written");
        }
        let given = self.given(ticket);
        self.advance(self.stage.closed()).await?;
        self.forget();
        self.thanks = Some(Sale { sale_id, total_minor, sequence: ticket.sequence, given });
        if given == Given::Paper {
            // The sale is made, whatever becomes of its paper.
            match self.print() {
                Err(Stop::Told(notice)) => self.notice = Some(notice),
                printed => return printed,
            }
        }
        Ok(())
    }

    /// A person settles what nobody knew.
    pub(super) async fn settle(&mut self, code: &str, settlement: Settlement) -> Result<(), Stop> {
        if self.trouble.is_none() {
            return Err(Notice::NoBasket.into());
        }
        if !self.parts.attendant.admits(code, tokio::time::Instant::now()) {
            return Err(Notice::WrongAttendantCode.into());
        }
        self.settle_as(settlement).await
    }

    /// What a person has found out, whoever it was and wherever they said it.
    pub(super) async fn settle_as(&mut self, settlement: Settlement) -> Result<(), Stop> {
        if matches!(self.stage, Stage::CreditAsked { .. } | Stage::Owed { .. }) {
            return self.settle_debt(settlement).await;
        }
        match settlement {
            Settlement::Paid { pan_last4 } => {
                let is_card_end = pan_last4.len() == 4 && pan_last4.bytes().all(|byte| byte.is_ascii_digit());
                if !is_card_end {
                    return Err(Notice::NotFourDigits.into());
                }
                let Stage::Asked { attempt } = &self.stage else {
                    return Err(Notice::NeedsAttendant.into());
                };
                let (payment, paid) = (settled(attempt.amount_minor, pan_last4), attempt.attempt_id);
                self.advance(self.stage.settled_as_paid(payment, RequestId::fresh())).await?;
                self.paid = Some(paid);
            }
            Settlement::NotPaid => {
                // Behind a trouble, `Taken` means that checkout has refused the sale: the money was given back.
                if let Stage::Taken { attempt, .. } = &self.stage {
                    self.paid.take_if(|paid| *paid == attempt.attempt_id);
                }
                self.advance(self.stage.settled_as_not_paid(RequestId::fresh())).await?;
            }
            Settlement::TryAgain => {
                if matches!(self.stage, Stage::Asked { .. }) {
                    return self.look_for_the_sale().await;
                }
            }
        }
        tracing::info!("an attendant settled a payment");
        self.trouble = None;
        match self.tell().await {
            // Nothing was taken, and everybody knows it.
            Err(Stop::Told(Notice::NotPaid(NotTaken::SettledByStaff))) => Ok(()),
            told => told,
        }
    }
}

/// A payment as a person saw it in the card terminal's own journal.
fn settled(amount_minor: i64, pan_last4: String) -> Payment {
    Payment {
        amount_minor,
        brand: caisse_ap::Brand::Other.name().to_owned(),
        pan_last4,
        application_id: String::new(),
        authorisation: String::new(),
        contactless: false,
        slip_text: String::new(),
    }
}
