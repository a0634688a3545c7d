//! The one program: every service, the portal, the till and the operators' commands.

use std::{ffi::OsString, process::ExitCode};

mod all;
mod cli;
mod events;
mod operator;
mod refusal;
mod service;

/// Exit code of a bad configuration (`EX_USAGE` of sysexits.h).
const BAD_CONFIGURATION: u8 = 64;

fn main() -> ExitCode {
    // Only ring is compiled in; saying so keeps rustls from guessing.
    rustls::crypto::ring::default_provider().install_default().ok();
    let words: Vec<OsString> = std::env::args_os().collect();
    let matches = match cli::command().try_get_matches_from(&words) {
        Ok(matches) => matches,
        Err(refusal) => return refuse(&refusal, &words),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(failure) => {
            eprintln!("cabas: no runtime: {failure}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli::run(&matches)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is::<cli::BadConfiguration>() => {
            eprintln!("cabas: {failure}");
            ExitCode::from(BAD_CONFIGURATION)
        }
        Err(failure) => {
            eprintln!("cabas: {failure:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with the configuration, or what the parser has to say of the words: an error, or the help that was asked for.
fn refuse(refusal: &clap::Error, words: &[OsString]) -> ExitCode {
    if let Some(sentence) = refusal::sentence(refusal, cli::command(), words) {
        eprintln!("cabas: {sentence}");
        return ExitCode::from(BAD_CONFIGURATION);
    }
    let told = refusal.print().is_ok();
    if told && !refusal.use_stderr() { ExitCode::SUCCESS } else { ExitCode::from(BAD_CONFIGURATION) }
}
