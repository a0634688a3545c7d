//! The papers of a ticket: each has a number of its own, given before it is printed.

use anyhow::Context;
use fiscal::{Body, Kind, Means, Reference};
use outbox::request::{self, Claim};
use sqlx::PgConnection;

use crate::{
    app::{App, journal},
    domain::{
        basket::receipt::Receipt,
        id::{RequestKey, SaleId},
        sale::Ticket,
    },
    error::Error,
    store::{
        self,
        sale::{SaleKey, Scope},
    },
};

/// What is printed.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The ticket, the same on every paper.
    pub ticket: Ticket,
    /// The card slips.
    pub slip_texts: Vec<String>,
    /// 0 is the original, n the n-th duplicate.
    pub number: i64,
}

/// Gives a paper its number. A repeat gets the same one; a paper that never left the printer keeps its number, so that there are never
/// two originals.
#[tracing::instrument(skip_all)]
pub async fn print_ticket(
    app: &App,
    terminal_code: &str,
    caller: &str,
    request: RequestKey,
    sale_id: SaleId,
) -> Result<Copy, Error> {
    let mut tx = app.db.begin().await?;
    let claim = request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await?;
    let (ticket, slip_texts) = paper(&mut tx, terminal_code, sale_id).await?;
    let number = match claim {
        Claim::Reused => return Err(Error::RequestIdReused),
        Claim::Repeat { reply } => {
            let reply = reply.context("a paper without its number")?;
            String::from_utf8_lossy(&reply).parse().context("the number of a paper")?
        }
        Claim::First => {
            // Who chose no paper has the original elsewhere, or never wanted one.
            let first = if ticket.receipt == Some(Receipt::Paper) { 0 } else { 1 };
            // Mails of the till's tickets are numbered under the same lock.
            store::journal::lock_head(&mut tx, &ticket.terminal_code, Kind::Copy).await?;
            let number = match ticket.training {
                true => store::training::next_copy(&mut tx, sale_id, first, app.now()).await?,
                false => store::ticket_copy::next(&mut tx, sale_id, first, app.now()).await?,
            };
            seal(app, &mut tx, &ticket, Means::Print, number).await?;
            request::save_reply(&mut tx, caller, request.request_id, number.to_string().as_bytes()).await?;
            tx.commit().await?;
            number
        }
    };
    Ok(Copy { ticket, slip_texts, number })
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
    journal::seal(app, tx, store, &ticket.terminal_code, app.now(), copy).await?;
    Ok(())
}

/// What stands on the paper: a sale of the till, or what was practised there.
async fn paper(
    tx: &mut PgConnection,
    terminal_code: &str,
    sale_id: SaleId,
) -> Result<(Ticket, Vec<String>), Error> {
    let (scope, key) = (Scope::Terminal(terminal_code.to_owned()), SaleKey::Sale(sale_id));
    if let Some((ticket, _)) = store::sale::find(tx, &scope, key).await? {
        return Ok((ticket, store::sale::slips(tx, sale_id).await?.unwrap_or_default()));
    }
    let practised = store::training::find(tx, terminal_code, key).await?.ok_or(Error::NotFound("sale"))?;
    Ok((practised.ticket, practised.slip_texts))
}
