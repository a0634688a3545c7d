//! `cabas <service>` serves, `cabas <service> migrate` brings its database up to date, `cabas <service> health` is the check of a
//! container, `cabas <service> dead-letters` shows what was put aside. The five services are answered by the same code.

mod dead_letters;

use std::net::{Ipv4Addr, SocketAddr};

use clap::{ArgMatches, Args, Command, FromArgMatches};
use outbox::{ReplayError, Replayed};
use platform::{
    Clock, Shutdown,
    config::{DatabaseArgs, GrpcArgs, OwnerArgs, prefixed},
    database, health, rpc,
};
use sqlx::{PgPool, migrate::Migrator};
use tokio::net::TcpListener;
use uuid::Uuid;

/// What the program needs to know of a service.
pub trait Service {
    /// The one word of the service.
    const NAME: &'static str;
    /// One sentence for `--help`.
    const ABOUT: &'static str;
    /// The service's one configuration struct.
    type Config: Args + Send;

    /// The migrations of the service's database.
    fn migrator() -> &'static Migrator;
    /// Where it answers.
    fn grpc(config: &Self::Config) -> &GrpcArgs;
    /// Serves until `shutdown`.
    fn run(
        config: Self::Config,
        listener: TcpListener,
        clock: Clock,
        shutdown: Shutdown,
    ) -> impl Future<Output = anyhow::Result<()>> + Send;
    /// Applies an event that was put aside.
    fn replay_dead_letter(
        db: &PgPool,
        clock: Clock,
        event_id: Uuid,
    ) -> impl Future<Output = Result<Replayed, ReplayError>> + Send;
}

macro_rules! service {
    ($type:ident, $crate_name:ident, $about:literal) => {
        #[doc = $about]
        pub struct $type;

        impl Service for $type {
            const NAME: &'static str = stringify!($crate_name);
            const ABOUT: &'static str = $about;
            type Config = $crate_name::Config;

            fn migrator() -> &'static Migrator {
                &$crate_name::MIGRATOR
            }

            fn grpc(config: &Self::Config) -> &GrpcArgs {
                &config.grpc
            }

            fn run(
                config: Self::Config,
                listener: TcpListener,
                clock: Clock,
                shutdown: Shutdown,
            ) -> impl Future<Output = anyhow::Result<()>> + Send {
                $crate_name::run(config, listener, clock, shutdown)
            }

            fn replay_dead_letter(
                db: &PgPool,
                clock: Clock,
                event_id: Uuid,
            ) -> impl Future<Output = Result<Replayed, ReplayError>> + Send {
                $crate_name::replay_dead_letter(db, clock, event_id)
            }
        }
    };
}

service!(Checkout, checkout, "Stores, catalogue, prices, baskets, payments, sales and refunds");
service!(Membership, membership, "Members, cards, consents and staff: the only place for personal data");
service!(Receipt, receipt, "Receipts, card slips and credit notes by e-mail");
service!(Reviews, reviews, "Invitations, reviews, replies and complaints");
service!(Analytics, analytics, "Facts and roll-ups derived from events");

/// The command of a service.
pub fn command<S: Service>() -> Command {
    let migrate = OwnerArgs::augment_args(DatabaseArgs::augment_args(Command::new("migrate")))
        .about("Brings the service's database up to date");
    let health = GrpcArgs::augment_args(Command::new("health")).about("Asks the service whether it serves");
    let command = S::Config::augment_args(Command::new(S::NAME)).about(S::ABOUT);
    prefixed(command, S::NAME)
        .subcommand_negates_reqs(true)
        .subcommand(prefixed(migrate, S::NAME))
        .subcommand(prefixed(health, S::NAME))
        .subcommand(dead_letters::command(S::NAME))
}

/// Answers `cabas <service> …`.
pub async fn answer<S: Service>(
    matches: &ArgMatches,
    clock: Clock,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    match matches.subcommand() {
        Some(("migrate", matches)) => {
            let args = DatabaseArgs::from_arg_matches(matches)?;
            match OwnerArgs::from_arg_matches(matches)?.database() {
                None => database::migrate(&database::pool(&args, S::NAME)?, S::migrator()).await,
                Some(owner) => {
                    let owner = database::pool(&owner, S::NAME)?;
                    database::migrate_as_owner(&owner, S::migrator(), &args).await
                }
            }
        }
        Some(("dead-letters", matches)) => dead_letters::answer::<S>(matches, clock).await,
        Some((_, matches)) => {
            let args = GrpcArgs::from_arg_matches(matches)?;
            health::check(S::NAME, reachable(args.grpc_addr), &args.tls).await
        }
        None => {
            let config = S::Config::from_arg_matches(matches)?;
            let listener = rpc::bind(S::grpc(&config).grpc_addr)?;
            S::run(config, listener, clock, shutdown).await
        }
    }
}

/// The command of the portal.
pub fn portal_command() -> Command {
    let command = portal::Config::augment_args(Command::new("portal"))
        .about("The pages for people who are not at a till");
    with_http_health(command, "portal")
}

/// The command of a till.
pub fn terminal_command() -> Command {
    let command = terminal::Config::augment_args(Command::new("terminal"))
        .about("One till: kiosk page, card-terminal driver, journal");
    with_http_health(command, "terminal")
}

/// The command of the simulator of a card payment terminal.
pub fn simulator_command() -> Command {
    let command = terminal::simulator::Config::augment_args(Command::new("card-simulator"))
        .about("Plays a card payment terminal that speaks Caisse-AP over IP");
    prefixed(command, "card-simulator")
}

/// The command of a printer that prints nothing.
pub fn printer_command() -> Command {
    let command = terminal::paper::sink::Config::augment_args(Command::new("printer-sink"))
        .about("Plays a ticket printer that speaks ESC/POS over TCP, and keeps what it is told to print");
    prefixed(command, "printer-sink")
}

#[derive(Args)]
struct HttpHealthArgs {
    /// Address to ask
    #[arg(long)]
    http_addr: SocketAddr,
}

fn with_http_health(command: Command, name: &str) -> Command {
    let health =
        HttpHealthArgs::augment_args(Command::new("health").about("Asks whether the pages are served"));
    prefixed(command, name).subcommand_negates_reqs(true).subcommand(prefixed(health, name))
}

/// Answers `cabas portal …`.
pub async fn answer_portal(matches: &ArgMatches, clock: Clock, shutdown: Shutdown) -> anyhow::Result<()> {
    if let Some((_, matches)) = matches.subcommand() {
        return health::check_http(reachable(HttpHealthArgs::from_arg_matches(matches)?.http_addr)).await;
    }
    let config = portal::Config::from_arg_matches(matches)?;
    let listener = rpc::bind(config.http_addr)?;
    portal::run(config, listener, clock, shutdown).await
}

/// Answers `cabas terminal …`.
pub async fn answer_terminal(matches: &ArgMatches, clock: Clock, shutdown: Shutdown) -> anyhow::Result<()> {
    if let Some((_, matches)) = matches.subcommand() {
        return health::check_http(reachable(HttpHealthArgs::from_arg_matches(matches)?.http_addr)).await;
    }
    let config = terminal::Config::from_arg_matches(matches)?;
    let listener = rpc::bind(config.http_addr)?;
    terminal::run(config, listener, clock, shutdown).await
}

/// Answers `cabas card-simulator`.
pub async fn answer_simulator(matches: &ArgMatches, shutdown: Shutdown) -> anyhow::Result<()> {
    let config = terminal::simulator::Config::from_arg_matches(matches)?;
    let listener = rpc::bind(config.addr)?;
    terminal::simulator::run(config, listener, shutdown).await
}

/// Answers `cabas printer-sink`.
pub async fn answer_printer(matches: &ArgMatches, shutdown: Shutdown) -> anyhow::Result<()> {
    let config = terminal::paper::sink::Config::from_arg_matches(matches)?;
    let listener = rpc::bind(config.addr)?;
    Ok(terminal::paper::sink::run(config, listener, shutdown).await?)
}

/// The address to ask on: a service that listens on every interface is asked on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { (Ipv4Addr::LOCALHOST, address.port()).into() } else { address }
}
