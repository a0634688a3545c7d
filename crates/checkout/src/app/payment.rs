//! A basket around its payment.

use crate::{
    app::{
        App,
        attendance::deserted,
        basket::{Command, counter, edit_basket, edit_unasked},
        hold, tender,
    },
    domain::{
        basket::{
            BasketError, Edit, Line, Lowered, Outcome,
            receipt::{Language, Receipt},
        },
        log::Shown,
        scan,
    },
    error::Error,
};

/// Keeps how the shopper wants the ticket, and in which language.
#[tracing::instrument(skip_all)]
pub async fn choose_receipt(
    app: &App,
    command: Command<'_>,
    receipt: Receipt,
    language: Language,
) -> Result<Shown, Error> {
    edit_basket(app, command, Ok(Edit::ChooseReceipt { receipt, language })).await
}

/// Freezes the basket that the shopper saw, and so fixes the amount. Durable, and with it every edit before.
///
/// What the catalogue says by now is looked at once more: a price that has fallen is the one to be paid, and what was recalled
/// is not sold. A promotion that others have used up meanwhile is withdrawn; then the till shows the new total first.
#[tracing::instrument(skip_all)]
pub async fn begin_payment(app: &App, command: Command<'_>) -> Result<Shown, Error> {
    match edit_basket(app, command, Ok(Edit::BeginPayment { lowered: Vec::new() })).await {
        Err(Error::Held) => hold::payment(app, command).await,
        Err(Error::UsedUp { promotion_code, member_id }) => {
            edit_unasked(app, command, Edit::WithdrawOffer { promotion_code, member_id }).await?;
            Err(BasketError::DiscountUsedUp.into())
        }
        outcome => outcome,
    }
}

/// Refuses goods that are not sold at this hour any more. It comes before what a person would be called for: nobody decides this.
pub(super) fn check_hours(app: &App, command: Command<'_>, lines: &[Line]) -> Result<(), Error> {
    let catalogue = app.catalogue.current();
    let counter = counter(app, &catalogue, command)?;
    match lines.iter().find(|line| scan::is_closed(counter, &line.item)) {
        Some(line) => Err(BasketError::NotSoldNow { line_id: line.line_id }.into()),
        None => Ok(()),
    }
}

/// The lines that have become cheaper since they were scanned. A label keeps the price that is printed on it.
pub(super) fn lowered(app: &App, command: Command<'_>, lines: &[Line]) -> Result<Vec<Lowered>, Error> {
    let catalogue = app.catalogue.current();
    let counter = counter(app, &catalogue, command)?;
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

/// The card terminal surely took nothing: the basket is open again. A till that only believes so is refused where it may be wrong.
#[tracing::instrument(skip_all)]
pub async fn abandon_payment(
    app: &App,
    command: Command<'_>,
    outcome: Outcome,
    slip_texts: Vec<String>,
    never_asked: bool,
) -> Result<Shown, Error> {
    if never_asked {
        deserted::refuse_unasked(app, command).await?;
    }
    let catalogue = app.catalogue.current();
    let store_code = counter(app, &catalogue, command)?.store_code;
    let store = catalogue.store(store_code).ok_or(Error::NotFound("store"))?;
    let kept = |text| tender::kept_slip(app, store, command.terminal_code, text);
    let slip_texts = slip_texts.into_iter().map(kept).filter(|text| !text.is_empty()).collect();
    edit_basket(app, command, Ok(Edit::AbandonPayment { outcome, slip_texts })).await
}

/// Gives an unpaid basket up, as the shopper wants it or because nobody is there any more.
#[tracing::instrument(skip_all)]
pub async fn cancel_basket(
    app: &App,
    command: Command<'_>,
    ending: Edit,
    never_asked: bool,
) -> Result<Shown, Error> {
    if never_asked {
        deserted::refuse_unasked(app, command).await?;
    }
    edit_basket(app, command, Ok(ending)).await
}
