#![doc = include_str!("../README.md")]

use std::time::Duration;

use anyhow::Context;
use platform::{Clock, Shutdown, peer};
use tokio::{net::TcpListener, task::JoinSet};

mod config;

pub mod client;
pub mod load;

pub mod card;
pub mod journal;
pub mod paper;
pub mod receipt;
pub mod scale;
pub mod stage;
pub mod suspension;
pub mod tender;

mod attendant;
pub mod check;
mod ledger;
mod moment;
pub mod till;

pub mod kiosk;

pub mod simulator;

pub use attendant::Attendant;
pub use config::Config;
pub use ledger::{Acknowledgement, Ledger};

/// Runs one till until `shutdown`.
///
/// # Errors
/// When the configuration is wrong, when the journal is another till's or in use, or when it cannot be written.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let code = config.code.clone();
    let parts = parts(&config, clock)?;
    let checks = checks(&config, &parts);
    let (till, machine) = till::new(parts);
    let mut tasks = JoinSet::new();
    tasks.spawn(machine.run(shutdown.clone()));
    let (stop, checked) = (shutdown.clone(), till.clone());
    tasks.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = check::run(checks, checked) => stop.cancelled().await,
        }
        Ok(())
    });
    let stop = shutdown.clone();
    tasks.spawn(async move { kiosk::serve(till, &code, listener, stop).await });
    platform::run_all(tasks, shutdown).await
}

/// What the self-check of a till looks at.
#[must_use]
pub fn checks(config: &Config, parts: &till::Parts) -> check::Checks {
    check::Checks {
        card: parts.card.clone(),
        printer: parts.printer.clone(),
        scale: parts.scale.clone(),
        folder: config
            .journal
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .map_or_else(|| ".".into(), std::path::Path::to_path_buf),
        certificate: config.tls.tls_cert.clone(),
        clock: parts.clock.clone(),
        every: Duration::from_secs(config.check_seconds),
    }
}

/// A till as the configuration describes it.
///
/// # Errors
/// When the configuration is wrong, or the journal cannot be opened.
pub fn parts(config: &Config, clock: Clock) -> anyhow::Result<till::Parts> {
    let checkout = peer::connect(&config.checkout_url, "checkout", &config.tls)?;
    let membership = peer::connect(&config.membership_url, "membership", &config.tls)?;
    let (card, late) = card::CardTerminal::new(config.card()?);
    let journal = journal::Journal::open(&config.journal, &config.code)
        .with_context(|| format!("cannot use the journal {}", config.journal.display()))?;
    let ledger = match &config.ledger {
        Some(file) => {
            Some(Ledger::open(file).with_context(|| format!("cannot use the ledger {}", file.display()))?)
        }
        None => None,
    };
    Ok(till::Parts {
        code: config.code.clone(),
        client: client::Client::new(checkout, client::Patience::default()),
        greeter: till::Greeter::new(membership),
        card,
        late,
        scale: config.scale_addr.clone().map(scale::Scale::at),
        printer: config.printer_addr.clone().map(paper::Printer::at),
        public_url: config.public_url.clone(),
        place: journal::place(&config.journal),
        journal,
        ledger,
        attendant: Attendant::read(&config.attendant_code_file())?,
        clock,
        thanks: Duration::from_secs(config.thanks_seconds),
        idle: Duration::from_secs(config.idle_seconds),
    })
}
