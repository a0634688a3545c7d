//! The configuration of the service.

use std::path::PathBuf;

use clap::Args;
use outbox::BusConfig;
use platform::config::{BusArgs, DatabaseArgs, GrpcArgs, read_secret};

/// Everything that analytics is told from outside.
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
    /// File with the password of the NATS user `analysts-admin`; with it the analysts' copies of the streams are kept in place
    #[arg(long)]
    pub analysts_password_file: Option<PathBuf>,
}

impl Config {
    /// The connection under which the analysts' copies are made, if they are wanted.
    pub(crate) fn analysts(&self, service: &str) -> anyhow::Result<Option<BusConfig>> {
        let Some(file) = &self.analysts_password_file else { return Ok(None) };
        let config = BusConfig::from_args(&self.bus, service)?;
        Ok(Some(BusConfig {
            user: "analysts-admin".to_owned(),
            password: read_secret(file)?.expose().to_owned(),
            monitor_url: None,
            ..config
        }))
    }
}
