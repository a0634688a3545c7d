//! A service's database, a bus with production's accounts, and a handler whose effects can be counted.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use outbox::bus::StreamSpec;
use outbox::{
    Bus, BusConfig, ConsumerSpec, Event, Handle, HandleError, NewEvent, Progress, Relay, RelayConfig, Wake,
};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection, PgPool};
use testbed::{Nats, TestDatabase};
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// More than any of these tests needs on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The body of every event here.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Sale {
    pub total_cents: i64,
}

pub struct World {
    pub database: TestDatabase,
    pub nats: Nats,
    pub wake: Wake,
    pub shutdown: CancellationToken,
}

impl World {
    pub async fn start() -> Self {
        let (database, nats) = tokio::join!(Self::database(), Nats::start());
        Self {
            database,
            nats: nats.expect("nats-server starts"),
            wake: Wake::new(),
            shutdown: CancellationToken::new(),
        }
    }

    /// A database where an effect applied twice shows as two rows.
    pub async fn database() -> TestDatabase {
        let database = testbed::database("outbox", &outbox::MIGRATOR).await;
        sqlx::raw_sql("create table effect (event_id uuid not null, total_cents bigint not null)")
            .execute(&database.pool)
            .await
            .unwrap();
        database
    }

    pub fn config(&self, user: &str) -> BusConfig {
        BusConfig {
            url: self.nats.url(),
            user: user.to_owned(),
            password: self.nats.password(user).to_owned(),
            ca_file: None,
            monitor_url: Some(self.nats.monitor_url()),
        }
    }

    pub async fn bus(&self, user: &str) -> Bus {
        Bus::connect(self.config(user)).await.unwrap()
    }

    /// A plain client, to look at streams from outside.
    pub async fn client(&self, user: &str) -> jetstream::Context {
        let client = async_nats::ConnectOptions::with_user_and_password(
            user.to_owned(),
            self.nats.password(user).to_owned(),
        )
        .custom_inbox_prefix(format!("_INBOX_{user}"))
        .connect(self.nats.url())
        .await
        .unwrap();
        jetstream::new(client)
    }

    /// How many messages `SALES` holds.
    pub async fn in_stream(&self) -> u64 {
        match self.client("operator").await.get_stream("SALES").await {
            Ok(stream) => stream.cached_info().state.messages,
            Err(_) => 0,
        }
    }

    pub fn relay_config(&self) -> RelayConfig {
        RelayConfig { database: self.database.url.parse().unwrap(), stream: StreamSpec::sales() }
    }

    /// A relay that does nothing by itself.
    pub async fn paused_relay(&self) -> Relay {
        Relay::new(self.relay_config(), self.bus("checkout").await, self.wake.clone())
    }

    pub async fn running_relay(&self) -> JoinHandle<()> {
        let bus = self.bus("checkout").await;
        Relay::start(self.relay_config(), bus, self.wake.clone(), self.shutdown.clone())
    }

    /// Records sales of 1, 2, … `count` cents in one transaction and wakes the relay.
    pub async fn record(&self, count: i64) -> Vec<Uuid> {
        let mut tx = self.database.pool.begin().await.unwrap();
        let mut ids = Vec::new();
        for total_cents in 1..=count {
            let event = sale(total_cents);
            outbox::record(&mut tx, &event).await.unwrap();
            ids.push(event.event_id);
        }
        tx.commit().await.unwrap();
        self.wake.wake();
        ids
    }

    /// Records and publishes, as if a relay had run.
    pub async fn publish(&self, count: i64) -> Vec<Uuid> {
        let ids = self.record(count).await;
        self.paused_relay().await.relay_once().await.unwrap();
        ids
    }

    pub async fn unsent(&self) -> i64 {
        count(&self.database.pool, "select count(*) from outbox where published_time is null").await
    }

    pub async fn effects(&self) -> i64 {
        count(&self.database.pool, "select count(*) from effect").await
    }

    /// Waits until the outbox is empty and the stream holds `messages`.
    pub async fn settled(&self, messages: u64) {
        let settled = async || self.unsent().await == 0 && self.in_stream().await == messages;
        testbed::eventually(PATIENCE, "the outbox is empty and the stream full", settled).await.unwrap();
    }

    /// Consumes sales as the receipt service does.
    pub async fn consume(&self, handler: impl Handle) -> Consumption {
        let mut spec = ConsumerSpec::new("SALES", "receipt", &["sales.completed.*"]);
        spec.first_delay = Duration::from_millis(1);
        self.consume_as(spec, handler).await
    }

    pub async fn consume_as(&self, spec: ConsumerSpec, handler: impl Handle) -> Consumption {
        let progress = spec.progress.clone();
        let bus = self.bus(&spec.durable).await;
        let shutdown = self.shutdown.child_token();
        let running =
            tokio::spawn(outbox::consume(spec, self.database.pool.clone(), bus, handler, shutdown.clone()));
        Consumption { progress, shutdown, running }
    }
}

/// A consumer loop in a task.
pub struct Consumption {
    pub progress: Progress,
    pub shutdown: CancellationToken,
    pub running: JoinHandle<Result<(), outbox::ConsumeError>>,
}

impl Consumption {
    pub async fn applied(&self, events: u64) {
        within(self.progress.applied(events)).await;
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        within(self.running).await.unwrap().unwrap();
    }
}

/// Waits for `work`, and gives up where a test would hang.
pub async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it happens in time")
}

pub fn sale(total_cents: i64) -> NewEvent {
    NewEvent::new(
        "sales.completed.LILLE",
        "cabas.checkout.v1.SaleCompleted",
        "/checkout/LILLE",
        OffsetDateTime::now_utc(),
        &Sale { total_cents },
    )
    .unwrap()
}

pub async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// A connection outside the pool, for what must last longer than a statement.
pub async fn connection(database: &TestDatabase) -> PgConnection {
    PgConnection::connect(&database.url).await.unwrap()
}

/// Writes each sale into the table `effect`, after asking `before` whether it may.
pub struct Ledger<F>(pub F);

/// A ledger that never objects.
pub fn ledger() -> Ledger<impl Fn(&Event) -> Result<(), HandleError> + Send + Sync + 'static> {
    Ledger(|_: &Event| Ok(()))
}

impl<F: Fn(&Event) -> Result<(), HandleError> + Send + Sync + 'static> Handle for Ledger<F> {
    async fn handle(&self, tx: &mut PgConnection, event: &Event) -> Result<(), HandleError> {
        let sale: Sale = event.decode()?;
        sqlx::query("insert into effect (event_id, total_cents) values ($1, $2)")
            .bind(event.event_id)
            .bind(sale.total_cents)
            .execute(&mut *tx)
            .await?;
        // After the effect, so that a failure has something to undo.
        (self.0)(event)
    }
}

/// A handler that the test keeps a hand on.
pub struct Shared<H>(pub Arc<H>);

impl<H: Handle> Handle for Shared<H> {
    async fn handle(&self, tx: &mut PgConnection, event: &Event) -> Result<(), HandleError> {
        self.0.handle(tx, event).await
    }

    fn committed(&self) {
        self.0.committed();
    }
}
