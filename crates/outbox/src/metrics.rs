//! What can be watched from outside. The names are listed in the README.

use std::sync::LazyLock;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge};

struct Instruments {
    depth: Gauge<u64>,
    age: Gauge<f64>,
    published: Counter<u64>,
    lost: Counter<u64>,
    applied: Counter<u64>,
    duplicates: Counter<u64>,
    dead_letters: Counter<u64>,
}

static INSTRUMENTS: LazyLock<Instruments> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("outbox");
    Instruments {
        depth: meter
            .u64_gauge("outbox.depth")
            .with_unit("{event}")
            .with_description("Events recorded and not yet acknowledged by the stream")
            .build(),
        age: meter
            .f64_gauge("outbox.age")
            .with_unit("s")
            .with_description("Age of the oldest event not yet acknowledged by the stream")
            .build(),
        published: meter
            .u64_counter("outbox.published")
            .with_unit("{event}")
            .with_description("Events acknowledged by the stream")
            .build(),
        lost: meter
            .u64_counter("outbox.lost")
            .with_unit("{event}")
            .with_description("Events the stream had lost, to be published again")
            .build(),
        applied: meter
            .u64_counter("inbox.applied")
            .with_unit("{event}")
            .with_description("Events applied")
            .build(),
        duplicates: meter
            .u64_counter("inbox.duplicates")
            .with_unit("{event}")
            .with_description("Deliveries of an event already applied")
            .build(),
        dead_letters: meter
            .u64_counter("inbox.dead_letters")
            .with_unit("{event}")
            .with_description("Events put aside for a person")
            .build(),
    }
});

fn stream(name: &str) -> [KeyValue; 1] {
    [KeyValue::new("messaging.destination.name", name.to_owned())]
}

fn consumer(name: &str) -> [KeyValue; 1] {
    [KeyValue::new("messaging.consumer.group.name", name.to_owned())]
}

pub(crate) fn waiting(stream_name: &str, depth: u64, age_seconds: f64) {
    INSTRUMENTS.depth.record(depth, &stream(stream_name));
    INSTRUMENTS.age.record(age_seconds, &stream(stream_name));
}

pub(crate) fn published(stream_name: &str, events: u64) {
    INSTRUMENTS.published.add(events, &stream(stream_name));
}

pub(crate) fn lost(stream_name: &str, events: u64) {
    INSTRUMENTS.lost.add(events, &stream(stream_name));
}

pub(crate) fn applied(consumer_name: &str) {
    INSTRUMENTS.applied.add(1, &consumer(consumer_name));
}

pub(crate) fn duplicate(consumer_name: &str) {
    INSTRUMENTS.duplicates.add(1, &consumer(consumer_name));
}

pub(crate) fn dead_letter(consumer_name: &str) {
    INSTRUMENTS.dead_letters.add(1, &consumer(consumer_name));
}
