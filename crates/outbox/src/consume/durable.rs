//! The durable consumer on the server: created when absent, compared when present, never changed.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{
    AckPolicy, Config as FoundConfig, Consumer, DeliverPolicy, PullConsumer, ReplayPolicy,
};
use async_nats::jetstream::context::ConsumerInfoErrorKind;
use async_nats::jetstream::stream::Stream;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::{ConsumeError, ConsumerSpec};
use crate::bus::{Bus, BusError};
use crate::purge::RETENTION_DAYS;

/// Unless it is acknowledged by then a message is delivered again; a longer work says that it goes on.
pub(super) const ACK_WAIT: Duration = Duration::from_secs(30);
const MAX_ACK_PENDING: i64 = 256;

/// Finds or makes the consumer of `spec`.
pub(super) async fn ensure(
    spec: &ConsumerSpec,
    pool: &PgPool,
    bus: &Bus,
) -> Result<PullConsumer, ConsumeError> {
    let stream = bus.existing_stream(&spec.stream).await?;
    let consumer = match stream.consumer_info(&spec.durable).await {
        Ok(info) => Consumer::new(wanted(spec, DeliverPolicy::All), info, bus.jetstream().clone()),
        Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => create(spec, pool, &stream).await?,
        Err(error) => return Err(failed(spec, "reading", error.into())),
    };
    let info = consumer.cached_info();
    let mut differences = differences(spec, &info.config);
    // What it has delivered went to another database, or to this one before it was put back from a copy.
    if info.delivered.stream_sequence > 0 && !is_remembered(spec, pool).await? {
        differences.push("it has delivered events that this database has never seen".to_owned());
    }
    if differences.is_empty() {
        remember(spec, pool).await?;
        return Ok(consumer);
    }
    Err(ConsumeError::Drift {
        stream: spec.stream.clone(),
        durable: spec.durable.clone(),
        differences: differences.join(", "),
    })
}

/// A consumer that never was reads the stream from its beginning. One that was lost reads again only as far back as the inbox
/// surely remembers: further back it would apply everything a second time.
async fn create(spec: &ConsumerSpec, pool: &PgPool, stream: &Stream) -> Result<PullConsumer, ConsumeError> {
    let from = if is_remembered(spec, pool).await? {
        let start_time = OffsetDateTime::now_utc() - time::Duration::days(RETENTION_DAYS.into());
        tracing::warn!(
            stream = spec.stream,
            consumer = spec.durable,
            %start_time,
            "the consumer was lost: reading again what the inbox remembers"
        );
        DeliverPolicy::ByStartTime { start_time }
    } else {
        tracing::info!(stream = spec.stream, consumer = spec.durable, "created the consumer");
        DeliverPolicy::All
    };
    stream.create_consumer(wanted(spec, from)).await.map_err(|error| failed(spec, "creating", error.into()))
}

fn wanted(spec: &ConsumerSpec, deliver_policy: DeliverPolicy) -> Config {
    let (filter_subject, filter_subjects) = match spec.filter_subjects.as_slice() {
        [only] => (only.clone(), Vec::new()),
        several => (String::new(), several.to_vec()),
    };
    Config {
        durable_name: Some(spec.durable.clone()),
        deliver_policy,
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        // The loop counts. Left to the server, an exhausted message stays in the stream, unseen by every figure.
        max_deliver: -1,
        filter_subject,
        filter_subjects,
        replay_policy: ReplayPolicy::Instant,
        max_ack_pending: MAX_ACK_PENDING,
        ..Config::default()
    }
}

fn differences(spec: &ConsumerSpec, found: &FoundConfig) -> Vec<String> {
    let mut all = Vec::new();
    let mut compare = |field: &str, same: bool, found: String, wanted: String| {
        if !same {
            all.push(format!("{field} is {found}, not {wanted}"));
        }
    };
    let subjects: BTreeSet<&str> = found
        .filter_subjects
        .iter()
        .chain([&found.filter_subject])
        .map(String::as_str)
        .filter(|subject| !subject.is_empty())
        .collect();
    let wanted: BTreeSet<&str> = spec.filter_subjects.iter().map(String::as_str).collect();
    compare("filter_subjects", subjects == wanted, format!("{subjects:?}"), format!("{wanted:?}"));
    let explicit = found.ack_policy == AckPolicy::Explicit;
    compare("ack_policy", explicit, format!("{:?}", found.ack_policy), "Explicit".to_owned());
    compare("ack_wait", found.ack_wait == ACK_WAIT, format!("{:?}", found.ack_wait), format!("{ACK_WAIT:?}"));
    compare("max_deliver", found.max_deliver <= 0, found.max_deliver.to_string(), "unlimited".to_owned());
    let pull = found.deliver_subject.is_none();
    compare("delivery", pull, "push".to_owned(), "pull".to_owned());
    let lasting = found.durable_name.is_some() && found.inactive_threshold.is_zero();
    compare("lifetime", lasting, "bounded".to_owned(), "unbounded".to_owned());
    compare("headers_only", !found.headers_only, "true".to_owned(), "false".to_owned());
    compare(
        "max_ack_pending",
        found.max_ack_pending == MAX_ACK_PENDING,
        found.max_ack_pending.to_string(),
        MAX_ACK_PENDING.to_string(),
    );
    all
}

fn failed(spec: &ConsumerSpec, what: &str, error: Box<dyn std::error::Error + Send + Sync>) -> ConsumeError {
    BusError::request(format!("{what} the consumer {} of {}", spec.durable, spec.stream), error).into()
}

async fn is_remembered(spec: &ConsumerSpec, pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select
            from consumer
            where stream = $1
              and consumer = $2
        ) as "known!"
        "#,
        spec.stream,
        spec.durable,
    )
    .fetch_one(pool)
    .await
}

async fn remember(spec: &ConsumerSpec, pool: &PgPool) -> Result<(), sqlx::Error> {
    if is_remembered(spec, pool).await? {
        return Ok(());
    }
    let mut tx = pool.begin().await?;
    sqlx::query!(
        r#"
        insert into consumer (stream, consumer)
        values ($1, $2)
        on conflict on constraint consumer_pk do nothing
        "#,
        spec.stream,
        spec.durable,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}
