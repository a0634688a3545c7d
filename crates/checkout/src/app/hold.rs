//! What keeps a basket from being paid until a person has looked: goods with a minimum age, and the draw.

use anyhow::anyhow;

use crate::{
    app::{
        App,
        basket::{Command, edit_unasked, load},
        till::raised,
    },
    domain::{
        attendance::{Detail, Goods, Kind},
        audit,
        basket::{Basket, Edit},
        history,
        log::{Log, Shown},
    },
    error::Error,
    store,
};

/// Refuses to freeze a basket that a person has to look at first.
pub(super) fn check(app: &App, log: &Log, basket: &Basket) -> Result<(), Error> {
    let waits =
        basket.approval_needed().is_some() || basket.audit_waits() || drawn(app, log, basket).is_some();
    if waits { Err(Error::Held) } else { Ok(()) }
}

/// Says what a basket waits for that was not frozen. That it waits is noted once more, whatever became of the first note.
pub(super) async fn payment(app: &App, command: Command<'_>) -> Result<Shown, Error> {
    let log = load(app, command).await?;
    let shown = log.shown()?;
    if let Some(minimum_age) = shown.basket.approval_needed() {
        note(app, command, &log, Kind::Approval, Detail { minimum_age, ..Detail::default() }).await?;
        return Err(Error::ApprovalNeeded { minimum_age });
    }
    let looked_at = match drawn(app, &log, &shown.basket) {
        _ if shown.basket.audit_waits() => Some(shown),
        Some(lines) => edit_unasked(app, command, Edit::BeginAudit { lines }).await?,
        None => None,
    };
    // Somebody has decided or changed the basket meanwhile: the same request may be sent again.
    let shown = looked_at.ok_or_else(|| Error::Unavailable(anyhow!("the basket has changed meanwhile")))?;
    let detail = Detail { goods: goods(&shown.basket), ..Detail::default() };
    note(app, command, &log, Kind::Audit, detail).await?;
    Err(Error::AuditNeeded)
}

/// The lines to be looked at, if the basket is drawn now.
fn drawn(app: &App, log: &Log, basket: &Basket) -> Option<Vec<i32>> {
    let catalogue = app.catalogue.current();
    let rate = catalogue.store(&log.store_code)?.audit_rate_basis_points;
    audit::draw(&app.audit_seed, rate, log.basket_id, basket, &log.entries)
}

/// The goods of a drawn basket that somebody looks for.
pub(super) fn goods(basket: &Basket) -> Vec<Goods> {
    let audited = basket.attended.audit.as_ref().map(|audit| audit.lines.as_slice()).unwrap_or_default();
    let lines = basket.lines.iter().filter(|line| audited.contains(&line.line_id));
    lines.map(history::goods).collect()
}

async fn note(app: &App, command: Command<'_>, log: &Log, kind: Kind, detail: Detail) -> Result<(), Error> {
    let till = command.terminal_code;
    let raised = raised(&log.store_code, till, Some(log.basket_id), kind, detail, app.now());
    let mut tx = app.db.begin().await?;
    store::attendance::raise(&mut tx, &raised).await?;
    tx.commit().await?;
    Ok(())
}
