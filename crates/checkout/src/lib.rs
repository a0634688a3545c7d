#![doc = include_str!("../README.md")]

mod config;
pub mod domain;

mod app;
mod store;

mod rpc;

mod events;

mod error;

mod metrics;

use anyhow::Context;
use outbox::{Bus, BusConfig, ConsumerSpec, Relay, RelayConfig, ReplayError, Replayed, StreamSpec, Wake};
use platform::{Clock, Shutdown, database};
use proto::subject;
use sqlx::PgPool;
use tokio::{net::TcpListener, task::JoinSet};
use tonic::service::Routes;
use uuid::Uuid;

use crate::app::{
    App, Guesses,
    catalogue::{CatalogueCell, Imports},
};
pub use crate::config::Config;

/// The tables of this service.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

const NAME: &str = "checkout";

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
    let bus = Bus::connect(BusConfig::from_args(&config.bus, NAME)?).await?;
    let relay =
        RelayConfig { database: database::options(&config.database, NAME)?, stream: StreamSpec::sales() };
    bus.expect_stream(&relay.stream).await?;
    let catalogue = CatalogueCell::load(&db).await.context("cannot read the catalogue")?;
    let app = App {
        db: db.clone(),
        clock: clock.clone(),
        wake: Wake::new(),
        catalogue: catalogue.clone(),
        imports: Imports::default(),
        guesses: Guesses::default(),
        card_contracts: config.card_contracts.into(),
        audit_seed: store::attendance::audit_seed(&mut *db.acquire().await?).await?,
    };

    // The relay outlives the server, for the last calls leave events too.
    let served = Shutdown::new();
    let stop = shutdown.child_token();
    let mut parts = JoinSet::new();
    parts.spawn(Relay::serve(relay, bus.clone(), app.wake.clone(), served.clone()));
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
    parts.spawn(app::suspension::sweep(app.clone(), stop.clone()));
    parts.spawn({
        let (db, served, stop) = (db.clone(), served.drop_guard(), stop.clone());
        let routes = Routes::new(rpc::server(app.clone()))
            .add_service(rpc::catalogue::server(app.clone()))
            .add_service(rpc::refund_payment::server(app.clone()))
            .add_service(rpc::refund_request::server(app.clone()))
            .add_service(rpc::till::server(app.clone()))
            .add_service(rpc::suspension::server(app.clone()))
            .add_service(rpc::training::server(app.clone()))
            .add_service(rpc::acquirer::server(app.clone()))
            .add_service(rpc::attendance::server(app, stop.clone()));
        async move {
            let ended =
                platform::rpc::serve(NAME, listener, &config.grpc, Some(db), clock, routes, stop).await;
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
    outbox::replay_dead_letter(db, NAME, event_id, &events::Cards).await
}
