//! Who may depend on whom.

use crate::workspace::{CLIENTS, Dependency, PURE, SERVICES, assert_none, files, packages, read};

/// What makes a library impure: async, a database, a network.
const IMPURE: [&str; 13] = [
    "async-nats",
    "axum",
    "futures",
    "http",
    "hyper",
    "lettre",
    "prost",
    "rand",
    "rustls",
    "sqlx",
    "tokio",
    "tonic",
    "tower",
];

/// Those of the dependencies of these packages that are refused, as `package → dependency`.
fn refused(of: &[&str], is_refused: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages().iter().filter(|package| of.contains(&package.name.as_str())) {
        let refused = package.dependencies.iter().filter(|dependency| is_refused(&dependency.name));
        found.extend(refused.map(|dependency| format!("{} → {}", package.name, dependency.name)));
    }
    found
}

#[test]
fn no_service_depends_on_another_service() {
    let parts = [&SERVICES[..], &CLIENTS[..]].concat();
    assert_none(&refused(&parts, |dependency| parts.contains(&dependency) || dependency == "cabas"));
}

#[test]
fn only_the_program_the_journeys_and_the_measurements_depend_on_the_services() {
    let parts = [&SERVICES[..], &CLIENTS[..]].concat();
    let packages = packages();
    let others: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let others: Vec<&str> =
        others.into_iter().filter(|name| !["bench", "cabas", "e2e"].contains(name)).collect();
    assert_none(&refused(&others, |dependency| parts.contains(&dependency)));
}

#[test]
fn a_pure_library_depends_on_nothing_that_waits_or_writes() {
    assert_none(&refused(&PURE, |dependency| IMPURE.contains(&dependency)));
}

#[test]
fn a_pure_library_depends_on_no_other_crate_of_ours_but_pure_ones() {
    let packages = packages();
    let ours: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    assert_none(&refused(&PURE, |dependency| ours.contains(&dependency) && !PURE.contains(&dependency)));
}

#[test]
fn the_clients_have_no_database() {
    assert_none(&refused(&CLIENTS, |dependency| ["sqlx", "outbox", "async-nats"].contains(&dependency)));
}

#[test]
fn the_testbed_is_no_part_of_the_product() {
    let mut packages = packages();
    packages.retain(|package| !["bench", "demo", "e2e"].contains(&package.name.as_str()));
    let is_testbed = |dependency: &Dependency| dependency.name == "testbed" && dependency.kind.is_none();
    packages.retain(|package| package.dependencies.iter().any(is_testbed));
    assert_none(&packages.into_iter().map(|package| package.name).collect::<Vec<_>>());
}

#[test]
fn every_version_is_chosen_in_the_workspace() {
    let mut found = Vec::new();
    // A manifest further down is no part of the workspace: that of a fuzz target.
    let is_member = |path: &&String| path.ends_with("/Cargo.toml") && path.split('/').count() == 3;
    for path in files("crates", "toml").iter().filter(is_member) {
        let manifest = read(path);
        for inherited in ["version", "edition", "rust-version", "license", "publish"] {
            if !manifest.contains(&format!("\n{inherited}.workspace = true\n")) {
                found.push(format!("{path}: {inherited} is its own"));
            }
        }
        if !manifest.contains("[lints]\nworkspace = true\n") {
            found.push(format!("{path}: the lints are its own"));
        }
        let own = manifest.lines().filter(|line| line.contains("version = \"") || line.contains("git = \""));
        found.extend(own.map(|line| format!("{path}: {line}")));
    }
    assert_none(&found);
}
