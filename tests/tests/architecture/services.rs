//! The services look alike, and each part is named once and everywhere the same.

use std::collections::BTreeSet;

use crate::workspace::{CLIENTS, SERVICES, assert_none, entries, read, root};

/// The modules every service has.
const MODULES: [&str; 8] = ["lib", "config", "domain", "app", "store", "rpc", "events", "error"];
/// From what is given to what is decided, told and kept; the formatter sorts the rest within its groups.
const READING_ORDER: [&str; 4] = ["config", "domain", "app", "store"];
const LONGEST_README: usize = 60;

fn headings(readme: &str) -> Vec<String> {
    let lines = readme.lines().filter(|line| line.starts_with("## "));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_service_has_the_same_modules() {
    let mut found = Vec::new();
    for service in SERVICES {
        for module in MODULES {
            let path = format!("crates/{service}/src/{module}.rs");
            if !root().join(&path).is_file() {
                found.push(format!("{path} is missing"));
            }
        }
    }
    assert_none(&found);
}

#[test]
fn every_service_names_its_modules_in_reading_order() {
    let mut found = Vec::new();
    for service in SERVICES {
        let text = read(&format!("crates/{service}/src/lib.rs"));
        let declared = text
            .lines()
            .filter_map(|line| line.trim().strip_suffix(';')?.rsplit_once("mod "))
            .map(|(_, name)| name);
        let declared: Vec<&str> = declared.filter(|name| READING_ORDER.contains(name)).collect();
        if declared != READING_ORDER {
            found.push(format!("{service}: {}", declared.join(", ")));
        }
    }
    assert_none(&found);
}

#[test]
fn every_service_is_described_under_the_same_headings() {
    let described =
        SERVICES.map(|service| (service, headings(&read(&format!("crates/{service}/README.md")))));
    let (_, expected) = &described[0];
    assert!(!expected.is_empty(), "the README of {} has no headings", SERVICES[0]);
    let others = described.iter().filter(|(_, headings)| headings != expected);
    assert_none(
        &others.map(|(service, headings)| format!("{service}: {}", headings.join(", "))).collect::<Vec<_>>(),
    );
}

#[test]
fn a_description_fits_on_a_page() {
    let mut found = Vec::new();
    for name in [&SERVICES[..], &CLIENTS[..]].concat() {
        let lines = read(&format!("crates/{name}/README.md")).lines().count();
        if lines > LONGEST_README {
            found.push(format!("crates/{name}/README.md: {lines} lines"));
        }
    }
    assert_none(&found);
}

#[test]
fn every_outbox_is_the_same() {
    let reference = read("crates/outbox/migrations/0001_outbox.sql");
    let mut found = Vec::new();
    for service in SERVICES {
        let path = format!("crates/{service}/migrations/0002_outbox.sql");
        if std::fs::read_to_string(root().join(&path)).ok().as_ref() != Some(&reference) {
            found.push(format!("{path} is not the text of crates/outbox/migrations/0001_outbox.sql"));
        }
    }
    assert_none(&found);
}

#[test]
fn the_front_page_lists_exactly_the_services() {
    let parts: BTreeSet<String> = SERVICES.iter().chain(&CLIENTS).map(|name| (*name).to_owned()).collect();
    assert_eq!(rows(&read("README.md"), "service"), parts);
}

/// The names in the first column of the table whose first heading is this word.
fn rows(page: &str, heading: &str) -> BTreeSet<String> {
    let after = page.lines().skip_while(|line| !line.to_lowercase().starts_with(&format!("| {heading} |")));
    let table = after.skip(2).take_while(|line| line.starts_with('|'));
    let cells = table.filter_map(|line| line.split('|').nth(1));
    // A name may be a link: [checkout](crates/checkout)
    let first_word = |cell: &str| {
        cell.split(|c: char| !c.is_ascii_lowercase() && c != '-')
            .find(|word| !word.is_empty())
            .map(str::to_owned)
    };
    cells.filter_map(first_word).collect()
}

#[test]
fn the_names_of_a_table_are_read_with_and_without_links() {
    let page = "text\n| service | what |\n|---|---|\n| `one` | a |\n| [two](crates/other) | b |\n\n| `three` | c |\n";
    assert_eq!(rows(page, "service"), BTreeSet::from(["one".to_owned(), "two".to_owned()]));
}

#[test]
fn every_service_is_a_container_of_the_same_name() {
    let compose = read("docker-compose.yml");
    let missing = SERVICES.iter().chain(&CLIENTS).filter(|name| !compose.contains(&format!("\n  {name}:\n")));
    assert_none(&missing.map(|name| format!("docker-compose.yml has no {name}")).collect::<Vec<_>>());
}

#[test]
fn every_service_owns_a_database_of_its_own() {
    let mut found = Vec::new();
    for folder in entries(&root().join("crates")) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let owns = folder.join("sqlx.toml").is_file();
        if owns != (SERVICES.contains(&name.as_str()) || name == "outbox") {
            found.push(format!("{name}: sqlx.toml"));
        }
        let variable = format!("database-url-var = \"{}_DATABASE_URL\"", name.to_uppercase());
        if owns && !read(&format!("crates/{name}/sqlx.toml")).contains(&variable) {
            found.push(format!("{name}: sqlx.toml does not say {variable}"));
        }
    }
    assert_none(&found);
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let mut found = Vec::new();
    for service in SERVICES {
        let files = entries(&root().join(format!("crates/{service}/migrations")));
        let names: Vec<_> =
            files.iter().map(|file| file.file_name().unwrap_or_default().to_string_lossy()).collect();
        let is_next =
            |(index, name): (usize, &std::borrow::Cow<str>)| name.starts_with(&format!("{:04}_", index + 1));
        if names.is_empty() || !names.iter().enumerate().all(is_next) {
            found.push(format!("{service}: {}", names.join(", ")));
        }
    }
    assert_none(&found);
}
