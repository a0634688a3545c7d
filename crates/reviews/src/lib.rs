#![doc = include_str!("../README.md")]

mod config;
pub mod domain;

mod app;
mod store;

mod error;
mod events;
mod peers;
mod rpc;

pub use config::Config;

use std::time::Duration;

use anyhow::Context;
use outbox::{Bus, BusConfig, BusError, ConsumerSpec, Relay, RelayConfig, StreamSpec, Wake, consume};
use platform::{Clock, Shutdown, database};
use proto::subject;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{app::App, events::Facts, peers::Checkout};

/// The migrations of the service's database.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

const NAME: &str = "reviews";

/// How long the end of the service waits until the last events are published.
const LAST_ROUND: Duration = Duration::from_secs(5);

/// Serves until `shutdown`: opens links, takes what is said through them, asks for refunds, and shows reviews as they are written.
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
    let relay =
        RelayConfig { database: database::options(&config.database, NAME)?, stream: StreamSpec::reviews() };
    match bus.ensure_stream(&relay.stream).await {
        Err(BusError::NotConnected) => tracing::warn!("the stream is looked at when NATS is there"),
        outcome => outcome?,
    }
    let wake = Wake::new();
    let checkout = Checkout::new(&config.checkout_url, &config.grpc.tls)?;
    let app = App::new(db.clone(), clock.clone(), wake.clone(), checkout);

    // One part that ends takes the others with it; the relay goes last, for the last calls leave events too.
    let stop = shutdown.child_token();
    let served = Shutdown::new();
    let mut parts = JoinSet::new();
    for (stream, subjects) in [
        (subject::SALES, vec![subject::sale_completed::ALL, subject::sale_refunded::ALL]),
        (subject::RECEIPTS, vec![subject::shopper_invited::ALL]),
    ] {
        let spec = ConsumerSpec::new(stream, NAME, &subjects);
        let (db, bus, stop) = (db.clone(), bus.clone(), stop.clone());
        parts.spawn(async move { Ok(consume(spec, db, bus, Facts, stop).await?) });
    }
    parts.spawn(app.clone().ask_again(stop.clone()));
    parts.spawn(events::follow_reviews(app.clone(), bus.clone(), stop.clone()));
    parts.spawn(relay_until(served.clone(), relay, bus, wake));
    parts.spawn({
        let (routes, stop) = (rpc::routes(app, stop.clone()), stop.clone());
        async move {
            let _served = served.drop_guard();
            platform::rpc::serve(NAME, listener, &config.grpc, clock, routes, stop).await
        }
    });
    let ended = platform::run_all(parts, stop).await;
    db.close().await;
    ended
}

/// Publishes until `served`, and then what the last calls left.
async fn relay_until(served: Shutdown, config: RelayConfig, bus: Bus, wake: Wake) -> anyhow::Result<()> {
    Relay::start(config.clone(), bus.clone(), wake.clone(), served).await.context("the relay failed")?;
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
