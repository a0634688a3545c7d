//! One sale through the product while the server writes down every statement.

use std::time::Duration;

use anyhow::{Context, ensure};
use sqlx::{Connection, PgConnection};
use terminal::load::{self, Takings};
use testbed::eventually;

use crate::script::{Script, Varying, finished_sale, whole_sale};
use crate::shop::{Ground, execute, shopping};
use crate::trace::{LINE_PREFIX, Statement, statements};

/// Marks in the server's log.
const FROM: &str = "a sale begins here";
const TO: &str = "the sale ends here";
/// A number that no other parameter of a sale can be.
const SEQUENCE: i64 = 7_654_321;
/// How long the last line of the log may take to be written.
const WRITTEN: Duration = Duration::from_secs(10);

/// The scripts that pgbench is to run, and the database they fit.
pub struct Baseline {
    /// URL of the database.
    pub database: String,
    /// The statements of a whole sale.
    pub whole: Script,
    /// One finished sale in one statement.
    pub finished: Script,
}

/// Watches a sale on a database of its own, and makes that database ready for pgbench.
///
/// # Errors
/// When the sale fails, or its statements are no longer known.
pub async fn baseline(ground: &Ground) -> anyhow::Result<Baseline> {
    write_everything_down(ground).await?;
    let checkout = ground.open("baseline", 2).await?;
    let mut connection = checkout.connect().await?;
    let till = &ground.tills()[0];
    let client = checkout.client(till)?;
    let shopping = shopping()?;
    let codes = || shopping.codes.iter().take(shopping.scans).map(String::as_str);
    // The first sale makes the till's chain; then it is moved to where no other number is.
    load::sell(&client, shopping.card.as_ref(), codes(), &mut Takings::default()).await?;
    let head = format!("update terminal_head set sequence = {} where kind = 'ticket'", SEQUENCE - 1);
    execute(&mut connection, &head).await?;
    let previous_hash = end_of_chain(&mut connection, till).await?;
    execute(&mut connection, &format!("select '{FROM}'")).await?;
    let mut takings = Takings::default();
    load::sell(&client, shopping.card.as_ref(), codes(), &mut takings).await?;
    execute(&mut connection, &format!("select '{TO}'")).await?;
    let observed = read_log(ground).await?;
    for statement in ["alter system reset all", "select pg_reload_conf()"] {
        execute(&mut connection, statement).await?;
    }
    let sold = takings.sold.pop().context("no sale was made")?;
    let varying = varying(&mut connection, &sold.sale_id, till, previous_hash).await?;
    let (event, slip) = event_of(&mut connection, &sold.sale_id).await?;
    checkout.process.terminate(WRITTEN).await?;
    make_ready(&mut connection).await?;
    Ok(Baseline {
        database: checkout.database,
        whole: whole_sale(&observed, &varying)?,
        finished: finished_sale(&event, &slip),
    })
}

/// Makes the server log every statement of the sessions that begin from now on.
async fn write_everything_down(ground: &Ground) -> anyhow::Result<()> {
    let url = ground.postgres.url("postgres");
    let mut connection = PgConnection::connect(&url).await?;
    let prefix = format!("alter system set log_line_prefix = '{LINE_PREFIX}'");
    for statement in [prefix.as_str(), "alter system set log_statement = 'all'", "select pg_reload_conf()"] {
        execute(&mut connection, statement).await?;
    }
    // The server reads its settings again when it comes to it.
    eventually(WRITTEN, "the server logs statements", || async {
        let mut session = PgConnection::connect(&url).await.ok()?;
        let setting = sqlx::query_scalar("select current_setting('log_statement')");
        let setting: String = setting.fetch_one(&mut session).await.ok()?;
        (setting == "all").then_some(())
    })
    .await
}

/// What checkout asked between the marks, as soon as the second one is in the log.
async fn read_log(ground: &Ground) -> anyhow::Result<Vec<Statement>> {
    let file = ground.postgres.folder().join("postgres.log");
    let log = eventually(WRITTEN, "the server's log", || async {
        std::fs::read_to_string(&file).ok().filter(|log| log.contains(TO))
    })
    .await?;
    let observed = statements(&log, "checkout", FROM, TO);
    ensure!(!observed.is_empty(), "the server wrote no statement down");
    Ok(observed)
}

/// The hash at the end of the till's chain, as the server writes it.
async fn end_of_chain(connection: &mut PgConnection, till: &str) -> anyhow::Result<String> {
    let hash = sqlx::query_scalar(
        "select '\\x' || encode(hash, 'hex') from terminal_head where terminal_code = $1 and kind = 'ticket'",
    );
    Ok(hash.bind(till).fetch_one(connection).await?)
}

/// Which observed values are the sale's own.
async fn varying(
    connection: &mut PgConnection,
    sale_id: &str,
    till: &str,
    previous_hash: String,
) -> anyhow::Result<Varying> {
    let ids: (String, String, String, String) = sqlx::query_as(
        "select basket.basket_id::text, basket.open_request_id::text, basket.entries -> -1 ->> 'request_id', outbox.event_id::text
        from sale join basket using (basket_id) join outbox on outbox.payload ->> 'sale_id' = sale.sale_id::text
        where sale.sale_id = $1::uuid",
    )
    .bind(sale_id)
    .fetch_one(connection)
    .await?;
    let fresh = [sale_id.to_owned(), ids.0, ids.1, ids.2, ids.3];
    let mut varying: Varying = fresh.into_iter().map(|id| (id, "fresh")).collect();
    varying.insert(till.to_owned(), "till");
    varying.insert(platform::Caller::Terminal(till.to_owned()).id(), "caller");
    varying.insert(SEQUENCE.to_string(), "next");
    varying.insert(previous_hash, "head_hash");
    Ok(varying)
}

async fn event_of(connection: &mut PgConnection, sale_id: &str) -> anyhow::Result<(String, String)> {
    let event = sqlx::query_as(
        "select outbox.payload::text, array_to_string(sale.slip_texts, '') from sale
        join outbox on outbox.payload ->> 'sale_id' = sale.sale_id::text where sale.sale_id = $1::uuid",
    );
    Ok(event.bind(sale_id).fetch_one(connection).await?)
}

/// Tills for pgbench's clients, the tables of a finished sale, and the row that the floor updates.
async fn make_ready(connection: &mut PgConnection) -> anyhow::Result<()> {
    let heads =
        "insert into terminal_head select 'PG-' || client, 'ticket', 0, decode(repeat('00', 32), 'hex')
        from generate_series(0, 255) as client";
    let floor = "create table floor (id integer primary key, n bigint not null);
        insert into floor select id, 0 from generate_series(0, 255) as id";
    for statement in [heads, crate::script::FINISHED_TABLES, floor, "analyze"] {
        execute(connection, statement).await?;
    }
    Ok(())
}
