#![doc = include_str!("../README.md")]

mod config;
mod text;

mod app;
mod guard;
mod session;
mod source;
mod web;

mod error;

pub use config::Config;

use std::net::SocketAddr;

use platform::{Clock, Shutdown};
use tokio::net::TcpListener;

/// Serves the pages until `shutdown`.
///
/// # Errors
/// When the identity is wrong, or the listener breaks.
pub async fn run(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let app = app::App::new(&config, clock, shutdown.clone())?;
    tracing::info!(address = %listener.local_addr()?, "serving pages");
    let router = web::router(app).into_make_service_with_connect_info::<SocketAddr>();
    let stopped = shutdown.clone();
    let serving =
        async move { axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await };
    let drained = async {
        stopped.cancelled().await;
        // Feeds end by themselves; a reader who keeps a connection open is not waited for.
        tokio::time::sleep(platform::rpc::DRAIN).await;
    };
    tokio::select! {
        ended = serving => ended?,
        () = drained => tracing::warn!("pages were still being read when the time to drain was over"),
    }
    Ok(())
}
