//! The one configuration of the service.

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
}
