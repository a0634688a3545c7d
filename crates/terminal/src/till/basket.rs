//! Opening, editing and giving up a basket; and bringing back what a crash of checkout's database threw away.

use std::time::Duration;

use barcode::CardNumber;
use proto::checkout::v1 as pb;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::{
    abandoner::is_told,
    machine::{Machine, Stop},
    view::Notice,
};
use crate::{
    client::{CallError, Refusal, RequestId, Scanned},
    journal::{Cause, Change, Edit, GivenUp},
    stage::Stage,
};

/// How long the bag that was learnt of is offered.
const BAG_HOLDS: Duration = Duration::from_secs(300);
/// How long the next shopper waits for checkout to know that a basket was given up.
const AT_ONCE: Duration = Duration::from_secs(1);

impl Machine {
    pub(super) async fn scan(
        &mut self,
        code: String,
        quantity_milli: i64,
        tare_milli: i64,
    ) -> Result<(), Stop> {
        self.ensure_basket().await?;
        let before = self.unknown_codes();
        self.edit(Change::Scan { code, quantity_milli, tare_milli }).await?;
        if self.unknown_codes() > before {
            self.notice = Some(Notice::CodeKept);
        }
        Ok(())
    }

    fn unknown_codes(&self) -> usize {
        self.basket.as_ref().map_or(0, |basket| basket.unknown_codes.len())
    }

    pub(super) async fn return_deposit(&mut self, code: String, quantity_milli: i64) -> Result<(), Stop> {
        self.ensure_basket().await?;
        self.edit(Change::ReturnDeposit { code, quantity_milli }).await
    }

    /// The attendant says which product an unknown code is.
    pub(super) async fn resolve(&mut self, attendant_code: &str, resolution: Change) -> Result<(), Stop> {
        if !self.parts.attendant.admits(attendant_code, tokio::time::Instant::now()) {
            return Err(Notice::WrongAttendantCode.into());
        }
        self.edit(resolution).await
    }

    /// So many bags, or none: the question is answered.
    pub(super) async fn take_bags(&mut self, pieces: i64) -> Result<(), Stop> {
        if let Some(bag) = self.bag.clone().filter(|_| pieces > 0) {
            let change = Change::Scan { code: bag.gtin, quantity_milli: pieces * 1_000, tare_milli: 0 };
            self.edit(change).await?;
        }
        self.bag_answered = true;
        Ok(())
    }

    /// It was the wrong card.
    pub(super) async fn unidentify(&mut self) -> Result<(), Stop> {
        self.edit(Change::Unidentify).await?;
        (self.card, self.greeting, self.store_credit_minor) = (None, None, 0);
        Ok(())
    }

    pub(super) async fn set_quantity(&mut self, line_id: i32, quantity_milli: i64) -> Result<(), Stop> {
        self.edit(Change::SetQuantity { line_id, quantity_milli }).await
    }

    pub(super) async fn remove(&mut self, line_id: i32) -> Result<(), Stop> {
        self.edit(Change::Remove { line_id }).await
    }

    /// A claim opens a basket as a scan or a card does: whoever shows the voucher first pays the same.
    pub(super) async fn apply_discount(&mut self, code: String) -> Result<(), Stop> {
        self.ensure_basket().await?;
        self.edit(Change::Discount { code }).await
    }

    /// The greeting is asked for beside the offers, so that nobody waits for both in turn.
    pub(super) async fn identify(&mut self, card: CardNumber) -> Result<(), Stop> {
        self.ensure_basket().await?;
        let before = self.card.replace(card);
        let greeter = self.parts.greeter.clone();
        let (edited, greeting) = tokio::join!(self.edit(Change::Identify), greeter.greeting(&card));
        match edited {
            Ok(()) => {
                self.greeting = greeting;
                self.look_for_store_credit().await;
            }
            Err(_) => self.card = before,
        }
        edited
    }

    /// Gives the basket up. The shopper may go whatever checkout says: it is told until it has answered.
    pub(super) async fn cancel(&mut self, cause: Cause) -> Result<(), Stop> {
        let Stage::Scanning { basket_id, .. } = self.stage else {
            return Err(Notice::NoBasket.into());
        };
        let idle = self.stage.closed()?;
        self.forget_addresses(self.addresses());
        let given_up = GivenUp { request_id: RequestId::fresh(), basket_id, cause };
        self.parts.journal.give_up(&given_up).await?;
        self.stage = idle;
        self.given_up.send_modify(|waiting| waiting.push(given_up));
        // Where checkout answers at once, what the basket held of an offer is free for the next shopper.
        let mut waiting = self.given_up.subscribe();
        let _ = timeout(AT_ONCE, waiting.wait_for(|waiting| is_told(waiting, basket_id))).await;
        // Whoever leaves without paying takes the slip of the last payment along, if only with the eyes.
        let unpaid = self.unpaid.take().filter(|_| cause == Cause::Shopper);
        self.next_shopper();
        self.unpaid = unpaid;
        Ok(())
    }

    async fn ensure_basket(&mut self) -> Result<(), Stop> {
        match self.stage {
            Stage::Idle => {}
            // The code would be gone from the screen before it was noted.
            Stage::Suspending { .. } => return Err(Notice::NoteTheCode.into()),
            _ => return Ok(()),
        }
        let opened = match self.locked {
            true => Err(CallError::Refused(Refusal::TillLocked)),
            false => self.parts.client.open_basket(RequestId::fresh()).await,
        };
        if opened == Err(CallError::Refused(Refusal::TillLocked)) {
            self.locked = true;
            return Err(Notice::Locked.into());
        }
        let basket = opened?;
        let basket_id = id_of(&basket)?;
        self.keep_the_baskets_mode(basket.training).await?;
        self.unpaid = None;
        self.open_for_the_next(self.stage.opened(basket_id, basket.basket_version)).await?;
        self.make_way().await?;
        self.basket = Some(basket);
        self.look_for_the_bag().await;
        Ok(())
    }

    /// Learns which bag the store offers. Without an answer none is offered for a while.
    pub(super) async fn look_for_the_bag(&mut self) {
        if self.bag_read.is_some_and(|read| read.elapsed() < BAG_HOLDS) {
            return;
        }
        self.bag = self.parts.client.tiles().await.ok().and_then(|tiles| tiles.bag);
        self.bag_read = Some(Instant::now());
    }

    /// Carries an edit out; brings the basket back first when it was thrown back.
    pub(super) async fn edit(&mut self, change: Change) -> Result<(), Stop> {
        let (Stage::Scanning { basket_id, .. }, Some(basket)) = (&self.stage, &self.basket) else {
            return Err(Notice::NoBasket.into());
        };
        let edit = Edit { request_id: RequestId::fresh(), version: basket.basket_version, change };
        match self.send(*basket_id, &edit).await {
            Ok(basket) => self.keep(edit, basket).await,
            Err(CallError::Refused(
                Refusal::BasketVersionStale | Refusal::BasketFrozen | Refusal::NotFound,
            )) => {
                self.reconcile().await?;
                let version = self.basket.as_ref().map_or(0, |basket| basket.basket_version);
                let basket_id = self.stage.basket_id().ok_or(Notice::NoBasket)?;
                let again = Edit { request_id: RequestId::fresh(), version, ..edit };
                let basket = self.send(basket_id, &again).await?;
                self.keep(again, basket).await
            }
            Err(CallError::Refused(
                Refusal::BasketClosed | Refusal::BasketSuspended | Refusal::BasketMoved,
            )) => {
                self.reconcile().await?;
                Err(Notice::BasketChanged.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The shopper sees an edit only after it is written down.
    async fn keep(&mut self, edit: Edit, basket: pb::Basket) -> Result<(), Stop> {
        self.parts.journal.edit(&edit).await?;
        self.edits.push(edit);
        self.basket = Some(basket);
        Ok(())
    }

    async fn send(&self, basket_id: Uuid, edit: &Edit) -> Result<pb::Basket, CallError> {
        let client = &self.parts.client;
        let (id, version) = (edit.request_id, edit.version);
        match &edit.change {
            Change::Scan { code, quantity_milli, tare_milli } => {
                let (quantity_milli, tare_milli) = (*quantity_milli, *tare_milli);
                let scanned = Scanned { code, quantity_milli, tare_milli };
                client.scan_item(id, basket_id, version, scanned).await
            }
            Change::ReturnDeposit { code, quantity_milli } => {
                client.return_deposit(id, basket_id, version, code, *quantity_milli).await
            }
            Change::Resolve { line_id, code, quantity_milli } => {
                let named = Scanned { code, quantity_milli: *quantity_milli, tare_milli: 0 };
                client.resolve_code(id, basket_id, version, *line_id, named).await
            }
            Change::Unidentify => client.unidentify_member(id, basket_id, version).await,
            Change::SetQuantity { line_id, quantity_milli } => {
                client.set_quantity(id, basket_id, version, *line_id, *quantity_milli).await
            }
            Change::Remove { line_id } => client.remove_item(id, basket_id, version, *line_id).await,
            Change::Receipt { receipt, language, .. } => {
                client.choose_receipt(id, basket_id, version, receipt, *language).await
            }
            Change::Discount { code } => client.apply_discount(id, basket_id, version, code).await,
            Change::Identify => match &self.card {
                Some(card) => client.identify_member(id, basket_id, version, card).await,
                None => Err(CallError::Refused(Refusal::UnknownCard)),
            },
        }
    }

    /// The version that the till saw last.
    fn version_seen(&self) -> i64 {
        let edited = self.edits.last().map_or(0, |edit| edit.version + 1);
        let Stage::Scanning { version, .. } = self.stage else { return edited };
        edited.max(version)
    }

    /// Makes checkout's basket and the till's the same again: what checkout has more is taken over, what it has lost is told again.
    pub(super) async fn reconcile(&mut self) -> Result<(), Stop> {
        let Stage::Scanning { basket_id, .. } = self.stage else {
            return Err(Notice::NoBasket.into());
        };
        let seen = self.version_seen();
        match self.parts.client.get_basket(basket_id).await {
            Ok(basket) if basket.state() == pb::BasketState::Frozen => self.thaw(basket).await,
            Ok(basket) if basket.state() != pb::BasketState::Open => {
                if matches!(basket.state(), pb::BasketState::Cancelled | pb::BasketState::Abandoned) {
                    self.basket = Some(basket);
                    self.forget_addresses(self.addresses());
                }
                self.leave_the_basket().await
            }
            Ok(basket) if basket.basket_version >= seen => {
                self.basket = Some(basket);
                Ok(())
            }
            Ok(basket) => self.repeat_edits(basket).await,
            // It is not lost: its shopper took it along. A copy of it would be somebody else's.
            Err(CallError::Refused(Refusal::BasketMoved)) => self.leave_the_basket().await,
            Err(CallError::Refused(Refusal::NotFound)) => self.start_over().await,
            Err(error) => Err(error.into()),
        }
    }

    /// The basket is not this till's any more: nothing of its shopper meets the next.
    pub(super) async fn leave_the_basket(&mut self) -> Result<(), Stop> {
        self.advance(self.stage.closed()).await?;
        self.next_shopper();
        Ok(())
    }

    /// Sends every edit again as it was: those that checkout still has change nothing, the others come back.
    async fn repeat_edits(&mut self, basket: pb::Basket) -> Result<(), Stop> {
        tracing::warn!(
            found = basket.basket_version,
            "checkout has lost edits of the basket; they are sent again"
        );
        let basket_id = id_of(&basket)?;
        for edit in self.edits.clone() {
            match self.send(basket_id, &edit).await {
                Ok(_) => {}
                Err(CallError::Refused(refusal)) => self.could_not_repeat(&edit, refusal),
                Err(error) => return Err(error.into()),
            }
        }
        self.basket = Some(self.parts.client.get_basket(basket_id).await?);
        Ok(())
    }

    /// The whole basket is gone: the edits go into a new one, under new ids, for they say something new.
    async fn start_over(&mut self) -> Result<(), Stop> {
        tracing::warn!("checkout has lost the basket; its edits go into a new one");
        let mut basket = self.parts.client.open_basket(RequestId::fresh()).await?;
        let basket_id = id_of(&basket)?;
        let opened = self.stage.opened(basket_id, basket.basket_version)?;
        let mut edits = Vec::new();
        for edit in self.edits.clone() {
            let again = Edit { request_id: RequestId::fresh(), version: basket.basket_version, ..edit };
            match self.send(basket_id, &again).await {
                Ok(answer) => {
                    basket = answer;
                    edits.push(again);
                }
                Err(CallError::Refused(refusal)) => self.could_not_repeat(&again, refusal),
                Err(error) => return Err(error.into()),
            }
        }
        self.keep_the_baskets_mode(basket.training).await?;
        self.parts.journal.move_to(&opened, &edits).await?;
        self.stage = opened;
        self.edits = edits;
        self.basket = Some(basket);
        Ok(())
    }

    fn could_not_repeat(&mut self, edit: &Edit, refusal: Refusal) {
        tracing::warn!(refusal = refusal.reason(), "an edit of the basket could not be sent again");
        let is_card = edit.change == Change::Identify;
        self.notice = Some(if is_card { Notice::PresentCardAgain } else { Notice::BasketChanged });
    }

    /// Payment had begun and the card terminal was not asked: nothing was taken. But the journal may be an old copy, which does not know
    /// what was asked; then checkout does not open the basket.
    async fn thaw(&mut self, frozen: pb::Basket) -> Result<(), Stop> {
        let basket_id = id_of(&frozen)?;
        match self.parts.client.thaw_basket(RequestId::fresh(), basket_id).await {
            Ok(basket) => {
                self.advance(self.stage.opened(basket_id, basket.basket_version)).await?;
                self.basket = Some(basket);
                Ok(())
            }
            Err(CallError::Refused(refusal)) => self.take_up_what_is_unknown(frozen, refusal).await,
            Err(error) => Err(error.into()),
        }
    }
}

/// The identity of a basket that checkout answered.
pub(super) fn id_of(basket: &pb::Basket) -> Result<Uuid, Notice> {
    basket.basket_id.parse().map_err(|_| Notice::NoAnswer)
}
