//! The events as documents that can be read without any code of ours: JSON Schema and AsyncAPI, made from the contracts,
//! the subjects of `crates/proto` and the golden samples.

mod asyncapi;
mod schema;
/// The very file that `crates/proto` compiles: the crate itself would bring a whole network stack into these commands.
#[path = "../../proto/src/subject.rs"]
#[expect(dead_code, reason = "only the table of the events is needed here")]
#[allow(rustdoc::broken_intra_doc_links, reason = "the messages are in crates/proto")]
mod subject;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use protox::prost_reflect::{DescriptorPool, MessageDescriptor};
use serde_yaml_ng::Value;

use crate::contracts;
use crate::contracts::naming::snake;
use crate::workspace::{entries, name, root};

/// What stands on top of everything that is written here.
const ORIGIN: &str = "Made by `cargo xtask prepare` from proto/ and crates/proto; change those.";

/// An event and what is known of it.
struct Event {
    /// Its subject without the store, which is also its CloudEvents type.
    event_type: String,
    /// Its message.
    message: MessageDescriptor,
    /// Its golden sample.
    sample: Value,
}

/// Writes the documents anew.
pub fn renew() -> Result<()> {
    let (documents, stale) = compared()?;
    for file in &stale {
        let path = folder().join(file);
        match documents.get(file) {
            Some(text) => {
                std::fs::create_dir_all(path.parent().expect("a document lies in a folder"))?;
                std::fs::write(path, text)?;
            }
            None => std::fs::remove_file(path)?,
        }
    }
    eprintln!("{} documents of the events: {} renewed", documents.len(), stale.len());
    Ok(())
}

/// Fails when a document is not what the contracts give.
pub fn check() -> Result<()> {
    let (documents, stale) = compared()?;
    if !stale.is_empty() {
        let stale: Vec<&str> = stale.iter().map(String::as_str).collect();
        bail!("docs/events is not fresh: {}; run `cargo xtask prepare` and commit", stale.join(", "));
    }
    eprintln!("{} documents of the events are what the contracts give", documents.len());
    Ok(())
}

fn folder() -> PathBuf {
    root().join("docs/events")
}

/// What the documents must be, and which files are otherwise.
fn compared() -> Result<(BTreeMap<String, String>, BTreeSet<String>)> {
    let events = events(&contracts::descriptors()?, subject::EVENTS, |event_type| {
        let file = root().join(format!("crates/proto/tests/golden/{event_type}.json"));
        std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))
    })?;
    let documents = documents(&events)?;
    let kept = written(&folder())?;
    let names = documents.keys().chain(kept.keys());
    let stale = names.filter(|file| documents.get(*file) != kept.get(*file)).cloned().collect();
    Ok((documents, stale))
}

/// Finds the message and the sample of every event.
fn events(
    contracts: &DescriptorPool,
    table: &[(&str, &str)],
    sample: impl Fn(&str) -> Result<String>,
) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for (name, event_type) in table {
        let is_it = |message: &MessageDescriptor| {
            message.parent_file().name().ends_with("/events.proto") && snake(message.name()) == *name
        };
        let mut named = contracts.all_messages().filter(is_it);
        let (Some(message), None) = (named.next(), named.next()) else {
            bail!("{event_type}: {name} is not the name of one message of the files events.proto");
        };
        // Every JSON text is YAML too, and here the fields keep their order.
        let sample = serde_yaml_ng::from_str(&sample(event_type)?)?;
        events.push(Event { event_type: (*event_type).to_owned(), message, sample });
    }
    Ok(events)
}

/// Every document by its path below `docs/events`.
fn documents(events: &[Event]) -> Result<BTreeMap<String, String>> {
    let mut documents = BTreeMap::new();
    for event in events {
        let schema = schema::of(event).with_context(|| event.event_type.clone())?;
        documents.insert(schema_file(event), serde_json::to_string_pretty(&schema)? + "\n");
    }
    let text = serde_yaml_ng::to_string(&asyncapi::of(events))?;
    documents.insert("asyncapi.yaml".to_owned(), format!("# {ORIGIN}\n{text}"));
    Ok(documents)
}

fn schema_file(event: &Event) -> String {
    format!("schema/{}.json", event.event_type)
}

/// The documents as they lie there.
fn written(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for (below, extension) in [("", "yaml"), ("schema/", "json")] {
        let folder = folder.join(below);
        if !folder.is_dir() {
            continue;
        }
        for file in entries(&folder)? {
            if file.extension().is_some_and(|found| found == extension) {
                files.insert(format!("{below}{}", name(&file)), std::fs::read_to_string(&file)?);
            }
        }
    }
    Ok(files)
}

/// An object of a document; its entries keep their order, whatever order `serde_json` was built to keep.
fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Mapping(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

fn reference(to: &str) -> Value {
    object([("$ref", to.into())])
}

#[cfg(test)]
mod tests;
