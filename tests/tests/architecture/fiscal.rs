//! What the documents for the tax office say of the code.

use crate::workspace::{assert_none, read, sources, sources_of};

/// The documents that name tests.
const DOCUMENTS: [&str; 2] = ["docs/fiscal.md", "docs/attestation.md"];

/// Words in backquotes that are the name of a test.
fn named(document: &str) -> Vec<String> {
    let text = read(document);
    let words = text.split('`').skip(1).step_by(2);
    let is_name = |word: &&str| {
        let is_snake = word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        is_snake && word.matches('_').count() >= 3
    };
    words.filter(is_name).map(str::to_owned).collect()
}

#[test]
fn every_test_that_a_document_for_the_tax_office_names_is_there() {
    let mut there = Vec::new();
    for source in sources() {
        let mut is_test = false;
        for (_, line) in source.code() {
            let line = line.trim();
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            if let Some((_, name)) = line.split_once("fn ").filter(|_| is_test) {
                is_test = false;
                there.push(name.split('(').next().unwrap_or_default().to_owned());
            }
        }
    }
    let names: Vec<String> = DOCUMENTS.iter().flat_map(|document| named(document)).collect();
    assert!(names.len() > 20, "{names:?}");
    let missing = names.into_iter().filter(|name| !there.contains(name));
    assert_none(&missing.collect::<Vec<_>>());
}

#[test]
fn every_technical_event_of_the_table_is_told_to_the_tax_office_and_sealed_by_the_service() {
    let table = read("crates/fiscal/src/event.rs");
    let codes = table.lines().filter_map(|line| {
        let (name, meaning) = line.strip_prefix("pub const ")?.split_once(": Code = ")?;
        let number = meaning.split(['(', ',']).nth(1)?;
        Some((name.to_owned(), number.to_owned()))
    });
    let codes: Vec<(String, String)> = codes.collect();
    assert_eq!(codes.len(), 11, "{codes:?}");
    let (manual, service) = (read("docs/fiscal.md"), sources_of(&["checkout"]));
    let mut wrong = Vec::new();
    for (name, number) in codes {
        let is_listed = manual.lines().filter(|line| line.starts_with("| ")).any(|line| {
            line.split('|').nth(1).is_some_and(|cell| cell.split(", ").any(|told| told.trim() == number))
        });
        if !is_listed {
            wrong.push(format!("{number} {name} is not in the table of docs/fiscal.md"));
        }
        let mut product = service.iter().filter(|source| !source.is_test());
        let is_sealed = product.any(|source| source.product_code().any(|(_, line)| line.contains(&name)));
        if !is_sealed {
            wrong.push(format!("{number} {name} is sealed by nothing"));
        }
    }
    assert_none(&wrong);
}
