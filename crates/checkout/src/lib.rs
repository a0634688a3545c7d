#![doc = include_str!("../README.md")]

mod config;
pub mod domain;

mod app;
mod store;

mod rpc;

mod events;

mod error;

mod metrics;

use std::path::Path;

use anyhow::Context;
use fiscal::Authority;
use outbox::{Bus, BusConfig, ConsumerSpec, Relay, RelayConfig, ReplayError, Replayed, StreamSpec, Wake};
use platform::{Clock, Shutdown, config::read_secret, database, rpc::Trust};
use proto::subject;
use sqlx::PgPool;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tonic::service::Routes;
use uuid::Uuid;

use crate::app::{
    App, Guesses, Keys,
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
        keys: Keys::of(authority(&config.fiscal_key_file)?),
        fiscal_year_starts: config.fiscal_year_starts,
        audit_seed: store::attendance::audit_seed(&mut *db.acquire().await?).await?,
    };

    // The relay outlives the server, for the last calls leave events too.
    let served = Shutdown::new();
    let stop = shutdown.child_token();
    let mut parts = JoinSet::new();
    let monitor_url = config.bus.nats_monitor_url.as_ref().map(ToString::to_string);
    let trust = Trust::cut_off(clock, line(monitor_url, &stop, &mut parts));
    parts.spawn(Relay::serve(relay, bus.clone(), app.wake.clone(), served.clone()));
    parts.spawn({
        let (db, stop) = (db.clone(), stop.clone());
        async move {
            catalogue.follow(db, stop).await;
            Ok(())
        }
    });
    for (stream, subjects) in
        [(subject::MEMBERS, &events::CARDS[..]), (subject::RECEIPTS, &events::MAILS[..])]
    {
        let facts = ConsumerSpec::new(stream, NAME, subjects);
        let reading = outbox::consume(facts, db.clone(), bus.clone(), events::Facts, stop.clone());
        parts.spawn(async move { reading.await.with_context(|| format!("the consumer of {stream}")) });
    }
    parts.spawn(app::suspension::sweep(app.clone(), stop.clone()));
    parts.spawn(app::journal::keep(app.clone(), stop.clone()));
    parts.spawn({
        let (db, served, stop) = (db.clone(), served.drop_guard(), stop.clone());
        let routes = routes(app, &stop);
        async move {
            let ended =
                platform::rpc::serve(NAME, listener, &config.grpc, Some(db), trust, routes, stop).await;
            drop(served);
            ended
        }
    });
    let ended = platform::run_all(parts, stop).await;
    db.close().await;
    ended
}

/// Whether this is a shop of its own that is cut off from its centre, which its nats-server knows.
fn line(
    monitor_url: Option<String>,
    stop: &Shutdown,
    parts: &mut JoinSet<anyhow::Result<()>>,
) -> watch::Receiver<bool> {
    let (cut_off, line) = watch::channel(false);
    if let Some(url) = monitor_url {
        let following = outbox::follow_line(url, cut_off, stop.clone());
        parts.spawn(async move {
            following.await;
            Ok(())
        });
    }
    line
}

fn routes(app: App, stop: &Shutdown) -> Routes {
    Routes::new(rpc::server(app.clone()))
        .add_service(rpc::catalogue::server(app.clone()))
        .add_service(rpc::refund_payment::server(app.clone()))
        .add_service(rpc::refund_request::server(app.clone()))
        .add_service(rpc::till::server(app.clone()))
        .add_service(rpc::suspension::server(app.clone()))
        .add_service(rpc::training::server(app.clone()))
        .add_service(rpc::journal::server(app.clone()))
        .add_service(rpc::acquirer::server(app.clone()))
        .add_service(rpc::attendance::server(app, stop.clone()))
}

/// The secret from which the keys of the tills follow.
fn authority(file: &Path) -> anyhow::Result<Authority> {
    let secret = read_secret(file)?;
    Authority::parse(secret.expose()).with_context(|| format!("{} is no fiscal key", file.display()))
}

/// Applies an event that was put aside, once what was wrong is mended: for operators. Replaying it again changes nothing.
///
/// # Errors
/// When there is no such dead letter, or it still cannot be applied.
pub async fn replay_dead_letter(db: &PgPool, _clock: Clock, event_id: Uuid) -> Result<Replayed, ReplayError> {
    outbox::replay_dead_letter(db, NAME, event_id, &events::Facts).await
}
