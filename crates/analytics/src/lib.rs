#![doc = include_str!("../README.md")]

mod config;
pub mod domain;

mod app;
mod store;

mod error;
mod events;
mod rpc;

pub use config::Config;

use std::time::Duration;

use outbox::{Bus, BusConfig, ConsumerSpec, ReplayError, Replayed, consume};
use platform::{Clock, Shutdown, database};
use proto::subject;
use sqlx::PgPool;
use tokio::{net::TcpListener, task::JoinSet};
use uuid::Uuid;

use crate::{app::App, events::Facts};

/// The migrations of the service's database.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

const NAME: &str = "analytics";

/// Serves until `shutdown`: applies sales, refunds and reviews as they are told, and answers what the day is like.
///
/// # Errors
/// When the configuration, the schema or a stream is not as it must be.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let db = database::pool(&config.database, NAME)?;
    database::check_schema(&db, &MIGRATOR, NAME).await?;
    let bus = Bus::connect(BusConfig::from_args(&config.bus, NAME)?).await?;
    let app = App::new(db.clone(), clock.clone());

    let mut tasks = JoinSet::new();
    for (stream, subjects) in [
        (subject::SALES, vec![subject::sale_completed::ALL, subject::sale_refunded::ALL]),
        (subject::REVIEWS, vec![subject::review_submitted::ALL]),
    ] {
        let spec = ConsumerSpec::new(stream, NAME, &subjects);
        let (db, bus, shutdown) = (db.clone(), bus.clone(), shutdown.clone());
        tasks.spawn(async move { Ok(consume(spec, db, bus, Facts, shutdown).await?) });
    }
    let tidy = shutdown.clone();
    let pool = db.clone();
    tasks.spawn(async move {
        outbox::keep_tidy(pool, tidy).await;
        Ok(())
    });
    if let Some(copies) = config.analysts(NAME)? {
        tasks.spawn(copy_for_analysts(copies, shutdown.clone()));
    }
    let (pool, routes) = (db.clone(), rpc::routes(app, shutdown.clone()));
    let stop = shutdown.clone();
    tasks.spawn(async move {
        platform::rpc::serve(NAME, listener, &config.grpc, Some(pool), clock, routes, stop).await
    });
    platform::run_all(tasks, shutdown).await?;
    db.close().await;
    Ok(())
}

/// Applies an event that was put aside, once what was wrong is mended: for operators. Replaying it again changes nothing.
///
/// # Errors
/// When there is no such dead letter, or it still cannot be applied.
pub async fn replay_dead_letter(db: &PgPool, _clock: Clock, event_id: Uuid) -> Result<Replayed, ReplayError> {
    outbox::replay_dead_letter(db, NAME, event_id, &Facts).await
}

/// Keeps the analysts' copies of the streams in place; a stream that is not there yet is waited for, and a server that comes back
/// may come back without them.
async fn copy_for_analysts(config: BusConfig, shutdown: Shutdown) -> anyhow::Result<()> {
    let bus = Bus::connect(config).await?;
    loop {
        let look_again = match bus.ensure_analyst_copies().await {
            Ok(()) => Duration::from_secs(60),
            Err(failure) => {
                tracing::warn!(%failure, "the analysts' copies are not in place yet");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            () = bus.reconnected() => {}
            () = tokio::time::sleep(look_again) => {}
        }
    }
}
