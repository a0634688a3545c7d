//! A basket around its payment.

use uuid::Uuid;

use crate::{
    app::{
        App,
        basket::{Command, counter, edit_basket, load},
        hold,
    },
    domain::{
        basket::{BasketError, Edit, Line, Lowered, Outcome},
        id::{Fingerprint, RequestKey},
        log::Shown,
        scan::{self, Counter},
    },
    error::Error,
};

/// Freezes the basket that the shopper saw, and so fixes the amount. Durable, and with it every edit before.
///
/// What the catalogue says by now is looked at once more: a price that has fallen is the one to be paid, and what was recalled
/// is not sold. A promotion that others have used up meanwhile is withdrawn; then the till shows the new total first.
#[tracing::instrument(skip_all)]
pub async fn begin_payment(app: &App, command: Command<'_>) -> Result<Shown, Error> {
    let catalogue = app.catalogue.current();
    let log = load(app, command).await?;
    hold::payable(app, command, &log).await?;
    let edit = match log.shown() {
        Ok(Shown { basket, .. }) => counter(app, &catalogue, command)
            .and_then(|counter| Ok(Edit::BeginPayment { lowered: lowered(counter, &basket.lines)? })),
        Err(error) => Err(error.into()),
    };
    match edit_basket(app, command, edit).await {
        Err(Error::UsedUp { promotion_code }) => {
            let request = RequestKey { request_id: Uuid::now_v7(), fingerprint: Fingerprint([0; 32]) };
            let withdrawal = Command { request, ..command };
            edit_basket(app, withdrawal, Ok(Edit::WithdrawOffer { promotion_code })).await?;
            Err(BasketError::DiscountUsedUp.into())
        }
        outcome => outcome,
    }
}

/// The lines that have become cheaper. A label keeps the price that is printed on it.
fn lowered(counter: Counter<'_>, lines: &[Line]) -> Result<Vec<Lowered>, Error> {
    let mut lowered = Vec::new();
    for Line { line_id, item, .. } in lines {
        if scan::stopped(counter, item).is_some() {
            return Err(BasketError::Recalled { line_id: *line_id }.into());
        }
        let now = counter.catalogue.price_at(counter.store_code, &item.gtin, counter.now);
        let Some(now) = now.filter(|_| !item.measured && !item.kind.is_outside_vat()) else { continue };
        let unit_price = item.unit_price.min(now.unit);
        let member_price = item.member_price.into_iter().chain(now.member).min();
        if (unit_price, member_price) != (item.unit_price, item.member_price) {
            lowered.push(Lowered { line_id: *line_id, unit_price, member_price });
        }
    }
    Ok(lowered)
}

/// The card terminal surely took nothing: the basket is open again.
#[tracing::instrument(skip_all)]
pub async fn abandon_payment(app: &App, command: Command<'_>, outcome: Outcome) -> Result<Shown, Error> {
    edit_basket(app, command, Ok(Edit::AbandonPayment { outcome })).await
}

/// Gives an unpaid basket up, as the shopper wants it or because nobody is there any more.
#[tracing::instrument(skip_all)]
pub async fn cancel_basket(app: &App, command: Command<'_>, ending: Edit) -> Result<Shown, Error> {
    edit_basket(app, command, Ok(ending)).await
}
