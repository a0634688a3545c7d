//! The container's health check: asks the service over its own port, as itself.

use std::net::SocketAddr;

use anyhow::Context;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{config::TlsArgs, peer};

/// Asks `service` at `address` whether it serves.
///
/// # Errors
/// When it does not answer, or answers that it does not serve.
pub async fn check(service: &str, address: SocketAddr, tls: &TlsArgs) -> anyhow::Result<()> {
    let url = format!("https://{address}").parse().context("not an address")?;
    let channel = peer::connect(&url, service, tls)?;
    let reply = HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await
        .map_err(|status| anyhow::anyhow!("{service} does not answer: {}", status.message()))?;
    anyhow::ensure!(reply.into_inner().status() == ServingStatus::Serving, "{service} does not serve");
    Ok(())
}
