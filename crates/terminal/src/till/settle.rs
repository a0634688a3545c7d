//! The end of a payment: the sale, or what a person has found out.

use proto::checkout::v1 as pb;
use uuid::Uuid;

use super::{
    Settlement,
    known::Fate,
    machine::{Machine, Stop},
    proof::Verdict,
    view::{Given, Notice, Sale, Trouble},
};
use crate::{
    card::NotTaken,
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
        // The books know nothing of what was practised.
        let ledger = self.parts.ledger.as_mut().filter(|_| !ticket.training);
        let added = ledger.map(|ledger| ledger.add(sale_id, basket_id, total_minor));
        if let Some(Err(failure)) = added {
            tracing::error!(%failure, "the ledger was not written");
        }
        let given = self.given(ticket);
        let (sequence, training) = (ticket.sequence, ticket.training);
        self.thank_for(Sale { sale_id, total_minor, sequence, given, training }).await?;
        if given == Given::Paper {
            // The sale is made, whatever becomes of its paper.
            match self.print().await {
                Err(Stop::Told(notice)) => self.notice = Some(notice),
                printed => return printed,
            }
        }
        Ok(())
    }

    /// A person settles what nobody knew.
    pub(super) async fn settle(&mut self, code: &str, settlement: Settlement) -> Result<(), Stop> {
        if !self.needs_attendant() {
            return Err(Notice::NoBasket.into());
        }
        if !self.parts.attendant.admits(code, tokio::time::Instant::now()) {
            return Err(Notice::WrongAttendantCode.into());
        }
        if matches!(self.stage, Stage::Refund { .. }) {
            return self.settle_refund_here(&settlement).await;
        }
        let verdict = match settlement {
            Settlement::Paid(seen) => Verdict::Paid(seen.prove(self.asked_minor()?)?),
            Settlement::NotPaid => Verdict::NotPaid,
            // What somebody has said meanwhile counts; where checkout does not answer, nobody has.
            Settlement::TryAgain => {
                let said = self.make_sure_of_the_till().await;
                said.ok().flatten().unwrap_or(Verdict::TryAgain)
            }
        };
        self.settle_as(verdict).await
    }

    /// What was found out, whoever did and wherever they said it.
    pub(super) async fn settle_as(&mut self, verdict: Verdict) -> Result<(), Stop> {
        if matches!(self.stage, Stage::CreditAsked { .. } | Stage::Owed { .. }) {
            return self.settle_debt(verdict).await;
        }
        match verdict {
            Verdict::Paid(proven) => {
                let Stage::Asked { attempt } = &self.stage else {
                    return Err(Notice::NeedsAttendant.into());
                };
                let payment = self.proven_payment(proven, attempt);
                self.advance(self.stage.settled_as_paid(payment, RequestId::fresh())).await?;
                if let Stage::Taken { attempt, .. } = &self.stage {
                    self.known.keep(attempt.attempt_id, Some(attempt.bill.basket_id), Fate::Made);
                }
            }
            Verdict::NotPaid => {
                // Behind a trouble, `Taken` means that checkout has refused the sale: the money was given back.
                let slip_text = self.slip_of_what_was_settled();
                self.advance(self.stage.settled_as_not_paid(slip_text, RequestId::fresh())).await?;
                if let Stage::NotTaken { attempt, .. } = &self.stage {
                    self.known.keep(attempt.attempt_id, Some(attempt.bill.basket_id), Fate::NotMade);
                }
            }
            Verdict::TryAgain => {
                if matches!(self.stage, Stage::Asked { .. }) {
                    return self.look_for_the_sale().await;
                }
            }
        }
        tracing::info!("a payment that nobody knew of was settled");
        self.trouble = None;
        match self.tell().await {
            // Nothing was taken, and everybody knows it: the shopper reads so, and gets the slip.
            Err(Stop::Told(notice @ Notice::NotPaid(NotTaken::SettledByStaff))) => {
                self.notice = Some(notice);
                Ok(())
            }
            told => told,
        }
    }
}
