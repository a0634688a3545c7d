//! Refunds that somebody asked for.

use anyhow::Context;
use money::Cents;
use sqlx::{PgConnection, types::Json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    domain::{
        id::{MemberId, RefundId, RefundRequestId, RequestKey},
        refund::{CreditNote, Payout, Reason, part::Part, policy::Cause},
        refund_request::{Answered, History, OfMember, RefundRequest, State},
        sale::Ticket,
    },
    error::Error,
    store,
};

/// How far a person looks back at what a member was given.
const OF_LATE: Duration = Duration::days(90);

// A query is checked against the database only where it is a literal, so what three of them share is a macro.
macro_rules! requests {
    ($which:tt, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                q.refund_request_id, s.ticket as "ticket: Json<Ticket>", q.parts as "parts: Json<Vec<Part>>",
                q.payout, q.reason, q.total_minor, q.requested_time, q.cause, q.state, q.refund_id, q.answered_by,
                q.answered_time
            from refund_request q
            join sale s using (sale_id)
            "# + $which,
            $($argument),+
        )
    };
}

/// Keeps a request under the id of its caller, for ever.
pub async fn insert(
    tx: &mut PgConnection,
    caller: &str,
    request: RequestKey,
    asked: &RefundRequest,
) -> Result<(), Error> {
    let refund_id = match asked.state {
        State::Given { refund_id, .. } => Some(refund_id.0),
        State::Waiting | State::Refused(_) => None,
    };
    sqlx::query!(
        r#"
        insert into refund_request (
            refund_request_id, caller, request_id, fingerprint, store_code, sale_id, parts, payout, reason,
            total_minor, requested_time, cause, state, refund_id
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        "#,
        asked.refund_request_id.0,
        caller,
        request.request_id,
        &request.fingerprint.0[..],
        asked.ticket.shop.code,
        asked.ticket.sale_id.0,
        Json(&asked.parts) as Json<&Vec<Part>>,
        asked.payout.as_str(),
        asked.reason.as_str(),
        asked.total.get(),
        asked.requested,
        asked.cause.map(Cause::as_str),
        asked.state.as_str(),
        refund_id,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The request that the id of a caller stands for, and what it was claimed with.
pub async fn of_caller(
    db: &mut PgConnection,
    caller: &str,
    request_id: Uuid,
) -> Result<Option<(RefundRequestId, Vec<u8>)>, Error> {
    let row = sqlx::query!(
        r#"
        select refund_request_id, fingerprint
        from refund_request
        where caller = $1
          and request_id = $2
        "#,
        caller,
        request_id,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (RefundRequestId(row.refund_request_id), row.fingerprint)))
}

/// Lets nobody else answer a request of a store until the transaction ends.
pub async fn lock(
    tx: &mut PgConnection,
    store_code: &str,
    refund_request_id: RefundRequestId,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        select refund_request_id
        from refund_request
        where store_code = $1
          and refund_request_id = $2
        for update
        "#,
        store_code,
        refund_request_id.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(())
}

/// A request, of one store where that is said.
pub async fn find(
    db: &mut PgConnection,
    store_code: Option<&str>,
    refund_request_id: RefundRequestId,
) -> Result<Option<RefundRequest>, Error> {
    let row = requests!(
        r#"
        where ($1::text is null or q.store_code = $1)
          and q.refund_request_id = $2
        "#,
        store_code,
        refund_request_id.0,
    )
    .fetch_optional(db)
    .await?;
    row.map(Row::request).transpose()
}

/// What waits in a store, that which waits longest first, after a request of an earlier page.
pub async fn waiting(
    db: &mut PgConnection,
    store_code: &str,
    after: Option<RefundRequestId>,
    limit: i64,
) -> Result<Vec<RefundRequest>, Error> {
    let rows = requests!(
        r#"
        where q.store_code = $1
          and q.state = 'waiting'
          and (
              $2::uuid is null
              or (q.requested_time, q.refund_request_id) > (
                  select earlier.requested_time, earlier.refund_request_id
                  from refund_request earlier
                  where earlier.store_code = $1
                    and earlier.refund_request_id = $2
              )
          )
        order by q.requested_time, q.refund_request_id
        limit $3
        "#,
        store_code,
        after.map(|after| after.0),
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::request).collect()
}

/// What people of a store have decided, the newest request first, after a request of an earlier page.
pub async fn answered(
    db: &mut PgConnection,
    store_code: &str,
    after: Option<RefundRequestId>,
    limit: i64,
) -> Result<Vec<RefundRequest>, Error> {
    let rows = requests!(
        r#"
        where q.store_code = $1
          and q.answered_by is not null
          and (
              $2::uuid is null
              or (q.requested_time, q.refund_request_id) < (
                  select earlier.requested_time, earlier.refund_request_id
                  from refund_request earlier
                  where earlier.store_code = $1
                    and earlier.refund_request_id = $2
              )
          )
        order by q.requested_time desc, q.refund_request_id desc
        limit $3
        "#,
        store_code,
        after.map(|after| after.0),
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::request).collect()
}

/// What a person sees beside a request.
pub async fn history(
    db: &mut PgConnection,
    request: &RefundRequest,
    now: OffsetDateTime,
) -> Result<History, Error> {
    let notes = sqlx::query_scalar!(
        r#"
        select credit_note as "credit_note: Json<CreditNote>"
        from refund
        where sale_id = $1
        order by refunded_time desc, refund_id desc
        "#,
        request.ticket.sale_id.0,
    )
    .fetch_all(&mut *db)
    .await?;
    let of_member = match request.ticket.member_id {
        Some(member_id) => Some(of_member(db, member_id, now - OF_LATE).await?),
        None => None,
    };
    Ok(History {
        given_back: store::refund::given_back(db, request.ticket.sale_id).await?,
        notes: notes.into_iter().map(|note| note.0).collect(),
        of_member,
    })
}

async fn of_member(
    db: &mut PgConnection,
    member_id: MemberId,
    since: OffsetDateTime,
) -> Result<OfMember, Error> {
    let row = sqlx::query!(
        r#"
        select count(*) as "refunds!", coalesce(sum(refund.total_minor), 0)::bigint as "total_minor!"
        from sale
        join refund using (sale_id)
        where sale.member_id = $1
          and refund.refunded_time >= $2
        "#,
        member_id.0,
        since,
    )
    .fetch_one(db)
    .await?;
    Ok(OfMember { refunds: row.refunds, total: Cents::new(row.total_minor) })
}

/// Notes what became of a request that a person answered.
pub async fn answer(
    tx: &mut PgConnection,
    refund_request_id: RefundRequestId,
    refund_id: Option<RefundId>,
    answered: Answered,
) -> Result<(), Error> {
    sqlx::query!(
        r#"
        update refund_request
        set state = case when $2::uuid is null then 'refused' else 'given' end,
            refund_id = $2,
            answered_by = $3,
            answered_time = $4
        where refund_request_id = $1
        "#,
        refund_request_id.0,
        refund_id.map(|refund_id| refund_id.0),
        answered.by,
        answered.at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

struct Row {
    refund_request_id: Uuid,
    ticket: Json<Ticket>,
    parts: Json<Vec<Part>>,
    payout: String,
    reason: String,
    total_minor: i64,
    requested_time: OffsetDateTime,
    cause: Option<String>,
    state: String,
    refund_id: Option<Uuid>,
    answered_by: Option<Uuid>,
    answered_time: Option<OffsetDateTime>,
}

impl Row {
    fn request(self) -> Result<RefundRequest, Error> {
        let answered = self.answered_by.zip(self.answered_time).map(|(by, at)| Answered { by, at });
        let state = match (self.state.as_str(), self.refund_id, answered) {
            ("waiting", None, None) => Some(State::Waiting),
            ("given", Some(refund_id), answered) => {
                Some(State::Given { refund_id: RefundId(refund_id), answered })
            }
            ("refused", None, Some(answered)) => Some(State::Refused(answered)),
            _ => None,
        };
        let cause = self.cause.as_deref().map(|word| Cause::named(word).context("an unknown cause"));
        Ok(RefundRequest {
            refund_request_id: RefundRequestId(self.refund_request_id),
            ticket: self.ticket.0,
            parts: self.parts.0,
            payout: Payout::named(&self.payout).context("an unknown payout")?,
            reason: Reason::named(&self.reason).context("an unknown reason")?,
            total: Cents::new(self.total_minor),
            requested: self.requested_time,
            cause: cause.transpose()?,
            state: state.context("a state that the table does not allow")?,
        })
    }
}
