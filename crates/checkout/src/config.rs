//! The one configuration of the service.

use std::path::PathBuf;

use clap::Args;
use platform::config::{BusArgs, DatabaseArgs, GrpcArgs};

/// What checkout is told at start.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Where it answers.
    #[command(flatten)]
    pub grpc: GrpcArgs,
    /// Its database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// The message bus.
    #[command(flatten)]
    pub bus: BusArgs,
    /// Numbers of the contracts with the bank, separated by commas: a card slip may show them, whatever they look like
    #[arg(long, value_delimiter = ',')]
    pub card_contracts: Vec<String>,
    /// File with the secret from which the keys of the fiscal journal follow; `cabas pki` or `cabas fiscal key new` makes one
    #[arg(long)]
    pub fiscal_key_file: PathBuf,
    /// The month in whose first day fiscal years start
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=12))]
    pub fiscal_year_starts: u8,
}
