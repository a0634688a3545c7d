//! Live feeds: what happens from now on, as it happens, for pages that show it. Not for money: nothing is acknowledged,
//! and after a reconnection a message may come twice.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream as Messages};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use futures::{Stream, StreamExt, stream};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Bus, BusError};
use crate::backoff::Backoff;
use crate::event::{self, Event};

const BUFFER: usize = 256;
const HEARTBEAT: Duration = Duration::from_secs(5);
const EXPIRY: Duration = Duration::from_secs(30);

impl Bus {
    /// Events of `stream` whose subject matches `subject`, from now on. It reconnects by itself and ends only when it is
    /// dropped.
    pub fn follow(&self, stream: &str, subject: &str) -> impl Stream<Item = Event> + Send + Unpin + use<> {
        let (sender, receiver) = mpsc::channel(BUFFER);
        let feed = Feed {
            bus: self.clone(),
            stream: stream.to_owned(),
            subject: subject.to_owned(),
            since: None,
            sender,
        };
        tokio::spawn(feed.run());
        Box::pin(stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|event| (event, receiver))
        }))
    }
}

struct Feed {
    bus: Bus,
    stream: String,
    subject: String,
    /// By the server's clock, just after the last message seen: where to go on after an interruption.
    since: Option<OffsetDateTime>,
    sender: mpsc::Sender<Event>,
}

impl Feed {
    async fn run(mut self) {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        let closed = self.sender.clone();
        let ended = closed.closed();
        tokio::pin!(ended);
        loop {
            let opened = tokio::select! {
                () = &mut ended => return,
                opened = self.open() => opened,
            };
            match opened {
                Ok(messages) => {
                    backoff.reset();
                    let bus = self.bus.clone();
                    tokio::select! {
                        () = &mut ended => return,
                        // Its consumer lives in the server's memory, and went with the server.
                        () = bus.reconnected() => {}
                        () = self.forward(messages) => {}
                    }
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::debug!(stream = self.stream, error, "the live feed is interrupted");
                }
            }
            tokio::select! {
                () = &mut ended => return,
                () = tokio::time::sleep(backoff.next_delay()) => {}
            }
        }
    }

    async fn open(&mut self) -> Result<Messages, BusError> {
        let failed =
            |error: async_nats::Error| BusError::request(format!("following {}", self.subject), error);
        let stream = self.bus.existing_stream(&self.stream).await?;
        let config = Config {
            name: Some(format!("{}-live-{}", self.bus.user(), Uuid::now_v7().simple())),
            filter_subject: self.subject.clone(),
            ack_policy: AckPolicy::None,
            deliver_policy: match self.since {
                None => DeliverPolicy::New,
                Some(start_time) => DeliverPolicy::ByStartTime { start_time },
            },
            memory_storage: true,
            inactive_threshold: EXPIRY * 2,
            ..Config::default()
        };
        let consumer = stream.create_consumer(config).await.map_err(|error| failed(error.into()))?;
        if self.since.is_none() {
            self.since = Some(consumer.cached_info().created);
        }
        consumer
            .stream()
            .max_messages_per_batch(100)
            .heartbeat(HEARTBEAT)
            .expires(EXPIRY)
            .messages()
            .await
            .map_err(|error| failed(error.into()))
    }

    /// Ends at the first sign of trouble; the caller opens again.
    async fn forward(&mut self, mut messages: Messages) {
        while let Some(Ok(message)) = messages.next().await {
            if let Ok(info) = message.info() {
                self.since = Some(info.published + time::Duration::NANOSECOND);
            }
            match event::read(&message) {
                Ok(event) => {
                    if self.sender.send(event).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::debug!(stream = self.stream, %error, "not an event, left out of the live feed")
                }
            }
        }
    }
}
