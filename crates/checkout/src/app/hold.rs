//! What keeps a basket from being paid until a person has looked: goods with a minimum age, and the draw.

use crate::{
    app::{App, basket::Command, basket::edit_basket, till::raised},
    domain::{
        attendance::{Detail, Goods, Kind},
        audit,
        basket::{Basket, Edit},
        catalogue::SoldBy,
        id::{Fingerprint, RequestKey},
        log::Log,
    },
    error::Error,
    store,
};

/// Refuses the payment of a basket that a person has to look at first. That it waits is noted once more, whatever became of the
/// first note.
pub(super) async fn payable(app: &App, command: Command<'_>, log: &Log) -> Result<(), Error> {
    let Ok(shown) = log.shown() else { return Ok(()) };
    if let Some(minimum_age) = shown.basket.approval_needed() {
        note(app, command, log, Kind::Approval, Detail { minimum_age, ..Detail::default() }).await?;
        return Err(Error::ApprovalNeeded { minimum_age });
    }
    let basket = match shown.basket.audit_waits() {
        true => shown.basket,
        false => match drawn(app, log, &shown.basket) {
            Some(lines) => {
                let request =
                    RequestKey { request_id: uuid::Uuid::now_v7(), fingerprint: Fingerprint([0; 32]) };
                let begin = Command { request, ..command };
                edit_basket(app, begin, Ok(Edit::BeginAudit { lines })).await?.basket
            }
            None => return Ok(()),
        },
    };
    note(app, command, log, Kind::Audit, Detail { goods: goods(&basket), ..Detail::default() }).await?;
    Err(Error::AuditNeeded)
}

/// The lines to be looked at, if the basket is drawn now.
fn drawn(app: &App, log: &Log, basket: &Basket) -> Option<Vec<i32>> {
    let catalogue = app.catalogue.current();
    let rate = catalogue.store(&log.store_code)?.audit_rate_basis_points;
    audit::draw(&app.audit_seed, rate, log.basket_id, basket, &log.entries)
}

fn goods(basket: &Basket) -> Vec<Goods> {
    let audited = basket.attended.audit.as_ref().map(|audit| audit.lines.as_slice()).unwrap_or_default();
    let lines = basket.lines.iter().filter(|line| audited.contains(&line.line_id));
    let goods = |line: &crate::domain::basket::Line| Goods {
        name: line.item.name.clone(),
        quantity: line.quantity,
        by_weight: line.item.sold_by == SoldBy::Kilogram,
    };
    lines.map(goods).collect()
}

async fn note(app: &App, command: Command<'_>, log: &Log, kind: Kind, detail: Detail) -> Result<(), Error> {
    let till = command.terminal_code;
    let raised = raised(&log.store_code, till, Some(log.basket_id), kind, detail, app.now());
    let mut tx = app.db.begin().await?;
    store::attendance::raise(&mut tx, &raised, &log.basket_id.to_string()).await?;
    tx.commit().await?;
    Ok(())
}
