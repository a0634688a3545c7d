//! Installs what is missing on a fresh Debian or Ubuntu, and nothing when nothing is.

mod apt;
mod browser;
mod nats;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::postgres;
use crate::workspace::on_path;

/// What `cargo xtask install` may be told.
#[derive(clap::Args)]
pub struct Arguments {
    /// Also what the browser journeys need: Node.js, Chromium and the packages of `tests/browser`
    #[arg(long)]
    browser: bool,
    /// Say nothing when nothing was missing
    #[arg(long)]
    quiet: bool,
}

/// Installs what is missing.
pub fn run(arguments: &Arguments) -> Result<()> {
    let nats_server = servers()?;
    if arguments.browser {
        browser::install()?;
    }
    if !arguments.quiet {
        eprintln!("PostgreSQL: {}", postgres::programs()?.display());
        eprintln!("nats-server: {}", nats_server.display());
        eprintln!("everything is installed");
    }
    Ok(())
}

/// PostgreSQL and nats-server; gives the program of the latter.
pub fn servers() -> Result<PathBuf> {
    let mut missing = Vec::new();
    if postgres::programs().is_err() {
        missing.push("postgresql");
    }
    // Part of Debian's server package, a package of its own elsewhere.
    if postgres::programs().is_ok_and(|programs| !programs.join("pgbench").is_file()) {
        missing.push("postgresql-contrib");
    }
    // Servers are told to stop by `kill`, which is a package of its own in small images.
    if !Path::new("/bin/kill").is_file() {
        missing.push("procps");
    }
    apt::install(&missing)?;
    nats::install()
}

/// Everything, for the commands that also run the browser journeys; gives the nats-server.
pub fn everything() -> Result<PathBuf> {
    let nats_server = servers()?;
    browser::install()?;
    Ok(nats_server)
}

/// The packages among these pairs of program and package whose program is not on the search path.
fn absent<'a>(programs: &[(&str, &'a str)]) -> Vec<&'a str> {
    let absent = programs.iter().filter(|(program, _)| on_path(program).is_none());
    absent.map(|(_, package)| *package).collect()
}
