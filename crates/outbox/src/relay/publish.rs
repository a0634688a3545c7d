//! One batch: read, publish one by one, mark.

use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use sqlx::PgPool;
use std::sync::atomic::Ordering;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use uuid::Uuid;

use super::{Relay, RelayError};
use crate::bus::BusError;
use crate::event::{CE_ID, CE_SOURCE, CE_SPEC_VERSION, CE_TIME, CE_TYPE, CONTENT_TYPE, TRACEPARENT};
use crate::metrics;

const BATCH: i64 = 100;

pub(super) struct Batch {
    pub(super) published: u64,
    /// Whether there may be more.
    pub(super) full: bool,
}

struct Unsent {
    event_id: Uuid,
    subject: String,
    event_type: String,
    source: String,
    traceparent: Option<String>,
    payload: String,
    occurred_time: OffsetDateTime,
}

/// Acknowledged by the stream and not yet marked.
#[derive(Default)]
struct Acknowledged {
    event_ids: Vec<Uuid>,
    sequences: Vec<i64>,
}

impl Relay {
    /// Publishes up to a batch, in order. What was acknowledged before a failure is marked; the rest stays as it is.
    pub(super) async fn relay_batch(&self, leading: &CancellationToken) -> Result<Batch, RelayError> {
        let unsent = unsent(&self.pool).await?;
        if unsent.is_empty() {
            return Ok(Batch { published: 0, full: false });
        }
        self.bus.ready()?;
        let full = unsent.len() == usize::try_from(BATCH).unwrap_or(usize::MAX);
        let mut acknowledged = Acknowledged::default();
        let mut outcome = Ok(());
        for event in &unsent {
            // A publication that is dropped here may be stored all the same; published again it is a duplicate.
            match leading.run_until_cancelled(self.publish(event)).await {
                Some(Ok(sequence)) => {
                    acknowledged.event_ids.push(event.event_id);
                    acknowledged.sequences.push(sequence);
                }
                Some(Err(error)) => {
                    outcome = Err(self.recover(error).await);
                    break;
                }
                None => {
                    outcome = Err(RelayError::Stopped);
                    break;
                }
            }
        }
        mark(&self.pool, &acknowledged).await?;
        let published = acknowledged.event_ids.len() as u64;
        metrics::published(self.config.stream.name(), published);
        outcome.map(|()| Batch { published, full })
    }

    async fn publish(&self, event: &Unsent) -> Result<i64, BusError> {
        let span = tracing::info_span!(
            "publish",
            otel.name = format!("{} publish", event.subject),
            otel.kind = "producer",
            messaging.system = "nats",
            messaging.operation.type = "send",
            messaging.destination.name = event.subject,
            messaging.message.id = %event.event_id,
            trace_id = tracing::field::Empty,
        );
        platform::telemetry::set_parent(&span, event.traceparent.as_deref());
        let acknowledgement = async {
            let message = message(event, self.config.stream.name());
            self.bus.publish(&event.subject, message).await
        }
        .instrument(span)
        .await?;
        Ok(self.note(&acknowledgement))
    }

    /// A new message can only come after all earlier ones; if it does not, the stream was lost or put back.
    fn note(&self, acknowledgement: &PublishAck) -> i64 {
        let sequence = i64::try_from(acknowledgement.sequence).unwrap_or(i64::MAX);
        let highest = self.highest_sequence.fetch_max(sequence, Ordering::Relaxed);
        if sequence <= highest && !acknowledgement.duplicate {
            tracing::error!(
                stream = self.config.stream.name(),
                sequence,
                highest,
                "the stream went back in time: looking for lost events"
            );
            self.highest_sequence.store(sequence, Ordering::Relaxed);
            self.suspect();
        }
        sequence
    }

    /// A missing stream is made anew; the reconciler then finds what went with it.
    async fn recover(&self, error: BusError) -> RelayError {
        if !matches!(error, BusError::StreamMissing(_)) {
            return error.into();
        }
        match self.bus.ensure_stream(&self.config.stream).await {
            Ok(()) => {
                self.suspect();
                error.into()
            }
            Err(cause) => cause.into(),
        }
    }
}

fn message(event: &Unsent, stream: &str) -> PublishMessage {
    let traceparent = platform::telemetry::current_traceparent().or_else(|| event.traceparent.clone());
    let time =
        event.occurred_time.format(&Rfc3339).expect("a timestamptz has a year that RFC 3339 can write");
    let message = PublishMessage::build()
        .payload(event.payload.clone().into())
        .message_id(event.event_id.to_string())
        .expected_stream(stream)
        .header(CE_ID, event.event_id.to_string())
        .header(CE_TYPE, event.event_type.as_str())
        .header(CE_SOURCE, event.source.as_str())
        .header(CE_TIME, time)
        .header(CE_SPEC_VERSION, "1.0")
        .header(CONTENT_TYPE, "application/json");
    match traceparent {
        Some(traceparent) => message.header(TRACEPARENT, traceparent),
        None => message,
    }
}

async fn unsent(pool: &PgPool) -> Result<Vec<Unsent>, sqlx::Error> {
    sqlx::query_as!(
        Unsent,
        r#"
        select event_id, subject, type as event_type, source, traceparent, payload::text as "payload!", occurred_time
        from outbox
        where published_time is null
        order by outbox_order
        limit $1
        "#,
        BATCH,
    )
    .fetch_all(pool)
    .await
}

async fn mark(pool: &PgPool, acknowledged: &Acknowledged) -> Result<(), sqlx::Error> {
    if acknowledged.event_ids.is_empty() {
        return Ok(());
    }
    let mut tx = pool.begin().await?;
    sqlx::query!(
        r#"
        update outbox
        set published_time = now(),
            stream_sequence = acknowledged.stream_sequence
        from unnest($1::uuid[], $2::bigint[]) as acknowledged (event_id, stream_sequence)
        where outbox.event_id = acknowledged.event_id
        "#,
        &acknowledged.event_ids,
        &acknowledged.sequences,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}
