//! Running pgbench, and what it prints.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::process::Command;
use url::Url;

use crate::script::Script;

/// What pgbench reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reached {
    /// Transactions it carried out.
    pub transactions: u64,
    /// Transactions a second, connecting left out.
    pub per_second: f64,
}

/// Runs a script with so many clients on a database.
///
/// # Errors
/// When pgbench is not installed, or one of the clients fails.
pub async fn run(
    database: &str,
    folder: &Path,
    script: &Script,
    clients: usize,
    time: Duration,
) -> anyhow::Result<Reached> {
    let file = folder.join("pgbench.sql");
    std::fs::write(&file, &script.text)?;
    let url: Url = database.parse()?;
    let threads = std::thread::available_parallelism()?.get().min(clients);
    let mut command = Command::new(testbed::postgres_program("pgbench")?);
    command
        .args(["--no-vacuum", "--protocol=prepared", "--host=127.0.0.1", "--username=postgres"])
        .arg(format!("--port={}", url.port().context("the database has no port")?))
        .arg(format!("--client={clients}"))
        .arg(format!("--jobs={threads}"))
        .arg(format!("--time={}", time.as_secs().max(1)))
        .arg("--file")
        .arg(&file);
    for (name, value) in &script.values {
        command.arg(format!("--define={name}={value}"));
    }
    command.arg(url.path().trim_start_matches('/')).env("PGSSLMODE", "disable");
    if let Some(password) = url.password() {
        command.env("PGPASSWORD", password);
    }
    let output = command.kill_on_drop(true).output().await.context("cannot run pgbench")?;
    let (printed, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "pgbench failed: {}", complaint.trim());
    reached(&printed).with_context(|| format!("pgbench prints something new: {printed}"))
}

fn reached(printed: &str) -> Option<Reached> {
    let after = |start: &str| {
        let rest = printed.lines().find_map(|line| line.strip_prefix(start))?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    let failed: u64 = after("number of failed transactions: ").map_or(Some(0), |text| text.parse().ok())?;
    let transactions = after("number of transactions actually processed: ")?.parse().ok()?;
    (failed == 0).then_some(Reached { transactions, per_second: after("tps = ")?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_read_from_what_pgbench_prints() {
        let printed = "pgbench (15.14)\nnumber of transactions actually processed: 1234\n\
            number of failed transactions: 0 (0.000%)\nlatency average = 1.6 ms\n\
            tps = 615.25 (without initial connection time)\n";
        assert_eq!(reached(printed), Some(Reached { transactions: 1234, per_second: 615.25 }));
        assert_eq!(reached(&printed.replace("transactions: 0", "transactions: 2")), None);
        assert_eq!(reached("something else"), None);
    }
}
