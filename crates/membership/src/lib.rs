#![doc = include_str!("../README.md")]

mod config;
mod domain;

mod app;
mod store;

mod rpc;

mod events;

mod error;

use outbox::{Bus, BusConfig, Relay, RelayConfig, ReplayError, Replayed, StreamSpec, Wake};
use platform::{Clock, Shutdown, database, identity::StaffSigner};
use sqlx::PgPool;
use tokio::{net::TcpListener, task::JoinSet};
use uuid::Uuid;

use crate::app::App;
pub use crate::config::Config;

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
    parts.spawn(Relay::serve(relay, bus, wake, served.clone()));
    parts.spawn(app.clone().keep_tidy(served.clone()));
    let stop = shutdown.child_token();
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

/// Membership hears no events: none of them can have been put aside, and there is nothing to replay.
///
/// # Errors
/// Always: there is no such dead letter.
pub async fn replay_dead_letter(
    _db: &PgPool,
    _clock: Clock,
    event_id: Uuid,
) -> Result<Replayed, ReplayError> {
    Err(ReplayError::Unknown { consumer: NAME.to_owned(), event_id })
}
