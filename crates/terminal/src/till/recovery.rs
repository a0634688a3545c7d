//! A till that starts finds out where it stood. Nothing is ever charged on the way. What was paid is told first; to serve anybody the till
//! has to be the one machine that may.

use super::{
    giving_back::doubt_of_credit,
    machine::{Machine, Stop},
    view::{Notice, Trouble},
};
use crate::{card::Doubt, client::CallError, stage::Stage};

impl Machine {
    /// Reads the journal and goes on from there.
    pub(super) async fn recover(&mut self) -> Result<(), Stop> {
        let remembered = self.parts.journal.read()?;
        self.stage = remembered.stage;
        self.edits = remembered.edits;
        self.notes = self.parts.journal.notes()?;
        self.mode = remembered.mode;
        if matches!(self.stage, Stage::Idle | Stage::Scanning { .. }) {
            self.wait_until_claimed().await?;
        }
        // What was practised shows so from the first screen on.
        self.show();
        let told = self.take_up().await;
        if matches!(self.stage, Stage::Scanning { .. }) {
            // A basket that is open again after a payment waits as every other does, and may have changed meanwhile.
            self.wait_until_claimed().await?;
            self.take_the_basket_up().await?;
        }
        told
    }

    /// Goes on from every stage but an open basket's.
    async fn take_up(&mut self) -> Result<(), Stop> {
        match self.stage {
            Stage::Idle | Stage::Scanning { .. } => Ok(()),
            Stage::Asked { .. } => {
                tracing::error!(
                    "the till was stopped during a payment; nobody knows whether the shopper paid"
                );
                self.trouble = Some(Trouble::PaymentUnknown(Doubt::Restarted));
                self.show();
                self.look_for_the_sale().await
            }
            Stage::CreditAsked { .. } => Err(doubt_of_credit(Doubt::Restarted)),
            Stage::Held { .. } => {
                self.take_the_bill_up().await;
                Ok(())
            }
            Stage::NotTaken { .. }
            | Stage::Taken { .. }
            | Stage::Free { .. }
            | Stage::Owed { .. }
            | Stage::Returned { .. }
            | Stage::Suspending { .. }
            | Stage::Resuming { .. } => self.tell().await,
        }
    }

    pub(super) async fn take_the_basket_up(&mut self) -> Result<(), Stop> {
        loop {
            match self.reconcile().await {
                Err(Stop::Told(Notice::NoAnswer)) => self.pause().await?,
                // The basket is taken up, or is refused for good: then the next shopper must not meet it.
                Err(Stop::Told(_)) => {
                    self.advance(self.stage.closed()).await?;
                    self.forget();
                    return Ok(());
                }
                taken_up => {
                    self.look_for_store_credit().await;
                    return taken_up;
                }
            }
        }
    }

    /// What is held and what is due is in the journal; without checkout the shopper pays the rest by card, or gets all of it back.
    async fn take_the_bill_up(&mut self) {
        let Some(basket_id) = self.stage.basket_id() else { return };
        self.basket = self.parts.client.get_basket(basket_id).await.ok();
        self.look_for_store_credit().await;
    }

    /// Asks checkout for the sale of an unknown payment. Found, it is settled; not found, nobody knows any better.
    pub(super) async fn look_for_the_sale(&mut self) -> Result<(), Stop> {
        let Some(basket_id) = self.stage.basket_id() else { return Ok(()) };
        loop {
            match self.parts.client.sale_of(basket_id).await {
                Ok(Some(ticket)) => {
                    if let Stage::Asked { attempt } = &self.stage {
                        self.paid = Some(attempt.attempt_id);
                    }
                    return self.finish(&ticket).await;
                }
                Ok(None) | Err(CallError::Refused(_)) => return Err(Notice::PaymentUnknown.into()),
                Err(CallError::NoAnswer(_)) => self.pause().await?,
            }
        }
    }
}
