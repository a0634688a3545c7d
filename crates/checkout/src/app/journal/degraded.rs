//! Degraded mode: the tills sell, and their sales do not reach the stream, which is the witness of the journal and the way to mails and
//! figures.

use std::time::Duration;

use anyhow::Context;
use fiscal::{Body, DEGRADED_OFF, DEGRADED_ON, Event, Kind};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::seal;
use crate::{app::App, domain::catalogue::Terminal, error::Error, store};

/// How long an event may wait for the stream before the tills are in degraded mode.
const PATIENCE: Duration = Duration::from_mins(1);

/// Seals at every till that degraded mode begins or ends, once for each time, whoever looks and how often.
pub async fn watch(app: &App) -> Result<(), Error> {
    let mut connection = app.db.acquire().await?;
    let waiting = outbox::waiting_since(&mut connection, PATIENCE).await?;
    let degraded = store::degraded::tills(&mut connection).await?;
    drop(connection);
    for terminal in app.catalogue.current().terminals() {
        let waiting = waiting.filter(|_| !terminal.removed);
        match (waiting, degraded.contains(&terminal.code)) {
            (Some(since), false) => turn(app, terminal, Some(since)).await?,
            (None, true) => turn(app, terminal, None).await?,
            (Some(_), true) | (None, false) => {}
        }
    }
    Ok(())
}

/// Turns a till to degraded mode since a moment, or back.
async fn turn(app: &App, terminal: &Terminal, since: Option<OffsetDateTime>) -> Result<(), Error> {
    let catalogue = app.catalogue.current();
    let store = catalogue.store(&terminal.store_code).ok_or(Error::NotFound("store"))?;
    let mut tx = app.db.begin().await?;
    store::journal::lock_head(&mut tx, &terminal.code, Kind::Event).await?;
    let (turned, event) = match since {
        Some(since) => (store::degraded::begin(&mut tx, &terminal.code, since).await?, begins(since)?),
        None => (store::degraded::end(&mut tx, &terminal.code).await?, Event::of(DEGRADED_OFF, "")),
    };
    if turned {
        seal(app, &mut tx, store, &terminal.code, app.now(), Body::Event(event)).await?;
        tx.commit().await?;
        tracing::warn!(
            terminal_code = terminal.code,
            degraded = since.is_some(),
            "degraded mode has begun or ended"
        );
    }
    Ok(())
}

fn begins(since: OffsetDateTime) -> Result<Event, Error> {
    let utc = since.to_utc();
    let utc = utc.replace_nanosecond(0).unwrap_or(utc).format(&Rfc3339).context("the time")?;
    Ok(Event::of(DEGRADED_ON, &format!("stream not reached since {utc}")))
}
