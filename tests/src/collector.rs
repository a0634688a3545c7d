//! A collector of traces, in place of the one that operators run.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::any_value::Value,
    trace::v1::Span,
};
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

/// A span, and the service that sent it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `service.name` of the resource.
    pub service: String,
    /// The span.
    pub span: Span,
    /// Everything that was sent with it, as text: names, attributes, events, the resource.
    pub text: String,
}

/// Keeps every span that is sent to it.
#[derive(Clone, Debug, Default)]
pub struct Collector(Arc<Mutex<Vec<Seen>>>);

impl Collector {
    /// Answers on a free port of loopback for as long as the runtime lives.
    pub async fn start() -> (Self, SocketAddr) {
        let collector = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector.clone()));
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        (collector, address)
    }

    /// Every span so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The spans of each trace, by the trace's id.
    #[must_use]
    pub fn traces(&self) -> BTreeMap<Vec<u8>, Vec<Seen>> {
        let mut traces: BTreeMap<Vec<u8>, Vec<Seen>> = BTreeMap::new();
        for seen in self.spans() {
            traces.entry(seen.span.trace_id.clone()).or_default().push(seen);
        }
        traces
    }
}

impl Seen {
    /// Service and name, such as `receipt mail send`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.service, self.span.name)
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for sent in request.into_inner().resource_spans {
            let resource = sent.resource.unwrap_or_default();
            let named = resource.attributes.iter().find(|attribute| attribute.key == "service.name");
            let value = named.and_then(|attribute| attribute.value.clone()).and_then(|value| value.value);
            let service = match value {
                Some(Value::StringValue(name)) => name,
                other => format!("{other:?}"),
            };
            for span in sent.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                let text = format!("{span:?} {resource:?}");
                spans.push(Seen { service: service.clone(), span, text });
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        _: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}
