//! Everything that is logged or traced in this process, at the level an operator may switch on.

use std::{
    io,
    sync::{LazyLock, Mutex, Once},
};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::{EnvFilter, Layer, fmt::MakeWriter, layer::SubscriberExt};

static LINES: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(Mutex::default);
static STARTED: Once = Once::new();

struct Capture;

impl io::Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Capture {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

/// Captures what follows. Spans have trace ids, as in production.
pub fn capture() {
    STARTED.call_once(|| {
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Capture);
        let traces = SdkTracerProvider::builder().build();
        let spans = tracing_opentelemetry::layer()
            .with_tracer(traces.tracer("test"))
            .with_filter(EnvFilter::new("info,h2=off,hyper=off,tonic=off"));
        let subscriber =
            tracing_subscriber::registry().with(spans).with(lines.with_filter(EnvFilter::new("debug")));
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// What was logged so far, by every test of this process.
pub fn lines() -> String {
    String::from_utf8_lossy(&LINES.lock().unwrap()).into_owned()
}
