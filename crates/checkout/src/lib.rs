#![doc = include_str!("../README.md")]

mod config;
mod domain;

mod app;
mod store;

mod rpc;

mod events;

mod error;

use std::time::Duration;

use anyhow::Context;
use outbox::{Bus, BusConfig, BusError, ConsumerSpec, Relay, RelayConfig, StreamSpec, Wake};
use platform::{
    Clock, Shutdown,
    config::{DatabaseArgs, read_secret},
    database,
    lanes::Lanes,
};
use proto::subject;
use tokio::{net::TcpListener, task::JoinSet};
use tonic::service::Routes;

use crate::app::{App, catalogue::CatalogueCell};
pub use crate::config::Config;

/// The tables of this service.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

const NAME: &str = "checkout";
/// Longest time the end waits for the last events to be published; what is left then waits in the outbox.
const LAST_ROUND: Duration = Duration::from_secs(5);

/// Serves until `shutdown`: then finishes the calls and the event in hand, publishes what they left, and closes the pool.
///
/// # Errors
/// When it cannot start, or a part of it fails.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let db = database::pool(&config.database, NAME)?;
    database::check_schema(&db, &MIGRATOR, NAME).await?;
    let bus = Bus::connect(bus_config(&config)?).await?;
    let relay = relay_config(&config.database)?;
    match bus.ensure_stream(&relay.stream).await {
        Err(BusError::NotConnected) => tracing::warn!("the stream is looked at when NATS is there"),
        outcome => outcome?,
    }
    let catalogue = CatalogueCell::load(&db).await.context("cannot read the catalogue")?;
    let lanes = Lanes::over(db.clone());
    let app = App {
        db: db.clone(),
        lanes: lanes.clone(),
        clock: clock.clone(),
        wake: Wake::new(),
        catalogue: catalogue.clone(),
    };

    // The relay outlives the server, for the last calls leave events too.
    let served = Shutdown::new();
    let stop = shutdown.child_token();
    let mut parts = JoinSet::new();
    parts.spawn(relay_until(served.clone(), relay, bus.clone(), app.wake.clone()));
    parts.spawn({
        let (db, stop) = (db.clone(), stop.clone());
        async move {
            catalogue.follow(db, stop).await;
            Ok(())
        }
    });
    parts.spawn({
        let cards = ConsumerSpec::new(subject::MEMBERS, NAME, &events::CARDS);
        let reading = outbox::consume(cards, db.clone(), bus, events::Cards, stop.clone());
        async move { reading.await.context("the consumer of the members' cards") }
    });
    parts.spawn({
        let (served, stop) = (served.drop_guard(), stop.clone());
        let routes = Routes::new(rpc::server(app.clone())).add_service(rpc::catalogue::server(app));
        async move {
            let ended = platform::rpc::serve(NAME, listener, &config.grpc, clock, routes, stop).await;
            drop(served);
            ended
        }
    });
    let ended = platform::run_all(parts, stop).await;
    lanes.close();
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

fn relay_config(args: &DatabaseArgs) -> anyhow::Result<RelayConfig> {
    let database = args.url()?.expose().parse().context("the database URL is not one of PostgreSQL")?;
    Ok(RelayConfig { database, stream: StreamSpec::sales() })
}

fn bus_config(config: &Config) -> anyhow::Result<BusConfig> {
    Ok(BusConfig {
        url: config.bus.nats_url.to_string(),
        user: NAME.to_owned(),
        password: read_secret(&config.bus.nats_password_file)?.expose().to_owned(),
        ca_file: (config.bus.nats_url.scheme() == "tls").then(|| config.grpc.tls.tls_ca.clone()),
        monitor_url: config.bus.nats_monitor_url.as_ref().map(ToString::to_string),
    })
}
