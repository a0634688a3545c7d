//! The gRPC server of a service: mutual TLS, limits, the gate that every call passes, and a graceful end.

use std::{fs, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use sqlx::PgPool;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
};
use tokio_util::task::TaskTracker;
use tonic::{
    Status,
    service::Routes,
    transport::{Certificate, Identity, Server, ServerTlsConfig, server::TcpIncoming},
};

use crate::{Caller, Clock, Shutdown, config::GrpcArgs, health, identity::StaffVerifier};

mod gate;

/// Shortest deadline that is accepted: below it a peer could only waste work.
pub const SHORTEST_DEADLINE: Duration = Duration::from_millis(50);
/// Longest time a handler may take before its caller is told that the outcome is unknown.
pub const LONGEST_CALL: Duration = Duration::from_secs(15);
/// Calls of one connection at the same time; more wait.
pub const CALLS_PER_CONNECTION: usize = 64;
/// Longest time a graceful shutdown waits for what is in flight.
pub const DRAIN: Duration = Duration::from_secs(10);

/// By which clock assertions about people end, and whether this place is cut off from membership, which alone can make new ones.
#[derive(Clone, Debug)]
pub struct Trust {
    clock: Clock,
    cut_off: Option<watch::Receiver<bool>>,
}

impl Trust {
    /// In a shop that may be cut off: see [`crate::access::CUT_OFF`].
    #[must_use]
    pub fn cut_off(clock: Clock, cut_off: watch::Receiver<bool>) -> Self {
        Self { clock, cut_off: Some(cut_off) }
    }
}

impl From<Clock> for Trust {
    fn from(clock: Clock) -> Self {
        Self { clock, cut_off: None }
    }
}

/// In the extensions of a request whose caller is known by an assertion that has ended.
#[derive(Clone, Copy, Debug)]
struct Ended;

/// Binds the address of a service. The backlog is large enough for every till of a chain to come back at once.
///
/// # Errors
/// When the address is taken or not ours.
pub fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address).with_context(|| format!("cannot listen on {address}"))?;
    Ok(socket.listen(1024)?)
}

/// The caller of a request, as the gate found it.
///
/// # Errors
/// Never behind the gate; an internal status otherwise.
pub fn caller<T>(request: &tonic::Request<T>) -> Result<Caller, Status> {
    request.extensions().get::<Caller>().cloned().ok_or_else(|| Status::internal("no caller"))
}

/// Whether who calls is known by an assertion that has ended alone: see [`crate::access::CUT_OFF`].
#[must_use]
pub fn has_ended<T>(request: &tonic::Request<T>) -> bool {
    request.extensions().get::<Ended>().is_some()
}

/// Serves `routes` until `shutdown`, then finishes what is in flight. Health says that it serves while `database` answers; without
/// one, as long as it runs.
///
/// # Errors
/// When a file of the identity is wrong, or the listener breaks.
pub async fn serve(
    service: &'static str,
    listener: TcpListener,
    args: &GrpcArgs,
    database: Option<PgPool>,
    trust: impl Into<Trust>,
    routes: Routes,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let verifier = StaffVerifier::read(&args.staff_public_key)?;
    let tasks = TaskTracker::new();
    let gate =
        gate::GateLayer::new(Arc::new(gate::Gate::new(service, verifier, trust.into(), tasks.clone())));
    let (reporter, health_service) = tonic_health::server::health_reporter();
    health::report(&reporter, true).await;
    let server = Server::builder()
        .tls_config(tls(args)?)?
        .timeout(LONGEST_CALL)
        .concurrency_limit_per_connection(CALLS_PER_CONNECTION)
        .max_concurrent_streams(256)
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .http2_max_pending_accept_reset_streams(Some(32))
        .layer(gate)
        .add_routes(routes.add_service(health_service));
    tracing::info!(address = %listener.local_addr()?, "answering gRPC");
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = server.serve_with_incoming_shutdown(incoming, shutdown.clone().cancelled_owned());
    let drained = async {
        if let Some(database) = &database {
            health::follow(&reporter, database, &shutdown).await;
        }
        shutdown.cancelled().await;
        health::report(&reporter, false).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = serving => ended.context("the gRPC server ended")?,
        () = drained => tracing::warn!("calls were still open when the time to drain was over"),
    }
    tasks.close();
    if tokio::time::timeout(DRAIN, tasks.wait()).await.is_err() {
        tracing::warn!("work was still running when the time to drain was over");
    }
    Ok(())
}

fn tls(args: &GrpcArgs) -> anyhow::Result<ServerTlsConfig> {
    let read =
        |file: &std::path::Path| fs::read(file).with_context(|| format!("cannot read {}", file.display()));
    Ok(ServerTlsConfig::new()
        .identity(Identity::from_pem(read(&args.tls.tls_cert)?, read(&args.tls.tls_key)?))
        .client_ca_root(Certificate::from_pem(read(&args.tls.tls_ca)?))
        .timeout(Duration::from_secs(5)))
}
