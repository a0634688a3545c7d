//! The one configuration of the service.

use std::path::PathBuf;

use clap::Args;
use platform::config::{BusArgs, DatabaseArgs, GrpcArgs};

/// What membership is told at start.
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
    /// Private key that signs who a member of staff is (PEM file)
    #[arg(long)]
    pub staff_key: PathBuf,
}
