//! The rounds of a measurement: a fixed time of one kind of work at so many tills at once.

use std::time::{Duration, Instant};

use anyhow::Context;
use platform::peer::Peer;
use sqlx::{Connection, PgConnection};
use terminal::{client::Client, load};
use tokio::task::JoinSet;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use uuid::Uuid;

use crate::shop::{Checkout, Ground, execute, shopping};

/// What a round sold, and how long it took until the last answer.
#[derive(Debug, Default)]
pub struct Round {
    /// The sales and the latencies.
    pub takings: load::Takings,
    /// From the first request to the last answer.
    pub took: Duration,
}

impl Round {
    /// Sales a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.takings.sold.len() as f64 / self.took.as_secs_f64().max(f64::EPSILON)
    }
}

/// Whole sales at every one of these tills for a time.
///
/// # Errors
/// When a till gets no answer.
pub async fn whole(clients: &[Client], time: Duration) -> anyhow::Result<Round> {
    let shopping = shopping()?;
    let started = Instant::now();
    let takings = load::everywhere_until(clients, &shopping, started + time).await?;
    Ok(Round { takings, took: started.elapsed() })
}

/// Frozen baskets that wait for their payment.
pub struct Prepared {
    total_minor: i64,
    /// Those of each till.
    waiting: Vec<Vec<Uuid>>,
}

/// `CompleteSale` alone at every one of these tills, each on its prepared baskets, until the time is over.
///
/// # Errors
/// When a till gets no answer.
pub async fn completions(clients: &[Client], prepared: Prepared, time: Duration) -> anyhow::Result<Round> {
    let total = prepared.total_minor;
    let started = Instant::now();
    let mut tills = JoinSet::new();
    for (client, baskets) in clients.iter().cloned().zip(prepared.waiting) {
        tills.spawn(async move {
            let mut takings = load::Takings::default();
            for basket_id in baskets {
                if started.elapsed() >= time {
                    break;
                }
                load::complete(&client, basket_id, total, &mut takings).await?;
            }
            Ok(takings)
        });
    }
    collect(tills, started).await
}

/// Freezes one basket through the product, and copies it for every till. A basket knows its till by its row alone.
///
/// # Errors
/// When the product or the database does not answer.
pub async fn prepare(
    checkout: &Checkout,
    ground: &Ground,
    clients: &[Client],
    time: Duration,
) -> anyhow::Result<Prepared> {
    // More than the tills can complete together in this time; what is left stays unpaid.
    let each = 5_000 * time.as_secs().max(1) / u64::try_from(clients.len().max(1))?;
    let shopping = shopping()?;
    let codes = shopping.codes.iter().take(shopping.scans).map(String::as_str);
    let client = clients.first().context("a till is needed")?;
    let (model, total_minor) =
        load::fill(client, shopping.card.as_ref(), codes, &mut load::Takings::default()).await?;
    let mut connection = checkout.connect().await?;
    let mut waiting = Vec::new();
    for till in ground.tills().iter().take(clients.len()) {
        let copies = sqlx::query_scalar(
            "insert into basket (basket_id, terminal_code, store_code, state, basket_version, entries, open_request_id, currency, opened_time)
            select (lpad(to_hex(floor(extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
                       || right(replace(gen_random_uuid()::text, '-', ''), 19))::uuid,
                   $2, store_code, state, basket_version, entries, gen_random_uuid(), currency, opened_time
            from basket, generate_series(1, $3::bigint)
            where basket_id = $1
            returning basket_id",
        );
        let copies = copies.bind(model).bind(till).bind(i64::try_from(each)?);
        waiting.push(copies.fetch_all(&mut connection).await?);
    }
    execute(&mut connection, "analyze basket").await?;
    execute(&mut connection, "checkpoint").await?;
    Ok(Prepared { total_minor, waiting })
}

async fn collect(
    mut tills: JoinSet<Result<load::Takings, terminal::client::CallError>>,
    started: Instant,
) -> anyhow::Result<Round> {
    let mut takings = load::Takings::default();
    while let Some(ended) = tills.join_next().await {
        takings.add(ended??);
    }
    Ok(Round { takings, took: started.elapsed() })
}

/// The least that a scan could be: an empty unary RPC over the same kind of connection, then an update of one row in one statement
/// that does not wait for the disk.
#[derive(Debug, Default)]
pub struct Floor {
    /// Both, one after the other.
    pub both: Vec<Duration>,
    /// The RPC alone.
    pub rpc: Vec<Duration>,
    /// The update alone.
    pub update: Vec<Duration>,
}

/// Measures the floor at every one of these tills for a time.
///
/// # Errors
/// When an answer is missing.
pub async fn floor(
    checkout: &Checkout,
    database: &str,
    tills: &[String],
    time: Duration,
) -> anyhow::Result<Floor> {
    let mut connected = Vec::new();
    for (row, till) in (0_i32..).zip(tills) {
        let mut health = HealthClient::new(checkout.peer(till)?);
        health.check(HealthCheckRequest::default()).await?;
        let mut connection = PgConnection::connect(database).await?;
        execute(&mut connection, "set synchronous_commit = off").await?;
        connected.push((row, health, connection));
    }
    let end = Instant::now() + time;
    let mut loops = JoinSet::new();
    for (row, health, connection) in connected {
        loops.spawn(floor_of_one(row, health, connection, end));
    }
    let mut floor = Floor::default();
    while let Some(ended) = loops.join_next().await {
        let one = ended??;
        floor.both.extend(one.both);
        floor.rpc.extend(one.rpc);
        floor.update.extend(one.update);
    }
    Ok(floor)
}

async fn floor_of_one(
    row: i32,
    mut health: HealthClient<Peer>,
    mut connection: PgConnection,
    end: Instant,
) -> anyhow::Result<Floor> {
    let mut floor = Floor::default();
    while Instant::now() < end {
        let started = Instant::now();
        health.check(HealthCheckRequest::default()).await?;
        let answered = started.elapsed();
        sqlx::query("update floor set n = n + 1 where id = $1").bind(row).execute(&mut connection).await?;
        let both = started.elapsed();
        floor.rpc.push(answered);
        floor.update.push(both - answered);
        floor.both.push(both);
    }
    connection.close().await?;
    Ok(floor)
}
