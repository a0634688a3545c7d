//! A shopper leaves the till with a code, and goes on at another one: the journal first, then checkout, then the screen.

use proto::checkout::v1 as pb;

use super::{
    basket::id_of,
    machine::{Machine, Stop},
    view::Notice,
};
use crate::{
    client::{CallError, Refusal, RequestId, Shown},
    stage::Stage,
    suspension::SuspensionCode,
};

impl Machine {
    /// Takes the basket off the till. What is on the screen afterwards is the code alone.
    pub(super) async fn suspend(&mut self) -> Result<(), Stop> {
        if matches!(self.stage, Stage::Suspending { .. }) {
            return Ok(());
        }
        for _ in 0..2 {
            let (Stage::Scanning { .. }, Some(basket)) = (&self.stage, &self.basket) else {
                return Err(Notice::NoBasket.into());
            };
            let (version, code) = (basket.basket_version, SuspensionCode::fresh());
            self.advance(self.stage.suspending(version, code, RequestId::fresh())).await?;
            match self.tell_suspended().await {
                // Checkout has lost edits, or somebody of the store has changed the basket: with that it is suspended.
                Err(Stop::Told(Notice::BasketChanged)) if matches!(self.stage, Stage::Scanning { .. }) => {}
                told => return told,
            }
        }
        Err(Notice::BasketChanged.into())
    }

    /// Tells checkout what the journal knows, until checkout has answered.
    pub(super) async fn tell_suspended(&mut self) -> Result<(), Stop> {
        let Stage::Suspending { basket_id, version, code, request_id } = self.stage.clone() else {
            return Ok(());
        };
        loop {
            match self.parts.client.suspend_basket(request_id, basket_id, version, &code).await {
                Ok(_) => {
                    self.forget();
                    self.suspended = true;
                    return Ok(());
                }
                // The shopper has the code, and was quicker than this till.
                Err(CallError::Refused(Refusal::BasketMoved)) => return self.leave_the_code().await,
                Err(CallError::Refused(
                    Refusal::BasketVersionStale
                    | Refusal::BasketFrozen
                    | Refusal::BasketClosed
                    | Refusal::NotFound,
                )) => {
                    self.advance(self.stage.not_suspended()).await?;
                    self.reconcile().await?;
                    return Err(Notice::BasketChanged.into());
                }
                Err(CallError::Refused(refusal)) => {
                    self.advance(self.stage.not_suspended()).await?;
                    if self.basket.is_none() {
                        self.reconcile().await?;
                    }
                    return Err(Notice::Refused(refusal).into());
                }
                Err(error @ CallError::NoAnswer(_)) => {
                    tracing::warn!(%error, "a suspended basket waits for checkout");
                    self.show();
                    self.pause().await?;
                }
            }
        }
    }

    /// Whoever stood here has read what they wanted.
    pub(super) async fn begin_anew(&mut self) -> Result<(), Stop> {
        self.make_way().await?;
        self.leave_the_code().await
    }

    /// The code was noted, or its time is over: nothing of the shopper is left.
    pub(super) async fn leave_the_code(&mut self) -> Result<(), Stop> {
        if matches!(self.stage, Stage::Suspending { .. }) {
            self.advance(self.stage.closed()).await?;
            self.suspended = false;
            self.next_shopper();
        }
        Ok(())
    }

    /// Brings a suspended basket to this till, which serves nobody.
    pub(super) async fn resume_basket(&mut self, shown: Shown) -> Result<(), Stop> {
        match self.stage {
            Stage::Idle => {}
            Stage::Suspending { .. } => return Err(Notice::NoteTheCode.into()),
            _ => return Err(Notice::FinishFirst.into()),
        }
        if self.locked {
            return Err(Notice::Locked.into());
        }
        self.make_way().await?;
        self.advance(self.stage.resuming(RequestId::fresh())).await?;
        self.tell_resumed(Some(&shown)).await?;
        let greeter = self.parts.greeter.clone();
        let card = match shown {
            Shown::Card(card) => Some(card),
            Shown::Code(_) => None,
        };
        let greeting = async { greeter.greeting(&card?).await };
        let ((), greeting) = tokio::join!(self.look_for_store_credit(), greeting);
        (self.card, self.greeting) = (card, greeting);
        Ok(())
    }

    /// Asks checkout for the basket until it has answered; without anything shown, what became of it when the till was stopped.
    pub(super) async fn tell_resumed(&mut self, shown: Option<&Shown>) -> Result<(), Stop> {
        let Stage::Resuming { request_id } = self.stage else { return Ok(()) };
        loop {
            match self.parts.client.resume_basket(request_id, shown).await {
                Ok(basket) => return self.take_over(basket).await,
                Err(CallError::Refused(refusal)) => {
                    self.advance(self.stage.closed()).await?;
                    return match (shown, refusal) {
                        (None, Refusal::NothingSuspended) => Ok(()),
                        (_, Refusal::TillLocked) => Err(Notice::Locked.into()),
                        _ => Err(Notice::Refused(refusal).into()),
                    };
                }
                Err(error @ CallError::NoAnswer(_)) => {
                    tracing::warn!(%error, "a basket that is resumed waits for checkout");
                    self.show();
                    self.pause().await?;
                }
            }
        }
    }

    /// The basket as it was when it was resumed; what happened to it since, a start of the till looks for.
    async fn take_over(&mut self, basket: pb::Basket) -> Result<(), Stop> {
        let basket_id = id_of(&basket)?;
        self.keep_the_baskets_mode(basket.training).await?;
        self.advance(self.stage.opened(basket_id, basket.basket_version)).await?;
        self.basket = Some(basket);
        self.look_for_the_bag().await;
        Ok(())
    }
}
