//! Runs every test and counts.

use std::io::{BufRead, BufReader, Write, stdout};
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::install;
use crate::workspace::{cargo, run as run_command};

/// What `cargo xtask test` may be told.
#[derive(clap::Args)]
pub struct Arguments {
    /// Also run the tests that read this folder of real data
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Runs the tests and closes with their number.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let data = match &arguments.data {
        Some(folder) => {
            let absolute = folder.canonicalize();
            Some(absolute.with_context(|| format!("there is no folder {}", folder.display()))?)
        }
        None => None,
    };
    let nats_server = install::everything()?;
    // First the programs that the tests start, in the very form in which the tests use their crates.
    run_command(&mut cargo(["build", "--workspace", "--all-targets", "--locked"]))?;

    let mut count = Count::default();
    let everything = ["test", "--workspace", "--locked", "--no-fail-fast"];
    let mut finished = tests(cargo(everything).env("NATS_SERVER", &nats_server), &mut count)?;
    if let Some(data) = data {
        let mut command = cargo(everything);
        command.args(["--test", "data"]).env("CABAS_TEST_DATA", data).env("NATS_SERVER", &nats_server);
        finished &= tests(&mut command, &mut count)?;
    }
    println!("{} passed, {} failed", count.passed, count.failed);
    Ok(if finished && count.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Shows what cargo prints and counts it; false when cargo was not content.
fn tests(command: &mut std::process::Command, count: &mut Count) -> Result<bool> {
    let mut cargo =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let printed = cargo.stdout.take().expect("the standard output was piped on the line above");
    let mut shown = stdout().lock();
    for line in BufReader::new(printed).split(b'\n') {
        let line = line?;
        shown.write_all(&line)?;
        shown.write_all(b"\n")?;
        count.read(&String::from_utf8_lossy(&line));
    }
    count.end();
    Ok(cargo.wait()?.success())
}

/// Tests counted over several test programs.
#[derive(Default)]
struct Count {
    passed: u64,
    failed: u64,
    /// What the present program announced and has not yet answered for.
    announced: u64,
}

impl Count {
    fn read(&mut self, line: &str) {
        if let Some(announced) = between(line, "running ", " test") {
            self.end();
            self.announced = announced;
        } else if line.starts_with("test result: ") {
            self.announced = 0;
            self.passed += between(line, ". ", " passed").unwrap_or(0);
            self.failed += between(line, "passed; ", " failed").unwrap_or(0);
        }
    }

    /// A program that died before its result has passed nothing.
    fn end(&mut self) {
        self.failed += std::mem::take(&mut self.announced);
    }
}

fn between(line: &str, before: &str, after: &str) -> Option<u64> {
    let (_, rest) = line.split_once(before)?;
    rest.split_once(after)?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Count;

    fn counted(printed: &str) -> (u64, u64) {
        let mut count = Count::default();
        printed.lines().for_each(|line| count.read(line));
        count.end();
        (count.passed, count.failed)
    }

    #[test]
    fn results_are_summed_over_the_programs() {
        let printed = "running 3 tests\n\
            test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            running 1 test\n\
            test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(counted(printed), (3, 1));
    }

    #[test]
    fn a_program_that_dies_has_failed_all_its_tests() {
        let printed = "running 2 tests\n\
            test first ... ok\n\
            running 1 test\n\
            test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(counted(printed), (1, 2));
    }

    #[test]
    fn a_last_program_that_dies_is_counted_too() {
        assert_eq!(counted("running 4 tests\ntest first ... ok"), (0, 4));
    }
}
