//! The changes. They come one after the other, over all replicas: each locks the version of the catalogue before it looks.

use fiscal::{Body, Closing, Code, Event, TERMINAL_ADDED, TERMINAL_REMOVED};
use outbox::request::{self, Claim};
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use crate::app::{App, attendance::removal, journal};
use crate::domain::announcement;
use crate::domain::catalogue::{Store, Terminal};
use crate::domain::promotion::Promotion;
use crate::error::Error;
use crate::store::catalogue::{self as store, TerminalSaved};
use crate::store::journal::chains;
use crate::store::{basket, till};

/// The identity under which a change may be repeated.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who asks, by certificate.
    pub caller: String,
    /// The id that the caller gave it.
    pub request_id: Uuid,
    /// Of the whole message.
    pub fingerprint: [u8; 32],
}

/// Creates a store or changes it. What its tills' journals rest on is changed until the first of them has sealed, which it does when it is
/// added, and never again: but for what is put back.
#[tracing::instrument(skip_all, fields(store_code = store.code))]
pub async fn put_store(app: &App, command: &Command, store: &Store) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if is_repeat(&mut tx, command).await? {
        return Ok(());
    }
    store::lock(&mut tx).await?;
    let before = store::stores(&mut tx).await?.into_iter().find(|before| before.code == store.code);
    if let Some(before) = before
        && rests_on(&before, store, &[]).is_some()
        && !chains(&mut tx, &store.code).await?.is_empty()
    {
        let closings = journal::last_closings(&mut tx, &store.code).await?;
        if let Some(field) = rests_on(&before, store, &closings) {
            return Err(Error::field(field, "its tills have sealed under the one it has, which stays"));
        }
    }
    let changed = store::save_store(&mut tx, store).await?;
    finish(app, tx, changed).await
}

/// What a journal rests on and is changed: the SIRET stands in every record and every key, the currency and the time zone in every
/// closing. A currency or a time zone that was changed before they were kept is put back: the one that each till was last closed under
/// is the only one under which it is ever closed again.
fn rests_on(before: &Store, store: &Store, last_closings: &[Closing]) -> Option<&'static str> {
    let was_closed = !last_closings.is_empty();
    let in_currency = was_closed && last_closings.iter().all(|closing| closing.currency == store.currency);
    let in_time_zone = was_closed && last_closings.iter().all(|closing| closing.time_zone == store.time_zone);
    let rests_on = [
        ("store.siret", before.siret == store.siret),
        ("store.currency_code", in_currency || before.currency == store.currency),
        ("store.time_zone", in_time_zone || before.time_zone == store.time_zone),
    ];
    rests_on.into_iter().find(|(_, stays)| !stays).map(|(field, _)| field)
}

/// Creates a terminal, brings one back or changes its kind. It never moves: its tickets are numbered where it stands.
#[tracing::instrument(skip_all, fields(terminal_code = terminal.code))]
pub async fn put_terminal(app: &App, command: &Command, terminal: &Terminal) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if is_repeat(&mut tx, command).await? {
        return Ok(());
    }
    store::lock(&mut tx).await?;
    let before = store::terminal(&mut tx, &terminal.code).await?;
    if before.as_ref().is_some_and(|before| before.store_code != terminal.store_code) {
        return Err(Error::field("terminal.store_code", "a terminal never moves to another store"));
    }
    match store::save_terminal(&mut tx, terminal).await? {
        TerminalSaved::Changed => {
            if before.is_none_or(|before| before.removed) {
                tell(app, &mut tx, terminal, TERMINAL_ADDED).await?;
            }
            finish(app, tx, true).await
        }
        TerminalSaved::Unchanged => finish(app, tx, false).await,
        TerminalSaved::NoSuchStore => Err(Error::field("terminal.store_code", "there is no such store")),
    }
}

/// Takes a terminal out of its store. It is locked for good; its journal says so, and is closed and archived as before. A basket at it
/// refuses that, but not for ever where its machine is gone: what is left there is ended first, or somebody is called to it.
#[tracing::instrument(skip_all, fields(terminal_code))]
pub async fn remove_terminal(app: &App, command: &Command, terminal_code: &str) -> Result<(), Error> {
    let removed = remove(app, command, terminal_code).await;
    // Apart from the removal: what was ended, and who was called, stays so although the till may have to stay as well.
    if !matches!(removed, Err(Error::Serving)) || !removal::end_left(app, terminal_code).await? {
        return removed;
    }
    match remove(app, command, terminal_code).await {
        Err(Error::Serving) => Err(Error::Unsettled),
        removed => removed,
    }
}

async fn remove(app: &App, command: &Command, terminal_code: &str) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if is_repeat(&mut tx, command).await? {
        return Ok(());
    }
    store::lock(&mut tx).await?;
    let terminal = store::terminal(&mut tx, terminal_code).await?.ok_or(Error::NotFound("terminal"))?;
    if terminal.removed {
        return finish(app, tx, false).await;
    }
    // Before the baskets are looked at: none is opened once it is committed. One that is opened in this very instant is still sold.
    till::lock(&mut tx, None, terminal_code, true, &command.caller).await?;
    if basket::is_serving(&mut tx, terminal_code).await? {
        return Err(Error::Serving);
    }
    store::remove_terminal(&mut tx, terminal_code).await?;
    tell(app, &mut tx, &terminal, TERMINAL_REMOVED).await?;
    finish(app, tx, true).await
}

/// Seals at a till that it came or went.
async fn tell(app: &App, tx: &mut PgConnection, terminal: &Terminal, code: Code) -> Result<(), Error> {
    let stores = store::stores(tx).await?;
    let stands = stores.iter().find(|store| store.code == terminal.store_code);
    let stands = stands.ok_or(Error::NotFound("store"))?;
    let event = Body::Event(Event::of(code, terminal.kind.as_str()));
    journal::seal(app, tx, stands, &terminal.code, app.now(), event).await?;
    Ok(())
}

/// Creates a promotion or changes it. One that is announced as a price reduction needs the prices that were in force before.
#[tracing::instrument(skip_all, fields(promotion_code = promotion.code))]
pub async fn put_promotion(app: &App, command: &Command, promotion: &Promotion) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if is_repeat(&mut tx, command).await? {
        return Ok(());
    }
    store::lock(&mut tx).await?;
    let before = store::load(&mut tx).await?;
    if let Some(code) = promotion.store_codes.iter().find(|code| before.store(code).is_none()) {
        return Err(Error::field("promotion.store_codes", format!("there is no store {code}")));
    }
    announcement::check(&before, promotion)
        .map_err(|refused| Error::field("promotion.announcement", refused.to_string()))?;
    let changed = crate::store::promotion::save(&mut tx, promotion).await?;
    finish(app, tx, changed).await
}

/// Whether the command was carried out before. What its repeat answers is what it says itself.
pub(super) async fn is_repeat(tx: &mut PgConnection, command: &Command) -> Result<bool, Error> {
    match request::claim(tx, &command.caller, command.request_id, command.fingerprint).await? {
        Claim::First => Ok(false),
        Claim::Repeat { .. } => Ok(true),
        Claim::Reused => Err(Error::RequestIdReused),
    }
}

/// Commits, and lets this replica see the change at once. The others see it within two seconds.
pub(super) async fn finish(
    app: &App,
    mut tx: Transaction<'static, Postgres>,
    changed: bool,
) -> Result<(), Error> {
    if changed {
        store::move_version(&mut tx).await?;
    }
    tx.commit().await?;
    app.wake.wake();
    if changed && let Err(error) = app.catalogue.reload(&app.db).await {
        tracing::warn!(%error, "the catalogue was changed, and will be read again within a second");
    }
    Ok(())
}
