#![doc = include_str!("../README.md")]

mod config;
mod domain;

mod app;
mod store;

mod error;
mod events;
mod mail;
mod peers;
mod rpc;
mod worker;

pub use config::Config;

use std::time::Duration;

use anyhow::Context;
use outbox::{Bus, BusConfig, BusError, ConsumerSpec, Relay, RelayConfig, StreamSpec, Wake, consume};
use platform::{Clock, Shutdown, database};
use proto::subject;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    app::{App, Post, Queue},
    events::Documents,
    peers::Peers,
};

/// The migrations of the service's database.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

const NAME: &str = "receipt";
/// Longest time the end waits for the last events to be published; what is left then waits in the outbox.
const LAST_ROUND: Duration = Duration::from_secs(5);

/// Serves until `shutdown`: hears of sales and refunds, mails their documents, and answers what became of them.
///
/// # Errors
/// When the configuration, the schema or a stream is not as it must be.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let post = Post {
        peers: Peers::connect(&config.checkout_url, &config.membership_url, &config.grpc.tls)?,
        server: config.mail_server()?,
        from: config.smtp_from.clone(),
        public_url: config.public_url.clone(),
    };
    let db = database::pool(&config.database, NAME)?;
    database::check_schema(&db, &MIGRATOR, NAME).await?;
    let bus = Bus::connect(BusConfig::from_args(&config.bus, NAME)?).await?;
    let relay =
        RelayConfig { database: database::options(&config.database, NAME)?, stream: StreamSpec::receipts() };
    match bus.ensure_stream(&relay.stream).await {
        Err(BusError::NotConnected) => tracing::warn!("the stream is looked at when NATS is there"),
        outcome => outcome?,
    }
    let (wake, queue) = (Wake::new(), Queue::default());
    let app = App::new(db.clone(), clock.clone(), wake.clone(), queue.clone(), post);

    // The relay outlives the others, for the last mails leave events too.
    let done = Shutdown::new();
    let relaying = tokio::spawn(relay_until(done.clone(), relay, bus.clone(), wake.clone()));
    let mut tasks = JoinSet::new();
    let spec =
        ConsumerSpec::new(subject::SALES, NAME, &[subject::sale_completed::ALL, subject::sale_refunded::ALL]);
    let documents = Documents { clock: clock.clone(), wake, queue };
    let (pool, stop) = (db.clone(), shutdown.clone());
    tasks.spawn(async move { Ok(consume(spec, pool, bus, documents, stop).await?) });
    let (mails, stop) = (app.clone(), shutdown.clone());
    tasks.spawn(async move {
        worker::run(mails, config.smtp_connections, stop).await;
        Ok(())
    });
    let (routes, stop) = (rpc::routes(app), shutdown.clone());
    tasks.spawn(async move { platform::rpc::serve(NAME, listener, &config.grpc, clock, routes, stop).await });
    let ended = platform::run_all(tasks, shutdown).await;
    done.cancel();
    relaying.await.context("the relay failed")??;
    db.close().await;
    ended
}

/// Publishes until `done`, and then what the last mails left.
async fn relay_until(done: Shutdown, config: RelayConfig, bus: Bus, wake: Wake) -> anyhow::Result<()> {
    Relay::start(config.clone(), bus.clone(), wake.clone(), done).await.context("the relay failed")?;
    let last = Relay::new(config, bus.clone(), wake);
    match tokio::time::timeout(LAST_ROUND, last.relay_once()).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the last events wait in the outbox"),
        Err(_) => tracing::warn!("the last events wait in the outbox: NATS takes too long"),
    }
    if let Err(error) = bus.flush().await {
        tracing::debug!(%error, "NATS was not told good-bye");
    }
    Ok(())
}
