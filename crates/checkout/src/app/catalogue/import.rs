//! Files of products and prices, and the prices that wait for a person.

use std::collections::HashSet;

use anyhow::Context;
use outbox::request::{self, Claim};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::app::App;
use crate::app::catalogue::change::{Command, finish, is_repeat};
use crate::app::catalogue::read::{Page, page};
use crate::domain::catalogue::{Catalogue, DatedPrice, HeldPrice, Suspect};
use crate::domain::import::{self, BadFile, PriceReport, ProductReport, Reason, Rejected};
use crate::error::Error;
use crate::events;
use crate::store::catalogue::{self as store, ProductsSaved};
use crate::store::held;

/// So many products are written at a time.
const PART: usize = 5_000;

/// Takes the good rows of a file of products in, with their suppliers and prices, reports the others, and tells the other services
/// which products and suppliers they are.
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
    let underway = app.imports.begin(command);
    store::lock(&mut tx).await?;
    let before = store::load(&mut tx).await?;
    let version = before.version() + 1;
    let read = read_file(before, move |before| import::products(before, &file, &default_vat_code)).await?;
    warn_of_claims(&read.rejected);
    store::save_suppliers(&mut tx, &read.suppliers).await?;
    let mut done = read.rows - i64::try_from(read.created.len() + read.changed.len()).unwrap_or_default();
    // A deposit stands before its goods, in the file and so in the parts.
    for products in read.created.chunks(PART).chain(read.changed.chunks(PART)) {
        underway.at(read.rows, done);
        if store::save_products(&mut tx, products).await? == ProductsSaved::CodeClaimedTwice {
            return Err(Error::field("file", "a code of it belongs to two products"));
        }
        done += i64::try_from(products.len()).unwrap_or_default();
    }
    underway.at(read.rows, done);
    put_prices(&mut tx, &read.prices, &read.held).await?;
    for event in events::products_changed(&read, version, app.now()).context("the event of a catalogue")? {
        outbox::record(&mut tx, &event).await?;
    }
    let changed = read.changes_anything();
    let report = read.into_report();
    save_report(&mut tx, command, &report).await?;
    finish(app, tx, changed).await?;
    Ok(report)
}

/// Takes the good rows of a file of dated prices in and reports the others. A file is applied once, whatever its line ends: of one
/// that comes again, only the rows are looked at that were not taken before.
#[tracing::instrument(skip_all)]
pub async fn import_prices(app: &App, command: &Command, file: Vec<u8>) -> Result<PriceReport, Error> {
    let mut tx = app.db.begin().await?;
    if let Some(report) = earlier_report(&mut tx, command).await? {
        return Ok(report);
    }
    store::lock(&mut tx).await?;
    let digest = request::fingerprint(&import::text_of(&file));
    let refused = held::refused_lines(&mut tx, &digest).await?;
    let refused: Option<HashSet<i64>> = refused.map(|lines| lines.into_iter().collect());
    let before = store::load(&mut tx).await?;
    let read = read_file(before, move |before| import::prices(before, &file, refused.as_ref())).await?;
    put_prices(&mut tx, &read.changed, &read.held).await?;
    let refused: Vec<i64> = read.rejected.iter().map(|row| row.line).collect();
    held::remember_file(&mut tx, &digest, &refused, app.clock.now()).await?;
    let changed = read.changes_anything();
    let report = read.into_report();
    save_report(&mut tx, command, &report).await?;
    finish(app, tx, changed).await?;
    Ok(report)
}

/// Puts prices in force, and lets the suspects wait. A newer word for the same start ends the wait of an older one: whoever accepted
/// that would undo it.
async fn put_prices(tx: &mut PgConnection, prices: &[DatedPrice], suspects: &[Suspect]) -> Result<(), Error> {
    store::save_prices(tx, prices).await?;
    held::supersede(tx, prices).await?;
    Ok(held::hold(tx, suspects).await?)
}

/// The held prices after this one, by their ids.
#[tracing::instrument(skip_all)]
pub async fn list_held_prices(app: &App, after: Uuid, page_size: usize) -> Result<Page<HeldPrice>, Error> {
    let mut connection = app.db.acquire().await?;
    let most = i64::try_from(page_size).unwrap_or(i64::MAX - 1) + 1;
    Ok(page(held::after(&mut connection, after, most).await?.into_iter(), page_size))
}

/// Puts a held price in force, or throws it away.
#[tracing::instrument(skip_all)]
pub async fn settle_held_price(
    app: &App,
    command: &Command,
    held_price_id: Uuid,
    accept: bool,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if is_repeat(&mut tx, command).await? {
        return Ok(());
    }
    store::lock(&mut tx).await?;
    let dated = held::take(&mut tx, held_price_id).await?.ok_or(Error::NotFound("held price"))?;
    if accept {
        store::save_prices(&mut tx, &[dated]).await?;
    }
    finish(app, tx, accept).await
}

/// A code on two products is a wrong label in the shop: whoever runs it must hear of it, whatever becomes of the report.
fn warn_of_claims(rejected: &[Rejected]) {
    for row in rejected.iter().filter(|row| row.reason == Reason::CodeClaimedTwice) {
        tracing::warn!(code = row.found, line = row.line, "a code is claimed by two products");
    }
}

/// The first report of an import that was carried out before.
pub(in crate::app) async fn earlier_report<R: DeserializeOwned>(
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

pub(in crate::app) async fn save_report(
    tx: &mut PgConnection,
    command: &Command,
    report: &impl Serialize,
) -> Result<(), Error> {
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

impl From<BadFile> for Error {
    fn from(error: BadFile) -> Self {
        Self::field(error.field(), error.to_string())
    }
}
