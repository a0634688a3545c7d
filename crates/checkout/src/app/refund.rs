//! Lines of a sale given back.

use anyhow::{Context, anyhow};
use fiscal::Kind;
use money::Cents;
use outbox::request::{self, Claim};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        id::{RefundId, RequestKey, SaleId},
        refund::{
            self, CreditNote, Payout, Reason, Refunded,
            part::Part,
            policy::{Cause, Measured, Policy},
        },
        sale::Ticket,
        wall,
    },
    error::Error,
    events,
    store::{
        self,
        refund_budget::Budget,
        sale::{SaleKey, Scope},
    },
};

/// What is to be given back.
#[derive(Clone, Debug)]
pub struct Return {
    /// The sale.
    pub sale_id: SaleId,
    /// Parts of its lines, a line at most once.
    pub parts: Vec<Part>,
    /// How the money goes back.
    pub payout: Payout,
    /// Why.
    pub reason: Reason,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A person of the store, who decides.
    Person,
    /// A service on a shopper's behalf: it is given what needs no person.
    Shopper,
}

/// A refund that could be given, with what it is measured by. Whoever else gives lines back at the till of the sale, or without a person
/// to its member, waits for the end of the transaction.
pub(super) struct Considered {
    pub(super) ticket: Ticket,
    pub(super) refunded: Refunded,
    /// Why a person decides, if one has to.
    pub(super) cause: Option<Cause>,
    /// Which month of the member it counts in.
    budget: Option<Budget>,
}

/// Gives lines of a sale back, with a credit ticket in the chain of the sale's till. A repeat gets the same credit ticket.
#[tracing::instrument(skip_all)]
pub async fn refund_lines(
    app: &App,
    caller: &str,
    asker: Asker,
    request: RequestKey,
    scope: &Scope,
    wanted: &Return,
) -> Result<CreditNote, Error> {
    let mut tx = app.db.begin().await?;
    match request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await? {
        Claim::First => {}
        Claim::Repeat { reply } => return first_answer(&mut tx, reply).await,
        Claim::Reused => return Err(Error::RequestIdReused),
    }
    let considered = consider(app, &mut tx, scope, wanted).await?;
    if let (Asker::Shopper, Some(cause)) = (asker, considered.cause) {
        return Err(Error::NeedsPerson(cause));
    }
    let note = give(app, &mut tx, considered, asker).await?;
    request::save_reply(&mut tx, caller, request.request_id, note.refund_id.0.as_bytes()).await?;
    tx.commit().await?;
    app.wake.wake();
    Ok(note)
}

/// Decides about a refund, and writes nothing.
pub(super) async fn consider(
    app: &App,
    tx: &mut PgConnection,
    scope: &Scope,
    wanted: &Return,
) -> Result<Considered, Error> {
    let key = SaleKey::Sale(wanted.sale_id);
    let ticket = store::sale::find(tx, scope, key).await?.ok_or(Error::NotFound("sale"))?;
    let chain = store::journal::lock_head(tx, &ticket.terminal_code, Kind::CreditNote).await?;
    // Only now is it sure that nobody gives the same lines back meanwhile.
    let given_back = store::refund::given_back(tx, ticket.sale_id).await?;
    let refunded = refund::refund(refund::Claim {
        refund_id: RefundId(Uuid::now_v7()),
        ticket: &ticket,
        given_back: &given_back,
        parts: &wanted.parts,
        reason: wanted.reason,
        payout: wanted.payout,
        to_cards: store::refund::to_cards(tx, ticket.sale_id).await?,
        head: &chain.head,
        now: app.now_after(chain.closed_until.max(Some(ticket.completed_time))),
    })?;
    let note = &refunded.credit_note;
    let budget = ticket.member_id.map(|member_id| Budget {
        member_id,
        currency: ticket.currency,
        month: wall::month(&ticket.shop.time_zone, note.refunded_time),
    });
    let spent = match &budget {
        Some(budget) => Some(store::refund_budget::lock(tx, budget).await?),
        None => None,
    };
    let catalogue = app.catalogue.current();
    let policy = catalogue.store(&ticket.shop.code).map_or(Policy::OF_THE_HOUSE, |store| store.refund_policy);
    let before = given_back.iter().map(|before| before.amount);
    let cause = policy.needs_person(Measured {
        sold: ticket.completed_time,
        now: note.refunded_time,
        of_sale: sum(before.chain([note.total]))?,
        of_month: spent.map(|spent| sum([spent, note.total])).transpose()?,
    });
    Ok(Considered { ticket, refunded, cause, budget })
}

/// Writes what was considered in the same transaction, with its event.
pub(super) async fn give(
    app: &App,
    tx: &mut PgConnection,
    considered: Considered,
    asker: Asker,
) -> Result<CreditNote, Error> {
    let Considered { ticket, refunded, budget, .. } = considered;
    store::refund::save(tx, &refunded, &ticket).await?;
    release_uses(tx, &ticket).await?;
    let note = refunded.credit_note;
    let signature = app.sign(&ticket.shop.siret, &note.terminal_code, &refunded.sealed);
    let kept = store::journal::Kept {
        terminal_code: &note.terminal_code,
        store_code: &ticket.shop.code,
        kind: Kind::CreditNote,
        sequence: note.sequence,
        sealed_time: note.refunded_time,
        sealed: &refunded.sealed,
        signature: &signature,
        period: None,
    };
    store::journal::append(tx, &kept).await?;
    store::refund_payment::owe(tx, &note, &ticket.shop.code).await?;
    if let Some(budget) = budget.filter(|_| asker == Asker::Shopper) {
        store::refund_budget::spend(tx, &budget, note.total).await?;
    }
    if let Some(member_id) = ticket.member_id {
        store::store_credit::grow(tx, member_id, &note).await?;
    }
    let event = events::sale_refunded(&note, &ticket).context("the event of a refund")?;
    outbox::record(tx, &event).await?;
    Ok(note)
}

/// Lets promotions with a limit be claimed again of which the sale keeps nothing.
async fn release_uses(tx: &mut PgConnection, ticket: &Ticket) -> Result<(), Error> {
    let given_back = store::refund::given_back(tx, ticket.sale_id).await?;
    let undone = refund::undone(ticket, &given_back);
    if !undone.is_empty() {
        store::promotion::release_uses_of(tx, ticket.basket_id, &undone).await?;
    }
    Ok(())
}

fn sum(amounts: impl IntoIterator<Item = Cents>) -> Result<Cents, Error> {
    Ok(Cents::checked_sum(amounts).context("the refunds of a member do not fit")?)
}

/// A credit ticket never changes, so that its id is all that a reply has to keep.
async fn first_answer(tx: &mut PgConnection, reply: Option<Vec<u8>>) -> Result<CreditNote, Error> {
    let refund_id = reply.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    // Without it the id was claimed by another verb with the same content, which none has.
    let refund_id = RefundId(refund_id.ok_or_else(|| anyhow!("a claimed refund has no reply"))?);
    let note = store::refund::credit_note(tx, refund_id).await?;
    Ok(note.ok_or_else(|| anyhow!("the credit ticket {refund_id} of a reply is missing"))?)
}
