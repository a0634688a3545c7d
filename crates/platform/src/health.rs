//! Whether a service serves: what it says of itself, and the container's check, which asks over the service's own port, as itself.
//!
//! A service serves as long as its database answers. What it can do without, the bus above all, is not asked.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use sqlx::{ConnectOptions, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tonic_health::{
    pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient},
    server::HealthReporter,
};

use crate::{Shutdown, config::TlsArgs, peer};

/// The pause between two questions to the database.
const PAUSE: Duration = Duration::from_secs(1);
/// A database that takes longer to answer serves nobody.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells `reporter` whether the database of `pool` answers, whenever that changes, until `shutdown`.
///
/// The question has a connection of its own: a pool that is busy is no outage. Where the reporter begins is taken for right.
pub(crate) async fn follow(reporter: &HealthReporter, pool: &PgPool, shutdown: &Shutdown) {
    let options = pool.connect_options();
    let mut connection = None;
    let mut served = true;
    let asking = async {
        loop {
            let answered = tokio::time::timeout(PATIENCE, ask(&mut connection, &options)).await;
            let failure = match answered {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some(format!("no answer within {PATIENCE:?}")),
            };
            if failure.is_some() {
                // Whatever it is in the middle of.
                connection = None;
            }
            let serves = failure.is_none();
            if serves != served {
                served = serves;
                match failure {
                    Some(failure) => tracing::warn!(failure, "not serving: the database does not answer"),
                    None => tracing::info!("serving again: the database answers"),
                }
                report(reporter, serves).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    shutdown.run_until_cancelled(asking).await;
}

async fn ask(connection: &mut Option<PgConnection>, options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(options.connect().await?),
    };
    sqlx::query("select 1").execute(connection).await?;
    Ok(())
}

/// Answers whoever asks from now on, and whoever watches.
pub(crate) async fn report(reporter: &HealthReporter, serves: bool) {
    let status =
        if serves { tonic_health::ServingStatus::Serving } else { tonic_health::ServingStatus::NotServing };
    reporter.set_service_status("", status).await;
}

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
