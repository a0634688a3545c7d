//! Paying, by one means or by several: the journal first, then the card terminal, then the journal, then checkout.

use std::time::Duration;

use proto::checkout::v1 as pb;
use uuid::Uuid;

use super::{
    Means,
    known::Fate,
    machine::{Machine, Stop},
    view::{FailedPayment, Notice, Screen, Trouble},
};
use crate::{
    card::{NotTaken, Outcome, Payment},
    client::{CallError, Refusal, RequestId},
    stage::{Attempt, Stage, Unpaid},
    tender::{Bill, TenderKind},
};

/// Pause between two rounds of telling checkout what was taken.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(500);

impl Machine {
    /// Pays the basket, or what is left to be paid of it.
    pub(super) async fn pay(&mut self, means: Means) -> Result<(), Stop> {
        let is_rest = matches!(self.stage, Stage::Held { .. });
        if !is_rest && self.basket.is_none() {
            return Err(Notice::NoBasket.into());
        }
        let due = self.due();
        let is_free = !is_rest && due.due_minor <= 0;
        let (kind, amount_minor) =
            if is_free { (TenderKind::Card, due.due_minor) } else { due.amount_of(means)? };
        if kind == TenderKind::StoreCredit {
            self.show_screen(Screen::Telling { total_minor: amount_minor, taken: false });
        } else if !is_free {
            self.show_screen(Screen::Paying { total_minor: amount_minor });
        }
        if is_rest {
            self.make_sure_of_the_bill().await?;
        } else {
            self.settle_receipt().await?;
            self.begin_payment(due.due_minor).await?;
        }
        let bill = match &self.stage {
            Stage::Held { bill, .. } => bill.clone(),
            stage => Bill::of(stage.basket_id().ok_or(Notice::NoBasket)?),
        };
        let attempt = Attempt {
            attempt_id: Uuid::now_v7(),
            bill,
            kind,
            amount_minor,
            rest_minor: due.due_minor - amount_minor,
            asked_time: self.parts.clock.now(),
        };
        if is_free {
            self.advance(self.stage.free(attempt, RequestId::fresh())).await?;
            return self.tell().await;
        }
        if kind == TenderKind::StoreCredit {
            self.advance(self.stage.drawn(attempt, RequestId::fresh())).await?;
            return self.tell().await;
        }
        let reference = attempt.attempt_id.to_string();
        self.advance(self.stage.asked(attempt)).await?;
        let outcome = self.ask_for(amount_minor, &reference).await;
        self.conclude(outcome).await
    }

    /// Freezes the basket. What is paid is what the shopper saw, or the shopper looks again.
    async fn begin_payment(&mut self, total_minor: i64) -> Result<(), Stop> {
        for _ in 0..2 {
            let (Stage::Scanning { basket_id, .. }, Some(basket)) = (&self.stage, &self.basket) else {
                return Err(Notice::NoBasket.into());
            };
            let begun =
                self.parts.client.begin_payment(RequestId::fresh(), *basket_id, basket.basket_version);
            match begun.await {
                Ok(basket) if total_of(&basket) == total_minor => {
                    self.basket = Some(basket);
                    return Ok(());
                }
                Ok(_)
                | Err(CallError::Refused(
                    Refusal::BasketVersionStale
                    | Refusal::BasketFrozen
                    | Refusal::BasketClosed
                    | Refusal::BasketSuspended
                    | Refusal::BasketMoved
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
        self.note_refused_slips().await?;
        let outcome = self.with_slip(outcome);
        let doubt = outcome.doubt();
        self.advance(self.stage.answered(outcome, RequestId::fresh())).await?;
        if let Some(doubt) = doubt {
            tracing::error!(?doubt, "nobody knows whether the shopper paid; an attendant is called");
            self.trouble = Some(Trouble::PaymentUnknown(doubt));
            return Err(Notice::PaymentUnknown.into());
        }
        if let Stage::NotTaken { attempt, .. } = &self.stage {
            self.known.keep(attempt.attempt_id, Some(attempt.bill.basket_id), Fate::NotMade);
        }
        self.tell().await
    }

    /// Tells checkout what the journal knows, until checkout has answered.
    pub(super) async fn tell(&mut self) -> Result<(), Stop> {
        self.show();
        match self.stage.clone() {
            Stage::Taken { attempt, payment, request_id } => {
                if attempt.due_after(payment.as_ref()) > 0 {
                    self.hold(&attempt, payment, request_id).await
                } else {
                    self.complete(&attempt, Some(tender(&attempt, payment)), request_id).await
                }
            }
            Stage::Free { attempt, request_id } => self.complete(&attempt, None, request_id).await,
            Stage::NotTaken { .. } => self.leave_unpaid().await,
            Stage::Returned { bill, returned, request_id, .. } => {
                self.tell_returned(bill.basket_id, returned.tender.tender_id, request_id).await
            }
            Stage::Owed { .. } => {
                tracing::warn!("a person of the store has to give money back");
                Err(Notice::GivenBackByHand.into())
            }
            Stage::Refund { .. } => self.tell_refund().await.map(|_| ()),
            Stage::Suspending { .. } => self.tell_suspended().await,
            Stage::Resuming { .. } => self.tell_resumed(None).await,
            Stage::Idle
            | Stage::Scanning { .. }
            | Stage::Asked { .. }
            | Stage::Held { .. }
            | Stage::CreditAsked { .. } => Ok(()),
        }
    }

    /// Makes the sale; the last tender travels with it.
    async fn complete(
        &mut self,
        attempt: &Attempt,
        tender: Option<pb::Tender>,
        request_id: RequestId,
    ) -> Result<(), Stop> {
        let basket_id = attempt.bill.basket_id;
        let is_free = tender.is_none();
        let given = (tender, attempt.bill.slip_texts.clone());
        loop {
            match self.parts.client.complete_sale(request_id, basket_id, given.clone()).await {
                Ok(ticket) => return self.finish(&ticket).await,
                // The basket may be a sale already: thanks are said for this very payment, never for another one.
                Err(CallError::Refused(refusal)) => match self.parts.client.sale_of(basket_id).await {
                    Ok(Some(ticket)) if is_free || attempt.is_in(&ticket) => {
                        return self.finish(&ticket).await;
                    }
                    Ok(_) | Err(CallError::Refused(_)) => return self.refused(refusal).await,
                    Err(CallError::NoAnswer(_)) => self.pause().await?,
                },
                Err(error @ CallError::NoAnswer(_)) => {
                    tracing::warn!(%error, "a paid sale waits for checkout");
                    self.pause().await?;
                }
            }
        }
    }

    /// Lets checkout keep what was taken, because more is due.
    async fn hold(
        &mut self,
        attempt: &Attempt,
        payment: Option<Payment>,
        request_id: RequestId,
    ) -> Result<(), Stop> {
        let tender = tender(attempt, payment);
        loop {
            match self.parts.client.take_tender(request_id, attempt.bill.basket_id, tender.clone()).await {
                Ok(basket) => {
                    self.advance(self.stage.held()).await?;
                    self.trouble = None;
                    self.basket = Some(basket);
                    return Ok(());
                }
                Err(CallError::Refused(refusal)) => return self.refused(refusal).await,
                Err(error @ CallError::NoAnswer(_)) => {
                    tracing::warn!(%error, "a part payment waits for checkout");
                    self.pause().await?;
                }
            }
        }
    }

    /// Checkout refuses what was given. Money of a card has to be given back by a person; where nothing was taken, nothing is.
    async fn refused(&mut self, refusal: Refusal) -> Result<(), Stop> {
        if let Stage::Taken { payment: Some(_), .. } = self.stage {
            tracing::error!(
                refusal = refusal.reason(),
                "what a card paid was refused; an attendant is called"
            );
            self.trouble = Some(Trouble::SaleRefused(refusal));
            self.bill_unread = false;
            return Err(Notice::SaleRefused.into());
        }
        tracing::warn!(refusal = refusal.reason(), "a basket without a card payment was refused");
        let was_free = matches!(self.stage, Stage::Free { .. });
        self.advance(self.stage.settled_as_not_paid(String::new(), RequestId::fresh())).await?;
        let left = self.leave_unpaid().await;
        if refusal == Refusal::NoStoreCredit {
            // It was drawn elsewhere meanwhile: no more is offered than there is.
            self.look_for_store_credit().await;
        }
        match left {
            Err(Stop::Told(Notice::NotPaid(_))) if !was_free => Err(Notice::Refused(refusal).into()),
            left => left,
        }
    }

    /// Nothing was taken. What was given before stays held; without that the basket is opened again.
    pub(super) async fn leave_unpaid(&mut self) -> Result<(), Stop> {
        let Stage::NotTaken { attempt, cause, complement, slip_text, request_id } = self.stage.clone() else {
            return Ok(());
        };
        if attempt.bill.held.is_empty() {
            self.look_for_a_newer_payment().await?;
            // At the end everything that the shopper got meanwhile is shown once more, and checkout is told.
            self.read_unpaid(&Unpaid::of(&attempt, cause, &complement, &slip_text));
            let slip_texts = attempt.bill.clone().with_slip(&slip_text).slip_texts;
            return self.abandon(attempt.bill.basket_id, (cause, slip_texts), request_id).await;
        }
        self.unpaid = FailedPayment::of(&complement, slip_text);
        self.advance(self.stage.held()).await?;
        self.trouble = None;
        Err(Notice::NotPaid(cause).into())
    }

    fn read_unpaid(&mut self, unpaid: &Unpaid) {
        self.unpaid = FailedPayment::of(&unpaid.complement, unpaid.slip_text.clone());
        self.returned.clone_from(&unpaid.returned);
    }

    /// After a restart the shopper reads again of a payment that was not made, unless it was edited since.
    pub(super) fn read_unpaid_again(&mut self) -> Result<(), Stop> {
        let Stage::Scanning { version, unpaid: Some(unpaid), .. } = self.stage.clone() else { return Ok(()) };
        self.read_unpaid(&unpaid);
        let was_edited = self.edits.last().is_some_and(|edit| edit.version >= version);
        if was_edited || self.notice.is_some() {
            return Ok(());
        }
        Err(Notice::NotPaid(unpaid.cause).into())
    }

    async fn abandon(
        &mut self,
        basket_id: Uuid,
        (cause, slip_texts): (NotTaken, Vec<String>),
        request_id: RequestId,
    ) -> Result<(), Stop> {
        loop {
            let outcome = (cause.outcome(), slip_texts.clone());
            match self.parts.client.abandon_payment(request_id, basket_id, outcome).await {
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

/// What was given, in checkout's contract.
fn tender(attempt: &Attempt, payment: Option<Payment>) -> pb::Tender {
    let tender = attempt.tender(payment.as_ref());
    pb::Tender {
        tender_id: tender.tender_id.to_string(),
        kind: pb::TenderKind::from(tender.kind).into(),
        amount_minor: tender.amount_minor,
        card: payment.map(pb::CardPayment::from),
    }
}
