//! The changes. They come one after the other, over all replicas: each locks the version of the catalogue before it looks.

use anyhow::Context;
use outbox::request::{self, Claim};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use crate::app::App;
use crate::domain::catalogue::{Catalogue, Promotion, Store, Terminal};
use crate::domain::import::{self, BadFile, PriceReport, ProductReport};
use crate::error::Error;
use crate::store::catalogue::{self as store, TerminalSaved};

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

/// Creates a store or changes it.
#[tracing::instrument(skip_all, fields(store_code = store.code))]
pub async fn put_store(app: &App, command: &Command, store: &Store) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if is_repeat(&mut tx, command).await? {
        return Ok(());
    }
    store::lock(&mut tx).await?;
    let changed = store::save_store(&mut tx, store).await?;
    finish(app, tx, changed).await
}

/// Creates a terminal or changes its kind. It never moves: its tickets are numbered where it stands.
#[tracing::instrument(skip_all, fields(terminal_code = terminal.code))]
pub async fn put_terminal(app: &App, command: &Command, terminal: &Terminal) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if is_repeat(&mut tx, command).await? {
        return Ok(());
    }
    store::lock(&mut tx).await?;
    let stands_in = store::store_of_terminal(&mut tx, &terminal.code).await?;
    if stands_in.is_some_and(|code| code != terminal.store_code) {
        return Err(Error::field("terminal.store_code", "a terminal never moves to another store"));
    }
    match store::save_terminal(&mut tx, terminal).await? {
        TerminalSaved::Changed => finish(app, tx, true).await,
        TerminalSaved::Unchanged => finish(app, tx, false).await,
        TerminalSaved::NoSuchStore => Err(Error::field("terminal.store_code", "there is no such store")),
    }
}

/// Creates a promotion or changes it.
#[tracing::instrument(skip_all, fields(promotion_code = promotion.code))]
pub async fn put_promotion(app: &App, command: &Command, promotion: &Promotion) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if is_repeat(&mut tx, command).await? {
        return Ok(());
    }
    store::lock(&mut tx).await?;
    let changed = store::save_promotion(&mut tx, promotion).await?;
    finish(app, tx, changed).await
}

/// Takes the good rows of a file of products in, with their suppliers and prices, and reports the others.
#[tracing::instrument(skip_all)]
pub async fn import_catalogue(
    app: &App,
    command: &Command,
    file: Vec<u8>,
    default_vat_code: String,
) -> Result<ProductReport, Error> {
    let mut tx = app.db.begin().await?;
    if let Some(report) = earlier_report(&mut tx, command).await? {
        return Ok(report);
    }
    store::lock(&mut tx).await?;
    let before = store::load(&mut tx).await?;
    let read = read_file(before, move |before| import::products(before, &file, &default_vat_code)).await?;
    store::save_suppliers(&mut tx, &read.suppliers).await?;
    store::save_products(&mut tx, &read.created).await?;
    store::save_products(&mut tx, &read.changed).await?;
    store::save_prices(&mut tx, &read.prices).await?;
    let changed = read.changes_anything();
    let report = read.into_report();
    save_report(&mut tx, command, &report).await?;
    finish(app, tx, changed).await?;
    Ok(report)
}

/// Takes the good rows of a file of dated prices in and reports the others.
#[tracing::instrument(skip_all)]
pub async fn import_prices(app: &App, command: &Command, file: Vec<u8>) -> Result<PriceReport, Error> {
    let mut tx = app.db.begin().await?;
    if let Some(report) = earlier_report(&mut tx, command).await? {
        return Ok(report);
    }
    store::lock(&mut tx).await?;
    let before = store::load(&mut tx).await?;
    let read = read_file(before, move |before| import::prices(before, &file)).await?;
    store::save_prices(&mut tx, &read.changed).await?;
    let changed = read.changes_anything();
    let report = read.into_report();
    save_report(&mut tx, command, &report).await?;
    finish(app, tx, changed).await?;
    Ok(report)
}

/// Whether the command was carried out before. What its repeat answers is what it says itself.
async fn is_repeat(tx: &mut PgConnection, command: &Command) -> Result<bool, Error> {
    match request::claim(tx, &command.caller, command.request_id, command.fingerprint).await? {
        Claim::First => Ok(false),
        Claim::Repeat { .. } => Ok(true),
        Claim::Reused => Err(Error::RequestIdReused),
    }
}

/// The first report of an import that was carried out before.
async fn earlier_report<R: DeserializeOwned>(
    tx: &mut PgConnection,
    command: &Command,
) -> Result<Option<R>, Error> {
    match request::claim(tx, &command.caller, command.request_id, command.fingerprint).await? {
        Claim::First => Ok(None),
        Claim::Reused => Err(Error::RequestIdReused),
        Claim::Repeat { reply } => {
            let reply = reply.context("an import was committed without its report")?;
            Ok(Some(serde_json::from_slice(&reply).context("the report of an import cannot be read again")?))
        }
    }
}

async fn save_report(tx: &mut PgConnection, command: &Command, report: &impl Serialize) -> Result<(), Error> {
    let reply = serde_json::to_vec(report).context("a report cannot be written")?;
    Ok(request::save_reply(tx, &command.caller, command.request_id, &reply).await?)
}

/// Reads a file where it holds up no other task: sixteen mebibytes take their time.
async fn read_file<R: Send + 'static>(
    before: Catalogue,
    read: impl FnOnce(&Catalogue) -> Result<R, BadFile> + Send + 'static,
) -> Result<R, Error> {
    let read = tokio::task::spawn_blocking(move || read(&before)).await;
    Ok(read.context("the reader of a file ended")??)
}

/// Commits, and lets this replica see the change at once. The others see it within a second.
async fn finish(app: &App, mut tx: Transaction<'static, Postgres>, changed: bool) -> Result<(), Error> {
    if changed {
        store::move_version(&mut tx).await?;
    }
    tx.commit().await?;
    if changed && let Err(error) = app.catalogue.reload(&app.db).await {
        tracing::warn!(%error, "the catalogue was changed, and will be read again within a second");
    }
    Ok(())
}

impl From<BadFile> for Error {
    fn from(error: BadFile) -> Self {
        Self::field(error.field(), error.to_string())
    }
}
