//! Training: which tills practise, and the training ticket behind a code. What is practised is told to nobody.

use std::collections::HashMap;

use outbox::request::{self, Claim};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::{
    app::{App, attendance::Till},
    domain::{id::RequestKey, sale::Ticket, training},
    error::Error,
    store,
};

/// What stands behind a code that a till showed in training.
#[derive(Clone, Debug)]
pub struct Read {
    /// The ticket, without the member.
    pub ticket: Ticket,
    /// The slips.
    pub slip_texts: Vec<String>,
    /// Until when.
    pub expiry: OffsetDateTime,
}

/// Turns a till to training, or back to selling. A basket that is open keeps its mode; the next one is opened in the new, and it is
/// kept with it who decided so.
#[tracing::instrument(skip_all)]
pub async fn set_till_mode(
    app: &App,
    caller: &str,
    store_code: Option<&str>,
    request: RequestKey,
    terminal_code: &str,
    training: bool,
) -> Result<Till, Error> {
    let mut tx = app.db.begin().await?;
    match request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await? {
        Claim::Reused => return Err(Error::RequestIdReused),
        Claim::Repeat { .. } => {}
        Claim::First => {
            if !store::training::set_mode(&mut tx, store_code, terminal_code, training, caller).await? {
                return Err(Error::NotFound("terminal"));
            }
            tracing::info!(terminal_code, training, caller, "the mode of a till was set");
        }
    }
    let presence = store::till::find(&mut tx, terminal_code).await?.ok_or(Error::NotFound("terminal"))?;
    let waiting = store::attendance::waiting_at(&mut tx, terminal_code).await?;
    tx.commit().await?;
    Ok(Till { presence, waiting, findings: HashMap::new() })
}

/// Reads the training ticket behind a token. What is over, and what never was, is not there: nobody learns which.
#[tracing::instrument(skip_all)]
pub async fn read(app: &App, token: &str) -> Result<Read, Error> {
    let token_sha256: String =
        Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut db = app.db.acquire().await?;
    let since = training::oldest_readable(app.clock.now());
    let practised = store::training::behind(&mut db, &token_sha256, since).await?;
    let store::training::Practised { ticket, slip_texts } = practised.ok_or(Error::NotFound("ticket"))?;
    let expiry = training::readable_until(ticket.completed_time);
    // Who practised as a member is of no concern to whoever holds the code.
    Ok(Read { ticket: Ticket { member_id: None, ..ticket }, slip_texts, expiry })
}
