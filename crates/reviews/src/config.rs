//! The configuration of the service.

use clap::Args;
use platform::{
    config::{BusArgs, DatabaseArgs, GrpcArgs},
    stores::CheckoutArgs,
};

/// Everything that reviews is told from outside.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Where gRPC is answered.
    #[command(flatten)]
    pub grpc: GrpcArgs,
    /// The service's own database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// The message bus.
    #[command(flatten)]
    pub bus: BusArgs,
    /// Checkout, which gives money back.
    #[command(flatten)]
    pub checkout: CheckoutArgs,
}
