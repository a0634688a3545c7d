//! A basket that is paid in part. `BeginPayment` was answered long ago: before more is taken for it, or given back, checkout says again
//! that this machine is the till, and that it holds what the till has written down.

use proto::checkout::v1 as pb;

use super::{
    claimant::Claim,
    machine::{Machine, Stop},
    newer::is_untold,
    proof::Verdict,
    reporter::report_of,
    view::Notice,
};
use crate::{
    stage::{Attempt, Stage},
    tender::{Bill, Tender},
};

impl Machine {
    /// Asks checkout whether money may still move here. Where it does not answer, nothing moves.
    pub(super) async fn make_sure_of_the_bill(&mut self) -> Result<(), Stop> {
        self.make_sure_of_the_till().await?;
        self.look_at_the_bill().await
    }

    /// Asks checkout whether this machine is the till still: another one may have become it since the last report. The answer is what
    /// somebody has said meanwhile of the payment that the till does not go on with, if anybody has.
    pub(super) async fn make_sure_of_the_till(&mut self) -> Result<Option<Verdict>, Stop> {
        let told = self.report_now().await?;
        // What is said of a newer payment says nothing of the journal's.
        let settlement = told.settlement.filter(|_| !self.is_unread());
        Ok(settlement.and_then(|settlement| Verdict::of(&settlement).ok()))
    }

    /// Reports at once what is shown. Who is not the till says nothing in its name.
    pub(super) async fn report_now(&self) -> Result<pb::ReportTillResponse, Stop> {
        if !matches!(*self.claim.borrow(), Claim::Held(_)) {
            return Err(Notice::Closed.into());
        }
        let report = report_of(&self.shown.borrow());
        let told = self.parts.client.report_till(report).await?;
        if told.claimed_elsewhere { Err(Notice::Closed.into()) } else { Ok(told) }
    }

    /// Takes up what is held, as checkout has it by now. Until that is known the till does not say that it goes on: what is left behind is
    /// withdrawn, and somebody may be called to a payment that the journal, an old copy, does not know of.
    pub(super) async fn take_up_the_bill(&mut self) -> Result<(), Stop> {
        self.bill_unread = true;
        self.show();
        let taken_up = self.read_the_bill().await;
        // Without an answer it is asked again, and by a machine that is not the till when it is the till again.
        let is_unread = matches!(taken_up, Err(Stop::Told(Notice::NoAnswer | Notice::Closed)));
        self.bill_unread = is_unread && matches!(self.stage, Stage::Held { .. });
        taken_up
    }

    async fn read_the_bill(&mut self) -> Result<(), Stop> {
        let Stage::Held { bill, .. } = &self.stage else { return Ok(()) };
        let basket_id = bill.basket_id;
        let basket = self.parts.client.get_basket(basket_id).await?;
        let is_frozen = basket.state() == pb::BasketState::Frozen;
        match self.unknown_payment(basket_id).await?.filter(|_| is_frozen) {
            // How much it was whoever answers says: until then nothing of it is asked for, and nothing is told.
            Some(unknown) if is_untold(&unknown) => Err(Notice::NoAnswer.into()),
            Some(unknown) => {
                let attempt = Attempt::found(&unknown, &basket).ok_or(Notice::NoAnswer)?;
                self.wait_for_what_was_asked(attempt, basket).await
            }
            None => self.correct_the_bill(basket).await,
        }
    }

    /// Makes the till's bill what checkout holds: while another machine was the till it may have been paid, or given back.
    async fn look_at_the_bill(&mut self) -> Result<(), Stop> {
        let Stage::Held { bill, .. } = &self.stage else { return Ok(()) };
        let basket = self.parts.client.get_basket(bill.basket_id).await?;
        self.correct_the_bill(basket).await
    }

    async fn correct_the_bill(&mut self, basket: pb::Basket) -> Result<(), Stop> {
        let Stage::Held { bill, due_minor } = &self.stage else { return Ok(()) };
        if is_as_written(&basket, bill, *due_minor) {
            self.basket = Some(basket);
            return Ok(());
        }
        tracing::warn!("another machine has gone on with the payment of the basket");
        if basket.state() == pb::BasketState::Frozen && !basket.tenders.is_empty() {
            let held: Option<Vec<Tender>> = basket.tenders.iter().map(Tender::read).collect();
            let held = held.ok_or(Notice::NoAnswer)?;
            self.advance(self.stage.corrected(held, basket.due_minor)).await?;
            self.basket = Some(basket);
        } else {
            self.advance(self.stage.let_go(basket.basket_version)).await?;
            self.reconcile().await?;
        }
        Err(Notice::BasketChanged.into())
    }
}

/// Whether checkout holds what the till has written down.
fn is_as_written(basket: &pb::Basket, bill: &Bill, due_minor: i64) -> bool {
    let held = basket.tenders.iter().map(|tender| tender.tender_id.parse().ok());
    basket.state() == pb::BasketState::Frozen
        && basket.due_minor == due_minor
        && held.eq(bill.held.iter().map(|tender| Some(tender.tender_id)))
}
