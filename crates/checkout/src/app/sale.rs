//! From a frozen basket to a sale, and what can be read of it.

use anyhow::{Context, anyhow};
use sqlx::{Acquire, PgConnection};
use uuid::Uuid;

use crate::{
    app::{App, basket::Command, tender},
    domain::{
        basket::{Edit, Entry},
        id::SaleId,
        log::Seen,
        payment::{Given, Tender},
        refund::part::GivenBack,
        sale::{self, Order, Ticket},
    },
    error::Error,
    events, metrics,
    store::{
        self,
        sale::{SaleKey, Scope, Situation, Sold},
        store_credit::Movement,
    },
};

/// How often a sale is tried while other sales of the till come first. From the second time on the till's chain is locked, so that
/// only a till's very first ticket can need a third.
const ATTEMPTS: usize = 4;

/// Writes sale, payments, fiscal record and event in one transaction: one read, a pure decision, one statement; store credit
/// alone takes one more. A repeat gets the same ticket, for ever.
#[tracing::instrument(skip_all)]
pub async fn complete_sale(
    app: &App,
    caller: &str,
    command: Command<'_>,
    last: Option<&Given>,
    slip_texts: &[String],
) -> Result<Ticket, Error> {
    let mut connection = app.db.acquire().await?;
    for attempt in 0..ATTEMPTS {
        let mut tx = connection.begin().await?;
        if attempt > 0 {
            store::sale::lock_head(&mut tx, command.terminal_code).await?;
        }
        let written = attempt_sale(app, caller, command, (last, slip_texts), &mut tx).await?;
        match written {
            Written::Now(ticket, slips_refused) => {
                tx.commit().await?;
                app.wake.wake();
                for _ in 0..slips_refused {
                    let (sale_id, terminal) = (ticket.sale_id, &ticket.terminal_code);
                    tracing::error!(%sale_id, terminal, "the sale is kept without a card slip: it holds a card number");
                    metrics::slip_refused();
                }
                return Ok(ticket);
            }
            Written::Before(ticket) => return Ok(ticket),
            Written::Not => tx.rollback().await?,
        }
    }
    Err(Error::Unavailable(anyhow!("other sales of this till came first each time")))
}

/// What became of an attempt.
pub(super) enum Written {
    /// It is to be committed; and how many of its slips could not be kept.
    Now(Ticket, usize),
    /// The command was carried out before.
    Before(Ticket),
    /// The world changed between the read and the write.
    Not,
}

pub(super) async fn attempt_sale(
    app: &App,
    caller: &str,
    command: Command<'_>,
    (last, slip_texts): (Option<&Given>, &[String]),
    tx: &mut PgConnection,
) -> Result<Written, Error> {
    let situation = store::sale::situation(tx, command.key(), caller, command.request.request_id)
        .await?
        .ok_or(Error::NotFound("basket"))?;
    if let Some(ticket) = sold_before(&situation, command)? {
        return Ok(Written::Before(ticket));
    }
    let catalogue = app.catalogue.current();
    let terminal = catalogue.terminal(command.terminal_code).ok_or(Error::NotFound("terminal"))?;
    let completed = sale::complete(Order {
        sale_id: SaleId(Uuid::now_v7()),
        log: &situation.log,
        store: catalogue.store(&situation.log.store_code).ok_or(Error::NotFound("store"))?,
        terminal,
        head: &situation.head,
        last,
        slip_texts,
        card_contracts: &app.card_contracts,
        now: app.now_after(situation.closed_until),
    })?;
    let ticket = &completed.ticket;
    let signature = app.sign(&ticket.shop.siret, &ticket.terminal_code, &completed.sealed);
    let entry = Entry::new(command.request, ticket.completed_time, Edit::Pay { sale_id: ticket.sale_id });
    let sold = Sold {
        caller,
        request: command.request,
        entry: &entry,
        previous: &situation.head,
        completed: &completed,
        signature: &signature,
    };
    let is_written = match &situation.log.training_by {
        // What was practised is told to nobody.
        Some(training_by) => store::training::keep(tx, &sold, training_by).await?,
        None => {
            let event = events::sale_completed(ticket).context("the event of a sale")?;
            store::sale::sell(tx, &sold, &event).await?
        }
    };
    if !is_written {
        return Ok(Written::Not);
    }
    if let Some(credit) = last.and_then(|last| credit(ticket, &last.tender)) {
        tender::spend(tx, &credit).await?;
    }
    Ok(Written::Now(completed.ticket, completed.slips_refused))
}

/// The store credit that the last tender takes; that of the others was taken with them.
fn credit(ticket: &Ticket, last: &Tender) -> Option<Movement> {
    let account = ticket.member_id.filter(|_| !ticket.training);
    Movement::of(last, account?, ticket.currency, ticket.basket_id, ticket.completed_time)
}

/// The ticket, when the command made the sale before. The basket remembers that itself, when the table of requests has long forgotten.
fn sold_before(situation: &Situation, command: Command<'_>) -> Result<Option<Ticket>, Error> {
    match (situation.log.seen(command.request), &situation.ticket, &situation.claimed) {
        (Seen::Repeat(_), Some(ticket), _) => Ok(Some(ticket.clone())),
        (Seen::Repeat(_) | Seen::Reused, ..) | (Seen::No, _, Some(_)) => Err(Error::RequestIdReused),
        (Seen::No, _, None) => Ok(None),
    }
}

/// Reads a sale with what was given back of it; for the till that practised, its training ticket.
#[tracing::instrument(skip_all)]
pub async fn get_sale(app: &App, scope: &Scope, key: SaleKey<'_>) -> Result<(Ticket, Vec<GivenBack>), Error> {
    let mut connection = app.db.acquire().await?;
    if let Some(ticket) = store::sale::find(&mut connection, scope, key).await? {
        let given_back = store::refund::given_back(&mut connection, ticket.sale_id).await?;
        return Ok((ticket, given_back));
    }
    // The till that practised learns what became of it; for everybody else it never was.
    let Scope::Terminal(terminal_code) = scope else { return Err(Error::NotFound("sale")) };
    let practised = store::training::find(&mut connection, terminal_code, key).await?;
    Ok((practised.ok_or(Error::NotFound("sale"))?.ticket, Vec::new()))
}

/// Reads the card slips of a sale, for its mail.
#[tracing::instrument(skip_all)]
pub async fn get_card_slip(app: &App, sale_id: SaleId) -> Result<Vec<String>, Error> {
    let mut connection = app.db.acquire().await?;
    store::sale::slips(&mut connection, sale_id).await?.ok_or(Error::NotFound("sale"))
}
