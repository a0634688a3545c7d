//! Addresses that shoppers without a card type at a till: kept for the mail of one ticket, and no longer.

use time::{Duration, OffsetDateTime};

use super::{App, Command};
use crate::{
    domain::{contact::Email, id::GuestContactId},
    error::Error,
    store,
};

/// How long an address is kept at the most.
const LONGEST: Duration = Duration::hours(72);

/// Keeps an address; tells when it is forgotten at the latest.
pub async fn keep_guest_contact(
    app: &App,
    command: &Command,
    contact: GuestContactId,
    email: &Email,
) -> Result<OffsetDateTime, Error> {
    let now = app.now();
    let expiry = now + LONGEST;
    let mut tx = app.db.begin().await?;
    if command.claim(&mut tx).await?.is_none() {
        store::guest::keep(&mut tx, contact, email, now, expiry).await?;
        tx.commit().await?;
    }
    Ok(expiry)
}

/// Forgets an address; one that is not kept is as good.
pub async fn forget_guest_contact(
    app: &App,
    command: &Command,
    contact: GuestContactId,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if command.claim(&mut tx).await?.is_none() {
        store::guest::forget(&mut tx, contact).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Reads an address that is still kept.
pub async fn get_guest_contact(app: &App, contact: GuestContactId) -> Result<Email, Error> {
    let mut db = app.db.acquire().await?;
    store::guest::find(&mut db, contact, app.now()).await?.ok_or(Error::NotFound("address"))
}
