//! The one program: every service, the portal, the till and the operators' commands.

use std::process::ExitCode;

mod all;
mod cli;
mod events;
mod operator;
mod service;

/// Exit code of a bad configuration (`EX_USAGE` of sysexits.h).
const BAD_CONFIGURATION: u8 = 64;

fn main() -> ExitCode {
    // Only ring is compiled in; saying so keeps rustls from guessing.
    rustls::crypto::ring::default_provider().install_default().ok();
    let matches = match cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(refusal) => {
            let told = refusal.print().is_ok();
            return if told && !refusal.use_stderr() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(BAD_CONFIGURATION)
            };
        }
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
