//! What each layer of a service may know.

use crate::workspace::{CLIENTS, PURE, SERVICES, Source, assert_none, offences, sources, sources_of};

/// The product's code of the services, layer by layer.
fn layer(names: &[&str]) -> Vec<Source> {
    let mut sources = sources_of(&SERVICES);
    sources.retain(|source| !source.is_test() && names.iter().any(|name| source.is_in(name)));
    sources
}

fn product() -> Vec<Source> {
    let mut sources = sources();
    sources.retain(|source| !source.is_test() && source.module().is_some());
    sources
}

fn mentions(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
        !is_part(before) && !is_part(after)
    })
}

/// A piece of SQL, as it is written here: in small letters.
fn is_sql(line: &str) -> bool {
    let text = line.trim_start().trim_start_matches(['"', 'r', '#']);
    let statement =
        ["insert into ", "delete from ", "with recursive "].iter().any(|start| line.contains(start));
    let reading = text.starts_with("select ") && !text.ends_with('.');
    let writing = text.starts_with("update ") && line.contains(" set ");
    statement || reading || writing
}

#[test]
fn rules_know_no_runtime_no_database_and_no_wire() {
    let refused = ["tokio", "sqlx", "prost", "tonic", "proto", "async_nats", "axum", "async", "await"];
    assert_none(&offences(&layer(&["domain"]), |line| refused.iter().any(|word| mentions(line, word))));
}

#[test]
fn rules_have_no_clock_and_no_chance() {
    let refused = [
        "Instant::now",
        "SystemTime::now",
        "OffsetDateTime::now_utc",
        "Uuid::now_v7",
        "rand::",
        "Timestamp::now",
    ];
    assert_none(&offences(&layer(&["domain"]), |line| refused.iter().any(|call| line.contains(call))));
}

#[test]
fn the_database_is_unknown_to_rules_and_to_the_wire() {
    assert_none(&offences(&layer(&["domain", "rpc", "web", "peers"]), |line| mentions(line, "sqlx")));
    assert_none(&offences(&sources_of(&CLIENTS), |line| mentions(line, "sqlx")));
}

#[test]
fn queries_are_in_the_store_alone() {
    let mut elsewhere = sources_of(&SERVICES);
    elsewhere.retain(|source| !source.is_test() && source.module().is_some() && !source.is_in("store"));
    assert_none(&offences(&elsewhere, |line| line.contains("sqlx::query") || is_sql(line)));
}

#[test]
fn sql_is_recognised_and_prose_is_not() {
    for sql in
        ["\"select sale_id\"", "r#\"select 1\"#", "insert into sale", "update basket set closed = true"]
    {
        assert!(is_sql(sql), "{sql}");
    }
    for prose in ["let selected = lines.select();", "\"nothing to update\"", "the shopper selects"] {
        assert!(!is_sql(prose), "{prose}");
    }
}

#[test]
fn nothing_is_written_outside_a_transaction() {
    let mut found = Vec::new();
    for source in layer(&["app", "store", "events", "rpc", "lib"]) {
        let code: Vec<&str> = source.product_code().map(|(_, line)| line).collect();
        let code = code.join("\n");
        for query in code.split("sqlx::query").skip(1) {
            let Some((sql, executor)) = executed(query) else { continue };
            let writes = ["insert into", "update ", "delete from"].iter().any(|verb| sql.contains(verb));
            let by_pool =
                ["pool", "db", "self.db", "app.db"].contains(&executor.trim_start_matches(['&', '*']));
            if writes && by_pool {
                found.push(format!("{}: {}", source.path, sql.trim().lines().next().unwrap_or_default()));
            }
        }
    }
    assert_none(&found);
}

/// What stands before the call that sends a query, and through what it is sent.
fn executed(query: &str) -> Option<(&str, &str)> {
    let calls = [".execute(", ".fetch_one(", ".fetch_optional(", ".fetch_all(", ".fetch("];
    let (start, call) = calls.iter().filter_map(|call| Some((query.find(call)?, call))).min()?;
    let rest = &query[start + call.len()..];
    Some((&query[..start], rest.split(')').next().unwrap_or_default().trim()))
}

#[test]
fn a_query_is_told_from_its_executor() {
    let query = "!(\"update sale set paid = 1\")\n    .execute(&mut *tx)\n    .await?;";
    assert_eq!(executed(query), Some(("!(\"update sale set paid = 1\")\n    ", "&mut *tx")));
}

#[test]
fn only_the_outbox_publishes() {
    let mut others = product();
    others.retain(|source| !["outbox", "testbed", "xtask", "demo"].contains(&source.package()));
    let publishes = |line: &str| {
        line.contains(".publish(") || line.contains(".publish_with") || line.contains(".send_publish(")
    };
    assert_none(&offences(&others, publishes));
}

#[test]
fn the_environment_is_read_by_the_command_line_alone() {
    let mut others = product();
    others.retain(|source| !["xtask", "testbed"].contains(&source.package()) && !source.is_in("config"));
    let reads = |line: &str| {
        ["std::env::", "env::var", "env::args", "env::vars"].iter().any(|call| line.contains(call))
            || (line.starts_with("use std::") && mentions(line, "env"))
    };
    assert_none(&offences(&others, reads));
}

#[test]
fn a_pure_library_does_nothing_but_compute() {
    let mut pure = sources_of(&PURE);
    pure.retain(|source| !source.is_test());
    let refused = [
        "std::fs",
        "std::net",
        "std::io::std",
        "std::process",
        "std::thread",
        "Instant::now",
        "SystemTime",
        "::now_",
        "async fn",
        "println!(",
    ];
    assert_none(&offences(&pure, |line| refused.iter().any(|call| line.contains(call))));
}

#[test]
fn money_is_never_a_floating_point_number() {
    let is_inexact = |line: &str| mentions(line, "f64") || mentions(line, "f32");
    let mut exact = sources_of(&[&PURE[..], &["checkout"]].concat());
    exact.retain(|source| !source.is_test());
    assert_none(&offences(&exact, is_inexact));
    let money = ["cents", "minor", "amount", "price", "paid", "refunded"];
    assert_none(&offences(&product(), |line| {
        is_inexact(line) && money.iter().any(|word| line.contains(word))
    }));
}

#[test]
fn contracts_are_shared_and_nothing_else_is() {
    let contract = sources_of(&["proto"]);
    assert_none(&offences(&contract, |line| {
        ["sqlx", "async_nats", "anyhow", "thiserror"].iter().any(|word| mentions(line, word))
    }));
}
