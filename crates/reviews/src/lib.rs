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

use outbox::{
    Bus, BusConfig, ConsumerSpec, Relay, RelayConfig, ReplayError, Replayed, StreamSpec, Wake, consume,
};
use platform::{Clock, Shutdown, database};
use proto::subject;
use sqlx::PgPool;
use tokio::{net::TcpListener, task::JoinSet};
use uuid::Uuid;

use crate::{app::App, events::Facts, peers::Checkout};

/// The migrations of the service's database.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

const NAME: &str = "reviews";

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
    bus.expect_stream(&relay.stream).await?;
    let wake = Wake::new();
    let checkout = Checkout::new(&config.checkout, &config.grpc.tls)?;
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
    parts.spawn(Relay::serve(relay, bus, wake, served.clone()));
    parts.spawn({
        let (db, routes, stop) = (db.clone(), rpc::routes(app, stop.clone()), stop.clone());
        async move {
            let _served = served.drop_guard();
            platform::rpc::serve(NAME, listener, &config.grpc, Some(db), clock, routes, stop).await
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
    outbox::replay_dead_letter(db, NAME, event_id, &Facts).await
}
