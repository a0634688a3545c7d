//! Renews what is made from the code and committed, or tells whether it is fresh: the caches of checked queries, and with them
//! the documents of the events.
//!
//! The queries are described by a real PostgreSQL that has the migrations and nothing else. While the crates are
//! checked, this program stands in for rustc, for one reason: to give each crate a cache folder of its own.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::events;
use crate::postgres::Postgres;
use crate::workspace::{built, cargo, crates, entries, name, root, run as run_command};

/// Names the folder of the new caches; set, this program is rustc.
const CACHES: &str = "CABAS_QUERY_CACHES";

/// What `cargo xtask prepare` may be told.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these crates
    crates: Vec<String>,
    /// Change nothing; fail when something is not what the code gives
    #[arg(long)]
    check: bool,
}

/// Renews or compares; the documents of the events are no crate's, and left alone when crates are named.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.crates.is_empty() {
        if arguments.check { events::check() } else { events::renew() }?;
    }
    renew_queries(arguments)?;
    Ok(ExitCode::SUCCESS)
}

fn renew_queries(arguments: &Arguments) -> Result<()> {
    let owners = owners(&arguments.crates)?;
    // Two at a time would find each other's crates already checked, and take their caches for empty.
    let scratch = built()?;
    let alone = std::fs::File::create(scratch.join("prepare.lock"))?;
    alone.lock()?;
    let caches = scratch.join("queries");
    if caches.exists() {
        std::fs::remove_dir_all(&caches)?;
    }
    describe(&owners, &caches, arguments.crates.is_empty())?;
    let mut stale = Vec::new();
    for owner in &owners {
        let new = queries(&caches.join(name(owner)))?;
        let kept = owner.join(".sqlx");
        if new == queries(&kept)? {
            continue;
        }
        stale.push(name(owner));
        if !arguments.check {
            replace(&kept, &new)?;
        }
    }
    if arguments.check && !stale.is_empty() {
        bail!("the query caches of {} are not fresh; run `cargo xtask prepare` and commit", stale.join(", "));
    }
    eprintln!("query caches of {} crates: {} renewed", owners.len(), stale.len());
    Ok(())
}

/// Fails when a cache is not fresh.
pub fn check() -> Result<()> {
    renew_queries(&Arguments { crates: Vec::new(), check: true })
}

/// Takes the place of rustc when cargo calls this program as its wrapper.
pub fn stand_in_for_rustc() -> Option<ExitCode> {
    let caches = PathBuf::from(std::env::var_os(CACHES)?);
    let mut arguments = std::env::args_os().skip(1);
    let mut rustc = Command::new(arguments.next()?);
    rustc.args(arguments);
    if let Ok(package) = std::env::var("CARGO_PKG_NAME") {
        let cache = caches.join(package);
        if cache.is_dir() {
            rustc.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", cache);
        }
    }
    let error = rustc.exec();
    eprintln!("error: cannot start rustc: {error}");
    Some(ExitCode::FAILURE)
}

/// The crates that own a database, or the named ones among them.
fn owners(wanted: &[String]) -> Result<Vec<PathBuf>> {
    let mut owners = crates()?;
    owners.retain(|folder| folder.join("sqlx.toml").is_file());
    if let Some(unknown) = wanted.iter().find(|wanted| !owners.iter().any(|owner| name(owner) == *wanted)) {
        let known: Vec<&str> = owners.iter().map(|owner| name(owner)).collect();
        bail!("{unknown} has no queries to prepare; those that have: {}", known.join(", "));
    }
    owners.retain(|owner| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name(owner)));
    Ok(owners)
}

/// Lets the compiler describe every query of the owners against migrated databases.
fn describe(owners: &[PathBuf], caches: &Path, everything: bool) -> Result<()> {
    let postgres = Postgres::start()?;
    let mut check = cargo(["check", "--quiet", "--locked", "--all-targets"]);
    check.env("RUSTC_WORKSPACE_WRAPPER", built()?.join("xtask")).env(CACHES, caches);
    if everything {
        // With all crates selected the dependencies are built as for clippy and the tests, once.
        check.arg("--workspace");
    }
    for owner in owners {
        let database = name(owner);
        postgres
            .migrate(database, &migrations(owner)?)
            .with_context(|| format!("the migrations of {database} do not apply"))?;
        check.env(format!("{}_DATABASE_URL", database.to_uppercase()), postgres.url(database));
        std::fs::create_dir_all(caches.join(database))?;
        // Cargo does not know that a query depends on a database.
        let source = std::fs::File::options().append(true).open(owner.join("src/lib.rs"))?;
        source.set_modified(SystemTime::now())?;
        if !everything {
            check.args(["-p", database]);
        }
    }
    run_command(&mut check)
}

fn migrations(owner: &Path) -> Result<Vec<PathBuf>> {
    let mut files = entries(&owner.join("migrations"))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    Ok(files)
}

/// The cached queries of a folder by file name; a folder that is not there has none.
fn queries(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut queries = BTreeMap::new();
    if folder.is_dir() {
        for file in entries(folder)? {
            queries.insert(name(&file).to_owned(), std::fs::read_to_string(&file)?);
        }
    }
    Ok(queries)
}

fn replace(folder: &Path, queries: &BTreeMap<String, String>) -> Result<()> {
    if folder.is_dir() {
        std::fs::remove_dir_all(folder)?;
    }
    if queries.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    for (file, content) in queries {
        std::fs::write(folder.join(file), content)?;
    }
    eprintln!("{}: {} queries", folder.strip_prefix(root()).unwrap_or(folder).display(), queries.len());
    Ok(())
}
