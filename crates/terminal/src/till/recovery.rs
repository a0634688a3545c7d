//! A till that starts finds out where it stood. Nothing is ever charged on the way. What was paid is told first; to serve anybody the till
//! has to be the one machine that may.

use super::{
    giving_back::doubt_of_credit,
    known::Fate,
    machine::{Machine, Stop},
    newer::may_be_older,
    view::{Notice, Trouble},
};
use crate::{
    card::Doubt,
    client::CallError,
    stage::{Stage, Step},
};

impl Machine {
    /// Reads the journal and goes on from there.
    pub(super) async fn recover(&mut self) -> Result<(), Stop> {
        let remembered = self.parts.journal.read()?;
        self.stage = remembered.stage;
        self.edits = remembered.edits;
        self.last_sale = remembered.last_sale;
        self.notes = self.parts.journal.notes()?;
        self.mode = remembered.mode;
        self.bill_unread = may_be_older(&self.stage);
        // Also a refund that was only claimed: it may be begun by now, by the machine from whose disk this one is a copy.
        let is_claiming =
            matches!(&self.stage, Stage::Refund { refund } if matches!(refund.step, Step::Claiming { .. }));
        if is_claiming || matches!(self.stage, Stage::Idle | Stage::Scanning { .. } | Stage::Held { .. }) {
            self.wait_until_claimed().await?;
        }
        // What was practised shows so from the first screen on.
        self.show();
        let told = self.take_up().await;
        if matches!(self.stage, Stage::Scanning { .. } | Stage::Held { .. }) {
            // What is open or held after a payment waits as every other basket does, and may have changed meanwhile.
            self.wait_until_claimed().await?;
            self.take_up_what_is_open().await?;
            if told.is_ok() {
                return self.read_unpaid_again();
            }
        }
        told
    }

    /// Goes on from every stage in which nobody is served before this machine is the till.
    async fn take_up(&mut self) -> Result<(), Stop> {
        if self.stage == Stage::Idle {
            return self.thank_again().await;
        }
        self.serve_the_next().await?;
        match self.stage {
            Stage::Idle | Stage::Scanning { .. } | Stage::Held { .. } => Ok(()),
            Stage::Asked { .. } => {
                tracing::error!(
                    "the till was stopped during a payment; nobody knows whether the shopper paid"
                );
                self.trouble = Some(Trouble::PaymentUnknown(Doubt::Restarted));
                self.show();
                self.look_for_a_newer_payment().await?;
                self.look_for_the_sale().await
            }
            Stage::CreditAsked { .. } => Err(doubt_of_credit(Doubt::Restarted)),
            Stage::Refund { ref refund } if refund.is_asked() => {
                Err(self.refund_in_doubt(Doubt::Restarted).await)
            }
            Stage::Refund { .. } => self.take_up_the_refund().await,
            Stage::NotTaken { .. }
            | Stage::Taken { .. }
            | Stage::Free { .. }
            | Stage::Owed { .. }
            | Stage::Returned { .. }
            | Stage::Suspending { .. }
            | Stage::Resuming { .. } => self.tell().await,
        }
    }

    /// Takes up the basket that a shopper is in front of, as checkout has it by now.
    pub(super) async fn take_up_what_is_open(&mut self) -> Result<(), Stop> {
        loop {
            let taken_up = match self.stage {
                Stage::Scanning { .. } => self.reconcile().await,
                Stage::Held { .. } => self.take_up_the_bill().await,
                _ => return Ok(()),
            };
            match taken_up {
                Err(Stop::Told(Notice::NoAnswer)) => self.pause().await?,
                // What is held is not left, whatever checkout says of it.
                taken_up if matches!(self.stage, Stage::Held { .. }) => {
                    self.look_for_store_credit().await;
                    return taken_up;
                }
                // A payment of it is a person's to settle.
                taken_up if matches!(self.stage, Stage::Asked { .. }) => return taken_up,
                Err(Stop::Told(_)) if self.stage == Stage::Idle => return Ok(()),
                // The basket is taken up, or is refused for good: then the next shopper must not meet it.
                Err(Stop::Told(_)) => return self.leave_the_basket().await,
                taken_up => {
                    self.look_for_store_credit().await;
                    return taken_up;
                }
            }
        }
    }

    /// Asks checkout for the sale of an unknown payment. Found, it is settled; not found, or paid by another payment, nobody knows any
    /// better.
    pub(super) async fn look_for_the_sale(&mut self) -> Result<(), Stop> {
        let Stage::Asked { attempt } = self.stage.clone() else { return Ok(()) };
        loop {
            match self.parts.client.sale_of(attempt.bill.basket_id).await {
                Ok(Some(ticket)) if attempt.is_in(&ticket) => {
                    self.known.keep(attempt.attempt_id, Some(attempt.bill.basket_id), Fate::Made);
                    return self.finish(&ticket).await;
                }
                Ok(_) | Err(CallError::Refused(_)) => return Err(Notice::PaymentUnknown.into()),
                Err(CallError::NoAnswer(_)) => self.pause().await?,
            }
        }
    }
}
