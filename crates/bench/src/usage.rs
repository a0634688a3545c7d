//! What processes have used of the machine, from `/proc`.

use std::fs;

use anyhow::Context;
use serde::Serialize;

/// Ticks of `/proc/<pid>/stat` in a second: fixed on Linux, whatever the kernel's own clock.
const TICKS: f64 = 100.0;

/// The processes of a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Processes {
    /// `cabas checkout`.
    pub server: u32,
    /// The postmaster.
    pub postgres: u32,
    /// nats-server.
    pub nats: u32,
}

/// Processor time in seconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Cpu {
    /// `cabas checkout`, with its relay.
    pub server: f64,
    /// Who plays the tills: this process, or pgbench.
    pub generator: f64,
    /// PostgreSQL with all its backends.
    pub postgres: f64,
    /// nats-server.
    pub nats: f64,
}

impl Processes {
    /// What they have used so far.
    ///
    /// # Errors
    /// When one of them has ended.
    pub fn cpu(&self) -> anyhow::Result<Cpu> {
        let this = std::process::id();
        Ok(Cpu {
            server: used(self.server)?,
            generator: used(this)?,
            postgres: used(self.postgres)?
                + children(self.postgres).into_iter().map(|pid| used(pid).unwrap_or(0.0)).sum::<f64>(),
            nats: used(self.nats)?,
        })
    }

    /// Memory of the server: what it holds now and the most it ever held, in MiB.
    ///
    /// # Errors
    /// When it has ended.
    pub fn server_memory(&self) -> anyhow::Result<(f64, f64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server))?;
        let mebibytes = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field))?;
            let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
            Some((kibibytes / 1024.0 * 10.0).round() / 10.0)
        };
        mebibytes("VmRSS:").zip(mebibytes("VmHWM:")).context("the kernel does not tell the memory")
    }
}

impl Cpu {
    /// What was used between two looks.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        let between = |now: f64, before: f64| ((now - before) * 100.0).round() / 100.0;
        Self {
            server: between(self.server, before.server),
            generator: between(self.generator, before.generator),
            postgres: between(self.postgres, before.postgres),
            nats: between(self.nats, before.nats),
        }
    }
}

impl std::ops::Add for Cpu {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = |one: f64, other: f64| ((one + other) * 100.0).round() / 100.0;
        Self {
            server: sum(self.server, other.server),
            generator: sum(self.generator, other.generator),
            postgres: sum(self.postgres, other.postgres),
            nats: sum(self.nats, other.nats),
        }
    }
}

/// User and system time of a process and of its children that have ended.
fn used(pid: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .with_context(|| format!("process {pid} has ended"))?;
    // The name, in parentheses, may hold blanks.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
    let ticks: f64 =
        fields.split_whitespace().skip(11).take(4).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS)
}

fn children(pid: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}
