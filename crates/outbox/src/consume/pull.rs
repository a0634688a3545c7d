//! The loop: pull, apply, acknowledge; and begin again whatever ends it but the shutdown.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull::Stream as Messages;
use async_nats::jetstream::{AckKind, Message};
use futures::{FutureExt, StreamExt};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use uuid::Uuid;

use super::apply::{Failure, Outcome, apply};
use super::durable::{self, ACK_WAIT};
use super::{ConsumeError, ConsumerSpec, Handle, MAX_DELIVERIES};
use crate::backoff::{Backoff, delay_after};
use crate::bus::{Bus, BusError};
use crate::dead_letter::{self, Remains};
use crate::event::{self, Event};
use crate::metrics;

/// Small, for what waits in the client's buffer is on the server's clock already.
const BATCH: usize = 16;
const HEARTBEAT: Duration = Duration::from_secs(5);
const EXPIRY: Duration = Duration::from_secs(30);
/// After this long without a message the server is asked whether there is really none.
const SUSPICIOUS_SILENCE: Duration = Duration::from_secs(30);
const LONGEST_DELAY: Duration = Duration::from_secs(60);
/// While the database is away nothing can be applied, and nothing counts as a failure of an event.
const OUTAGE_DELAY: Duration = Duration::from_secs(1);
/// A restart of the database is waited for with the pull open; longer than that the messages in the buffer are given back.
const SHORT_OUTAGE: Duration = Duration::from_secs(10);
const MAX_FAILING_EVENTS: usize = 10_000;

pub(super) struct Loop<H> {
    spec: ConsumerSpec,
    pool: PgPool,
    bus: Bus,
    handler: Arc<H>,
    shutdown: CancellationToken,
    /// Failures of the handler since the start; the server's count also grows when nothing was wrong with the event.
    failures: HashMap<Uuid, u32>,
}

enum Next {
    Go,
    /// The database is away: nothing further can be applied until it answers.
    Outage,
}

impl<H: Handle> Loop<H> {
    pub(super) fn new(
        spec: ConsumerSpec,
        pool: PgPool,
        bus: Bus,
        handler: H,
        shutdown: CancellationToken,
    ) -> Self {
        Self { spec, pool, bus, handler: Arc::new(handler), shutdown, failures: HashMap::new() }
    }

    pub(super) async fn run(mut self) -> Result<(), ConsumeError> {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        let mut started = false;
        while !self.shutdown.is_cancelled() {
            match self.open().await {
                Ok((consumer, messages)) => {
                    started = true;
                    let opened = Instant::now();
                    let handled = self.read(consumer, messages).await;
                    if handled > 0 || opened.elapsed() > SUSPICIOUS_SILENCE {
                        backoff.reset();
                    }
                }
                Err(error @ (ConsumeError::Drift { .. } | ConsumeError::Bus(BusError::TooOld { .. })))
                    if !started =>
                {
                    return Err(error);
                }
                Err(error) => self.tell(&error),
            }
            tokio::select! {
                () = self.shutdown.cancelled() => {}
                () = tokio::time::sleep(backoff.next_delay()) => {}
            }
        }
        if let Err(error) = self.bus.flush().await {
            let error = &error as &dyn std::error::Error;
            tracing::debug!(error, "the last acknowledgements were not sent: those events come again");
        }
        Ok(())
    }

    fn tell(&self, error: &ConsumeError) {
        let ConsumerSpec { stream, durable: consumer, .. } = &self.spec;
        let cause = error as &dyn std::error::Error;
        match error {
            ConsumeError::Bus(BusError::NotConnected | BusError::StreamMissing(_)) => {
                tracing::debug!(error = cause, stream, consumer, "not consuming yet");
            }
            _ => tracing::warn!(error = cause, stream, consumer, "not consuming, to be tried again"),
        }
    }

    async fn open(&self) -> Result<(PullConsumer, Messages), ConsumeError> {
        let consumer = durable::ensure(&self.spec, &self.pool, &self.bus).await?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(BATCH)
            .heartbeat(HEARTBEAT)
            .expires(EXPIRY)
            .messages()
            .await
            .map_err(|error| BusError::request("opening the pull", error))?;
        Ok((consumer, messages))
    }

    /// Applies what comes until something ends it, and says how many messages it took.
    async fn read(&mut self, consumer: PullConsumer, mut messages: Messages) -> u64 {
        let mut handled = 0;
        // A server that comes back may have lost the consumer; asking is quicker than missing its heartbeats.
        let bus = self.bus.clone();
        let reconnected = bus.reconnected();
        tokio::pin!(reconnected);
        let why: String = loop {
            let next = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => break "the service stops".to_owned(),
                () = &mut reconnected => break "NATS was away".to_owned(),
                next = tokio::time::timeout(SUSPICIOUS_SILENCE, messages.next()) => next,
            };
            match next {
                Ok(Some(Ok(message))) => {
                    handled += 1;
                    if let Next::Outage = self.take(message).await
                        && !self.database_returns().await
                    {
                        break "the database is out of reach".to_owned();
                    }
                }
                Ok(Some(Err(error))) => break error.to_string(),
                Ok(None) => break "the messages ended".to_owned(),
                Err(_) => match consumer.get_info().await {
                    Ok(info) if info.num_pending == 0 => {}
                    Ok(info) => break format!("{} messages wait and none comes", info.num_pending),
                    Err(error) => break error.to_string(),
                },
            }
        };
        if !self.shutdown.is_cancelled() {
            tracing::warn!(
                why,
                stream = self.spec.stream,
                consumer = self.spec.durable,
                "consuming begins again"
            );
        }
        self.hand_back(messages).await;
        handled
    }

    async fn database_returns(&self) -> bool {
        let gone = Instant::now();
        let mut backoff = Backoff::new(Duration::from_millis(100), OUTAGE_DELAY);
        while gone.elapsed() < SHORT_OUTAGE && !self.shutdown.is_cancelled() {
            tokio::time::sleep(backoff.next_delay()).await;
            if self.pool.acquire().await.is_ok() {
                return true;
            }
        }
        false
    }

    /// Gives back what waits in the buffer untouched, for another replica to take at once and not only after a time-out. Not
    /// before the pull has ended: it would bring the same messages again, to nobody.
    async fn hand_back(&self, mut messages: Messages) {
        let mut untouched = Vec::new();
        while let Some(Some(Ok(message))) = messages.next().now_or_never() {
            untouched.push(message);
        }
        drop(messages);
        if untouched.is_empty() || self.bus.flush().await.is_err() {
            return;
        }
        for message in untouched {
            answer(&message, AckKind::Nak(None)).await;
        }
    }

    async fn take(&mut self, message: Message) -> Next {
        let event = match event::read(&message) {
            Ok(event) => event,
            Err(error) => return self.bury(&message, None, format!("not an event: {error}")).await,
        };
        // It never got as far as an outcome: most likely it takes the process down with it.
        if event.deliveries > i64::from(2 * MAX_DELIVERIES) {
            let reason = format!("delivered {} times without an outcome", event.deliveries);
            return self.bury(&message, Some(event.event_id), reason).await;
        }
        let event = Arc::new(event);
        match self.attempt(&message, &event).await {
            Ok(outcome) => {
                self.failures.remove(&event.event_id);
                match outcome {
                    Outcome::Applied => {
                        metrics::applied(&self.spec.durable);
                        self.spec.progress.count(|counts| counts.applied += 1);
                    }
                    Outcome::Duplicate => {
                        metrics::duplicate(&self.spec.durable);
                        self.spec.progress.count(|counts| counts.duplicates += 1);
                    }
                }
                answer(&message, AckKind::Ack).await;
                Next::Go
            }
            Err(Failure::Rejected(reason)) => self.bury(&message, Some(event.event_id), reason).await,
            Err(Failure::Outage(error)) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    consumer = self.spec.durable,
                    "the database is out of reach"
                );
                answer(&message, AckKind::Nak(Some(OUTAGE_DELAY))).await;
                Next::Outage
            }
            Err(Failure::Failed(error)) => self.retry(&message, &event, &error).await,
        }
    }

    /// Runs the handler in a task of its own, so that neither its panic nor our shutdown leaves anything half-way, and tells the
    /// server now and then that the work goes on.
    async fn attempt(&self, message: &Message, event: &Arc<Event>) -> Result<Outcome, Failure> {
        let span = tracing::info_span!(
            "process",
            otel.name = format!("{} process", event.subject),
            otel.kind = "consumer",
            messaging.system = "nats",
            messaging.operation.type = "process",
            messaging.destination.name = event.subject,
            messaging.message.id = %event.event_id,
            messaging.consumer.group.name = self.spec.durable,
            trace_id = tracing::field::Empty,
        );
        platform::telemetry::set_parent(&span, event.traceparent.as_deref());
        let (handler, pool, consumer, event) =
            (self.handler.clone(), self.pool.clone(), self.spec.durable.clone(), event.clone());
        let work = async move { apply(&*handler, &pool, &consumer, &event).await };
        let mut task = tokio::spawn(work.instrument(span));
        loop {
            tokio::select! {
                ended = &mut task => {
                    return ended.unwrap_or_else(|panic| {
                        Err(Failure::Failed(anyhow::anyhow!("the handler failed: {panic}")))
                    });
                }
                () = tokio::time::sleep(ACK_WAIT / 3) => answer(message, AckKind::Progress).await,
            }
        }
    }

    async fn retry(&mut self, message: &Message, event: &Event, error: &anyhow::Error) -> Next {
        if self.failures.len() > MAX_FAILING_EVENTS {
            self.failures.clear();
        }
        let failures = self.failures.entry(event.event_id).or_default();
        *failures += 1;
        if *failures >= MAX_DELIVERIES {
            return self.bury(message, Some(event.event_id), format!("{error:#}")).await;
        }
        let delay = delay_after(*failures - 1, self.spec.first_delay, LONGEST_DELAY);
        tracing::warn!(
            error = format!("{error:#}"),
            event_id = %event.event_id,
            subject = event.subject,
            consumer = self.spec.durable,
            failures = *failures,
            "an event was not applied, to be tried again"
        );
        self.spec.progress.count(|counts| counts.retries += 1);
        answer(message, AckKind::Nak(Some(delay))).await;
        Next::Go
    }

    /// Puts the message aside for a person, and takes it out of the server's hands only when it is safely there.
    async fn bury(&mut self, message: &Message, event_id: Option<Uuid>, reason: String) -> Next {
        let remains = Remains::of(message, &self.spec, event_id, &reason);
        if let Err(error) = dead_letter::keep(&self.pool, &remains).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                reason,
                consumer = self.spec.durable,
                "a dead letter could not be kept"
            );
            answer(message, AckKind::Nak(Some(OUTAGE_DELAY))).await;
            return Next::Outage;
        }
        tracing::error!(
            reason,
            event_id = %remains.event_id,
            subject = remains.subject,
            consumer = self.spec.durable,
            "an event was put aside as a dead letter: look at it, then replay it"
        );
        self.failures.remove(&remains.event_id);
        metrics::dead_letter(&self.spec.durable);
        self.spec.progress.count(|counts| counts.dead_letters += 1);
        answer(message, AckKind::Term).await;
        Next::Go
    }
}

/// An answer that is lost means another delivery, which the inbox knows; so there is nothing to do about a failure.
async fn answer(message: &Message, kind: AckKind) {
    if let Err(error) = message.ack_with(kind).await {
        tracing::debug!(%error, subject = %message.subject, "an acknowledgement was not sent");
    }
}
