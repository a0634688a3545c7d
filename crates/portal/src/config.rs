//! The configuration of the portal.

use std::net::SocketAddr;

use clap::Args;
use platform::config::TlsArgs;
use url::Url;

/// Everything that the portal is told from outside.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address to serve pages on
    #[arg(long, default_value = "127.0.0.1:0")]
    pub http_addr: SocketAddr,
    /// The identity towards the services.
    #[command(flatten)]
    pub tls: TlsArgs,
    /// URL of checkout
    #[arg(long)]
    pub checkout_url: Url,
    /// URL of membership
    #[arg(long)]
    pub membership_url: Url,
    /// URL of receipt
    #[arg(long)]
    pub receipt_url: Url,
    /// URL of reviews
    #[arg(long)]
    pub reviews_url: Url,
    /// URL of analytics
    #[arg(long)]
    pub analytics_url: Url,
}
