//! The tree of commands, and which function answers each.

use std::path::PathBuf;

use anyhow::Context;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use platform::{
    Clock, Shutdown,
    clock::DemoClock,
    config::prefixed,
    telemetry::{self, TelemetryArgs},
};

use crate::{
    all, events, fiscal, load, operator,
    service::{self, Analytics, Checkout, Membership, Receipt, Reviews, Service},
};

/// The configuration cannot be right: told in one sentence, exit code 64.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadConfiguration(pub String);

/// What every command takes.
#[derive(Args, Clone, Debug)]
struct ProgramArgs {
    #[command(flatten)]
    telemetry: TelemetryArgs,
    /// Scaled clock for a demonstration: `START,SPEED[,UNTIL[,ANCHOR]]`; an ANCHOR @FILE is read once the file is there
    #[arg(long, env = "CABAS_DEMO_CLOCK", global = true)]
    demo_clock: Option<DemoClock>,
}

#[derive(Args, Clone, Debug)]
struct PkiArgs {
    /// Folder to write to; what is there already is kept
    #[arg(long)]
    out: PathBuf,
    /// Code of a terminal that needs a certificate; may be repeated
    #[arg(long = "terminal", value_name = "CODE")]
    terminals: Vec<String>,
}

/// The whole tree.
pub fn command() -> Command {
    let tree = Command::new("cabas")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(service::command::<Checkout>())
        .subcommand(service::command::<Membership>())
        .subcommand(service::command::<Receipt>())
        .subcommand(service::command::<Reviews>())
        .subcommand(service::command::<Analytics>())
        .subcommand(service::portal_command())
        .subcommand(service::terminal_command())
        .subcommand(service::simulator_command())
        .subcommand(service::printer_command())
        .subcommand(
            Command::new("all")
                .about("All five services and the portal in one process, configured by their variables"),
        )
        .subcommand(PkiArgs::augment_args(
            Command::new("pki")
                .about("Makes the private authority, every certificate and every password of a first run"),
        ))
        .subcommand(fiscal::command())
        .subcommands(operator::commands())
        .subcommand(prefixed(events::command(), "operator"))
        .subcommand(prefixed(load::command(), "load"));
    ProgramArgs::augment_args(tree).about("The open platform for self-checkout shops")
}

/// Runs the command that was asked for.
pub async fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let program = ProgramArgs::from_arg_matches(matches)?;
    let (name, matches) = matches.subcommand().context("a command is needed")?;
    let clock = program.demo_clock.map_or_else(Clock::system, Clock::demo);
    let guard = telemetry::init(name, &program.telemetry)?;
    let shutdown = stop_on_signal()?;
    let ended = answer(name, matches, clock, shutdown).await;
    if let Err(failure) = &ended
        && !failure.is::<BadConfiguration>()
    {
        tracing::error!(%failure, "stopping");
    }
    guard.shutdown().await;
    ended
}

async fn answer(name: &str, matches: &ArgMatches, clock: Clock, shutdown: Shutdown) -> anyhow::Result<()> {
    match name {
        Checkout::NAME => service::answer::<Checkout>(matches, clock, shutdown).await,
        Membership::NAME => service::answer::<Membership>(matches, clock, shutdown).await,
        Receipt::NAME => service::answer::<Receipt>(matches, clock, shutdown).await,
        Reviews::NAME => service::answer::<Reviews>(matches, clock, shutdown).await,
        Analytics::NAME => service::answer::<Analytics>(matches, clock, shutdown).await,
        "portal" => service::answer_portal(matches, clock, shutdown).await,
        "terminal" => service::answer_terminal(matches, clock, shutdown).await,
        "card-simulator" => service::answer_simulator(matches, shutdown).await,
        "printer-sink" => service::answer_printer(matches, shutdown).await,
        "all" => all::run(clock, shutdown).await,
        "pki" => {
            let args = PkiArgs::from_arg_matches(matches)?;
            platform::pki::create(&args.out, &args.terminals)
        }
        "fiscal" => fiscal::answer(matches).await,
        "events" => events::answer(matches, shutdown).await,
        "load" => load::answer(matches, shutdown).await,
        other => operator::answer(other, matches).await,
    }
}

/// Cancelled by SIGTERM or Ctrl-C.
fn stop_on_signal() -> anyhow::Result<Shutdown> {
    let shutdown = Shutdown::new();
    let signalled = shutdown.clone();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("asked to stop");
        signalled.cancel();
    });
    Ok(shutdown)
}
