//! The developers' commands: `cargo xtask <command>`.
//!
//! What would be a shell script elsewhere is Rust here, so that it can be read, checked and tested like the rest.

mod postgres;
mod prepare;
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
    /// Renew the caches of checked queries, `crates/*/.sqlx`, from the migrations and the code
    Prepare(prepare::Arguments),
}

fn main() -> ExitCode {
    if let Some(code) = prepare::stand_in_for_rustc() {
        return code;
    }
    let outcome = match Arguments::parse().command {
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
