//! The configuration of the portal.

use std::net::SocketAddr;

use clap::Args;
use http::HeaderName;
use platform::{config::TlsArgs, stores::CheckoutArgs};
use url::Url;

/// Everything that the portal is told from outside.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address to serve pages on
    #[arg(long, default_value = "127.0.0.1:0")]
    pub http_addr: SocketAddr,
    /// Header in which a proxy in front tells the client's address, such as `x-forwarded-for`; its last address counts. Only where every
    /// request passes through that proxy: without one, anybody could write the header. When left out, the connection's address counts
    #[arg(long)]
    pub client_address_header: Option<HeaderName>,
    /// Code of the store whose own portal this is: its people go on attending the tills while membership is out of reach
    #[arg(long)]
    pub store_code: Option<String>,
    /// The identity towards the services.
    #[command(flatten)]
    pub tls: TlsArgs,
    /// Checkout.
    #[command(flatten)]
    pub checkout: CheckoutArgs,
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
