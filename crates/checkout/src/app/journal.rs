//! The fiscal journal: what is sealed beside sales and refunds, and the end of days, months and fiscal years.

use std::time::Duration;

use anyhow::{Context, anyhow};
use fiscal::{
    Body, Books, Calendar, Closing, Due, Entered, Entry, Event, Head, Kind, PERIOD_CLOSING, Period,
    PublicKey, Record, Signatures, Verifier,
};
use futures::TryStreamExt;
use platform::Shutdown;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    app::App,
    domain::{catalogue::Store, flaw::Flaw},
    error::Error,
    store::{
        self,
        journal::{Kept, Selling, Stored},
    },
};

use following::Following;

pub mod archive;
mod degraded;
mod following;
mod sending;
mod technical;

/// How often it is looked whether a day has ended.
const PAUSE: Duration = Duration::from_secs(20);

/// A closing with its till and number.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The till.
    pub terminal_code: String,
    /// The number in its chain.
    pub sequence: i64,
    /// When it was sealed.
    pub sealed_time: OffsetDateTime,
    /// What it says.
    pub closing: Closing,
}

/// What became of the periods that had ended.
#[derive(Clone, Debug, Default)]
pub struct Closings {
    /// Those that were closed.
    pub closed: Vec<Closed>,
    /// At most one of each till: why its periods were not closed.
    pub flaws: Vec<Flaw>,
}

/// Some of the closings.
#[derive(Clone, Debug)]
pub struct Page {
    /// Till by till, the last first.
    pub closings: Vec<Closed>,
    /// More come after the last one.
    pub has_more: bool,
}

/// Seals something that is no sale and no refund, at the end of its chain.
pub async fn seal(
    app: &App,
    tx: &mut PgConnection,
    store: &Store,
    terminal_code: &str,
    time: OffsetDateTime,
    body: Body,
) -> Result<Head, Error> {
    let kind = body.kind();
    let period = if let Body::Closing(closing) = &body { Some(closing.period) } else { None };
    let previous = store::journal::lock_head(tx, terminal_code, kind).await?.head;
    let sequence = previous.sequence + 1;
    let record =
        Record { terminal: terminal_code.to_owned(), siret: store.siret.clone(), sequence, time, body };
    let sealed = record.seal(&previous.hash).context("a record of the fiscal journal contradicts itself")?;
    let signature = app.sign(&store.siret, terminal_code, &sealed);
    let kept = Kept {
        terminal_code,
        store_code: &store.code,
        kind,
        sequence,
        sealed_time: time,
        sealed: &sealed,
        signature: &signature,
        period,
    };
    store::journal::append(tx, &kept).await?;
    Ok(Head { sequence, hash: sealed.hash })
}

/// Closes days, months and fiscal years as they end, until `shutdown`.
pub async fn keep(app: App, shutdown: Shutdown) -> anyhow::Result<()> {
    technical::started(&app).await;
    let mut tick = tokio::time::interval(PAUSE);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            _ = tick.tick() => {}
        }
        if let Err(error) = make_closings(&app, None).await {
            tracing::warn!(
                error = format!("{:#}", anyhow!(error)),
                "mails or degraded mode were not sealed, or periods that have ended not closed"
            );
        }
    }
    technical::stopped(&app).await;
    Ok(())
}

/// Closes whatever has ended at the tills, of one store or of all. What is closed stays closed: asked twice, it closes once. What else
/// is due in the journal is sealed before: mails that left, and degraded mode. A till that cannot be closed holds up no other; the
/// first error is answered when all were tried.
#[tracing::instrument(skip_all)]
pub async fn make_closings(app: &App, store_code: Option<&str>) -> Result<Closings, Error> {
    sending::seal_sendings(app).await?;
    degraded::watch(app).await?;
    let mut connection = app.db.acquire().await?;
    let tills = store::journal::selling(&mut connection, store_code).await?;
    drop(connection);
    let (mut made, mut failed) = (Closings::default(), None);
    for till in tills {
        if let Err(error) = close_till(app, &till, &mut made).await {
            let causes: Vec<_> = anyhow::Chain::new(&error).map(ToString::to_string).collect();
            let (terminal_code, error_text) = (&till.terminal_code, causes.join(": "));
            tracing::error!(terminal_code, error = error_text, "the periods of a till were not closed");
            failed.get_or_insert(error);
        }
    }
    failed.map_or(Ok(made), Err)
}

/// Closes whatever has ended at a till.
async fn close_till(app: &App, till: &Selling, made: &mut Closings) -> Result<(), Error> {
    let catalogue = app.catalogue.current();
    let Some(terminal) = catalogue.terminal(&till.terminal_code) else { return Ok(()) };
    let store = catalogue.store(&terminal.store_code).ok_or(Error::NotFound("store"))?;
    // While its day lasts a till is not held up to be counted.
    let calendar = calendar(app, store)?;
    let today = calendar.day_of(app.now());
    if till.closed_until.is_some_and(|closed_until| calendar.day_of(closed_until) >= today) {
        return Ok(());
    }
    loop {
        match close_next(app, store, &till.terminal_code).await {
            Ok(closed) if closed.is_empty() => return Ok(()),
            Ok(closed) => made.closed.extend(closed),
            // A person has to look, and nothing is closed over it.
            Err(Error::Flawed(flaw)) => {
                technical::flawed(app, &flaw).await?;
                made.flaws.push(flaw);
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
}

/// Closes the day of a till that ends next, if it has ended, and the month and the fiscal year that end with it.
async fn close_next(app: &App, store: &Store, terminal_code: &str) -> Result<Vec<Closed>, Error> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    // Sales and refunds of the till wait: none of them is sealed between the count and the closing. Another replica waits too.
    for kind in [Kind::Ticket, Kind::CreditNote] {
        store::journal::lock_head(&mut tx, terminal_code, kind).await?;
    }
    let end = store::journal::lock_head(&mut tx, terminal_code, Kind::Closing).await?.head;
    let mut books = books(app, &mut tx, store, terminal_code, end).await?;
    let mut closed = Vec::new();
    while let Some(due) = books.due(now) {
        let closing = match due.period {
            // The next day has its own transaction: the till waits for one at a time.
            Period::Day if !closed.is_empty() => break,
            Period::Day => {
                let key = app.keys.till(&store.siret, terminal_code).public_key();
                close_day(&mut tx, &books, due, terminal_code, key).await?
            }
            Period::Month | Period::Year => books.close(due),
        };
        books.follow(&closing).context("a closing does not follow from those before")?;
        closed.push(keep_closing(app, &mut tx, store, terminal_code, (due, now), closing).await?);
    }
    if closed.is_empty() {
        return Ok(closed);
    }
    tx.commit().await?;
    for closed in &closed {
        tracing::info!(terminal_code, period = closed.closing.period.as_str(), "a period was closed");
    }
    Ok(closed)
}

/// Seals a closing and the event that tells of it; what a day closed stays closed.
async fn keep_closing(
    app: &App,
    tx: &mut PgConnection,
    store: &Store,
    terminal_code: &str,
    (due, now): (Due, OffsetDateTime),
    closing: Closing,
) -> Result<Closed, Error> {
    if due.period == Period::Day {
        store::journal::close_until(tx, terminal_code, due.ends).await?;
    }
    let body = Body::Closing(Box::new(closing.clone()));
    let head = seal(app, tx, store, terminal_code, now, body).await?;
    let event = Event::of(PERIOD_CLOSING, &format!("{} {}", due.period.as_str(), due.from));
    seal(app, tx, store, terminal_code, now, Body::Event(event)).await?;
    let (terminal_code, sequence) = (terminal_code.to_owned(), head.sequence);
    Ok(Closed { terminal_code, sequence, sealed_time: now, closing })
}

/// The books of a till whose closings end there, from its last closed fiscal year on.
async fn books(
    app: &App,
    tx: &mut PgConnection,
    store: &Store,
    terminal_code: &str,
    end: Head,
) -> Result<Books, Error> {
    let calendar = calendar(app, store)?;
    let closings = closings(app, tx, store, terminal_code, end).await?;
    let mut rest = closings.as_slice();
    let mut books = match rest.split_first() {
        Some((first, others)) if first.period == Period::Year => {
            rest = others;
            Books::after_year(calendar, first)
        }
        _ => Books::new(calendar, store.currency),
    };
    if let Some(first) = store::journal::first_sealed(tx, terminal_code).await? {
        books.open(first);
    }
    for closing in rest {
        books.follow(closing).context("the closings of a till do not follow from each other")?;
    }
    Ok(books)
}

/// The closings of a till from its last closed fiscal year on, up to where they end: the next one takes its totals from them.
async fn closings(
    app: &App,
    tx: &mut PgConnection,
    store: &Store,
    terminal_code: &str,
    end: Head,
) -> Result<Vec<Closing>, Error> {
    let stored = store::journal::closings_of_year(tx, terminal_code).await?;
    let first = stored.first().map_or(1, |first| first.sequence);
    let before = store::journal::find(tx, terminal_code, Kind::Closing, first - 1).await?;
    let before = before.map_or(Ok(Head::START), |before| before.head())?;
    let mut following = Following::after(app, store, terminal_code, before);
    let read = stored.iter().map(|stored| following.read(stored)).collect::<Result<Vec<_>, _>>()?;
    following.finish_at(end)?;
    Ok(read)
}

/// The last closing of each till of a store that has one.
pub async fn last_closings(tx: &mut PgConnection, store_code: &str) -> Result<Vec<Closing>, Error> {
    let stored = store::journal::last_closings(tx, store_code).await?;
    stored.iter().map(|stored| closed(stored).map(|closed| closed.closing)).collect()
}

/// Counts what a day holds, in the order of its chains, and checks each record by its seal and signature on the way.
async fn close_day(
    tx: &mut PgConnection,
    books: &Books,
    due: Due,
    terminal_code: &str,
    key: PublicKey,
) -> Result<Closing, Error> {
    let mut day = books.count(due);
    let (tickets, credit_notes) = books.closed();
    for (kind, last) in [(Kind::Ticket, tickets), (Kind::CreditNote, credit_notes)] {
        let flawed = |broken| Error::Flawed(Flaw { terminal_code: terminal_code.to_owned(), kind, broken });
        let mut verifier = Verifier::of(terminal_code, kind, last);
        let mut signatures = Signatures::by(key);
        let mut records = Box::pin(store::journal::after(tx, terminal_code, kind, last.sequence));
        while let Some(stored) = records.try_next().await? {
            let head = stored.head()?;
            let entry = Entry { sequence: head.sequence, payload: &stored.payload, hash: head.hash };
            let record = verifier.check(entry).map_err(flawed)?;
            let sale = record.body.sale().context("a record of another kind in a chain of sales")?;
            if day.enter(kind, head, record.time, sale).context("the sums of a day")? == Entered::Later {
                break;
            }
            signatures.push(head, &stored.signature()?).map_err(flawed)?;
        }
        signatures.finish().map_err(flawed)?;
    }
    Ok(books.close_day(day).context("the sums of a till")?)
}

/// A page of the closings of a store's tills, or of one of them: till by till, the last first, after a till's number.
#[tracing::instrument(skip_all)]
pub async fn list_closings(
    app: &App,
    store_code: Option<&str>,
    terminal_code: Option<&str>,
    after: Option<(&str, i64)>,
    page_size: u16,
) -> Result<Page, Error> {
    let mut connection = app.db.acquire().await?;
    let (size, most) = (usize::from(page_size), i64::from(page_size) + 1);
    let mut stored =
        store::journal::closings(&mut connection, store_code, terminal_code, after, most).await?;
    let has_more = stored.len() > size;
    stored.truncate(size);
    Ok(Page { closings: stored.iter().map(closed).collect::<Result<_, _>>()?, has_more })
}

fn closed(stored: &Stored) -> Result<Closed, Error> {
    let record = record(stored)?;
    let Body::Closing(closing) = record.body else { return Err(anyhow!("a closing that is none").into()) };
    let (terminal_code, sequence, sealed_time) = (record.terminal, record.sequence, stored.sealed_time);
    Ok(Closed { terminal_code, sequence, sealed_time, closing: *closing })
}

fn record(stored: &Stored) -> Result<Record, Error> {
    Ok(Record::from_payload(&stored.payload).context("a kept record is not as it was sealed")?)
}

fn calendar(app: &App, store: &Store) -> Result<Calendar, Error> {
    Ok(Calendar::new(&store.time_zone, app.fiscal_year_starts).context("the calendar of a store")?)
}
