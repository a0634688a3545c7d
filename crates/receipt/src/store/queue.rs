//! The queue of mails. Leases and delays are measured by the database's clock, which all replicas share.

use std::time::Duration;

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::row::{Row, about};
use crate::domain::{
    About, Addressee, Delivery, DeliveryId, Document, GuestContactId, MemberId, Owed, READABLE_DAYS, State,
    Wish,
};

/// A mail that this worker holds until its lease is over.
pub struct Taken {
    pub delivery_id: DeliveryId,
    /// Also the proof of the lease: it grows each time the mail is taken.
    pub attempt: i32,
    pub about: About,
    pub store_code: String,
    pub addressee: Addressee,
    pub document: Document,
    pub traceparent: Option<String>,
}

/// Whether sending may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It was written that it begins.
    Now,
    /// It had been written by an earlier try whose commit was not answered.
    Before,
    /// The lease was over and somebody else has the mail.
    Lost,
}

/// How an attempt ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// In this final state.
    Final(State),
    /// Queued for another attempt after this long.
    Again(Duration),
}

/// Notes a document once; `None` when it was noted before.
pub async fn enqueue(
    tx: &mut PgConnection,
    owed: &Owed,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Delivery>> {
    let (state, outcome, contact) = match owed.addressee() {
        Ok(Addressee::Member(_)) => (State::Queued, "", None),
        Ok(Addressee::Guest(contact)) => (State::Queued, "", Some(contact.0)),
        Err(reason) => (State::Other, reason, None),
    };
    let token = match &owed.wish {
        Wish::Qr { token_sha256 } => Some(&token_sha256[..]),
        _ => None,
    };
    let expiry = token.and(owed.document.time.checked_add(time::Duration::days(READABLE_DAYS)));
    let row = sqlx::query_as!(
        Row,
        r#"
        insert into delivery (
            delivery_id, kind, sale_id, refund_id, store_code, member_id, state, document, traceparent, outcome, queued_time,
            settled_time, guest_contact_id, token_sha256, token_expiry_time, credit_id
        )
        values (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, case when $7 = 'other' then $11::timestamptz end, $12, $13, $14,
            $15
        )
        on conflict do nothing
        returning delivery_id, sale_id, refund_id, credit_id, store_code, state, attempts, message_id, with_slip, outcome, queued_time,
            settled_time, guest_contact_id
        "#,
        Uuid::now_v7(),
        owed.about.kind(),
        owed.about.sale_id().0,
        owed.about.refund_id(),
        owed.store_code,
        owed.member_id.map(|member_id| member_id.0),
        state.word(),
        Json(&owed.document) as _,
        owed.traceparent,
        outcome,
        now,
        contact,
        token,
        expiry,
        owed.about.credit_id(),
    )
    .fetch_optional(tx)
    .await?;
    row.map(Delivery::try_from).transpose()
}

/// Takes the mail that has waited longest, for as long as `lease`; also one whose worker crashed before it said anything to the
/// mail server.
pub async fn take(tx: &mut PgConnection, lease: Duration) -> sqlx::Result<Option<Taken>> {
    let row = sqlx::query!(
        r#"
        with due as (
            select delivery_id
            from delivery
            where state in ('queued', 'leased')
              and next_attempt_time <= now()
              and (lease_until is null or lease_until < now())
            order by next_attempt_time
            limit 1
            for update skip locked
        )
        update delivery
        set state = 'leased',
            attempts = attempts + 1,
            lease_until = now() + make_interval(secs => $1)
        from due
        where delivery.delivery_id = due.delivery_id
        returning delivery.delivery_id, attempts, sale_id, refund_id, credit_id, store_code, member_id, guest_contact_id, traceparent,
            document as "document: Json<Document>"
        "#,
        lease.as_secs_f64(),
    )
    .fetch_optional(tx)
    .await?;
    row.map(|row| {
        let addressee = match (row.guest_contact_id, row.member_id) {
            (Some(contact), _) => Addressee::Guest(GuestContactId(contact)),
            (None, Some(member_id)) => Addressee::Member(MemberId(member_id)),
            (None, None) => return Err(sqlx::Error::Decode("a mail to nobody".into())),
        };
        Ok(Taken {
            delivery_id: DeliveryId(row.delivery_id),
            attempt: row.attempts,
            about: about(row.sale_id, row.refund_id, row.credit_id),
            store_code: row.store_code,
            addressee,
            document: row.document.0,
            traceparent: row.traceparent,
        })
    })
    .transpose()
}

/// Writes that the mail server is about to get the mail: from here on a crash leaves it unknown.
pub async fn begin_sending(
    tx: &mut PgConnection,
    taken: &Taken,
    message_id: &str,
    with_slip: bool,
    lease: Duration,
) -> sqlx::Result<Begun> {
    let begun = sqlx::query!(
        r#"
        update delivery
        set state = 'sending',
            message_id = $3,
            with_slip = $4,
            lease_until = now() + make_interval(secs => $5)
        where delivery_id = $1
          and attempts = $2
          and state = 'leased'
        "#,
        taken.delivery_id.0,
        taken.attempt,
        message_id,
        with_slip,
        lease.as_secs_f64(),
    )
    .execute(&mut *tx)
    .await?
    .rows_affected();
    if begun == 1 {
        return Ok(Begun::Now);
    }
    let before = sqlx::query_scalar!(
        r#"
        select true as "sending!"
        from delivery
        where delivery_id = $1
          and attempts = $2
          and state = 'sending'
        "#,
        taken.delivery_id.0,
        taken.attempt,
    )
    .fetch_optional(tx)
    .await?;
    Ok(if before.is_some() { Begun::Before } else { Begun::Lost })
}

/// Writes how an attempt ended; `None` when that was written before, or somebody else has the mail.
///
/// A worker that was given up as lost and has a sure answer all the same may still tell it.
pub async fn settle(
    tx: &mut PgConnection,
    delivery_id: DeliveryId,
    attempt: i32,
    ending: Ending,
    outcome: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Delivery>> {
    let (state, settled_time, delay) = match ending {
        Ending::Final(state) => (state, Some(now), None),
        Ending::Again(delay) => (State::Queued, None, Some(delay.as_secs_f64())),
    };
    let row = sqlx::query_as!(
        Row,
        r#"
        update delivery
        set state = $3,
            outcome = $4,
            settled_time = $5,
            lease_until = null,
            next_attempt_time = now() + make_interval(secs => coalesce($6::float8, 0))
        where delivery_id = $1
          and attempts = $2
          and (state in ('leased', 'sending') or (state = 'unknown' and $3 in ('sent', 'failed')))
        returning delivery_id, sale_id, refund_id, credit_id, store_code, state, attempts, message_id, with_slip, outcome, queued_time,
            settled_time, guest_contact_id
        "#,
        delivery_id.0,
        attempt,
        state.word(),
        outcome,
        settled_time,
        delay,
    )
    .fetch_optional(tx)
    .await?;
    row.map(Delivery::try_from).transpose()
}

/// Gives up the mails whose worker crashed while the mail server may have had them.
pub async fn give_up_lost(tx: &mut PgConnection, now: OffsetDateTime) -> sqlx::Result<Vec<Delivery>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        with lost as (
            select delivery_id
            from delivery
            where state = 'sending'
              and lease_until < now()
            order by lease_until
            limit 100
            for update skip locked
        )
        update delivery
        set state = 'unknown',
            outcome = 'the worker was lost while sending',
            settled_time = $1,
            lease_until = null
        from lost
        where delivery.delivery_id = lost.delivery_id
        returning delivery.delivery_id, sale_id, refund_id, credit_id, store_code, state, attempts, message_id, with_slip, outcome,
            queued_time, settled_time, guest_contact_id
        "#,
        now,
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Delivery::try_from).collect()
}
