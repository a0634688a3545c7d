//! The published contracts of the events, read from `docs/events` as somebody without our code reads them.

use std::{collections::BTreeSet, path::PathBuf};

use serde_json::Value;

use crate::{schema, streams::Kept};

/// The document of AsyncAPI, and what it refers to.
pub struct Contracts {
    asyncapi: Value,
}

impl Contracts {
    /// Reads it.
    #[must_use]
    pub fn read() -> Self {
        let text = std::fs::read_to_string(folder().join("asyncapi.yaml")).unwrap();
        Self { asyncapi: serde_yaml_ng::from_str(&text).unwrap() }
    }

    /// The types of all events that have a channel.
    #[must_use]
    pub fn event_types(&self) -> BTreeSet<String> {
        let channels = self.asyncapi["channels"].as_object().unwrap().values();
        let addresses = channels.map(|channel| channel["address"].as_str().unwrap());
        addresses.map(|address| address.strip_suffix(".{store}").unwrap().to_owned()).collect()
    }

    /// The schema of the payload of an event.
    #[must_use]
    pub fn schema(&self, event_type: &str) -> Value {
        let file = self.message(event_type)["payload"]["$ref"].as_str().unwrap();
        serde_json::from_str(&std::fs::read_to_string(folder().join(file)).unwrap()).unwrap()
    }

    /// Where a message of a stream is not what the contracts say, one sentence each.
    #[must_use]
    pub fn misfits(&self, kept: &Kept) -> Vec<String> {
        let (event_type, store_code) = kept.subject.rsplit_once('.').unwrap();
        let is_code = store_code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-');
        assert!(is_code && (1..=16).contains(&store_code.len()), "{}", kept.subject);
        let headers = kept.headers.iter().map(|(name, values)| {
            assert_eq!(values.len(), 1, "{name} of {}", kept.subject);
            (name.to_string(), Value::from(values[0].as_str()))
        });
        let promised = &self.message(event_type)["headers"];
        let mut misfits = schema::misfits(&self.asyncapi, promised, &Value::Object(headers.collect()));
        let promised = self.schema(event_type);
        misfits.extend(schema::misfits(&promised, &promised, &kept.body()));
        misfits
    }

    fn message(&self, event_type: &str) -> &Value {
        let address = format!("{event_type}.{{store}}");
        let mut channels = self.asyncapi["channels"].as_object().unwrap().values();
        let channel = channels.find(|channel| channel["address"] == address.as_str());
        let channel = channel.unwrap_or_else(|| panic!("no channel for {event_type}"));
        let messages = channel["messages"].as_object().unwrap();
        assert_eq!(messages.len(), 1, "{event_type}");
        self.referred(messages.values().next().unwrap())
    }

    fn referred(&self, reference: &Value) -> &Value {
        let pointer = reference["$ref"].as_str().unwrap().strip_prefix('#').unwrap();
        self.asyncapi.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/events")
}
