//! Refunds that wait to be paid, and the record that they were.

use outbox::request::{self, Claim};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        id::{RefundId, RequestKey},
        refund_payment::{Method, RefundPayment, Task},
    },
    error::Error,
    store,
};

/// Who pays out.
#[derive(Clone, Copy, Debug)]
pub struct Cashier<'a> {
    /// The identity of the caller, to which request ids belong.
    pub caller: &'a str,
    /// The staff account.
    pub staff_id: Uuid,
    /// The store of that account: nobody else's refunds are there.
    pub store_code: &'a str,
}

/// What somebody of the office says of a task.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// What has become of it.
    pub task: Task,
    /// What the acquirer calls it, or empty.
    pub reference: String,
}

/// Which refunds are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What is due in one way, after this refund.
    Due {
        /// The way.
        method: Method,
        /// The last one of the page before.
        after: Option<RefundId>,
    },
    /// The credit notes of this number, paid or not.
    Numbered(i64),
}

/// Some of a listing, and whether there is more.
#[derive(Clone, Debug)]
pub struct Page {
    /// The newest first.
    pub refunds: Vec<RefundPayment>,
    /// More come after the last one.
    pub has_more: bool,
}

/// Refunds of a store.
pub async fn list_refunds_due(
    app: &App,
    store_code: &str,
    wanted: Wanted,
    page_size: u16,
) -> Result<Page, Error> {
    let mut db = app.db.acquire().await?;
    let limit = i64::from(page_size) + 1;
    let mut refunds = match wanted {
        Wanted::Due { method, after } => {
            store::refund_payment::due(&mut db, store_code, method, after, limit).await?
        }
        Wanted::Numbered(number) => {
            store::refund_payment::numbered(&mut db, store_code, number, limit).await?
        }
    };
    let has_more = refunds.len() > usize::from(page_size);
    refunds.truncate(usize::from(page_size));
    Ok(Page { refunds, has_more })
}

/// Records that a refund was paid out. A repeat gets the first answer; whoever comes second learns that it was paid.
#[tracing::instrument(skip_all)]
pub async fn pay_out_refund(
    app: &App,
    cashier: Cashier<'_>,
    request: RequestKey,
    refund_id: RefundId,
) -> Result<RefundPayment, Error> {
    let mut tx = app.db.begin().await?;
    let (claim, mut refund) = claimed(&mut tx, cashier, request, refund_id).await?;
    // What was paid out never changes, so that the first answer can be read again.
    if claim == Claim::First {
        let paid_out = refund.pay_out(cashier.staff_id, app.now())?;
        store::refund_payment::pay_out(&mut tx, refund_id, &paid_out).await?;
        refund.paid_out = Some(paid_out);
        tx.commit().await?;
    }
    Ok(refund)
}

/// Records what has become of a refund with the acquirer. A repeat gets the refund as it is by then.
#[tracing::instrument(skip_all)]
pub async fn settle_acquirer_refund(
    app: &App,
    cashier: Cashier<'_>,
    request: RequestKey,
    refund_id: RefundId,
    settlement: &Settlement,
) -> Result<RefundPayment, Error> {
    let change = |refund: &mut RefundPayment, now| {
        refund.settle(settlement.task, &settlement.reference, cashier.staff_id, now)
    };
    changed(app, cashier, request, refund_id, change).await
}

/// Leaves a refund to the office. A repeat gets the refund as it is by then.
#[tracing::instrument(skip_all)]
pub async fn hand_refund_to_acquirer(
    app: &App,
    cashier: Cashier<'_>,
    request: RequestKey,
    refund_id: RefundId,
) -> Result<RefundPayment, Error> {
    changed(app, cashier, request, refund_id, |refund, _| refund.hand_to_acquirer()).await
}

/// Changes who pays a refund, or how far that is, once.
async fn changed<Refused: Into<Error>>(
    app: &App,
    cashier: Cashier<'_>,
    request: RequestKey,
    refund_id: RefundId,
    change: impl FnOnce(&mut RefundPayment, OffsetDateTime) -> Result<(), Refused>,
) -> Result<RefundPayment, Error> {
    let mut tx = app.db.begin().await?;
    let (claim, mut refund) = claimed(&mut tx, cashier, request, refund_id).await?;
    if claim == Claim::First {
        let now = app.now();
        change(&mut refund, now).map_err(Into::into)?;
        store::refund_payment::settle(&mut tx, &refund, cashier.caller, now).await?;
        tx.commit().await?;
    }
    Ok(refund)
}

/// A refund of the cashier's store that nobody else pays until the transaction ends, and whether the request is new or a repeat.
async fn claimed(
    tx: &mut PgConnection,
    cashier: Cashier<'_>,
    request: RequestKey,
    refund_id: RefundId,
) -> Result<(Claim, RefundPayment), Error> {
    let claim = request::claim(tx, cashier.caller, request.request_id, request.fingerprint.0).await?;
    if claim == Claim::Reused {
        return Err(Error::RequestIdReused);
    }
    store::refund_payment::lock(tx, cashier.store_code, refund_id).await?;
    let found = store::refund_payment::find(tx, cashier.store_code, refund_id).await?;
    Ok((claim, found.ok_or(Error::NotFound("refund"))?))
}
