//! Events put aside: kept with their reason until a person has looked and replays them.

use std::panic::AssertUnwindSafe;

use async_nats::jetstream::Message;
use futures::FutureExt;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::consume::{ConsumerSpec, Handle, HandleError, receive};
use crate::event::{self, CE_ID, CE_TYPE, Delivery};

const MAX_REASON_CHARS: usize = 2_000;

/// An event that waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// Whose inbox it should have gone to.
    pub consumer: String,
    /// Its id, to replay it by.
    pub event_id: Uuid,
    /// The subject it came on.
    pub subject: String,
    /// Its CloudEvents type, empty if it had none.
    pub event_type: String,
    /// Why it could not be applied.
    pub reason: String,
    /// How often the server had delivered it.
    pub deliveries: i64,
    /// When it was put aside.
    pub dead_time: OffsetDateTime,
}

/// What a replay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// It was applied now.
    Applied,
    /// It had been applied before, by an earlier replay or a later delivery; nothing changed.
    AlreadyApplied,
}

/// Why a replay did nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no such dead letter.
    #[error("{consumer} has no dead letter {event_id}")]
    Unknown {
        /// The consumer asked for.
        consumer: String,
        /// The event asked for.
        event_id: Uuid,
    },
    /// It is not an event, and never will be.
    #[error("the message cannot be read as an event: {0}")]
    Unreadable(String),
    /// It fails still.
    #[error("the event was not applied: {0}")]
    Failed(String),
    /// The database did not answer.
    #[error("the dead letters are out of reach")]
    Database(#[from] sqlx::Error),
}

/// The oldest dead letters that wait, at most `limit`, after the one where the page before ended.
pub async fn dead_letters(
    pool: &PgPool,
    after: Option<&DeadLetter>,
    limit: i64,
) -> Result<Vec<DeadLetter>, sqlx::Error> {
    sqlx::query_as!(
        DeadLetter,
        r#"
        select consumer, event_id, subject, type as event_type, reason, deliveries, dead_time
        from dead_letter
        where replayed_time is null
          and ($1::timestamptz is null or (dead_time, event_id) > ($1, $2::uuid))
        order by dead_time, event_id
        limit $3
        "#,
        after.map(|letter| letter.dead_time),
        after.map(|letter| letter.event_id),
        limit,
    )
    .fetch_all(pool)
    .await
}

/// Applies a dead letter with `handler`, and marks it replayed in the same transaction.
pub async fn replay_dead_letter<H: Handle>(
    pool: &PgPool,
    consumer: &str,
    event_id: Uuid,
    handler: &H,
) -> Result<Replayed, ReplayError> {
    let mut tx = pool.begin().await?;
    let kept = sqlx::query!(
        r#"
        select subject, payload, headers, deliveries, replayed_time
        from dead_letter
        where consumer = $1
          and event_id = $2
        for update
        "#,
        consumer,
        event_id,
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| ReplayError::Unknown { consumer: consumer.to_owned(), event_id })?;
    if kept.replayed_time.is_some() {
        return Ok(Replayed::AlreadyApplied);
    }
    let header = |name: &str| kept.headers.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let delivery = Delivery { deliveries: kept.deliveries, stream_sequence: 0 };
    let event = event::from_parts(kept.subject, header, kept.payload, delivery)
        .map_err(|error| ReplayError::Unreadable(error.to_string()))?;
    let first = receive(&mut tx, consumer, event_id).await?;
    if first {
        // A handler that panics must not keep an operator from the other dead letters; what it did is rolled back.
        let handled = AssertUnwindSafe(handler.handle(&mut tx, &event)).catch_unwind().await;
        handled.unwrap_or_else(|_| Err(HandleError::Reject("the handler panicked".to_owned()))).map_err(
            |error| match error {
                HandleError::Retry(error) => ReplayError::Failed(format!("{error:#}")),
                HandleError::Reject(reason) => ReplayError::Failed(reason),
            },
        )?;
    }
    sqlx::query!(
        r#"
        update dead_letter
        set replayed_time = now()
        where consumer = $1
          and event_id = $2
        "#,
        consumer,
        event_id,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    if first {
        handler.committed();
    }
    Ok(if first { Replayed::Applied } else { Replayed::AlreadyApplied })
}

/// A message as it is put aside.
pub(crate) struct Remains {
    consumer: String,
    pub(crate) event_id: Uuid,
    pub(crate) subject: String,
    event_type: String,
    payload: Vec<u8>,
    headers: serde_json::Value,
    reason: String,
    deliveries: i64,
}

impl Remains {
    pub(crate) fn of(message: &Message, spec: &ConsumerSpec, event_id: Option<Uuid>, reason: &str) -> Self {
        let delivery = event::delivery(message);
        let place = format!("{}/{}", spec.stream, delivery.stream_sequence);
        let header = |name| event::header(message.headers.as_ref(), name);
        let headers = message.headers.iter().flat_map(|headers| headers.iter()).map(|(name, values)| {
            let values: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
            (name.to_string(), storable(&values.join(", ")).into())
        });
        Self {
            consumer: spec.durable.clone(),
            event_id: event_id
                .or_else(|| header(CE_ID)?.parse().ok())
                .unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_URL, place.as_bytes())),
            subject: message.subject.to_string(),
            event_type: storable(&header(CE_TYPE).unwrap_or_default()),
            payload: message.payload.to_vec(),
            headers: serde_json::Value::Object(headers.collect()),
            reason: storable(reason),
            deliveries: delivery.deliveries,
        }
    }
}

/// PostgreSQL's text has no NUL, and nobody reads a reason of a megabyte.
fn storable(text: &str) -> String {
    text.chars().filter(|&char| char != '\0').take(MAX_REASON_CHARS).collect()
}

/// Writes the dead letter, or the newer reason of one that is there already.
pub(crate) async fn keep(pool: &PgPool, remains: &Remains) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    sqlx::query!(
        r#"
        insert into dead_letter (consumer, event_id, subject, type, payload, headers, reason, deliveries)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict on constraint dead_letter_pk do update
        set reason = excluded.reason,
            deliveries = excluded.deliveries,
            dead_time = excluded.dead_time,
            replayed_time = null
        "#,
        remains.consumer,
        remains.event_id,
        remains.subject,
        remains.event_type,
        remains.payload,
        remains.headers,
        remains.reason,
        remains.deliveries,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}
