//! The developers' commands: `cargo xtask <command>`.
//!
//! What would be a shell script elsewhere is Rust here, so that it can be read, checked and tested like the rest.

mod bench;
mod check;
mod contracts;
mod demo;
mod events;
mod install;
mod postgres;
mod prepare;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The developers' commands", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing on this machine: PostgreSQL, nats-server and, if asked, a browser
    Install(install::Arguments),
    /// Install, build, and run the demo
    Demo(demo::Arguments),
    /// Install, build for speed, and measure
    Bench(bench::Arguments),
    /// Install, build, and run every test
    Test(test::Arguments),
    /// Check everything that must hold before work is merged, short of the tests
    Check,
    /// Tell whether the contracts break those of an earlier state
    Breaking(contracts::Arguments),
    /// Renew what is made from the code: the caches of checked queries, `crates/*/.sqlx`, and `docs/events`
    Prepare(prepare::Arguments),
}

fn main() -> ExitCode {
    if let Some(code) = prepare::stand_in_for_rustc() {
        return code;
    }
    let outcome = match Arguments::parse().command {
        Command::Install(arguments) => install::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Check => Ok(check::run()),
        Command::Breaking(arguments) => contracts::run(&arguments),
        Command::Prepare(arguments) => prepare::run(&arguments),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
