//! The streams: created when absent, compared when present, never changed.

use std::fmt::Debug;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, External, PersistenceMode, RetentionPolicy, Source, StorageType, Stream,
};

use super::{Bus, BusError};

const DAY: Duration = Duration::from_secs(86_400);
const GIB: i64 = 1 << 30;

/// A stream as it must be.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSpec {
    pub(crate) name: String,
    pub(crate) subjects: Vec<String>,
    pub(crate) sources: Vec<Source>,
    max_bytes: i64,
    replicas: usize,
}

impl StreamSpec {
    /// `SALES`, which the checkout service owns. The changes of its catalogue go the same way: one outbox feeds one stream.
    pub fn sales() -> Self {
        let mut spec = Self::of("SALES", 8 * GIB);
        spec.subjects.push("catalogue.>".to_owned());
        spec
    }

    /// `REVIEWS`, which the reviews service owns.
    pub fn reviews() -> Self {
        Self::of("REVIEWS", 2 * GIB)
    }

    /// `MEMBERS`, which the membership service owns.
    pub fn members() -> Self {
        Self::of("MEMBERS", 2 * GIB)
    }

    /// `RECEIPTS`, which the receipt service owns.
    pub fn receipts() -> Self {
        Self::of("RECEIPTS", 2 * GIB)
    }

    fn of(name: &str, max_bytes: i64) -> Self {
        Self {
            name: name.to_owned(),
            subjects: vec![format!("{}.>", name.to_lowercase())],
            sources: Vec::new(),
            max_bytes,
            replicas: 1,
        }
    }

    /// The same stream, of another size. A full stream refuses new events, which then wait in the outbox.
    pub fn with_max_bytes(mut self, max_bytes: i64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// The same stream, replicated over a cluster.
    pub fn with_replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// A copy of this stream in another account, fed by `sources` instead of by publications.
    pub(crate) fn sourced(mut self, sources: Vec<Source>) -> Self {
        self.subjects = Vec::new();
        self.sources = sources;
        self
    }

    /// The name of the stream.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn config(&self) -> Config {
        Config {
            name: self.name.clone(),
            subjects: self.subjects.clone(),
            sources: (!self.sources.is_empty()).then(|| self.sources.clone()),
            storage: StorageType::File,
            retention: RetentionPolicy::Limits,
            // Refusing the new keeps it in the outbox; discarding the old would lose what nobody has read yet.
            discard: DiscardPolicy::New,
            max_age: 400 * DAY,
            max_bytes: self.max_bytes,
            deny_delete: true,
            deny_purge: true,
            allow_direct: true,
            duplicate_window: Duration::from_secs(120),
            num_replicas: self.replicas,
            ..Config::default()
        }
    }

    /// What of `found` is not as it must be. More room or more replicas than asked for are fine.
    fn differences(&self, found: &Config) -> Vec<String> {
        let wanted = self.config();
        let mut all = Differences::default();
        all.compare("subjects", &found.subjects, &wanted.subjects);
        // What shops of their own send flows into the stream that its service publishes to.
        if self.subjects.is_empty() {
            all.compare("sources", &source_names(found), &source_names(&wanted));
        }
        all.compare("mirrored", &found.mirror.is_some(), &false);
        all.compare("storage", &found.storage, &wanted.storage);
        all.compare("retention", &found.retention, &wanted.retention);
        all.compare("discard", &found.discard, &wanted.discard);
        all.compare("max_age", &found.max_age, &wanted.max_age);
        all.compare("max_messages", &found.max_messages.max(0), &wanted.max_messages.max(0));
        all.compare("max_messages_per_subject", &found.max_messages_per_subject.max(0), &0);
        all.compare("deny_delete", &found.deny_delete, &wanted.deny_delete);
        all.compare("deny_purge", &found.deny_purge, &wanted.deny_purge);
        all.compare("allow_direct", &found.allow_direct, &wanted.allow_direct);
        all.compare("allow_rollup", &found.allow_rollup, &wanted.allow_rollup);
        all.compare("duplicate_window", &found.duplicate_window, &wanted.duplicate_window);
        all.compare("no_ack", &found.no_ack, &wanted.no_ack);
        all.compare("sealed", &found.sealed, &wanted.sealed);
        all.compare("asynchronous", &(found.persist_mode == Some(PersistenceMode::Async)), &false);
        if found.max_bytes >= 0 && found.max_bytes < wanted.max_bytes {
            all.compare("max_bytes", &found.max_bytes, &wanted.max_bytes);
        }
        all.0
    }
}

#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare<T: PartialEq + Debug>(&mut self, field: &str, found: &T, wanted: &T) {
        if found != wanted {
            self.0.push(format!("{field} is {found:?}, not {wanted:?}"));
        }
    }
}

/// The prefix under which other accounts import the consumer API of our streams.
pub(super) const SERVICES_API: &str = "JS.CABAS.API";

/// The subjects of a stream beyond an account or a line: where its consumer API is heard, and under which prefix it delivers.
pub(super) fn source(stream: &str, subjects: &str, api_prefix: &str, delivery_prefix: &str) -> Source {
    Source {
        name: stream.to_owned(),
        filter_subject: Some(subjects.to_owned()),
        external: Some(External {
            api_prefix: api_prefix.to_owned(),
            delivery_prefix: Some(delivery_prefix.to_owned()),
        }),
        ..Source::default()
    }
}

fn source_names(config: &Config) -> Vec<(String, Option<String>)> {
    let name =
        |source: &Source| (source.name.clone(), source.external.as_ref().map(|e| e.api_prefix.clone()));
    config.sources.iter().flatten().map(name).collect()
}

impl Bus {
    /// Creates the stream when it is absent, and refuses one that is there with another configuration.
    pub async fn ensure_stream(&self, spec: &StreamSpec) -> Result<(), BusError> {
        self.stream(spec).await.map(drop)
    }

    /// What a service asks for as it starts: the stream as it must be, or a server that is still to come, which the relay then asks.
    pub async fn expect_stream(&self, spec: &StreamSpec) -> Result<(), BusError> {
        match self.ensure_stream(spec).await {
            Err(BusError::NotConnected) => {
                tracing::warn!("the stream is looked at when NATS is there");
                Ok(())
            }
            outcome => outcome,
        }
    }

    pub(crate) async fn stream(&self, spec: &StreamSpec) -> Result<Stream, BusError> {
        self.ready()?;
        let stream = match self.existing_stream(&spec.name).await {
            Err(BusError::StreamMissing(_)) => self.create_stream(spec).await?,
            other => other?,
        };
        let differences = spec.differences(&stream.cached_info().config);
        if differences.is_empty() {
            Ok(stream)
        } else {
            Err(BusError::StreamDrift { stream: spec.name.clone(), differences: differences.join(", ") })
        }
    }

    pub(crate) async fn existing_stream(&self, name: &str) -> Result<Stream, BusError> {
        self.ready()?;
        self.jetstream().get_stream(name).await.map_err(|error| match error.kind() {
            GetStreamErrorKind::JetStream(inner) if inner.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                BusError::StreamMissing(name.to_owned())
            }
            _ => BusError::request(format!("reading the stream {name}"), error),
        })
    }

    async fn create_stream(&self, spec: &StreamSpec) -> Result<Stream, BusError> {
        let name = &spec.name;
        match self.jetstream().create_stream(spec.config()).await {
            Ok(stream) => {
                tracing::info!(stream = name, "created the stream");
                Ok(stream)
            }
            // Another replica was faster, or somebody else had another idea of it: the comparison tells.
            Err(error)
                if matches!(error.kind(), CreateStreamErrorKind::JetStream(inner)
                    if inner.error_code() == ErrorCode::STREAM_NAME_EXIST) =>
            {
                self.existing_stream(name).await
            }
            Err(error) => Err(BusError::request(format!("creating the stream {name}"), error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_could_forget_is_refused_and_a_larger_one_is_not() {
        let spec = StreamSpec::sales();
        assert_eq!(spec.differences(&spec.config()), Vec::<String>::new());
        assert_eq!(spec.differences(&Config { max_bytes: 100 * GIB, ..spec.config() }), Vec::<String>::new());

        let forgetful = Config { discard: DiscardPolicy::Old, deny_purge: false, ..spec.config() };
        assert_eq!(spec.differences(&forgetful).len(), 2);
        let hasty = Config { persist_mode: Some(PersistenceMode::Async), ..spec.config() };
        assert_eq!(spec.differences(&hasty), ["asynchronous is true, not false"]);
        let small = Config { max_bytes: 1, ..spec.config() };
        assert_eq!(spec.differences(&small), ["max_bytes is 1, not 8589934592"]);
    }
}
