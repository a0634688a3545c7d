//! Channels to other services: mutual TLS, a deadline on every call, and the trace carried on.

use std::{fs, time::Duration};

use anyhow::Context;
use tonic::{
    Request, Status,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};
use url::Url;

mod reach;

pub use reach::Reach;

use crate::{config::TlsArgs, telemetry};

/// Metadata in which the portal hands a staff member's assertion on.
pub const STAFF_METADATA: &str = "cabas-staff";

/// Deadline of a call whose caller sets none.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// A channel to another service; cheap to clone, connects when first used and again when broken.
pub type Peer = InterceptedService<Reach, TraceContext>;

/// Hands the current trace on to the callee.
#[derive(Clone, Copy, Debug)]
pub struct TraceContext;

impl Interceptor for TraceContext {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = telemetry::current_traceparent().and_then(|text| text.parse().ok()) {
            request.metadata_mut().insert("traceparent", value);
        }
        Ok(request)
    }
}

/// A channel to the service called `service` at `url`; its certificate must bear that name.
///
/// # Errors
/// When the URL or a file of the identity is wrong. The service need not be there yet.
pub fn connect(url: &Url, service: &str, tls: &TlsArgs) -> anyhow::Result<Peer> {
    Ok(InterceptedService::new(Reach::anywhere(channel(url, service, tls)?), TraceContext))
}

/// A channel to the service whose certificate bears `name`.
pub(crate) fn channel(url: &Url, name: &str, tls: &TlsArgs) -> anyhow::Result<Channel> {
    let read =
        |file: &std::path::Path| fs::read(file).with_context(|| format!("cannot read {}", file.display()));
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(read(&tls.tls_ca)?))
        .identity(Identity::from_pem(read(&tls.tls_cert)?, read(&tls.tls_key)?))
        .domain_name(name);
    Ok(Endpoint::from_shared(url.to_string())
        .context("not a URL")?
        .tls_config(tls)
        .with_context(|| format!("cannot use the TLS identity towards {name}"))?
        .connect_timeout(Duration::from_secs(2))
        .timeout(DEADLINE)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .connect_lazy())
}
