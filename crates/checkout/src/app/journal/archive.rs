//! Archives: all that was sealed at the tills of a store in a period of at most a year, as one file that anybody can check.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Seek, SeekFrom},
};

use anyhow::{Context, anyhow};
use fiscal::{
    ARCHIVE, ArchiveWriter, Archived, ArchivedChain, Body, Certificate, Entry, Event, Hash, Head, Kind,
    Manifest, Opening, Period, Unwritten, YEAR_ARCHIVE,
};
use futures::TryStreamExt;
use jiff::civil::Date;
use outbox::request::{self, Claim};
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{calendar, following::Following, make_closings, record, seal, technical};
use crate::{
    app::App,
    domain::{catalogue::Store, flaw::Flaw, id::RequestKey},
    error::Error,
    store,
};

type Writer<'a> = ArchiveWriter<'a, BufWriter<File>>;

/// Which records of a chain an archive holds: those after a number, up to another.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    after: i64,
    last: i64,
}

/// Those of each till.
type Extents = BTreeMap<String, BTreeMap<Kind, Extent>>;

/// An archive that was sealed.
#[derive(Clone, Debug)]
struct Made {
    /// SHA-256 of its manifest.
    manifest: Hash,
    /// When it was made; none without a till in it.
    time: Option<OffsetDateTime>,
    /// Where it ends each chain of each till.
    ends: BTreeMap<String, BTreeMap<Kind, i64>>,
}

impl Made {
    /// Leaves what was in it: tills, and records of an earlier time, may have come since.
    fn bound(&self, extents: &mut Extents) {
        extents.retain(|terminal_code, chains| {
            let ends = self.ends.get(terminal_code);
            chains.retain(|kind, extent| {
                let end = ends.and_then(|ends| ends.get(kind));
                extent.last = end.copied().unwrap_or(extent.last);
                end.is_some()
            });
            !chains.is_empty()
        });
    }
}

/// Writes an archive of whole days of a store to a file without a name, and seals at each till that it was made. A repeat writes the
/// same bytes again, and seals nothing. What is not as it was sealed is archived by nobody: it is told at its till.
#[tracing::instrument(skip_all)]
pub async fn export_archive(
    app: &App,
    caller: &str,
    request: RequestKey,
    store_code: &str,
    days: (Date, Date),
) -> Result<File, Error> {
    let exported = export(app, caller, request, store_code, days).await;
    if let Err(Error::Flawed(flaw)) = &exported {
        technical::flawed(app, flaw).await?;
    }
    exported
}

async fn export(
    app: &App,
    caller: &str,
    request: RequestKey,
    store_code: &str,
    (from, until): (Date, Date),
) -> Result<File, Error> {
    let catalogue = app.catalogue.current();
    let store = catalogue.store(store_code).ok_or(Error::NotFound("store"))?;
    if until > calendar(app, store)?.day_of(app.now()) {
        return Err(Error::field("until_date", "the days before it are not over in this store"));
    }
    let closings = make_closings(app, Some(store_code)).await?;
    loop {
        let before = made_before(app, caller, request, store_code).await?;
        let time = before.as_ref().and_then(|before| before.time).unwrap_or_else(|| app.now());
        let file = BufWriter::new(tempfile::tempfile().context("no room for an archive")?);
        let opening = opening(app, store, time, (from, until))?;
        let writer = ArchiveWriter::new(file, app.keys.authority(), opening)
            .map_err(|refused| Error::field("until_date", refused.to_string()))?;

        // Its days are closed and over: what is sealed meanwhile is of a later one, and no transaction has to last as long as the writing.
        let mut connection = app.db.acquire().await?;
        let mut extents = extents(&mut connection, store_code).await?;
        for (terminal_code, chains) in &mut extents {
            if !bound(app, &mut connection, store, terminal_code, chains, (from, until)).await? {
                return Err(unclosed(terminal_code, &closings.flaws));
            }
        }
        if let Some(before) = &before {
            before.bound(&mut extents);
        }
        let (file, manifest, hash) = write_all(&mut connection, writer, &extents).await?;
        drop(connection);
        if let Some(before) = before {
            if before.manifest != hash {
                return Err(anyhow!("an archive cannot be written again as it was sealed").into());
            }
            return Ok(file);
        }
        // Somebody may have asked for the same meanwhile: the archive is the one that is sealed.
        if seal_made(app, caller, request, store, time, (&manifest, hash)).await? {
            return Ok(file);
        }
    }
}

/// Finds the archive that was made under the same request, if it was.
async fn made_before(
    app: &App,
    caller: &str,
    request: RequestKey,
    store_code: &str,
) -> Result<Option<Made>, Error> {
    let mut tx = app.db.begin().await?;
    let reply = match request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await? {
        // It is claimed when the archive is sealed.
        Claim::First => {
            tx.rollback().await?;
            return Ok(None);
        }
        Claim::Repeat { reply } => reply.context("an archive without its manifest")?,
        Claim::Reused => return Err(Error::RequestIdReused),
    };
    let manifest = store::sale::read_hash(&reply)?;
    let (mut time, mut ends) = (None, BTreeMap::new());
    for stored in store::journal::archives(&mut tx, store_code, &manifest.to_string()).await? {
        let record = record(&stored)?;
        let Body::Archive(archived) = record.body else {
            return Err(anyhow!("an archive that is none").into());
        };
        time = Some(record.time);
        let chains = archived.chains.into_iter().map(|chain| (chain.kind, chain.last.sequence));
        ends.insert(record.terminal, chains.collect());
    }
    Ok(Some(Made { manifest, time, ends }))
}

/// Seals at each till in an archive that it was made; `false` when another one was under the same request meanwhile.
async fn seal_made(
    app: &App,
    caller: &str,
    request: RequestKey,
    store: &Store,
    time: OffsetDateTime,
    (manifest, hash): (&Manifest, Hash),
) -> Result<bool, Error> {
    let mut tx = app.db.begin().await?;
    match request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await? {
        Claim::First => {}
        Claim::Repeat { .. } => return Ok(false),
        Claim::Reused => return Err(Error::RequestIdReused),
    }
    let (from, until) = (manifest.opening.from, manifest.opening.until);
    let code = if is_fiscal_year(app, from, until) { YEAR_ARCHIVE } else { ARCHIVE };
    // One of each till.
    for Certificate { terminal, .. } in &manifest.certificates {
        let archived = Archived { from, until, manifest: hash, chains: ends(manifest, terminal) };
        seal(app, &mut tx, store, terminal, time, Body::Archive(archived)).await?;
        let event = Body::Event(Event::of(code, &format!("{from} {until}")));
        seal(app, &mut tx, store, terminal, time, event).await?;
    }
    request::save_reply(&mut tx, caller, request.request_id, hash.as_bytes()).await?;
    tx.commit().await?;
    Ok(true)
}

/// Whether a period is a fiscal year, from its first day to its last.
fn is_fiscal_year(app: &App, from: Date, until: Date) -> bool {
    let starts_one = from.day() == 1 && i16::from(from.month()) == i16::from(app.fiscal_year_starts);
    starts_one && until == from.saturating_add(jiff::Span::new().years(1))
}

fn opening(
    app: &App,
    store: &Store,
    now: OffsetDateTime,
    (from, until): (Date, Date),
) -> Result<Opening, Error> {
    let utc = now.to_utc();
    let made = utc.replace_nanosecond(0).unwrap_or(utc).format(&Rfc3339).context("the time")?;
    Ok(Opening {
        siret: store.siret.clone(),
        from,
        until,
        time_zone: store.time_zone.clone(),
        fiscal_year_starts: app.fiscal_year_starts,
        made,
    })
}

/// All chains of the tills of a store.
async fn extents(db: &mut PgConnection, store_code: &str) -> Result<Extents, Error> {
    let mut extents = Extents::new();
    for chain in store::journal::chains(db, store_code).await? {
        let kind = Kind::parse(&chain.kind).context("a chain of an unknown kind")?;
        extents.entry(chain.terminal_code).or_default().insert(kind, Extent::default());
    }
    Ok(extents)
}

/// Finds which records of each chain of a till lie in the period. Of sales and refunds the closings tell; the closings of the fiscal
/// year come along from its beginning, so that their totals can be checked; of the others the first that was sealed later. Answers
/// whether the till is closed up to the end of the period: what no closing holds is in no archive.
async fn bound(
    app: &App,
    db: &mut PgConnection,
    store: &Store,
    terminal_code: &str,
    chains: &mut BTreeMap<Kind, Extent>,
    (from, until): (Date, Date),
) -> Result<bool, Error> {
    let calendar = calendar(app, store)?;
    for (kind, extent) in chains.iter_mut() {
        if !matches!(kind, Kind::Ticket | Kind::CreditNote | Kind::Closing) {
            let (starts, ends) = (calendar.start_of(from), calendar.start_of(until));
            extent.after = store::journal::last_before(db, terminal_code, *kind, starts).await?;
            extent.last = store::journal::last_before(db, terminal_code, *kind, ends).await?;
        }
    }
    let (mut tickets, mut credit_notes, mut closings) =
        (Extent::default(), Extent::default(), Extent::default());
    let mut closed_until = None;
    let mut following = Following::after(app, store, terminal_code, Head::START);
    let mut kept = Box::pin(store::journal::after(db, terminal_code, Kind::Closing, 0));
    while let Some(stored) = kept.try_next().await? {
        let closing = following.read(&stored)?;
        if closing.until > until {
            break;
        }
        (closings.last, closed_until) = (stored.sequence, Some(closing.until));
        if closing.until <= from {
            (tickets.after, credit_notes.after) =
                (closing.tickets.last.sequence, closing.credit_notes.last.sequence);
            if closing.period == Period::Year {
                closings.after = stored.sequence - 1;
            }
        }
        (tickets.last, credit_notes.last) =
            (closing.tickets.last.sequence, closing.credit_notes.last.sequence);
    }
    drop(kept);
    following.finish()?;
    for (kind, extent) in
        [(Kind::Ticket, tickets), (Kind::CreditNote, credit_notes), (Kind::Closing, closings)]
    {
        chains.entry(kind).and_modify(|bound| *bound = extent);
    }
    let first = store::journal::first_sealed(db, terminal_code).await?;
    Ok(closed_until == Some(until) || first.is_none_or(|first| calendar.day_of(first) >= until))
}

/// Why a till is not closed, though its days are over.
fn unclosed(terminal_code: &str, flaws: &[Flaw]) -> Error {
    let flaw = flaws.iter().find(|flaw| flaw.terminal_code == terminal_code).cloned();
    flaw.map_or_else(|| anyhow!("the days of {terminal_code} are not closed").into(), Error::Flawed)
}

/// Writes all of an archive; answers its file, from the start, and what it holds with its manifest's SHA-256.
async fn write_all(
    db: &mut PgConnection,
    mut writer: Writer<'_>,
    extents: &Extents,
) -> Result<(File, Manifest, Hash), Error> {
    for (terminal_code, chains) in extents {
        for (kind, extent) in chains {
            write(db, &mut writer, terminal_code, *kind, *extent).await?;
        }
    }
    let (out, manifest, hash) = writer.finish().context("an archive was not written")?;
    let mut file = out.into_inner().map_err(|error| anyhow!(error.into_error()))?;
    file.seek(SeekFrom::Start(0)).context("an archive cannot be read again")?;
    Ok((file, manifest, hash))
}

async fn write(
    db: &mut PgConnection,
    writer: &mut Writer<'_>,
    terminal_code: &str,
    kind: Kind,
    Extent { after, last }: Extent,
) -> Result<(), Error> {
    let before = store::journal::find(db, terminal_code, kind, after).await?;
    let head = before.map_or(Ok(Head::START), |before| before.head())?;
    writer.begin(terminal_code, kind, head).context("an archive was not written")?;
    let mut records = Box::pin(store::journal::after(db, terminal_code, kind, after));
    while let Some(stored) = records.try_next().await? {
        if stored.sequence > last {
            break;
        }
        let head = stored.head()?;
        let entry = Entry { sequence: head.sequence, payload: &stored.payload, hash: head.hash };
        writer.push(entry, &stored.signature()?).map_err(unwritten)?;
    }
    Ok(())
}

/// Why a record was not written.
fn unwritten(cause: Unwritten) -> Error {
    match cause {
        Unwritten::Broken { chain, broken } => {
            Error::Flawed(Flaw { terminal_code: chain.terminal, kind: chain.kind, broken })
        }
        cause => anyhow!(cause).context("an archive was not written").into(),
    }
}

fn ends(manifest: &Manifest, terminal_code: &str) -> Vec<ArchivedChain> {
    let chains = manifest.chains.iter().filter(|chain| chain.terminal == terminal_code);
    let mut ends: Vec<_> = chains.map(|chain| ArchivedChain { kind: chain.kind, last: chain.last }).collect();
    ends.sort_unstable_by_key(|end| end.kind);
    ends
}
