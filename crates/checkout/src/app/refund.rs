//! Lines of a sale given back.

use anyhow::{Context, anyhow};
use fiscal::Kind;
use outbox::request::{self, Claim};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        id::{RefundId, RequestKey, SaleId},
        refund::{self, CreditNote, Payout},
    },
    error::Error,
    events,
    store::{
        self,
        sale::{SaleKey, Scope},
    },
};

/// What is to be given back.
#[derive(Clone, Debug)]
pub struct Return {
    /// The sale.
    pub sale_id: SaleId,
    /// Its lines.
    pub line_ids: Vec<i32>,
    /// How the money goes back.
    pub payout: Payout,
}

/// Gives lines of a sale back, with a credit ticket in the chain of the sale's till. A repeat gets the same credit ticket.
#[tracing::instrument(skip_all)]
pub async fn refund_lines(
    app: &App,
    caller: &str,
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
    let key = SaleKey::Sale(wanted.sale_id);
    let (ticket, _) = store::sale::find(&mut tx, scope, key).await?.ok_or(Error::NotFound("sale"))?;
    let (head, closed_until) = store::refund::lock_head(&mut tx, &ticket.terminal_code).await?;
    // Only now is it sure that nobody gives the same lines back meanwhile.
    let (_, given_back) = store::sale::find(&mut tx, scope, key).await?.ok_or(Error::NotFound("sale"))?;
    let refunded = refund::refund(refund::Claim {
        refund_id: RefundId(Uuid::now_v7()),
        ticket: &ticket,
        refunded: &given_back,
        line_ids: &wanted.line_ids,
        payout: wanted.payout,
        at_desk: store::refund::at_desk(&mut tx, ticket.sale_id).await?,
        head: &head,
        // A closed day stays closed, also when the clock went back since.
        now: closed_until.map_or(app.now(), |closed_until| closed_until.max(app.now())),
    })?;
    store::refund::save(&mut tx, &refunded, &ticket).await?;
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
    store::journal::keep(&mut tx, &kept).await?;
    store::refund_payment::owe(&mut tx, &note, &ticket.shop.code).await?;
    if let Some(member_id) = ticket.member_id {
        store::store_credit::grow(&mut tx, member_id, &note).await?;
    }
    let event = events::sale_refunded(&note, &ticket).context("the event of a refund")?;
    outbox::record(&mut tx, &event).await?;
    request::save_reply(&mut tx, caller, request.request_id, note.refund_id.0.as_bytes()).await?;
    tx.commit().await?;
    app.wake.wake();
    Ok(note)
}

/// A credit ticket never changes, so that its id is all that a reply has to keep.
async fn first_answer(tx: &mut PgConnection, reply: Option<Vec<u8>>) -> Result<CreditNote, Error> {
    let refund_id = reply.and_then(|bytes| Uuid::from_slice(&bytes).ok());
    // Without it the id was claimed by another verb with the same content, which none has.
    let refund_id = RefundId(refund_id.ok_or_else(|| anyhow!("a claimed refund has no reply"))?);
    let note = store::refund::credit_note(tx, refund_id).await?;
    Ok(note.ok_or_else(|| anyhow!("the credit ticket {refund_id} of a reply is missing"))?)
}
