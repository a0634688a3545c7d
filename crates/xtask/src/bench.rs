//! Installs, builds for speed, and becomes the measurement.

use std::ffi::OsString;
use std::io::stderr;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::install;
use crate::workspace::{built, cargo, run as run_command};

/// What `cargo xtask bench` may be told.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    /// What to measure, and how: handed on as it is; `--help` shows what there is
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Does not return when all goes well: the measurement takes this program's place, with its signals and its exit status.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let nats_server = install::servers()?;
    // Standard output is the measurement's alone.
    run_command(cargo(["build", "--locked", "--release", "-p", "cabas", "-p", "bench"]).stdout(stderr()))?;
    let bench = built()?.with_file_name("release").join("bench");
    let error = Command::new(&bench).args(&arguments.arguments).env("NATS_SERVER", nats_server).exec();
    Err(error).with_context(|| format!("cannot start {}", bench.display()))
}
