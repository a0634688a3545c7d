//! The training ticket behind a code. What is practised is told to nobody.

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::{
    app::App,
    domain::{sale::Ticket, training},
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
