//! Paying: the journal first, then the card terminal, then the journal, then checkout.

use std::time::Duration;

use caisse_ap::Complement;
use proto::checkout::v1 as pb;
use uuid::Uuid;

use super::{
    Settlement,
    machine::{Machine, Stop},
    proof::Finding,
    view::{FailedPayment, Given, Notice, Sale, Screen, Trouble},
};
use crate::{
    card::{NotTaken, Outcome, Payment},
    client::{CallError, Refusal, RequestId},
    stage::{Attempt, Stage},
};

/// Pause between two rounds of telling checkout what was taken.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(500);

impl Machine {
    pub(super) async fn pay(&mut self) -> Result<(), Stop> {
        let Some(total_minor) = self.basket.as_ref().map(total_of) else {
            return Err(Notice::NoBasket.into());
        };
        if total_minor > 0 {
            self.show_screen(Screen::Paying { total_minor });
        }
        self.settle_receipt().await?;
        let amount_minor = self.begin_payment(total_minor).await?;
        let attempt = Attempt {
            attempt_id: Uuid::now_v7(),
            basket_id: self.stage.basket_id().ok_or(Notice::NoBasket)?,
            amount_minor,
            asked_time: self.parts.clock.now(),
        };
        if amount_minor <= 0 {
            self.advance(self.stage.free(attempt, RequestId::fresh())).await?;
            return self.tell().await;
        }
        let reference = attempt.attempt_id.to_string();
        self.keep_the_baskets_mode(self.basket_trains()).await?;
        self.advance(self.stage.asked(attempt)).await?;
        let outcome = self.ask_for(amount_minor, &reference).await;
        self.conclude(outcome).await
    }

    /// Freezes the basket. What is paid is what the shopper saw, or the shopper looks again.
    async fn begin_payment(&mut self, total_minor: i64) -> Result<i64, Stop> {
        for _ in 0..2 {
            let (Stage::Scanning { basket_id, .. }, Some(basket)) = (&self.stage, &self.basket) else {
                return Err(Notice::NoBasket.into());
            };
            let begun =
                self.parts.client.begin_payment(RequestId::fresh(), *basket_id, basket.basket_version);
            match begun.await {
                Ok(basket) if total_of(&basket) == total_minor => {
                    self.basket = Some(basket);
                    return Ok(total_minor);
                }
                Ok(_)
                | Err(CallError::Refused(
                    Refusal::BasketVersionStale
                    | Refusal::BasketFrozen
                    | Refusal::BasketClosed
                    | Refusal::NotFound,
                )) => self.reconcile().await?,
                Err(CallError::Refused(Refusal::DiscountUsedUp)) => {
                    self.reconcile().await?;
                    return Err(Notice::Refused(Refusal::DiscountUsedUp).into());
                }
                Err(error) => return Err(error.into()),
            }
            if self.basket.as_ref().map(total_of) != Some(total_minor) || self.notice.is_some() {
                return Err(Notice::BasketChanged.into());
            }
        }
        Err(Notice::BasketChanged.into())
    }

    /// Writes the card terminal's answer down, then acts on it.
    pub(super) async fn conclude(&mut self, outcome: Outcome) -> Result<(), Stop> {
        let outcome = self.with_slip(outcome);
        let doubt = match &outcome {
            Outcome::Unknown(doubt) => Some(*doubt),
            _ => None,
        };
        self.advance(self.stage.answered(outcome, RequestId::fresh())).await?;
        if let Some(doubt) = doubt {
            tracing::error!(?doubt, "nobody knows whether the shopper paid; an attendant is called");
            self.trouble = Some(Trouble::PaymentUnknown(doubt));
            return Err(Notice::PaymentUnknown.into());
        }
        self.tell().await
    }

    /// Tells checkout what the journal knows, until checkout has answered.
    pub(super) async fn tell(&mut self) -> Result<(), Stop> {
        self.show();
        match self.stage.clone() {
            Stage::Taken { attempt, payment, request_id } => {
                self.complete(&attempt, payment, request_id).await
            }
            Stage::Free { attempt, request_id } => self.complete_free(&attempt, request_id).await,
            Stage::NotTaken { attempt, cause, complement, slip_text, request_id } => {
                let complement = Complement::of_code(&complement);
                let said = complement.is_some() || !slip_text.is_empty();
                let slip = slip_text.clone();
                self.unpaid = said.then_some(FailedPayment { complement, slip_text });
                self.abandon(&attempt, (cause, &slip), request_id).await
            }
            Stage::Partial { payment, .. } => {
                tracing::error!("less than the amount was taken; an attendant is called");
                self.trouble = Some(Trouble::PaymentPartial { paid_minor: payment.amount_minor });
                Err(Notice::PaymentPartial.into())
            }
            Stage::Idle | Stage::Scanning { .. } | Stage::Asked { .. } => Ok(()),
        }
    }

    async fn complete(
        &mut self,
        attempt: &Attempt,
        payment: Payment,
        request_id: RequestId,
    ) -> Result<(), Stop> {
        loop {
            let sent =
                self.parts.client.complete_sale(request_id, attempt.basket_id, Some(payment.clone().into()));
            match sent.await {
                Ok(ticket) => return self.finish(&ticket).await,
                Err(CallError::Refused(refusal)) => {
                    if let Ok(Some(ticket)) = self.parts.client.sale_of(attempt.basket_id).await {
                        return self.finish(&ticket).await;
                    }
                    tracing::error!(
                        refusal = refusal.reason(),
                        "a paid sale was refused; an attendant is called"
                    );
                    self.trouble = Some(Trouble::SaleRefused(refusal));
                    return Err(Notice::SaleRefused.into());
                }
                Err(error @ CallError::NoAnswer(_)) => {
                    tracing::warn!(%error, "a paid sale waits for checkout");
                    self.pause().await?;
                }
            }
        }
    }

    /// Nothing was taken, so that a refusal opens the basket again.
    async fn complete_free(&mut self, attempt: &Attempt, request_id: RequestId) -> Result<(), Stop> {
        loop {
            match self.parts.client.complete_sale(request_id, attempt.basket_id, None).await {
                Ok(ticket) => return self.finish(&ticket).await,
                Err(CallError::Refused(refusal)) => {
                    if let Ok(Some(ticket)) = self.parts.client.sale_of(attempt.basket_id).await {
                        return self.finish(&ticket).await;
                    }
                    tracing::warn!(refusal = refusal.reason(), "a basket without payment was refused");
                    let (cause, request_id) = (NotTaken::SettledByStaff, RequestId::fresh());
                    self.advance(self.stage.settled_as_not_paid(request_id)).await?;
                    return self.abandon(attempt, (cause, ""), request_id).await;
                }
                Err(error @ CallError::NoAnswer(_)) => {
                    tracing::warn!(%error, "a basket without payment waits for checkout");
                    self.pause().await?;
                }
            }
        }
    }

    async fn abandon(
        &mut self,
        attempt: &Attempt,
        (cause, slip_text): (NotTaken, &str),
        request_id: RequestId,
    ) -> Result<(), Stop> {
        loop {
            let outcome = (cause.outcome(), slip_text);
            match self.parts.client.abandon_payment(request_id, attempt.basket_id, outcome).await {
                Ok(basket) => {
                    self.advance(self.stage.reopened(basket.basket_version)).await?;
                    self.trouble = None;
                    self.basket = Some(basket);
                    return Err(Notice::NotPaid(cause).into());
                }
                Err(CallError::Refused(refusal)) => {
                    // Whatever became of the basket: nothing was taken for it.
                    tracing::warn!(refusal = refusal.reason(), "checkout would not open the basket again");
                    self.advance(self.stage.reopened(0)).await?;
                    self.trouble = None;
                    self.reconcile().await?;
                    return Err(Notice::NotPaid(cause).into());
                }
                Err(error @ CallError::NoAnswer(_)) => {
                    tracing::warn!(%error, "an unpaid basket waits for checkout");
                    self.pause().await?;
                }
            }
        }
    }

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
        self.advance(self.stage.closed()).await?;
        self.forget();
        let (sequence, training) = (ticket.sequence, ticket.training);
        self.thanks = Some(Sale { sale_id, total_minor, sequence, given, training });
        if given == Given::Paper {
            self.show();
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
        if self.trouble.is_none() {
            return Err(Notice::NoBasket.into());
        }
        if !self.parts.attendant.admits(code, tokio::time::Instant::now()) {
            return Err(Notice::WrongAttendantCode.into());
        }
        let finding = match settlement {
            Settlement::Paid(seen) => Finding::Paid(seen.prove(self.asked_minor()?)?),
            Settlement::NotPaid => Finding::NotPaid,
            Settlement::TryAgain => Finding::TryAgain,
        };
        self.settle_as(finding).await
    }

    /// What was found out, whoever did and wherever they said it.
    pub(super) async fn settle_as(&mut self, finding: Finding) -> Result<(), Stop> {
        match finding {
            Finding::Paid(proven) => {
                let Stage::Asked { attempt } = &self.stage else {
                    return Err(Notice::NeedsAttendant.into());
                };
                let (payment, paid) = (self.proven_payment(proven, attempt), attempt.attempt_id);
                self.advance(self.stage.settled_as_paid(payment, RequestId::fresh())).await?;
                self.paid = Some(paid);
            }
            Finding::NotPaid => {
                // Behind a trouble, `Taken` means that checkout has refused the sale: the money was given back.
                if let Stage::Taken { attempt, .. } = &self.stage {
                    self.paid.take_if(|paid| *paid == attempt.attempt_id);
                }
                self.advance(self.stage.settled_as_not_paid(RequestId::fresh())).await?;
            }
            Finding::TryAgain => {
                if matches!(self.stage, Stage::Asked { .. }) {
                    return self.look_for_the_sale().await;
                }
            }
        }
        tracing::info!("a payment that nobody knew of was settled");
        self.trouble = None;
        match self.tell().await {
            // Nothing was taken, and everybody knows it.
            Err(Stop::Told(Notice::NotPaid(NotTaken::SettledByStaff))) => Ok(()),
            told => told,
        }
    }

    /// Waits before checkout is told again; a till that is to stop goes on at its next start.
    pub(super) async fn pause(&self) -> Result<(), Stop> {
        tokio::select! {
            () = self.shutdown.cancelled() => Err(Notice::Stopping.into()),
            () = tokio::time::sleep(BETWEEN_ROUNDS) => Ok(()),
        }
    }
}

/// What the shopper has to pay, in cents.
pub(super) fn total_of(basket: &pb::Basket) -> i64 {
    basket.total.as_ref().map_or(0, |total| total.amount_minor)
}
