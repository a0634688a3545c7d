//! The outbox is the truth: what the stream has lost within 30 days is published again.
//!
//! Each minute a sample of the published rows is looked up in the stream, by sequence and id. Every row is looked up when a
//! leader starts, once a day, and whenever something is odd: a stream made anew, a hole in it, a sequence below an earlier
//! one, a sampled event that is not where it was acknowledged. A lost event goes back to the unsent ones, so that there is
//! one way of publishing only; should it be in the stream after all, the inbox of each consumer knows it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::stream::{DirectGetErrorKind, Info, Stream};
use futures::{StreamExt, TryStreamExt, stream};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Relay, RelayError};
use crate::backoff::Backoff;
use crate::bus::BusError;
use crate::metrics;
use crate::purge::{RETENTION_DAYS, purge};

const INTERVAL: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const MEASURE: Duration = Duration::from_secs(5);
const PAGE: i64 = 500;
const NEWEST: i64 = 16;
const RANDOM: usize = 32;
const LOOKUPS_IN_FLIGHT: usize = 16;

/// What a comparison of outbox and stream found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Published events that were looked up in the stream.
    pub checked: u64,
    /// Those that were not there, and will be published again.
    pub lost: u64,
}

struct Published {
    event_id: Uuid,
    stream_sequence: i64,
}

/// What changes when a stream is made anew or loses something inside.
#[derive(PartialEq)]
struct Identity {
    created: OffsetDateTime,
    holes: u64,
}

/// When every row was last found in the stream, and which stream that was.
#[derive(Default)]
struct Verified {
    whole: Option<(Identity, Instant)>,
    purged: Option<Instant>,
}

impl Relay {
    /// Looks up every published row now, whoever leads. For tests, and for operators.
    pub async fn reconcile_once(&self) -> Result<Reconciled, RelayError> {
        let stream = self.bus.stream(&self.config.stream).await?;
        self.check_all(&stream, &CancellationToken::new()).await
    }

    pub(super) async fn reconcile_until(self: Arc<Self>, leading: CancellationToken) {
        let mut verified = Verified::default();
        let mut backoff = Backoff::new(Duration::from_millis(200), INTERVAL);
        let mut next = Duration::ZERO;
        let mut measured = Instant::now();
        loop {
            let due = Instant::now() + next;
            while Instant::now() < due {
                tokio::select! {
                    () = leading.cancelled() => return,
                    () = self.doubt.notified() => break,
                    // A server that comes back may come back without its store.
                    () = self.bus.reconnected() => break,
                    () = tokio::time::sleep(MEASURE.min(due - Instant::now())) => {}
                }
                if measured.elapsed() >= MEASURE {
                    measured = Instant::now();
                    self.measure().await;
                }
            }
            next = match self.round(&mut verified, &leading).await {
                Ok(_) => {
                    backoff.reset();
                    INTERVAL
                }
                Err(RelayError::Stopped) => return,
                Err(error) => {
                    let cause = &error as &dyn std::error::Error;
                    if !matches!(error, RelayError::Bus(BusError::NotConnected)) {
                        tracing::warn!(
                            error = cause,
                            stream = self.config.stream.name(),
                            "the stream was not compared"
                        );
                    }
                    backoff.next_delay()
                }
            };
        }
    }

    async fn round(
        &self,
        verified: &mut Verified,
        leading: &CancellationToken,
    ) -> Result<Reconciled, RelayError> {
        if verified.purged.is_none_or(|at| at.elapsed() >= HOUR) {
            verified.purged = Some(Instant::now());
            if let Err(error) = purge(&self.pool).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "old rows were not purged, to be tried again"
                );
            }
        }
        let stream = self.bus.stream(&self.config.stream).await?;
        let identity = Identity::of(stream.cached_info());
        let doubted = self.in_doubt.swap(false, Ordering::Relaxed);
        let recent = |(earlier, at): &(Identity, Instant)| *earlier == identity && at.elapsed() < DAY;
        if !doubted && verified.whole.as_ref().is_some_and(recent) {
            let sampled = self.check_sample(&stream).await?;
            if sampled.lost == 0 {
                return Ok(sampled);
            }
        }
        let checked = self.check_all(&stream, leading).await;
        match &checked {
            Ok(_) => verified.whole = Some((identity, Instant::now())),
            Err(_) => self.in_doubt.store(true, Ordering::Relaxed),
        }
        checked
    }

    async fn check_all(
        &self,
        stream: &Stream,
        leading: &CancellationToken,
    ) -> Result<Reconciled, RelayError> {
        let mut total = Reconciled::default();
        let mut after = Published { event_id: Uuid::nil(), stream_sequence: 0 };
        loop {
            if leading.is_cancelled() {
                return Err(RelayError::Stopped);
            }
            let page = self.page(&after).await?;
            let Some(last) = page.last() else { break };
            after = Published { ..*last };
            total.checked += page.len() as u64;
            let lost = missing(stream, page).await?;
            total.lost += lost.len() as u64;
            self.send_again(&lost).await?;
        }
        self.highest_sequence.fetch_max(after.stream_sequence, Ordering::Relaxed);
        if total.lost > 0 {
            self.highest_sequence.store(0, Ordering::Relaxed);
            let stream = self.config.stream.name();
            tracing::error!(
                stream,
                lost = total.lost,
                "the stream had lost events, which are published again"
            );
            metrics::lost(stream, total.lost);
            self.wake.wake();
        }
        Ok(total)
    }

    async fn check_sample(&self, stream: &Stream) -> Result<Reconciled, RelayError> {
        let sample = self.sample().await?;
        let checked = sample.len() as u64;
        let lost = missing(stream, sample).await?.len() as u64;
        Ok(Reconciled { checked, lost })
    }

    async fn page(&self, after: &Published) -> Result<Vec<Published>, sqlx::Error> {
        sqlx::query_as!(
            Published,
            r#"
            select event_id, stream_sequence as "stream_sequence!"
            from outbox
            where published_time >= now() - make_interval(days => $1)
              and (stream_sequence, event_id) > ($2, $3)
            order by stream_sequence, event_id
            limit $4
            "#,
            RETENTION_DAYS,
            after.stream_sequence,
            after.event_id,
            PAGE,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// The newest rows, where a store put back from a copy shows first, and some from anywhere.
    async fn sample(&self) -> Result<Vec<Published>, sqlx::Error> {
        let random: Vec<f64> = (0..RANDOM).map(|_| rand::random::<f64>()).collect();
        sqlx::query_as!(
            Published,
            r#"
            with newest as (
                select event_id, stream_sequence
                from outbox
                where published_time is not null
                order by stream_sequence desc, event_id desc
                limit $1
            ), extent as (
                select min(stream_sequence) as first, max(stream_sequence) as last
                from outbox
                where published_time is not null
            )
            select event_id as "event_id!", stream_sequence as "stream_sequence!"
            from newest
            union
            select picked.event_id, picked.stream_sequence
            from extent
            cross join unnest($2::float8[]) as place (fraction)
            cross join lateral (
                select event_id, stream_sequence
                from outbox
                where published_time is not null
                  and stream_sequence >= extent.first + ((extent.last - extent.first) * place.fraction)::bigint
                order by stream_sequence, event_id
                limit 1
            ) as picked
            "#,
            NEWEST,
            &random,
        )
        .fetch_all(&self.pool)
        .await
    }

    async fn send_again(&self, lost: &[Published]) -> Result<(), sqlx::Error> {
        if lost.is_empty() {
            return Ok(());
        }
        let event_ids: Vec<Uuid> = lost.iter().map(|row| row.event_id).collect();
        let sequences: Vec<i64> = lost.iter().map(|row| row.stream_sequence).collect();
        let mut tx = self.pool.begin().await?;
        sqlx::query!(
            r#"
            update outbox
            set published_time = null,
                stream_sequence = null
            from unnest($1::uuid[], $2::bigint[]) as lost (event_id, stream_sequence)
            where outbox.event_id = lost.event_id
              and outbox.stream_sequence = lost.stream_sequence
            "#,
            &event_ids,
            &sequences,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    async fn measure(&self) {
        let waiting = sqlx::query!(
            r#"
            select count(*) as "depth!",
                   coalesce(extract(epoch from now() - min(recorded_time)), 0)::float8 as "age!"
            from outbox
            where published_time is null
            "#,
        )
        .fetch_one(&self.pool)
        .await;
        match waiting {
            Ok(row) => {
                metrics::waiting(self.config.stream.name(), row.depth.unsigned_abs(), row.age.max(0.0))
            }
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "the outbox was not measured")
            }
        }
    }
}

impl Identity {
    fn of(info: &Info) -> Self {
        Self { created: info.created, holes: info.state.deleted_count.unwrap_or(0) }
    }
}

/// Those that the stream does not hold where it said it would. Any doubt about the answer is an error, not a loss.
async fn missing(stream: &Stream, rows: Vec<Published>) -> Result<Vec<Published>, BusError> {
    stream::iter(rows)
        .map(|row| async move { Ok((holds(stream, &row).await?, row)) })
        .buffer_unordered(LOOKUPS_IN_FLIGHT)
        .try_filter_map(|(held, row)| async move { Ok((!held).then_some(row)) })
        .try_collect()
        .await
}

async fn holds(stream: &Stream, row: &Published) -> Result<bool, BusError> {
    match stream.direct_get(row.stream_sequence.unsigned_abs()).await {
        Ok(message) => {
            let id = message.headers.get(NATS_MESSAGE_ID).map(|value| value.as_str().to_owned());
            Ok(id == Some(row.event_id.to_string()))
        }
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(false),
        Err(error) => Err(BusError::request(format!("looking up message {}", row.stream_sequence), error)),
    }
}
