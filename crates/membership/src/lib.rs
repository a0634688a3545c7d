#![doc = include_str!("../README.md")]

mod config;
mod domain;

mod app;
mod store;

mod rpc;

mod events;

mod error;

use anyhow::Context;
use outbox::{Bus, BusConfig, ConsumerSpec, Relay, RelayConfig, ReplayError, Replayed, StreamSpec, Wake};
use platform::{Clock, Shutdown, database, identity::StaffSigner};
use proto::subject;
use sqlx::PgPool;
use tokio::{net::TcpListener, task::JoinSet};
use uuid::Uuid;

pub use crate::config::Config;
use crate::{app::App, events::Settled};

/// The tables of this service.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

const NAME: &str = "membership";

/// Serves until `shutdown`: then finishes the calls in flight, publishes what they left, and closes the pool.
///
/// # Errors
/// When it cannot start, or a part of it fails.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let signer = StaffSigner::read(&config.staff_key)?;
    let db = database::pool(&config.database, NAME)?;
    database::check_schema(&db, &MIGRATOR, NAME).await?;
    let bus = Bus::connect(BusConfig::from_args(&config.bus, NAME)?).await?;
    let relay =
        RelayConfig { database: database::options(&config.database, NAME)?, stream: StreamSpec::members() };
    bus.expect_stream(&relay.stream).await?;
    let wake = Wake::new();
    let app = App::new(db.clone(), clock.clone(), wake.clone(), signer)?;

    // The relay outlives the server, for the last calls leave events too.
    let served = Shutdown::new();
    let mut parts = JoinSet::new();
    parts.spawn(Relay::serve(relay, bus.clone(), wake, served.clone()));
    parts.spawn(app.clone().keep_tidy(served.clone()));
    let stop = shutdown.child_token();
    parts.spawn({
        let mails = ConsumerSpec::new(subject::RECEIPTS, NAME, &[subject::mail_settled::ALL]);
        let reading = outbox::consume(mails, db.clone(), bus, Settled, stop.clone());
        async move { reading.await.context("the consumer of the settled mails") }
    });
    parts.spawn({
        let (grpc, routes) = (config.grpc, rpc::routes(app));
        let (db, served, stop) = (db.clone(), served.drop_guard(), stop.clone());
        async move {
            let ended = platform::rpc::serve(NAME, listener, &grpc, Some(db), clock, routes, stop).await;
            drop(served);
            ended
        }
    });
    let ended = platform::run_all(parts, stop).await;
    db.close().await;
    ended
}

/// Applies an event that was put aside, once what was wrong is mended: for operators. Replaying it again changes nothing.
///
/// # Errors
/// When there is no such dead letter, or it still cannot be applied.
pub async fn replay_dead_letter(db: &PgPool, _clock: Clock, event_id: Uuid) -> Result<Replayed, ReplayError> {
    outbox::replay_dead_letter(db, NAME, event_id, &Settled).await
}
