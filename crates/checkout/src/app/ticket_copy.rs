//! The copies of a ticket, on paper and on pages: each has a number of its own, given and sealed before it is there.

use anyhow::Context;
use fiscal::{Body, Kind, Means, Reference};
use outbox::request::{self, Claim};
use sqlx::{PgConnection, Postgres, Transaction};
use time::OffsetDateTime;

use crate::{
    app::{App, journal},
    domain::{
        basket::receipt::Receipt,
        id::{RequestKey, SaleId},
        sale::Ticket,
        training,
    },
    error::Error,
    store::{
        self,
        sale::{SaleKey, Scope},
    },
};

/// How often a ticket is read from a page, or printed beside that, before its code opens nothing any more: whoever holds it does not
/// fill a till's journal.
const MOST_DOWNLOADS: i64 = 100;

/// What is printed or shown.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The ticket, the same on every copy.
    pub ticket: Ticket,
    /// The card slips.
    pub slip_texts: Vec<String>,
    /// 0 is the original, n the n-th duplicate.
    pub number: i64,
}

/// Who wants a copy, and under which request.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    /// The identity of the caller, to which request ids belong.
    pub caller: &'a str,
    /// The request.
    pub request: RequestKey,
}

/// Gives a paper its number. A repeat gets the same one; a paper that never left the printer keeps its number, so that there are never
/// two originals.
#[tracing::instrument(skip_all)]
pub async fn print_ticket(
    app: &App,
    scope: &Scope,
    command: Command<'_>,
    sale_id: SaleId,
) -> Result<Copy, Error> {
    let mut tx = app.db.begin().await?;
    let claim = claim(&mut tx, command).await?;
    let (ticket, slip_texts) = paper(&mut tx, scope, sale_id).await?;
    let number = number(app, tx, command, claim, &ticket, Means::Print).await?;
    Ok(Copy { ticket, slip_texts, number })
}

/// Gives the page of a ticket its number. A repeat gets the same one; who opens the page again has another copy.
#[tracing::instrument(skip_all)]
pub async fn download_ticket(app: &App, command: Command<'_>, sale_id: SaleId) -> Result<Copy, Error> {
    let mut tx = app.db.begin().await?;
    let claim = claim(&mut tx, command).await?;
    let ticket = store::sale::find(&mut tx, &Scope::Everywhere, SaleKey::Sale(sale_id)).await?;
    let ticket = ticket.ok_or(Error::NotFound("sale"))?;
    let slip_texts = store::sale::slips(&mut tx, sale_id).await?.unwrap_or_default();
    let number = number(app, tx, command, claim, &ticket, Means::Download).await?;
    Ok(Copy { ticket, slip_texts, number })
}

/// The same for the training ticket behind a code, with until when it opens; `token_sha256` in hexadecimal. What is over, and what
/// never was, is not there: nobody learns which.
#[tracing::instrument(skip_all)]
pub async fn download_training_ticket(
    app: &App,
    command: Command<'_>,
    token_sha256: &str,
) -> Result<(Copy, OffsetDateTime), Error> {
    let mut tx = app.db.begin().await?;
    let since = training::oldest_readable(app.clock.now());
    let practised = store::training::behind(&mut tx, token_sha256, since).await?;
    let store::training::Practised { ticket, slip_texts } = practised.ok_or(Error::NotFound("ticket"))?;
    let claim = claim(&mut tx, command).await?;
    let number = number(app, tx, command, claim, &ticket, Means::Download).await?;
    let expiry = training::readable_until(ticket.completed_time);
    // Who practised as a member is of no concern to whoever holds the code.
    Ok((Copy { ticket: Ticket { member_id: None, ..ticket }, slip_texts, number }, expiry))
}

async fn claim(tx: &mut PgConnection, command: Command<'_>) -> Result<Claim, Error> {
    let RequestKey { request_id, fingerprint } = command.request;
    Ok(request::claim(tx, command.caller, request_id, fingerprint.0).await?)
}

/// Takes the number of a copy, or finds the one that was taken, and commits.
async fn number(
    app: &App,
    mut tx: Transaction<'_, Postgres>,
    command: Command<'_>,
    claim: Claim,
    ticket: &Ticket,
    means: Means,
) -> Result<i64, Error> {
    match claim {
        Claim::Reused => return Err(Error::RequestIdReused),
        Claim::Repeat { reply } => {
            let reply = reply.context("a copy without its number")?;
            return Ok(String::from_utf8_lossy(&reply).parse().context("the number of a copy")?);
        }
        Claim::First => {}
    }
    // All that leaves is numbered under this lock, mails too.
    store::journal::lock_head(&mut tx, &ticket.terminal_code, Kind::Copy).await?;
    let (sale_id, is_wanted) = (ticket.sale_id, is_wanted(ticket, means));
    let number = match ticket.training {
        true => store::training::next_copy(&mut tx, sale_id, is_wanted, app.now()).await?,
        false => store::ticket_copy::next(&mut tx, sale_id, is_wanted, app.now()).await?,
    };
    if means == Means::Download && number > MOST_DOWNLOADS {
        return Err(Error::NotFound("ticket"));
    }
    seal(app, &mut tx, ticket, means, number).await?;
    request::save_reply(&mut tx, command.caller, command.request.request_id, number.to_string().as_bytes())
        .await?;
    tx.commit().await?;
    Ok(number)
}

/// Whether a copy that leaves in this way is the original, where none has left: it is what the shopper chose. Who chose another way
/// has the original there, or never wanted one.
fn is_wanted(ticket: &Ticket, means: Means) -> bool {
    match ticket.receipt {
        Some(Receipt::Paper) => means == Means::Print,
        Some(Receipt::Qr { .. }) => means == Means::Download,
        Some(Receipt::CardEmail | Receipt::TypedEmail { .. }) => means == Means::Sending,
        Some(Receipt::None) | None => false,
    }
}

/// Seals that a document left the shop once more.
async fn seal(
    app: &App,
    tx: &mut PgConnection,
    ticket: &Ticket,
    means: Means,
    number: i64,
) -> Result<(), Error> {
    let catalogue = app.catalogue.current();
    let store = catalogue.store(&ticket.shop.code).ok_or(Error::NotFound("store"))?;
    let document = Reference {
        kind: if ticket.training { Kind::Training } else { Kind::Ticket },
        terminal: ticket.terminal_code.clone(),
        sequence: ticket.sequence,
        hash: ticket.fiscal_hash,
    };
    let copy = Body::Copy(fiscal::Copy { document, means, number });
    let time = app.now_after(Some(ticket.completed_time));
    journal::seal(app, tx, store, &ticket.terminal_code, time, copy).await?;
    Ok(())
}

/// What stands on the paper: a sale that the caller may know of, or what was practised at the till that asks.
async fn paper(
    tx: &mut PgConnection,
    scope: &Scope,
    sale_id: SaleId,
) -> Result<(Ticket, Vec<String>), Error> {
    let key = SaleKey::Sale(sale_id);
    if let Some(ticket) = store::sale::find(tx, scope, key).await? {
        return Ok((ticket, store::sale::slips(tx, sale_id).await?.unwrap_or_default()));
    }
    let Scope::Terminal(terminal_code) = scope else { return Err(Error::NotFound("sale")) };
    let practised = store::training::find(tx, terminal_code, key).await?.ok_or(Error::NotFound("sale"))?;
    Ok((practised.ticket, practised.slip_texts))
}
