//! Logs, traces and metrics behind one guard, and the W3C trace context that ties a sale together over gRPC, outbox and NATS.

use std::{collections::HashMap, io::IsTerminal};

use anyhow::Context;
use clap::{Args, ValueEnum};
use opentelemetry::{global, propagation::TextMapPropagator, trace::TraceContextExt, trace::TracerProvider};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource, metrics::SdkMeterProvider, propagation::TraceContextPropagator, trace::SdkTracerProvider,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, layer::SubscriberExt, util::SubscriberInitExt};

/// How the program tells what it does.
#[derive(Args, Clone, Debug)]
pub struct TelemetryArgs {
    /// How log lines are written, on standard error
    #[arg(long, env = "CABAS_LOG_FORMAT", value_enum, default_value = "human", global = true)]
    pub log_format: LogFormat,
    /// What is logged, in the syntax of tracing's `EnvFilter`
    #[arg(long, env = "CABAS_LOG_LEVEL", default_value = "info,sqlx=warn,async_nats=warn", global = true)]
    pub log_level: String,
    /// OTLP endpoint for traces and metrics (gRPC, for instance http://127.0.0.1:4317); none are sent without it
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", global = true)]
    pub otlp_endpoint: Option<String>,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Human,
}

/// Flushes traces, then metrics, when it is shut down.
#[derive(Debug)]
pub struct Guard {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

/// Starts logs, traces and metrics for `service`. Call it once, inside a runtime.
///
/// # Errors
/// When the filter or the endpoint is wrong.
pub fn init(service: &str, args: &TelemetryArgs) -> anyhow::Result<Guard> {
    let filter = EnvFilter::try_new(&args.log_level).context("the log level is not a filter")?;
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match args.log_format {
        LogFormat::Json => {
            Box::new(tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr).with_filter(filter))
        }
        LogFormat::Human => Box::new(
            tracing_subscriber::fmt::layer()
                .with_ansi(std::io::stderr().is_terminal())
                .with_writer(std::io::stderr)
                .with_filter(filter),
        ),
    };
    let mut guard = Guard { traces: None, metrics: None };
    let mut spans = None;
    if let Some(endpoint) = &args.otlp_endpoint {
        let resource = Resource::builder().with_service_name(service.to_owned()).build();
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
        let traces = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.clone())
            .build();
        let exporter = MetricExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
        let metrics =
            SdkMeterProvider::builder().with_periodic_exporter(exporter).with_resource(resource).build();
        spans = Some(
            tracing_opentelemetry::layer()
                .with_tracer(traces.tracer("cabas"))
                .with_filter(EnvFilter::new("info,h2=off,hyper=off,tonic=off,sqlx=off")),
        );
        global::set_meter_provider(metrics.clone());
        guard = Guard { traces: Some(traces), metrics: Some(metrics) };
    }
    tracing_subscriber::registry().with(lines).with(spans).init();
    Ok(guard)
}

impl Guard {
    /// Sends what is left. Blocks, so that it needs a thread that may.
    pub async fn shutdown(self) {
        let flushed = tokio::task::spawn_blocking(move || {
            if let Some(traces) = self.traces
                && let Err(failure) = traces.shutdown()
            {
                eprintln!("traces were not flushed: {failure}");
            }
            if let Some(metrics) = self.metrics
                && let Err(failure) = metrics.shutdown()
            {
                eprintln!("metrics were not flushed: {failure}");
            }
        });
        if flushed.await.is_err() {
            eprintln!("telemetry was not flushed");
        }
    }
}

/// The current span's W3C `traceparent`, if it is part of a trace.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.remove("traceparent")
}

/// Makes `span` a child of the remote one, and shows the trace's id in its log lines. Call it before the span is entered.
pub fn set_parent(span: &Span, traceparent: Option<&str>) {
    if let Some(text) = traceparent {
        let carrier = HashMap::from([("traceparent".to_owned(), text.to_owned())]);
        let context = TraceContextPropagator::new().extract(&carrier);
        if span.set_parent(context).is_err() {
            tracing::debug!("a span had begun before its parent was known");
        }
    }
    let context = span.context();
    let trace = context.span().span_context().trace_id();
    if trace != opentelemetry::trace::TraceId::INVALID {
        span.record("trace_id", tracing::field::display(trace));
    }
}
