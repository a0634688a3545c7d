//! Complaints: kept first, then asked of checkout until it answers.

use std::time::Duration;

use anyhow::Context;
use outbox::record;
use platform::Shutdown;
use uuid::Uuid;

use super::{App, Command, link::sender};
use crate::{
    domain::{
        Complaint, ComplaintCursor, ComplaintId, Forecast, Grievance, Purpose, State, TokenHash, View, Wish,
        checkout_request,
    },
    error::Error,
    events,
    peers::Outcome,
    store,
};

/// How often it is looked whether a complaint has waited long enough.
const LOOK: Duration = Duration::from_millis(500);

/// A page of a listing of complaints.
#[derive(Clone, Debug)]
pub struct ComplaintPage {
    /// The newest first.
    pub complaints: Vec<Grievance>,
    /// Where to go on, if there is more.
    pub next: Option<ComplaintCursor>,
}

impl App {
    /// Asks checkout to give lines back. The wish is kept before checkout hears of it, so that nothing is lost when the answer is; a
    /// form that is sent again while the answer is out asks again under the same id.
    pub async fn submit_complaint(
        &self,
        command: &Command,
        token: TokenHash,
        wish: &Wish,
    ) -> Result<Complaint, Error> {
        let mut complaint = self.keep(command, token, wish).await?;
        if let State::Asked { .. } = complaint.state {
            complaint = self.ask(complaint).await?;
        }
        match complaint.state {
            State::Asked { .. } | State::Refunded { .. } => Ok(complaint),
            State::Refused(refusal) => Err(refusal.into()),
        }
    }

    /// Says what a wish would come to, as far as checkout knows now. Nothing is kept.
    pub async fn preview_complaint(&self, token: TokenHash, wish: &Wish) -> Result<Forecast, Error> {
        let purchase = self.open(Purpose::Refund, token).await?.purchase;
        wish.check(&purchase)?;
        self.checkout.preview(&purchase.store_code, purchase.sale_id, wish).await
    }

    /// Keeps a wish, or finds what became of it.
    async fn keep(&self, command: &Command, token: TokenHash, wish: &Wish) -> Result<Complaint, Error> {
        let mut tx = self.db.begin().await?;
        let (sale_id, _) = self.follow(&mut tx, Purpose::Refund, token).await?;
        if command.claim(&mut tx, &sender(sale_id)).await?.is_some() {
            let kept = store::complaint::of_form(&mut tx, sale_id, command.request_id).await?;
            return Ok(kept.context("a complaint is kept with its request id")?);
        }
        let purchase = self.locked(&mut tx, sale_id).await?;
        wish.check(&purchase)?;
        let complaint = Complaint {
            complaint_id: ComplaintId(Uuid::now_v7()),
            sale_id,
            store_code: purchase.store_code,
            currency_code: purchase.currency_code,
            parts: wish.parts.clone(),
            payout: wish.payout,
            checkout_request: checkout_request(sale_id, command.request_id),
            complained: self.now(),
            state: State::Asked { deciding: false },
        };
        store::complaint::insert(&mut tx, &complaint, command.request_id, &wish.comment).await?;
        record(&mut tx, &events::complained(&complaint)?).await?;
        tx.commit().await?;
        self.wake.wake();
        Ok(complaint)
    }

    /// Asks checkout once, and keeps its answer if there is one.
    async fn ask(&self, complaint: Complaint) -> Result<Complaint, Error> {
        let complaint_id = complaint.complaint_id;
        let outcome = self.checkout.refund(&complaint).await;
        let mut tx = self.db.begin().await?;
        let settled = match outcome {
            Outcome::Refunded { amount_minor, payout, refund } => {
                store::purchase::mark_refunded(&mut tx, &refund).await?;
                store::complaint::refunded(&mut tx, complaint_id, amount_minor, payout).await?
            }
            Outcome::Refused(refusal) => store::complaint::refused(&mut tx, complaint_id, refusal).await?,
            Outcome::Deciding | Outcome::Unknown => {
                let deciding = outcome == Outcome::Deciding;
                store::complaint::put_off(&mut tx, complaint_id, deciding).await?;
                false
            }
        };
        // What is true now: another attempt may have been faster.
        let complaint = store::complaint::find(&mut tx, complaint_id).await?;
        let complaint = complaint.context("a complaint is never deleted")?;
        if settled {
            record(&mut tx, &events::complaint_settled(&complaint, self.now())?).await?;
        }
        tx.commit().await?;
        if settled {
            self.wake.wake();
        }
        if let State::Asked { .. } = complaint.state {
            self.waiting.notify_one();
        }
        Ok(complaint)
    }

    /// A page of the complaints of a view, the newest first.
    pub async fn list_complaints(
        &self,
        view: &View,
        after: Option<ComplaintCursor>,
        size: u16,
    ) -> Result<ComplaintPage, Error> {
        let mut db = self.db.acquire().await?;
        let mut complaints = store::grievance::page(&mut db, view, after, i64::from(size) + 1).await?;
        let more = complaints.len() > usize::from(size);
        complaints.truncate(usize::from(size));
        let last = complaints.last().filter(|_| more);
        let next =
            last.map(|last| ComplaintCursor { complained: last.complained, complaint_id: last.complaint_id });
        Ok(ComplaintPage { complaints, next })
    }

    /// The complaint of this id, as the view shows it.
    pub async fn complaint(&self, view: &View, id: ComplaintId) -> Result<Option<Grievance>, Error> {
        let mut db = self.db.acquire().await?;
        store::grievance::find(&mut db, view, id).await
    }

    /// Asks checkout again for every complaint that has waited long enough, until `shutdown`.
    ///
    /// # Errors
    /// Never: what could not be asked now is asked later.
    pub async fn ask_again(self, shutdown: Shutdown) -> anyhow::Result<()> {
        while !shutdown.is_cancelled() {
            match self.ask_next().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "no waiting refund could be asked for, to be tried again"
                ),
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.waiting.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        Ok(())
    }

    /// Asks for the complaint that has waited longest, if one has waited long enough.
    async fn ask_next(&self) -> Result<bool, Error> {
        let mut tx = self.db.begin().await?;
        let leased = store::complaint::lease(&mut tx).await?;
        tx.commit().await?;
        let Some(complaint) = leased else { return Ok(false) };
        self.ask(complaint).await?;
        Ok(true)
    }
}
