//! Writing a fact into the outbox.

use sqlx::PgConnection;

use crate::event::{NewEvent, stream_of};

/// The largest payload that can be recorded: what the server would refuse must not get into the outbox.
pub const MAX_PAYLOAD_BYTES: usize = 900_000;

/// Why an event was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The subject belongs to no stream, so the event could never be published.
    #[error("the subject {0:?} belongs to no stream")]
    Subject(String),
    /// The payload is larger than a message may be.
    #[error("the payload has {0} bytes, more than a message may carry")]
    TooLarge(usize),
    /// The database refused the row.
    #[error("the event could not be written to the outbox")]
    Database(#[from] sqlx::Error),
}

/// Records `event` in the caller's transaction, together with the current trace context.
///
/// A statement that writes its change and its event at once may insert the row itself; the columns are
/// `event_id`, `subject`, `type`, `source`, `traceparent` (of `platform::telemetry::current_traceparent()`, or
/// null), `payload` (`$n::text::json`) and `occurred_time`. The others are the relay's.
///
/// After the commit, and not before, call [`Wake::wake`](crate::Wake::wake).
pub async fn record(tx: &mut PgConnection, event: &NewEvent) -> Result<(), RecordError> {
    if stream_of(&event.subject).is_none() {
        return Err(RecordError::Subject(event.subject.clone()));
    }
    if event.payload.len() > MAX_PAYLOAD_BYTES {
        return Err(RecordError::TooLarge(event.payload.len()));
    }
    sqlx::query!(
        r#"
        insert into outbox (event_id, subject, type, source, traceparent, payload, occurred_time)
        values ($1, $2, $3, $4, $5, $6::text::json, $7)
        "#,
        event.event_id,
        event.subject,
        event.event_type,
        event.source,
        platform::telemetry::current_traceparent(),
        event.payload,
        event.occurred,
    )
    .execute(tx)
    .await?;
    Ok(())
}
