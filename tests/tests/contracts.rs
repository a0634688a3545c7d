//! The published schemas of the events against the golden samples: they let pass what is right, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use async_nats::HeaderMap;
use e2e::{contracts::Contracts, schema, streams::Kept};
use proto::subject;
use serde_json::{Value, json};

fn golden(event_type: &str) -> Value {
    let file = format!("{}/../crates/proto/tests/golden/{event_type}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Every event type with its schema and its golden sample.
fn events() -> impl Iterator<Item = (&'static str, Value, Value)> {
    let contracts = Contracts::read();
    subject::TYPES
        .iter()
        .map(move |event_type| (*event_type, contracts.schema(event_type), golden(event_type)))
}

/// The pointers to everything inside a value, however deep.
fn places(value: &Value, here: &str) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (format!("{here}/{name}"), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (format!("{here}/{index}"), value)).collect()
        }
        _ => Vec::new(),
    };
    inside
        .into_iter()
        .flat_map(|(place, value)| [vec![place.clone()], places(value, &place)].concat())
        .collect()
}

/// Holds that a sample in which one place was changed does not fit, and that the complaint names the place.
fn is_refused(schema: &Value, sample: &Value, place: &str, change: impl FnOnce(&mut Value)) {
    let mut changed = sample.clone();
    change(changed.pointer_mut(place).unwrap());
    let misfits = schema::misfits(schema, schema, &changed);
    assert!(misfits.len() == 1 && misfits[0].starts_with(place), "{place}: {misfits:?}");
}

#[test]
fn there_is_a_channel_for_every_event_and_no_other() {
    let types: BTreeSet<String> = subject::TYPES.iter().map(ToString::to_string).collect();
    assert_eq!(Contracts::read().event_types(), types);
}

#[test]
fn every_golden_sample_fits_its_schema() {
    for (event_type, schema, sample) in events() {
        assert_eq!(schema::misfits(&schema, &schema, &sample), Vec::<String>::new(), "{event_type}");
    }
}

#[test]
fn a_sample_with_a_value_of_another_kind_does_not_fit() {
    for (_, schema, sample) in events() {
        for place in places(&sample, "") {
            is_refused(&schema, &sample, &place, |value| {
                *value = match value {
                    Value::String(_) => json!(1),
                    Value::Number(_) => json!("1"),
                    Value::Array(_) => json!({}),
                    _ => json!([]),
                };
            });
        }
    }
}

#[test]
fn a_sample_with_a_fraction_of_a_cent_or_a_time_that_is_none_does_not_fit() {
    let mut changed = BTreeSet::new();
    for (_, schema, sample) in events() {
        for place in places(&sample, "") {
            let value = sample.pointer(&place).unwrap();
            if let Some(number) = value.as_i64() {
                is_refused(&schema, &sample, &place, |value| *value = json!(number as f64 + 0.5));
                changed.insert("a number");
            } else if place.ends_with("_time") {
                is_refused(&schema, &sample, &place, |value| *value = json!("yesterday"));
                changed.insert("a time");
            }
        }
    }
    assert_eq!(changed.len(), 2, "{changed:?}");
}

#[test]
fn a_sample_that_lacks_a_field_does_not_fit() {
    for (event_type, schema, sample) in events() {
        for place in places(&sample, "") {
            let (within, name) = place.rsplit_once('/').unwrap();
            let mut changed = sample.clone();
            if let Some(fields) = changed.pointer_mut(within).and_then(Value::as_object_mut) {
                fields.remove(name).unwrap();
                let expected = [format!("{within}: \"{name}\" is missing")];
                assert_eq!(schema::misfits(&schema, &schema, &changed), expected, "{event_type}");
            }
        }
    }
}

#[test]
fn a_field_of_tomorrow_changes_nothing() {
    for (event_type, schema, sample) in events() {
        let mut grown = sample.clone();
        for place in [vec![String::new()], places(&sample, "")].concat() {
            if let Some(fields) = grown.pointer_mut(&place).and_then(Value::as_object_mut) {
                fields.insert("a_field_of_tomorrow".to_owned(), json!({"deep": [1.5, null]}));
            }
        }
        assert_ne!(grown, sample);
        assert_eq!(schema::misfits(&schema, &schema, &grown), Vec::<String>::new(), "{event_type}");
    }
}

#[test]
fn a_message_without_one_of_the_headers_or_of_another_type_does_not_fit() {
    let contracts = Contracts::read();
    let event_type = subject::TYPES[0];
    let headers = [
        ("ce-id", "0192f3a0-0000-7000-8000-000000000001"),
        ("ce-type", event_type),
        ("ce-source", "/checkout/LILLE"),
        ("ce-time", "2026-05-02T09:31:07Z"),
        ("ce-specversion", "1.0"),
        ("content-type", "application/json"),
        ("Nats-Msg-Id", "0192f3a0-0000-7000-8000-000000000001"),
    ];
    let misfits = |headers: &[(&str, &str)]| {
        let mut kept = Kept {
            subject: format!("{event_type}.LILLE"),
            headers: HeaderMap::new(),
            payload: golden(event_type).to_string().into_bytes(),
        };
        headers.iter().for_each(|(name, value)| kept.headers.insert(*name, *value));
        contracts.misfits(&kept)
    };
    assert_eq!(misfits(&headers), Vec::<String>::new());
    for (index, (name, _)) in headers.iter().enumerate() {
        let fewer = [&headers[..index], &headers[index + 1..]].concat();
        assert_eq!(misfits(&fewer), [format!(": \"{name}\" is missing")]);
        // Any text is a source.
        let mut other = headers;
        other[index].1 = "another";
        assert_eq!(misfits(&other).is_empty(), *name == "ce-source", "{name}");
    }
}
