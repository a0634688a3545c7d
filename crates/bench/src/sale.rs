//! The measurement of a sale: rounds of the product and rounds of pgbench, one after the other on one server.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Args;
use sqlx::{Connection, PgConnection};
use terminal::{
    client::Client,
    load::{Sold, percentile, rounded},
};
use testbed::eventually;

use crate::books::{self, Books};
use crate::observe::{self, Baseline};
use crate::pgbench;
use crate::report::{Complete, Floor, Level, Machine, Report, Settings};
use crate::rounds;
use crate::shop::{Checkout, Ground, execute};
use crate::usage::Processes;

/// How long the relay may take to publish what a round left.
const CAUGHT_UP: Duration = Duration::from_secs(120);
/// A backlog below this says nothing about the relay's speed.
const BURST: i64 = 200;

/// How to measure.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Length of a round
    #[arg(long, default_value_t = 8)]
    pub seconds: u64,
    /// Numbers of terminals at once
    #[arg(long, value_delimiter = ',', default_value = "1,8,32,64")]
    pub terminals: Vec<usize>,
    /// Number of terminals at which product and pgbench are compared; one of the numbers above
    #[arg(long, default_value_t = 32)]
    pub compare_at: usize,
    /// Pairs of rounds where they are compared
    #[arg(long, default_value_t = 2)]
    pub pairs: usize,
    /// Connections of checkout's pool; what it takes when nobody says
    #[arg(long, default_value_t = 8)]
    pub connections: u32,
}

/// What the rounds need and leave behind.
struct Bench<'a> {
    options: &'a Options,
    ground: Ground,
    checkout: Checkout,
    baseline: Baseline,
    processes: Processes,
    clients: Vec<Client>,
    acknowledged: Vec<Sold>,
    pgbench_sales: u64,
    depths: Vec<i64>,
}

/// Measures, and checks the books.
///
/// # Errors
/// When a part does not start, or an answer is missing. Books that do not agree are no error here: the report tells of them.
pub async fn run(options: &Options) -> anyhow::Result<Report> {
    ensure!(options.terminals.contains(&options.compare_at), "nothing is measured at --compare-at");
    let machine = Machine::this()?;
    let folder = tempfile::Builder::new().prefix("cabas-bench-").tempdir()?;
    let mut bench = Bench::start(options, folder.path()).await?;
    let settings = Settings::read(&mut bench.checkout.connect().await?).await?;
    ensure!(settings.are_durable(), "PostgreSQL does not keep what it commits: {settings:?}");
    let mut whole = Vec::new();
    for terminals in options.terminals.iter().copied() {
        whole.push(bench.whole(terminals).await?);
    }
    let outbox_depth_end = bench.depths.last().copied().unwrap_or_default();
    let (complete, relay_events_per_second) = bench.complete().await?;
    let floor = bench.floor().await?;
    let compared = whole.iter().find(|level| level.terminals == options.compare_at).context("no level")?;
    let (ratio_whole, scan_p99) = (compared.ratio, compared.scan_p99_ms);
    let ratio_complete = rounded(complete.sales_per_second / complete.pgbench_sales_per_second);
    let scan_p99_over_floor = rounded(scan_p99 / floor.p99_ms);
    let books = bench.books().await?;
    let targets = [
        ("ratio_whole", ratio_whole >= 0.6),
        ("ratio_complete", ratio_complete >= 0.5),
        ("scan_p99_over_floor", scan_p99_over_floor <= 3.0),
    ];
    Ok(Report {
        bench: "sale",
        machine,
        postgres: settings,
        seconds: options.seconds,
        database_connections: options.connections,
        whole,
        complete,
        floor,
        ratio_whole,
        ratio_complete,
        scan_p99_over_floor,
        compared_at: options.compare_at,
        relay_events_per_second,
        outbox_depth_end,
        outbox_depth_most: bench.depths.iter().copied().max().unwrap_or_default(),
        books,
        missed: targets.into_iter().filter(|(_, met)| !met).map(|(name, _)| name).collect(),
    })
}

impl<'a> Bench<'a> {
    async fn start(options: &'a Options, folder: &std::path::Path) -> anyhow::Result<Self> {
        let most = options.terminals.iter().copied().max().context("no number of terminals")?;
        let ground = Ground::prepare(folder, most).await?;
        let baseline = observe::baseline(&ground).await?;
        let checkout = ground.open("checkout", options.connections).await?;
        let processes = Processes {
            server: checkout.process.pid(),
            postgres: ground.postgres.pid().context("PostgreSQL has ended")?,
            nats: checkout.nats.pid().context("nats-server has ended")?,
        };
        let clients: Result<Vec<_>, _> = ground.tills().iter().map(|till| checkout.client(till)).collect();
        let mut bench = Self {
            options,
            ground,
            checkout,
            baseline,
            processes,
            clients: clients?,
            acknowledged: Vec::new(),
            pgbench_sales: 0,
            depths: Vec::new(),
        };
        bench.warm_up().await?;
        Ok(bench)
    }

    /// Connects every till and every session, and lets PostgreSQL see what its tables look like.
    async fn warm_up(&mut self) -> anyhow::Result<()> {
        let second = Duration::from_secs(1);
        let round = rounds::whole(&self.clients, second).await?;
        self.acknowledged.extend(round.takings.sold);
        let reached = self.pgbench_whole(self.options.compare_at, second).await?;
        self.pgbench_sales += reached.transactions;
        execute(&mut self.checkout.connect().await?, "vacuum analyze").await
    }

    /// Every round begins with nothing to publish and a fresh checkpoint, so that none pays for the one before.
    async fn rest(&self) -> anyhow::Result<()> {
        self.all_published().await?;
        execute(&mut self.checkout.connect().await?, "checkpoint").await
    }

    async fn all_published(&self) -> anyhow::Result<()> {
        eventually(CAUGHT_UP, "the relay catches up", || async {
            self.checkout.outbox_depth().await.is_ok_and(|depth| depth == 0)
        })
        .await
    }

    async fn whole(&mut self, terminals: usize) -> anyhow::Result<Level> {
        let pairs = if terminals == self.options.compare_at { self.options.pairs } else { 1 };
        let time = Duration::from_secs(self.options.seconds);
        let mut level = Level { terminals, ..Level::default() };
        let mut all = rounds::Round::default();
        for _ in 0..pairs {
            self.rest().await?;
            let before = self.processes.cpu()?;
            let round = rounds::whole(&self.clients[..terminals], time).await?;
            level.cpu_seconds = level.cpu_seconds + self.processes.cpu()?.since(before);
            self.depths.push(self.checkout.outbox_depth().await?);
            level.server_rss_mib = self.processes.server_memory()?.0;
            let product = rounded(round.per_second());
            all.took += round.took;
            all.takings.add(round.takings);

            self.rest().await?;
            let before = self.processes.cpu()?;
            let reached = self.pgbench_whole(terminals, time).await?;
            level.pgbench_cpu_seconds = level.pgbench_cpu_seconds + self.processes.cpu()?.since(before);
            level.pgbench_sales += reached.transactions;
            level.rounds.push((product, rounded(reached.per_second)));
            eprintln!("{terminals:3} terminals: {product:7.1} sales/s, pgbench {:7.1}", reached.per_second);
        }
        self.pgbench_sales += level.pgbench_sales;
        level.sales = all.takings.sold.len();
        level.sales_per_second = rounded(all.per_second());
        level.scan_p50_ms = percentile(&mut all.takings.scans, 50);
        level.scan_p99_ms = percentile(&mut all.takings.scans, 99);
        level.complete_p50_ms = percentile(&mut all.takings.completions, 50);
        level.complete_p99_ms = percentile(&mut all.takings.completions, 99);
        level.pgbench_sales_per_second = mean(&level.rounds);
        level.ratio = rounded(level.sales_per_second / level.pgbench_sales_per_second);
        self.acknowledged.extend(all.takings.sold);
        Ok(level)
    }

    async fn pgbench_whole(&self, clients: usize, time: Duration) -> anyhow::Result<pgbench::Reached> {
        let Baseline { database, whole, .. } = &self.baseline;
        pgbench::run(database, &self.ground.folder, whole, clients, time).await
    }

    /// Completions alone; and how fast the relay is when it works off what they left.
    async fn complete(&mut self) -> anyhow::Result<(Complete, f64)> {
        let terminals = self.options.compare_at;
        let time = Duration::from_secs(self.options.seconds.div_ceil(2));
        let mut complete = Complete { terminals, ..Complete::default() };
        let mut all = rounds::Round::default();
        let mut relayed = (0.0, Duration::ZERO);
        for _ in 0..self.options.pairs {
            self.rest().await?;
            let clients = &self.clients[..terminals];
            let prepared = rounds::prepare(&self.checkout, &self.ground, clients, time).await?;
            let before = self.processes.cpu()?;
            let started = Instant::now();
            let round = rounds::completions(clients, prepared, time).await?;
            complete.cpu_seconds = complete.cpu_seconds + self.processes.cpu()?.since(before);
            let depth = self.checkout.outbox_depth().await?;
            let ended = Instant::now();
            self.depths.push(depth);
            self.all_published().await?;
            // A relay that keeps up is at least as fast as the sales were.
            let sold = i64::try_from(round.takings.sold.len())?;
            let (events, since) = if depth >= BURST { (depth, ended) } else { (sold, started) };
            relayed.0 += events as f64;
            relayed.1 += since.elapsed();
            let product = rounded(round.per_second());
            all.took += round.took;
            all.takings.add(round.takings);

            self.rest().await?;
            let before = self.processes.cpu()?;
            let Baseline { database, finished, .. } = &self.baseline;
            let reached = pgbench::run(database, &self.ground.folder, finished, terminals, time).await?;
            complete.pgbench_cpu_seconds = complete.pgbench_cpu_seconds + self.processes.cpu()?.since(before);
            complete.rounds.push((product, rounded(reached.per_second)));
            eprintln!(
                "{terminals:3} terminals: {product:7.1} completions/s, pgbench {:7.1}; {depth} events waited",
                reached.per_second
            );
        }
        complete.sales_per_second = rounded(all.per_second());
        complete.p50_ms = percentile(&mut all.takings.completions, 50);
        complete.p99_ms = percentile(&mut all.takings.completions, 99);
        complete.pgbench_sales_per_second = mean(&complete.rounds);
        self.acknowledged.extend(all.takings.sold);
        Ok((complete, rounded(relayed.0 / relayed.1.as_secs_f64())))
    }

    async fn floor(&self) -> anyhow::Result<Floor> {
        self.rest().await?;
        let terminals = self.options.compare_at;
        let tills = &self.ground.tills()[..terminals];
        let time = Duration::from_secs(self.options.seconds.div_ceil(2));
        let mut measured = rounds::floor(&self.checkout, &self.baseline.database, tills, time).await?;
        Ok(Floor {
            terminals,
            p50_ms: percentile(&mut measured.both, 50),
            p99_ms: percentile(&mut measured.both, 99),
            rpc_p99_ms: percentile(&mut measured.rpc, 99),
            update_p99_ms: percentile(&mut measured.update, 99),
        })
    }

    async fn books(&self) -> anyhow::Result<Books> {
        self.rest().await?;
        let mut books = books::read(&mut self.checkout.connect().await?, &self.acknowledged).await?;
        let mut connection = PgConnection::connect(&self.baseline.database).await?;
        books.add_pgbench(&mut connection, self.pgbench_sales).await?;
        Ok(books)
    }
}

/// The mean of pgbench's part of the pairs.
fn mean(rounds: &[(f64, f64)]) -> f64 {
    rounded(rounds.iter().map(|(_, reached)| reached).sum::<f64>() / rounds.len().max(1) as f64)
}
