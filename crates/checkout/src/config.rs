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
}
