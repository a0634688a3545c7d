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

use anyhow::Context;
use outbox::{
    Bus, BusConfig, ConsumerSpec, Relay, RelayConfig, ReplayError, Replayed, StreamSpec, Wake, consume,
};
use platform::{Clock, Shutdown, database};
use proto::subject;
use sqlx::PgPool;
use tokio::{net::TcpListener, task::JoinSet};
use uuid::Uuid;

use crate::{
    app::{App, Post, Queue},
    events::Documents,
    peers::Peers,
};

/// The migrations of the service's database.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

const NAME: &str = "receipt";

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
        peers: Peers::connect(&config.checkout, &config.membership_url, &config.grpc.tls)?,
        server: config.mail_server()?,
        from: config.smtp_from.clone(),
        public_url: config.public_url.clone(),
    };
    let db = database::pool(&config.database, NAME)?;
    database::check_schema(&db, &MIGRATOR, NAME).await?;
    let bus = Bus::connect(BusConfig::from_args(&config.bus, NAME)?).await?;
    let relay =
        RelayConfig { database: database::options(&config.database, NAME)?, stream: StreamSpec::receipts() };
    bus.expect_stream(&relay.stream).await?;
    let (wake, queue) = (Wake::new(), Queue::default());
    let app = App::new(db.clone(), clock.clone(), wake.clone(), queue.clone(), post);

    // The relay outlives the others, for the last mails leave events too.
    let done = Shutdown::new();
    let relaying = tokio::spawn(Relay::serve(relay, bus.clone(), wake.clone(), done.clone()));
    let mut tasks = JoinSet::new();
    let heard = [subject::sale_completed::ALL, subject::sale_refunded::ALL, subject::refund_paid_back::ALL];
    let spec = ConsumerSpec::new(subject::SALES, NAME, &heard);
    let documents = Documents { clock: clock.clone(), wake, queue };
    let (pool, stop) = (db.clone(), shutdown.clone());
    tasks.spawn(async move { Ok(consume(spec, pool, bus, documents, stop).await?) });
    let (mails, stop) = (app.clone(), shutdown.clone());
    tasks.spawn(async move {
        worker::run(mails, config.smtp_connections, stop).await;
        Ok(())
    });
    let (pool, routes, stop) = (db.clone(), rpc::routes(app), shutdown.clone());
    tasks.spawn(async move {
        platform::rpc::serve(NAME, listener, &config.grpc, Some(pool), clock, routes, stop).await
    });
    let ended = platform::run_all(tasks, shutdown).await;
    done.cancel();
    relaying.await.context("the relay failed")??;
    db.close().await;
    ended
}

/// Applies an event that was put aside, once what was wrong is mended: for operators. Replaying it again changes nothing.
///
/// # Errors
/// When there is no such dead letter, or it still cannot be applied.
pub async fn replay_dead_letter(db: &PgPool, clock: Clock, event_id: Uuid) -> Result<Replayed, ReplayError> {
    // The running service looks for what is due by itself.
    let documents = Documents { clock, wake: Wake::new(), queue: Queue::default() };
    outbox::replay_dead_letter(db, NAME, event_id, &documents).await
}
