//! What checkout knows of a payment and the till's journal does not: it is an older copy. Nothing is asked for again, and nothing is told
//! that would withdraw the call for a person.

use proto::checkout::v1 as pb;
use uuid::Uuid;

use super::{
    basket::id_of,
    claimant::Claim,
    machine::{Machine, Stop},
    view::{Notice, Screen, Trouble},
};
use crate::{
    card::Doubt,
    client::{CallError, Refusal},
    stage::{Attempt, Stage},
};

impl Machine {
    /// Whether the till does not say yet that it goes on: its journal may be older than what checkout holds. What needs a person is said.
    pub(super) const fn is_unread(&self) -> bool {
        let is_telling =
            matches!(self.stage, Stage::Taken { .. } | Stage::NotTaken { .. } | Stage::Returned { .. });
        let is_paying = matches!(self.stage, Stage::Held { .. } | Stage::Asked { .. });
        self.bill_unread && (is_paying || (is_telling && self.trouble.is_none()))
    }

    /// Checkout does not open the basket. Where it waits for a person to say what became of a payment, the till waits for that too: it
    /// asked for the money, and its journal, an old copy, does not know that it did.
    pub(super) async fn take_up_what_is_unknown(
        &mut self,
        frozen: pb::Basket,
        refusal: Refusal,
    ) -> Result<(), Stop> {
        // What is left behind is withdrawn: the till does not say yet that it goes on.
        self.show_screen(Screen::Starting);
        let Some(unknown) = self.unknown_payment(id_of(&frozen)?).await? else {
            return Err(Notice::Refused(refusal).into());
        };
        if is_untold(&unknown) {
            return Err(Notice::NoAnswer.into());
        }
        let attempt = Attempt::found(&unknown, &frozen).ok_or(Notice::Refused(refusal))?;
        self.wait_for_what_was_asked(attempt, frozen).await
    }

    /// The payment of the basket of which nobody knows what became, or which somebody has found to be made, if there is one.
    pub(super) async fn unknown_payment(&self, basket_id: Uuid) -> Result<Option<pb::Intervention>, Stop> {
        let (told, basket_id) = (self.report_now().await?, basket_id.to_string());
        let is_it = |waits: &pb::Intervention| {
            waits.kind() == pb::InterventionKind::PaymentUnknown && waits.basket_id == basket_id
        };
        Ok(told.waiting.into_iter().chain(told.settlement).find(is_it))
    }

    /// It is not asked for again: the till waits for the person, as the machine did that asked for it.
    pub(super) async fn wait_for_what_was_asked(
        &mut self,
        attempt: Attempt,
        frozen: pb::Basket,
    ) -> Result<(), Stop> {
        tracing::error!(
            "the till's journal is older than a payment that nobody knows of; an attendant is called"
        );
        self.advance(self.stage.found_asked(attempt)).await?;
        self.bill_unread = false;
        self.basket = Some(frozen);
        self.trouble = Some(Trouble::PaymentUnknown(Doubt::Restarted));
        Err(Notice::PaymentUnknown.into())
    }

    /// Takes a payment over that was asked for after the one of the journal, before the till goes on with that. Who is not the till says
    /// nothing that withdraws a call, and asks when it is.
    pub(super) async fn look_for_a_newer_payment(&mut self) -> Result<(), Stop> {
        while self.is_unread() {
            self.wait_for_a_claim().await;
            let claim = *self.claim.borrow();
            let taken_over = match claim {
                Claim::Refused(_) => return Ok(()),
                Claim::Held(_) => self.take_over_a_newer_payment().await,
                Claim::Asking | Claim::Unanswered => Err(Notice::NoAnswer.into()),
            };
            match taken_over {
                Err(Stop::Told(Notice::NoAnswer | Notice::Closed)) => self.pause().await?,
                taken_over => return taken_over,
            }
        }
        Ok(())
    }

    async fn take_over_a_newer_payment(&mut self) -> Result<(), Stop> {
        let (Stage::Asked { attempt } | Stage::NotTaken { attempt, .. }) = &self.stage else { return Ok(()) };
        let (basket_id, own) = (attempt.bill.basket_id, attempt.attempt_id);
        self.show();
        // Of one that no machine told of nobody knows whether it is the journal's own.
        let newer = |unknown: &pb::Intervention| !unknown.amount_untold && is_after(unknown, own);
        let unknown = self.unknown_payment(basket_id).await?.filter(newer);
        if let Some(unknown) = unknown
            && let Some(frozen) = self.frozen(basket_id).await?
            && let Some(attempt) = Attempt::found(&unknown, &frozen)
        {
            return self.wait_for_what_was_asked(attempt, frozen).await;
        }
        self.bill_unread = false;
        self.show();
        Ok(())
    }

    /// The basket, while its payment goes on.
    async fn frozen(&self, basket_id: Uuid) -> Result<Option<pb::Basket>, Stop> {
        match self.parts.client.get_basket(basket_id).await {
            Ok(basket) => Ok(Some(basket).filter(|basket| basket.state() == pb::BasketState::Frozen)),
            Err(CallError::Refused(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether another machine may have gone on from here with the same journal.
pub(super) fn may_be_older(stage: &Stage) -> bool {
    match stage {
        Stage::Taken { attempt, payment, .. } => attempt.due_after(payment.as_ref()) > 0,
        Stage::Held { .. } | Stage::Asked { .. } | Stage::NotTaken { .. } | Stage::Returned { .. } => true,
        Stage::Idle
        | Stage::Scanning { .. }
        | Stage::Suspending { .. }
        | Stage::Resuming { .. }
        | Stage::Free { .. }
        | Stage::CreditAsked { .. }
        | Stage::Owed { .. }
        | Stage::Refund { .. } => false,
    }
}

/// Whether no machine told of the payment, and nobody has answered yet: then nobody knows how much it was.
pub(super) fn is_untold(unknown: &pb::Intervention) -> bool {
    unknown.amount_untold && unknown.decision() == pb::InterventionDecision::Unspecified
}

/// Whether a payment was asked for after another one of the same basket: their identities grow with the time.
fn is_after(unknown: &pb::Intervention, attempt_id: Uuid) -> bool {
    unknown.attempt_id.parse::<Uuid>().is_ok_and(|unknown| unknown > attempt_id)
}
