//! The JSON line.

use std::fs;

use serde::Serialize;
use sqlx::PgConnection;

use crate::books::Books;
use crate::usage::Cpu;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Always `sale`.
    pub bench: &'static str,
    /// Where it ran.
    pub machine: Machine,
    /// What PostgreSQL promises meanwhile.
    pub postgres: Settings,
    /// Length of a round in seconds.
    pub seconds: u64,
    /// Connections of checkout's pool.
    pub database_connections: u32,
    /// Whole sales (open, identify, 8 scans, begin payment, complete), for each number of terminals.
    pub whole: Vec<Level>,
    /// `CompleteSale` alone, on prepared baskets.
    pub complete: Complete,
    /// An empty unary RPC and a one-row update.
    pub floor: Floor,
    /// Whole sales a second over those of pgbench with the same statements, at [`Report::compared_at`] terminals; target 0.60.
    pub ratio_whole: f64,
    /// `CompleteSale` a second over one-statement sales of pgbench, at as many terminals; target 0.50.
    pub ratio_complete: f64,
    /// p99 of a scan among whole sales over p99 of the floor, at as many terminals; target 3.
    pub scan_p99_over_floor: f64,
    /// Terminals of the three figures above.
    pub compared_at: usize,
    /// Events a second that the relay publishes while it catches up after a burst, with nothing else to do.
    pub relay_events_per_second: f64,
    /// Events that waited when the last round of whole sales ended.
    pub outbox_depth_end: i64,
    /// The most events that waited at the end of any round.
    pub outbox_depth_most: i64,
    /// The count at the end.
    pub books: Books,
    /// The figures that miss their target.
    pub missed: Vec<&'static str>,
}

/// The machine.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Processors.
    pub cores: usize,
    /// Their name.
    pub cpu: String,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Linux.
    pub kernel: String,
    /// How much others were doing when the measurement began: the load of the minute before.
    pub load_before: f64,
}

/// PostgreSQL's settings that decide about speed.
#[derive(Debug, Serialize)]
pub struct Settings {
    /// Of the server.
    pub version: String,
    /// Must be `on`.
    pub fsync: String,
    /// Must be `on`: the default of every session; scans alone leave it.
    pub synchronous_commit: String,
    /// Must be `on`.
    pub full_page_writes: String,
    /// Must be `on`.
    pub data_checksums: String,
    /// Memory for pages.
    pub shared_buffers: String,
    /// How a commit is made durable.
    pub wal_sync_method: String,
}

/// Whole sales at a number of terminals.
#[derive(Debug, Default, Serialize)]
pub struct Level {
    /// Tills at once.
    pub terminals: usize,
    /// Sales made.
    pub sales: usize,
    /// Sales a second.
    pub sales_per_second: f64,
    /// Of `ScanItem`.
    pub scan_p50_ms: f64,
    /// Of `ScanItem`.
    pub scan_p99_ms: f64,
    /// Of `CompleteSale`.
    pub complete_p50_ms: f64,
    /// Of `CompleteSale`.
    pub complete_p99_ms: f64,
    /// Processor time during the rounds.
    pub cpu_seconds: Cpu,
    /// Memory that the server holds at the end of the round, in MiB.
    pub server_rss_mib: f64,
    /// What pgbench reaches with the same statements.
    pub pgbench_sales_per_second: f64,
    /// Sales of pgbench.
    pub pgbench_sales: u64,
    /// Processor time during pgbench's rounds; the generator is pgbench.
    pub pgbench_cpu_seconds: Cpu,
    /// The first over the second.
    pub ratio: f64,
    /// Sales a second of each pair of rounds, product and pgbench.
    pub rounds: Vec<(f64, f64)>,
}

/// `CompleteSale` alone.
#[derive(Debug, Default, Serialize)]
pub struct Complete {
    /// Tills at once.
    pub terminals: usize,
    /// Sales a second.
    pub sales_per_second: f64,
    /// Of `CompleteSale`.
    pub p50_ms: f64,
    /// Of `CompleteSale`.
    pub p99_ms: f64,
    /// Processor time during the rounds.
    pub cpu_seconds: Cpu,
    /// One-statement sales a second of pgbench.
    pub pgbench_sales_per_second: f64,
    /// Processor time during pgbench's rounds; the generator is pgbench.
    pub pgbench_cpu_seconds: Cpu,
    /// Sales a second of each pair of rounds, product and pgbench.
    pub rounds: Vec<(f64, f64)>,
}

/// The floor under a scan.
#[derive(Debug, Default, Serialize)]
pub struct Floor {
    /// Loops at once.
    pub terminals: usize,
    /// RPC and update, one after the other.
    pub p50_ms: f64,
    /// RPC and update, one after the other.
    pub p99_ms: f64,
    /// The RPC alone.
    pub rpc_p99_ms: f64,
    /// The update alone.
    pub update_p99_ms: f64,
}

impl Machine {
    /// This one.
    ///
    /// # Errors
    /// When `/proc` is not Linux's.
    pub fn this() -> anyhow::Result<Self> {
        let (cpu, memory) = (fs::read_to_string("/proc/cpuinfo")?, fs::read_to_string("/proc/meminfo")?);
        let load = fs::read_to_string("/proc/loadavg")?;
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let kibibytes =
            field(&memory, "MemTotal").and_then(|size| size.split(' ').next()?.parse::<u64>().ok());
        Ok(Self {
            cores: std::thread::available_parallelism()?.get(),
            cpu: field(&cpu, "model name").unwrap_or_default(),
            memory_mib: kibibytes.unwrap_or_default() / 1024,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            load_before: load.split(' ').next().and_then(|minute| minute.parse().ok()).unwrap_or_default(),
        })
    }
}

impl Settings {
    /// Those in force.
    ///
    /// # Errors
    /// When the server is away.
    pub async fn read(connection: &mut PgConnection) -> anyhow::Result<Self> {
        let names = [
            "server_version",
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "data_checksums",
            "shared_buffers",
            "wal_sync_method",
        ];
        let mut found: Vec<String> = Vec::new();
        for name in names {
            let value = sqlx::query_scalar("select current_setting($1)").bind(name);
            found.push(value.fetch_one(&mut *connection).await?);
        }
        let mut values = found.into_iter();
        let mut next = || values.next().unwrap_or_default();
        Ok(Self {
            version: next(),
            fsync: next(),
            synchronous_commit: next(),
            full_page_writes: next(),
            data_checksums: next(),
            shared_buffers: next(),
            wal_sync_method: next(),
        })
    }

    /// Whether commits survive a power cut.
    #[must_use]
    pub fn are_durable(&self) -> bool {
        [&self.fsync, &self.synchronous_commit, &self.full_page_writes].iter().all(|value| *value == "on")
    }
}
