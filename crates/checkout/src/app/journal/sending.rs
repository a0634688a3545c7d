//! Mails of documents, each sealed as a copy: the one of the sale is the original, every later one a duplicata.

use fiscal::{Body, Copy, Means};

use super::seal;
use crate::{app::App, error::Error, store};

/// Seals the mails that left since, one in a transaction.
pub async fn seal_sendings(app: &App) -> Result<(), Error> {
    loop {
        let mut tx = app.db.begin().await?;
        let Some(sending) = store::sending::take(&mut tx).await? else { return Ok(()) };
        let catalogue = app.catalogue.current();
        let store = catalogue.store(&sending.store_code).ok_or(Error::NotFound("store"))?;
        // Papers and pages are numbered under the same lock.
        let terminal_code = sending.document.terminal.clone();
        store::journal::lock_head(&mut tx, &terminal_code, fiscal::Kind::Copy).await?;
        let now = app.now_after(Some(sending.document_time));
        let number = match sending.refund_id {
            Some(refund_id) => store::sending::number_of_credit_note(&mut tx, refund_id).await?,
            // Receipt mails what was to be mailed: the first one is the original.
            None => store::ticket_copy::next(&mut tx, sending.sale_id, true, now).await?,
        };
        let copy = Copy { document: sending.document, means: Means::Sending, number };
        let head = seal(app, &mut tx, store, &terminal_code, now, Body::Copy(copy)).await?;
        store::sending::sealed(&mut tx, sending.delivery_id, head.sequence).await?;
        tx.commit().await?;
    }
}
