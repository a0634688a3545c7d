//! The one program: every service, the portal, the till and the operators' commands.

use std::process::ExitCode;

mod all;
mod cli;
mod events;
mod fiscal;
mod load;
mod operator;
mod progress;
mod refusal;
mod service;

/// Exit code of a bad configuration (`EX_USAGE` of sysexits.h).
const BAD_CONFIGURATION: u8 = 64;

fn main() -> ExitCode {
    // Only ring is compiled in; saying so keeps rustls from guessing.
    rustls::crypto::ring::default_provider().install_default().ok();
    let matches = match cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(refusal) => return refuse(&refusal),
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
fn refuse(refusal: &clap::Error) -> ExitCode {
    // Once more, as far as it goes: to know which command was asked for.
    let asked = cli::command().ignore_errors(true).try_get_matches();
    if let Some(sentence) = asked.ok().and_then(|asked| refusal::sentence(refusal, &cli::command(), &asked)) {
        eprintln!("cabas: {sentence}");
        return ExitCode::from(BAD_CONFIGURATION);
    }
    let told = refusal.print().is_ok();
    if told && !refusal.use_stderr() { ExitCode::SUCCESS } else { ExitCode::from(BAD_CONFIGURATION) }
}
