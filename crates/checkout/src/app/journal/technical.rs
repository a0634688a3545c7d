//! Technical events: what happens to a till beside its sales, sealed at the till.

use anyhow::anyhow;
use fiscal::{Body, Code, Event, INTEGRITY_FLAW, Kind, Record, START, STOP, VERSION, VERSION_CHANGE};

use super::seal;
use crate::{app::App, domain::flaw::Flaw, error::Error, store};

/// Seals at every till that this service began to work, and whether it is another fiscal version than before.
pub async fn started(app: &App) {
    note(at_all_tills(app, START).await);
}

/// Seals at every till that this service ended its work in good order.
pub async fn stopped(app: &App) {
    note(at_all_tills(app, STOP).await);
}

/// Seals that somebody touched what a till had sealed, once for each flaw.
pub async fn flawed(app: &App, flaw: &Flaw) -> Result<(), Error> {
    let (terminal_code, detail) = (flaw.terminal_code.as_str(), flaw.detail());
    tracing::error!(terminal_code, detail, "the fiscal journal is not as it was sealed");
    let catalogue = app.catalogue.current();
    let terminal = catalogue.terminal(terminal_code).ok_or(Error::NotFound("terminal"))?;
    let store = catalogue.store(&terminal.store_code).ok_or(Error::NotFound("store"))?;
    let mut tx = app.db.begin().await?;
    store::journal::lock_head(&mut tx, terminal_code, Kind::Event).await?;
    let event = Event::of(INTEGRITY_FLAW, &detail);
    if last(&mut tx, terminal_code, INTEGRITY_FLAW).await?.as_ref() != Some(&event) {
        seal(app, &mut tx, store, terminal_code, app.now(), Body::Event(event)).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn at_all_tills(app: &App, code: Code) -> Result<(), Error> {
    let catalogue = app.catalogue.current();
    let detail = format!("checkout {VERSION}");
    for terminal in catalogue.terminals().filter(|terminal| !terminal.removed) {
        let store = catalogue.store(&terminal.store_code).ok_or(Error::NotFound("store"))?;
        let mut tx = app.db.begin().await?;
        store::journal::lock_head(&mut tx, &terminal.code, Kind::Event).await?;
        let before = last(&mut tx, &terminal.code, START).await?;
        if before.is_some_and(|before| before.detail != detail) && code == START {
            let event = Event::of(VERSION_CHANGE, &detail);
            seal(app, &mut tx, store, &terminal.code, app.now(), Body::Event(event)).await?;
        }
        let event = Event::of(code, &detail);
        seal(app, &mut tx, store, &terminal.code, app.now(), Body::Event(event)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The last event of a code that a till sealed; none when somebody touched it, so that what is to be told is told again.
async fn last(tx: &mut sqlx::PgConnection, terminal_code: &str, code: Code) -> Result<Option<Event>, Error> {
    let stored = store::journal::last_event(tx, terminal_code, i32::from(code.number)).await?;
    let record = stored.and_then(|stored| Record::from_payload(&stored.payload).ok());
    Ok(record.and_then(|record| if let Body::Event(event) = record.body { Some(event) } else { None }))
}

fn note(sealed: Result<(), Error>) {
    if let Err(error) = sealed {
        tracing::warn!(
            error = format!("{:#}", anyhow!(error)),
            "a technical event was not sealed at every till"
        );
    }
}
