//! Everything that must hold before work is merged, short of the tests.

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::workspace::{cargo, on_path, output, root, run as run_command};
use crate::{contracts, events, prepare};

const CARGO_DENY: &str = "0.20.2";

type Step = (&'static str, fn() -> Result<()>);

/// All of them are run, whatever the first ones say.
const STEPS: [Step; 9] = [
    ("the code is formatted", format),
    ("clippy has nothing to say", clippy),
    ("the dependencies are those we allow", dependencies),
    ("the contracts follow the rules", contracts::check),
    ("the contracts have only grown", contracts::check_growth),
    ("the documents of the events are fresh", events::check),
    ("the query caches are fresh", prepare::check),
    ("the documentation builds", documentation),
    ("the architecture is as described", architecture),
];

/// Runs every step and tells which failed.
pub fn run() -> ExitCode {
    let mut report = Vec::new();
    let mut failed = false;
    for (name, step) in STEPS {
        eprintln!("\n=== {name}");
        let start = Instant::now();
        let outcome = step();
        if let Err(error) = &outcome {
            eprintln!("error: {error:#}");
        }
        failed |= outcome.is_err();
        let mark = if outcome.is_ok() { "ok    " } else { "FAILED" };
        report.push(format!("{mark} {:>6.1} s  {name}", start.elapsed().as_secs_f64()));
    }
    println!("\n{}", report.join("\n"));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn format() -> Result<()> {
    run_command(&mut cargo(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<()> {
    let mut clippy = cargo(["clippy", "--workspace", "--all-targets", "--locked", "--keep-going"]);
    run_command(clippy.args(["--", "-D", "warnings"]))
}

fn documentation() -> Result<()> {
    let mut doc = cargo(["doc", "--workspace", "--no-deps", "--locked", "--keep-going"]);
    run_command(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// With the whole workspace selected, for the dependencies are then built in the form that the tests need anyway.
fn architecture() -> Result<()> {
    run_command(&mut cargo(["test", "--workspace", "--locked", "--test", "architecture"]))
}

fn dependencies() -> Result<()> {
    eprintln!("advisories are not looked up: their database is on github.com, which a build may not need");
    let mut deny = Command::new(cargo_deny()?);
    deny.args(["--locked", "check", "bans", "licenses", "sources"]).current_dir(root());
    run_command(&mut deny)
}

/// The cargo-deny of our release, built once where there is none.
fn cargo_deny() -> Result<std::path::PathBuf> {
    let ours = root().join("var/tools/bin/cargo-deny");
    let found = [Some(ours.clone()), on_path("cargo-deny")].into_iter().flatten();
    let is_our_release = |program: &std::path::PathBuf| {
        output(Command::new(program).arg("--version"))
            .is_ok_and(|printed| String::from_utf8_lossy(&printed).trim_end().ends_with(CARGO_DENY))
    };
    if let Some(program) = found.into_iter().find(is_our_release) {
        return Ok(program);
    }
    let mut install = cargo(["install", "--locked", "--debug", "--quiet", "--version", CARGO_DENY, "--root"]);
    run_command(install.arg(root().join("var/tools")).arg("cargo-deny"))
        .context("cannot install cargo-deny")?;
    if !is_our_release(&ours) {
        bail!("{} does not run here", ours.display());
    }
    Ok(ours)
}
