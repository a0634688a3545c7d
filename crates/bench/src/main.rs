//! `cargo xtask bench`: measures, and prints one JSON line last.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "bench", about = "What things cost", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Sales through checkout, beside what pgbench reaches with the same statements on the same server
    Sale(bench::sale::Options),
    /// Tickets sealed, archived and verified
    Fiscal(bench::fiscal::Options),
}

fn main() -> ExitCode {
    rustls::crypto::ring::default_provider().install_default().ok();
    let what = Arguments::parse().what;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let measured = runtime.map_err(anyhow::Error::from).and_then(|runtime| match what {
        What::Sale(options) => {
            let report = runtime.block_on(bench::sale::run(&options))?;
            println!("{}", serde_json::to_string(&report)?);
            Ok(report.books.disagreements)
        }
        What::Fiscal(options) => {
            let report = runtime.block_on(bench::fiscal::run(&options))?;
            println!("{}", serde_json::to_string(&report)?);
            Ok(Vec::new())
        }
    });
    match measured {
        Ok(disagreements) if disagreements.is_empty() => ExitCode::SUCCESS,
        Ok(disagreements) => {
            disagreements.iter().for_each(|told| eprintln!("does not add up: {told}"));
            ExitCode::FAILURE
        }
        Err(failure) => {
            eprintln!("bench: {failure:#}");
            ExitCode::FAILURE
        }
    }
}
