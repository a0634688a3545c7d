//! Tests that pass because they do not look are worse than none.

use crate::workspace::{Source, Target, assert_none, packages, sources};

// The words are put together here, so that a search for them finds offenders and not this file.
const UNFINISHED: [&str; 3] = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!(")];
const SKIPPED: [&str; 2] = [concat!("#[", "ignore"), concat!("should_panic", "]")];
const SLEEP: &str = concat!("sleep", "(");

fn lines<'a>(sources: &'a [Source], is_refused: impl Fn(&str) -> bool) -> Vec<String> {
    let all =
        sources.iter().flat_map(|source| source.code().map(move |(number, line)| (source, number, line)));
    let refused = all.filter(|(_, _, line)| is_refused(line));
    refused
        .map(|(source, number, line): (&'a Source, _, _)| {
            format!("{}:{number}: {}", source.path, line.trim())
        })
        .collect()
}

#[test]
fn nothing_is_left_unfinished() {
    assert_none(&lines(&sources(), |line| UNFINISHED.iter().any(|word| line.contains(word))));
}

#[test]
fn no_test_is_skipped() {
    assert_none(&lines(&sources(), |line| line.trim_start().starts_with(SKIPPED[0])));
}

#[test]
fn a_test_that_expects_a_panic_says_which() {
    assert_none(&lines(&sources(), |line| line.contains(SKIPPED[1])));
}

#[test]
fn tests_wait_for_what_they_expect_and_never_for_the_clock() {
    let mut tests = sources();
    tests.retain(Source::is_test);
    assert_none(&lines(&tests, sleeps));
}

/// A call of its own, and not the end of another name.
fn sleeps(line: &str) -> bool {
    line.match_indices(SLEEP).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|c| c.is_ascii_lowercase() || c == '_')
    })
}

#[test]
fn a_call_to_sleep_is_recognised() {
    assert!(sleeps(&format!("tokio::time::{SLEEP}second).await;")));
    assert!(!sleeps(&format!("the_server_may_{SLEEP});")));
}

#[test]
fn a_tests_name_is_a_sentence() {
    let mut found = Vec::new();
    for source in sources() {
        let mut is_test = false;
        for (number, line) in source.code() {
            let line = line.trim();
            if line == "#[test]" || line.starts_with("#[tokio::test") || line.starts_with("#[sqlx::test") {
                is_test = true;
            } else if let Some((_, name)) = line.split_once("fn ").filter(|_| is_test) {
                is_test = false;
                let name = name.split('(').next().unwrap_or_default();
                if name.starts_with("test_") || name.split('_').count() < 3 {
                    found.push(format!("{}:{number}: {name}", source.path));
                }
            }
        }
    }
    assert_none(&found);
}

#[test]
fn tests_on_real_data_run_only_when_the_data_is_named() {
    let variable = concat!("CABAS_TEST", "_DATA");
    let mut tests: Vec<Target> = packages().into_iter().flat_map(|package| package.targets).collect();
    tests.retain(|target| target.kind == ["test"] && (target.test || target.name != "data"));
    tests
        .retain(|target| std::fs::read_to_string(&target.src_path).is_ok_and(|text| text.contains(variable)));
    assert_none(&tests.iter().map(|target| target.src_path.display().to_string()).collect::<Vec<_>>());
}

#[test]
fn an_exception_to_a_lint_says_why() {
    let silenced = concat!("#[", "allow(");
    assert_none(&lines(&sources(), |line| line.contains(silenced) && !line.contains("reason")));
}
