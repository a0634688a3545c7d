//! Installs, builds and becomes the demo.

use std::ffi::OsString;
use std::io::stderr;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::install;
use crate::workspace::{built, cargo, run as run_command};

/// What `cargo xtask demo` may be told.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    /// Handed to the demo as they are; `--help` shows what it knows
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Does not return when all goes well: the demo takes this program's place, with its signals and its exit status.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let nats_server = install::servers()?;
    // Standard output is the demo's alone.
    run_command(cargo(["build", "--locked", "-p", "cabas", "-p", "demo", "-p", "testbed"]).stdout(stderr()))?;
    let demo = built()?.join("demo");
    let error = Command::new(&demo).args(&arguments.arguments).env("NATS_SERVER", nats_server).exec();
    Err(error).with_context(|| format!("cannot start {}", demo.display()))
}
