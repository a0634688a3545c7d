//! The container's health check: asks the service over its own port, as itself.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
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

/// Asks a process that serves pages at `address` for `/health`.
///
/// # Errors
/// When it does not answer within two seconds, or not with 200.
pub async fn check_http(address: SocketAddr) -> anyhow::Result<()> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(format!("GET /health HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).await?;
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(2), asking)
        .await
        .context("no answer within two seconds")?
        .context("no answer")?;
    anyhow::ensure!(answer.ends_with(b" 200"), "the answer is not 200");
    Ok(())
}
