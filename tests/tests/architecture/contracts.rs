//! The contracts and what keeps them true.

use std::collections::BTreeSet;

use crate::workspace::{SERVICES, assert_none, files, read, root};

#[test]
fn every_service_has_a_contract_of_its_name() {
    let contract = |service: &str| format!("proto/cabas/{service}/v1/{service}_service.proto");
    let missing = SERVICES.into_iter().map(contract).filter(|path| !root().join(path).is_file());
    assert_none(&missing.collect::<Vec<_>>());
}

#[test]
fn every_event_has_a_golden_sample() {
    let golden: BTreeSet<String> = files("crates/proto/tests/golden", "json").into_iter().collect();
    let mut found = Vec::new();
    for event in event_types() {
        let is_sample = |path: &&String| path.rsplit('/').next().is_some_and(|name| name.starts_with(&event));
        if !golden.iter().any(|path| is_sample(&path)) {
            found.push(format!("crates/proto/tests/golden/{event}….json is missing"));
        }
    }
    assert_none(&found);
}

/// The types of all events, such as `sales.completed`, from the one place where they are written.
fn event_types() -> Vec<String> {
    let subjects = read("crates/proto/src/subject.rs");
    let lines = subjects.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let values =
        lines.filter_map(|line| line.strip_suffix("\";")?.split_once(" = \"")).map(|(_, value)| value);
    let types: Vec<String> = values.filter(|value| value.contains('.')).map(str::to_owned).collect();
    assert!(types.len() > 5, "the events are no longer found in subject.rs: {types:?}");
    types
}

#[test]
fn generated_code_is_not_committed() {
    let generated =
        files("crates", "rs").into_iter().filter(|path| read(path).contains("This file is @generated"));
    // This file names the mark itself.
    assert_none(&generated.collect::<Vec<_>>());
}
