//! Refunds on request: given at once where the store's policy says so, else decided by a person.

use outbox::request::{self, Claim};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{
        App,
        attendance::Attendant,
        refund::{self, Asker, Return},
    },
    domain::{
        id::{RefundRequestId, RequestKey},
        refund::{CreditNote, policy::Cause},
        refund_request::{Answer, Answered, History, RefundRequest, State},
    },
    error::Error,
    store::{self, sale::Scope},
};

/// Which requests are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those that wait, the longest first.
    Waiting,
    /// Those that people have decided, the newest first.
    Answered,
}

/// Some of a listing, and whether there is more.
#[derive(Clone, Debug)]
pub struct Page {
    /// Each with what a person should know.
    pub requests: Vec<(RefundRequest, History)>,
    /// More come after the last one.
    pub has_more: bool,
}

/// Says what a request would come to: its credit ticket to be, and why a person would decide, if one would. Nothing is written.
#[tracing::instrument(skip_all)]
pub async fn preview_refund(
    app: &App,
    scope: &Scope,
    wanted: &Return,
) -> Result<(CreditNote, Option<Cause>), Error> {
    let mut tx = app.db.begin().await?;
    let considered = refund::consider(app, &mut tx, scope, wanted).await?;
    tx.rollback().await?;
    Ok((considered.refunded.credit_note, considered.cause))
}

/// Gives lines back, or lets the request wait for a person. A repeat tells what has become of it by then.
#[tracing::instrument(skip_all)]
pub async fn request_refund(
    app: &App,
    caller: &str,
    request: RequestKey,
    wanted: &Return,
) -> Result<(RefundRequest, Option<CreditNote>), Error> {
    let mut tx = app.db.begin().await?;
    if let Some(known) = store::refund_request::of_caller(&mut tx, caller, request.request_id).await? {
        return become_of(&mut tx, request, known).await;
    }
    // Whoever asks under the same id at the same moment waits here.
    match request::claim(&mut tx, caller, request.request_id, request.fingerprint.0).await? {
        Claim::First => {}
        Claim::Repeat { .. } => {
            let known = store::refund_request::of_caller(&mut tx, caller, request.request_id).await?;
            return become_of(&mut tx, request, known.ok_or(Error::RequestIdReused)?).await;
        }
        Claim::Reused => return Err(Error::RequestIdReused),
    }
    let considered = refund::consider(app, &mut tx, &Scope::Everywhere, wanted).await?;
    let note = &considered.refunded.credit_note;
    let mut asked = RefundRequest {
        refund_request_id: RefundRequestId(Uuid::now_v7()),
        ticket: considered.ticket.clone(),
        parts: wanted.parts.clone(),
        payout: wanted.payout,
        reason: wanted.reason,
        total: note.total,
        requested: note.refunded_time,
        cause: considered.cause,
        state: State::Waiting,
    };
    let note = match asked.cause {
        Some(_) => None,
        None => Some(refund::give(app, &mut tx, considered, Asker::Shopper).await?),
    };
    if let Some(note) = &note {
        asked.state = State::Given { refund_id: note.refund_id, answered: None };
    }
    store::refund_request::insert(&mut tx, caller, request, &asked).await?;
    tx.commit().await?;
    app.wake.wake();
    Ok((asked, note))
}

async fn become_of(
    db: &mut PgConnection,
    request: RequestKey,
    (refund_request_id, fingerprint): (RefundRequestId, Vec<u8>),
) -> Result<(RefundRequest, Option<CreditNote>), Error> {
    if fingerprint != request.fingerprint.0 {
        return Err(Error::RequestIdReused);
    }
    let known = store::refund_request::find(db, None, refund_request_id).await?;
    let known = known.ok_or(Error::NotFound("request"))?;
    let note = match known.state {
        State::Given { refund_id, .. } => store::refund::credit_note(db, refund_id).await?,
        State::Waiting | State::Refused(_) => None,
    };
    Ok((known, note))
}

/// Requests of a store, with what a person should know before deciding.
pub async fn list_refund_requests(
    app: &App,
    store_code: &str,
    wanted: Wanted,
    after: Option<RefundRequestId>,
    page_size: u16,
) -> Result<Page, Error> {
    let mut db = app.db.acquire().await?;
    let limit = i64::from(page_size) + 1;
    let mut found = match wanted {
        Wanted::Waiting => store::refund_request::waiting(&mut db, store_code, after, limit).await?,
        Wanted::Answered => store::refund_request::answered(&mut db, store_code, after, limit).await?,
    };
    let has_more = found.len() > usize::from(page_size);
    found.truncate(usize::from(page_size));
    let mut requests = Vec::with_capacity(found.len());
    for request in found {
        let history = store::refund_request::history(&mut db, &request, app.now()).await?;
        requests.push((request, history));
    }
    Ok(Page { requests, has_more })
}

/// Gives what was asked for, or refuses it. Whoever comes second learns that somebody has decided.
#[tracing::instrument(skip_all)]
pub async fn answer_refund_request(
    app: &App,
    attendant: Attendant<'_>,
    request: RequestKey,
    refund_request_id: RefundRequestId,
    answer: Answer,
) -> Result<(RefundRequest, History), Error> {
    let mut tx = app.db.begin().await?;
    let claim = request::claim(&mut tx, attendant.caller, request.request_id, request.fingerprint.0).await?;
    if claim == Claim::Reused {
        return Err(Error::RequestIdReused);
    }
    store::refund_request::lock(&mut tx, attendant.store_code, refund_request_id).await?;
    let found = store::refund_request::find(&mut tx, Some(attendant.store_code), refund_request_id).await?;
    let mut asked = found.ok_or(Error::NotFound("request"))?;
    // What was answered never changes, so that the first answer can be read again.
    if claim == Claim::First {
        asked.check_waits()?;
        let answered = Answered { by: attendant.staff_id, at: app.now() };
        let refund_id = match answer {
            Answer::Give => {
                let wanted = Return {
                    sale_id: asked.ticket.sale_id,
                    parts: asked.parts.clone(),
                    payout: asked.payout,
                    reason: asked.reason,
                };
                let considered = refund::consider(app, &mut tx, &Scope::Everywhere, &wanted).await?;
                Some(refund::give(app, &mut tx, considered, Asker::Person).await?.refund_id)
            }
            Answer::Refuse => None,
        };
        store::refund_request::answer(&mut tx, refund_request_id, refund_id, answered).await?;
        asked.state = match refund_id {
            Some(refund_id) => State::Given { refund_id, answered: Some(answered) },
            None => State::Refused(answered),
        };
    }
    let history = store::refund_request::history(&mut tx, &asked, app.now()).await?;
    tx.commit().await?;
    app.wake.wake();
    Ok((asked, history))
}
