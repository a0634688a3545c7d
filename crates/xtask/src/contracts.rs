//! The contracts in `proto/`: compiled as the build compiles them, linted, and compared with an earlier state.

mod breaking;
mod lint;
pub mod naming;

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use prost_types::FileDescriptorSet;
use protox::prost_reflect::DescriptorPool;

use crate::workspace::{entries, output, root};

/// What `cargo xtask breaking` may be told.
#[derive(clap::Args)]
pub struct Arguments {
    /// The git reference of the earlier contracts
    #[arg(long, value_name = "REF")]
    against: String,
}

/// Fails when the contracts break those at a git reference.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    check_against(&arguments.against)?;
    Ok(ExitCode::SUCCESS)
}

/// Fails when a contract does not follow the rules of `proto/buf.yaml` and our own.
pub fn check() -> Result<()> {
    let files = compile(&root().join("proto"))?;
    refuse(lint::findings(&files), "lint")?;
    eprintln!("{} files of contracts follow the rules", files.file.len());
    Ok(())
}

/// Fails when the contracts break what the main branch promises.
pub fn check_growth() -> Result<()> {
    let Some(base) = base() else {
        eprintln!("no history here to compare with");
        return Ok(());
    };
    check_against(&base)
}

fn check_against(reference: &str) -> Result<()> {
    let Some(earlier) = compile_at(reference)? else {
        eprintln!("{reference} has no contracts to compare with");
        return Ok(());
    };
    let now = compile(&root().join("proto"))?;
    refuse(breaking::findings(&earlier, &now), "break")?;
    eprintln!("the contracts have only grown since {reference}");
    Ok(())
}

fn refuse(findings: Vec<String>, what: &str) -> Result<()> {
    for finding in &findings {
        eprintln!("proto/{finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings ({what}) in the contracts", findings.len());
    }
    Ok(())
}

/// The contracts of today, with what they import.
pub fn descriptors() -> Result<DescriptorPool> {
    Ok(compiler(&root().join("proto"))?.descriptor_pool())
}

/// Compiles every file below a folder, with its comments.
fn compile(folder: &Path) -> Result<FileDescriptorSet> {
    Ok(compiler(folder)?.file_descriptor_set())
}

fn compiler(folder: &Path) -> Result<protox::Compiler> {
    let mut names = Vec::new();
    collect(folder, folder, &mut names)?;
    let mut compiler = protox::Compiler::new([folder])?;
    compiler.include_source_info(true);
    compiler.open_files(names).context("the contracts do not compile")?;
    Ok(compiler)
}

fn collect(top: &Path, folder: &Path, names: &mut Vec<String>) -> Result<()> {
    for entry in entries(folder)? {
        if entry.is_dir() {
            collect(top, &entry, names)?;
        } else if entry.extension().is_some_and(|extension| extension == "proto") {
            names.push(entry.strip_prefix(top)?.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

/// The contracts as they were at a git reference; none if there were none.
fn compile_at(reference: &str) -> Result<Option<FileDescriptorSet>> {
    let listed = git(&["ls-tree", "-r", "--name-only", reference, "--", "proto"])?;
    let folder = std::env::temp_dir().join(format!("cabas-contracts-{}", std::process::id()));
    let mut found = false;
    for name in listed.lines().filter(|name| name.ends_with(".proto")) {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().expect("a listed file lies in a folder"))?;
        std::fs::write(file, git(&["show", &format!("{reference}:{name}")])?)?;
        found = true;
    }
    if !found {
        return Ok(None);
    }
    let compiled = compile(&folder.join("proto"));
    std::fs::remove_dir_all(&folder)?;
    compiled.map(Some)
}

/// Where this work left the main branch; on the main branch itself, the commit before.
///
/// None where git knows no such place: in a copy without history, which is no fault of the contracts.
fn base() -> Option<String> {
    let head = git(&["rev-parse", "HEAD"]).ok()?;
    let mut left = ["origin/main", "main"].iter().filter_map(|main| git(&["merge-base", "HEAD", main]).ok());
    left.find(|base| *base != head).or_else(|| git(&["rev-parse", "--verify", "--quiet", "HEAD^"]).ok())
}

fn git(arguments: &[&str]) -> Result<String> {
    let printed = output(Command::new("git").args(arguments).current_dir(root()))?;
    Ok(String::from_utf8(printed)?.trim_end().to_owned())
}
