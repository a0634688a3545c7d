//! How files are cut, named and reached.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::workspace::{Source, assert_none, entries, files, packages, root, sources};

const MOST_LINES: usize = 400;

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let long = sources().into_iter().map(|source| (source.text.lines().count(), source.path));
    let long = long.filter(|(lines, _)| *lines > MOST_LINES);
    assert_none(&long.map(|(lines, path)| format!("{path}: {lines} lines")).collect::<Vec<_>>());
}

#[test]
fn modules_are_named_by_their_files() {
    let found: Vec<String> = files("crates", "rs").into_iter().chain(files("tests", "rs")).collect();
    let found: Vec<String> = found.into_iter().filter(|path| path.ends_with("/mod.rs")).collect();
    assert_none(&found);
}

#[test]
fn nothing_is_named_for_having_no_name() {
    let vague =
        ["common", "core", "shared", "utils", "util", "helpers", "helper", "misc", "manager", "handler"];
    let mut found = Vec::new();
    for source in sources() {
        let parts = source.path.trim_end_matches(".rs").split('/');
        if parts.into_iter().any(|part| vague.contains(&part)) {
            found.push(source.path.clone());
        }
        for (number, line) in source.code() {
            if is_vague_name(line.trim_start()) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none(&found);
}

fn is_vague_name(line: &str) -> bool {
    if !line.starts_with(|c: char| c.is_ascii_lowercase()) {
        return false;
    }
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let kinds = ["fn", "struct", "enum", "trait", "type", "mod"];
    let Some(kind) =
        words.find(|word| kinds.contains(word) || !["pub", "crate", "async", "const"].contains(word))
    else {
        return false;
    };
    let name = words.next().unwrap_or_default();
    match kind {
        "fn" => name.starts_with("process_") || name.starts_with("do_") || name.ends_with("_inner"),
        "struct" | "enum" | "trait" | "type" => {
            ["Manager", "Handler", "Helper", "Data", "Info", "Util", "Utils"]
                .iter()
                .any(|end| name.ends_with(end))
        }
        _ => false,
    }
}

#[test]
fn a_vague_name_is_recognised_and_a_good_one_left_alone() {
    for vague in [
        "pub async fn process_sale(",
        "fn create_inner() {",
        "pub(crate) struct StoreManager {",
        "enum LineData {",
    ] {
        assert!(is_vague_name(vague), "{vague}");
    }
    for good in [
        "pub fn domain() {",
        "struct Basket {",
        "use tonic_types::ErrorInfo;",
        "let data = 1;",
        "fn processed(self) {",
    ] {
        assert!(!is_vague_name(good), "{good}");
    }
}

#[test]
fn every_file_is_reached_from_a_target() {
    let mut reached = BTreeSet::new();
    for package in packages() {
        for target in package.targets {
            reach(&target.src_path, true, &mut reached);
        }
    }
    let found = sources().into_iter().filter(|source| !reached.contains(&root().join(&source.path)));
    assert_none(&found.map(|source| source.path).collect::<Vec<_>>());
}

/// Follows the `mod` lines of a file.
fn reach(file: &Path, is_root: bool, reached: &mut BTreeSet<PathBuf>) {
    if !reached.insert(file.to_path_buf()) {
        return;
    }
    // A module that is not there is the compiler's business.
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let folder = file.parent().expect("a file lies in a folder");
    let children = if is_root { folder.to_path_buf() } else { file.with_extension("") };
    let mut named = None;
    for line in text.lines().map(str::trim) {
        if let Some(path) = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
            named = Some(folder.join(path));
        } else if let Some(module) = declared_module(line) {
            let child = named.take().unwrap_or_else(|| children.join(format!("{module}.rs")));
            reach(&child, false, reached);
        }
    }
}

/// `pub(crate) mod name;` gives `name`.
fn declared_module(line: &str) -> Option<&str> {
    let (before, name) = line.strip_suffix(';')?.rsplit_once("mod ")?;
    let before = before.trim_end();
    (before.is_empty() || before.starts_with("pub")).then_some(name)
}

#[test]
fn every_crate_tells_what_it_is_for() {
    let mut found = Vec::new();
    for folder in entries(&root().join("crates")) {
        let readme = folder.join("README.md");
        if !readme.is_file() {
            found.push(readme.display().to_string());
        }
    }
    assert_none(&found);
}

#[test]
fn a_crate_and_its_folder_have_one_name() {
    let mut packages = packages();
    packages.retain(|package| {
        let folder = package.manifest_path.parent().and_then(Path::file_name);
        package.name != "e2e" && folder.is_none_or(|folder| folder != package.name.as_str())
    });
    assert_none(&packages.into_iter().map(|package| package.name).collect::<Vec<_>>());
}

#[test]
fn a_file_is_as_long_as_its_lines() {
    let source = Source { path: "crates/till/src/store/sale.rs".into(), text: "// why\nfn f() {}\n".into() };
    assert_eq!(source.code().collect::<Vec<_>>(), [(2, "fn f() {}")]);
    assert_eq!((source.package(), source.module()), ("till", Some("store/sale")));
    assert!(source.is_in("store") && !source.is_in("sale") && !source.is_test());
}
