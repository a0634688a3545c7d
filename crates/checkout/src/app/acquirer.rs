//! Files of the bank that collects the card payments: they settle payments that nobody knew of, and show what does not fit together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Context;
use caisse_ap::{Brand, Proof, SlipRule};
use outbox::request;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{
        App, attendance,
        catalogue::{Command, earlier_report, save_report},
    },
    domain::{
        acquirer::{
            self, BadFile, Books, COMPLETED, Compared, EARLY, File, FileFinding, LATE, Report, RowReason,
            Settings, Waiting,
        },
        attendance::{Decision, Intervention},
        id::BasketId,
        import,
    },
    error::Error,
    store,
};

/// A file with the settings that it is read with.
#[derive(Clone, Debug)]
pub struct Import {
    /// The file.
    pub file: Vec<u8>,
    /// The store whose rows are taken; empty for all.
    pub store_code: String,
    /// What the bank calls tills: their codes by its numbers.
    pub names: BTreeMap<String, String>,
}

/// Takes a file in. Settled payments, the record of the file and the events are one transaction; the same file with the same settings
/// changes nothing, and is answered as it was first. The tills learn of what was settled in the answers to their reports.
#[tracing::instrument(skip_all)]
pub async fn import_acquirer_file(app: &App, command: &Command, import: Import) -> Result<Report, Error> {
    let file_sha256 = digest(&import);
    let settings = settings(app, &import)?;
    let underway = app.imports.begin(command);
    let reading = tokio::task::spawn_blocking(move || {
        let rows =
            i64::try_from(import.file.iter().filter(|byte| **byte == b'\n').count()).unwrap_or_default();
        let read = acquirer::read(&import.file, &settings, |done| underway.at(rows, done));
        (read, underway)
    });
    let (file, underway) = reading.await.context("the reader of a file ended")?;
    let file = file?;
    underway.at(file.rows, file.rows);
    alarm(&file);

    let mut tx = app.db.begin().await?;
    if let Some(report) = earlier_report(&mut tx, command).await? {
        return Ok(report);
    }
    store::acquirer::lock(&mut tx).await?;
    if let Some(report) = store::acquirer::report(&mut tx, &file_sha256).await? {
        save_report(&mut tx, command, &report).await?;
        tx.commit().await?;
        return Ok(Report { imported_before: true, ..report });
    }
    let (waiting, books) = read_books(&mut tx, &file).await?;
    let comparing = tokio::task::spawn_blocking(move || {
        let compared = acquirer::compare(&file, &books);
        let report = Report::of(&file, &books, &compared);
        (file, compared, report)
    });
    let (file, compared, report) = comparing.await.context("the comparison of a file ended")?;
    // What it settles refers to the file.
    store::acquirer::remember(&mut tx, &file_sha256, &command.caller, &report, app.now()).await?;
    let ended = settle(app, &mut tx, &file, &compared, &waiting, &file_sha256).await?;
    store::acquirer::note_findings(&mut tx, &findings(&report)).await?;
    save_report(&mut tx, command, &report).await?;
    tx.commit().await?;
    attendance::ended(app, &ended);
    Ok(report)
}

/// Of the text, whatever its way here put around it, and of the settings: an import with others is another one.
fn digest(import: &Import) -> [u8; 32] {
    let mut bytes = import::text_of(&import.file);
    bytes.extend(format!("{:?}{:?}", import.store_code, import.names).into_bytes());
    request::fingerprint(&bytes)
}

fn settings(app: &App, import: &Import) -> Result<Settings, Error> {
    let catalogue = app.catalogue.current();
    if !import.store_code.is_empty() && catalogue.store(&import.store_code).is_none() {
        return Err(Error::field("store_code", "there is no such store"));
    }
    if let Some(code) = import.names.values().find(|code| catalogue.terminal(code).is_none()) {
        return Err(Error::field("terminals", format!("there is no till {code}")));
    }
    Ok(Settings {
        names: import.names.clone().into_iter().collect(),
        store_code: import.store_code.clone(),
        rule: SlipRule::new("", app.card_contracts.iter().map(String::as_str)),
        catalogue,
    })
}

/// Whoever sent whole card numbers must hear of it, whatever becomes of the report.
fn alarm(file: &File) {
    let rows = file.rejected.iter().filter(|row| row.reason == RowReason::CardNumber);
    let lines: Vec<i64> = rows.map(|row| row.line).take(20).collect();
    if !lines.is_empty() {
        tracing::error!(
            ?lines,
            "an acquirer's file holds whole card numbers; these rows are not taken, nothing of them is kept"
        );
    }
}

/// What the file is compared with. The payments that wait are locked, with their baskets: nobody else settles them meanwhile.
async fn read_books(
    tx: &mut PgConnection,
    file: &File,
) -> Result<(HashMap<usize, Intervention>, Books), Error> {
    let tills: BTreeSet<&str> = file.taken.iter().map(|listed| listed.row.terminal_code.as_str()).collect();
    let tills: Vec<String> = tills.into_iter().map(str::to_owned).collect();
    let times = || file.taken.iter().map(|listed| listed.row.time);
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return Ok((HashMap::new(), Books::default()));
    };
    // The baskets before what waits there, as whoever answers does: nobody waits for each other.
    let seen = store::attendance::unknown_payments(tx, &tills).await?;
    let baskets: Vec<BasketId> = seen.iter().filter_map(|waits| waits.basket_id).collect();
    store::basket::lock_all(tx, &baskets).await?;
    let seen: Vec<Uuid> = seen.iter().map(|waits| waits.intervention_id).collect();
    let found = store::attendance::lock_unknown_payments(tx, &seen).await?;
    let (mut waiting, mut interventions) = (Vec::new(), HashMap::new());
    for intervention in found {
        let Some(asked) = intervention.detail.asked_time else { continue };
        waiting.push(Waiting {
            intervention_id: intervention.intervention_id,
            terminal_code: intervention.terminal_code.clone(),
            amount: intervention.detail.amount,
            asked,
            attempt_id: intervention.detail.attempt_id,
        });
        interventions.insert(waiting.len() - 1, intervention);
    }
    let known = store::acquirer::known(tx, &tills, first - EARLY - LATE, last + COMPLETED).await?;
    let digests: Vec<Vec<u8>> = file.taken.iter().map(|listed| listed.row.digest().to_vec()).collect();
    let settled_rows = store::acquirer::settled_rows(tx, &digests).await?;
    Ok((interventions, Books { known, waiting, settled_rows }))
}

/// Settles what the file shows as made, as a person would, with what the row says of the card.
async fn settle(
    app: &App,
    tx: &mut PgConnection,
    file: &File,
    compared: &Compared,
    waiting: &HashMap<usize, Intervention>,
    file_sha256: &[u8],
) -> Result<Vec<Intervention>, Error> {
    let mut ended = Vec::new();
    for settled in &compared.settled {
        let row = &file.taken[settled.row].row;
        let mut intervention = waiting[&settled.waiting].clone();
        intervention.answer(Decision::Approve, app.now())?;
        let detail = &mut intervention.detail;
        detail.pan_last4.clone_from(&row.pan_last4);
        detail.authorisation.clone_from(&row.authorisation);
        Brand::Other.name().clone_into(&mut detail.brand);
        detail.proof = Some(Proof::AcquirerFile.as_str().to_owned());
        store::acquirer::settle(tx, &intervention, file_sha256, &row.digest()).await?;
        attendance::record(tx, &intervention).await?;
        let over = attendance::deserted::settle(app, tx, &intervention).await?;
        ended.push(intervention);
        ended.extend(over);
    }
    Ok(ended)
}

fn findings(report: &Report) -> Vec<(Uuid, FileFinding)> {
    let unclear = report.unclear.iter().map(|waits| (waits.intervention_id, FileFinding::Unclear));
    let absent = report.absent.iter().map(|waits| (waits.intervention_id, FileFinding::Absent));
    unclear.chain(absent).collect()
}

impl From<BadFile> for Error {
    fn from(error: BadFile) -> Self {
        Self::field("file", error.to_string())
    }
}
