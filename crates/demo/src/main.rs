//! `cargo xtask demo`: starts a shop, plays a day, reads the figures back.

use std::{
    fs,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Parser;
use demo::{
    args::Args,
    desk::{self, Member},
    plan::{self, Basket},
    player, reader,
    report::Report,
    shop::{Layout, Shop, ShopPlan, TillPlan},
    shopper,
    stock::{self, SignIn},
};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;
use testbed::Durability;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Opening hours of the demo's day, in the store's time zone.
const OPENS: (i8, i8) = (8, 30);
const OPEN_FOR: Duration = Duration::from_secs(11 * 3600);
/// Real time that a sale has on average, when the tills keep up: a day of 500 sales passes in 35 seconds.
const REAL_TIME_A_SALE: Duration = Duration::from_millis(70);
/// The file that tells the services' clocks when the shop opened, in real time.
const OPENING: &str = "opening";
/// How long the last mails and events may take after the last sale.
const AT_REST: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    rustls::crypto::ring::default_provider().install_default().ok();
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(args)));
    match ended {
        Ok(disagreements) if disagreements.is_empty() => ExitCode::SUCCESS,
        Ok(disagreements) => {
            for disagreement in disagreements {
                eprintln!("does not add up: {disagreement}");
            }
            ExitCode::FAILURE
        }
        Err(failure) => {
            eprintln!("demo: {failure:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> anyhow::Result<Vec<String>> {
    let started = Instant::now();
    let folder = fresh_folder(&args.folder)?;
    let day = REAL_TIME_A_SALE * args.sales;
    let shop = Shop::start(ShopPlan {
        clock: Some(clock(day, &folder.join(OPENING))?),
        environment: Vec::new(),
        layout: Layout::Together,
        durability: Durability::Real,
        tills: vec![till("LILLE-01"), till("LILLE-02")],
        folder,
    })
    .await?;
    stock::furnish(&shop).await?;
    let products =
        stock::fill_shelves(&shop, args.catalogue.as_deref(), args.prices.as_deref(), args.seed).await?;
    let staff = stock::hire(&shop).await?;
    let members = desk::register(&shop, &staff[0], members(args.sales), args.seed).await?;
    shop.open().await?;
    write_description(&shop, &staff)?;
    let baskets = match &args.baskets {
        Some(file) => plan::read(file, &products, args.sales, members.len())?,
        None => plan::draw(&products, args.sales, members.len(), args.seed),
    };
    // From here on the clock of the services runs.
    fs::write(shop.folder.join(OPENING), Timestamp::now().to_string())?;
    play(&shop, baskets, &members, (Instant::now(), day), args.seed).await?;
    reader::at_rest(&shop, AT_REST).await?;
    let report = reader::read(&shop, account(&staff, "manager")?).await?;
    let report = Report { wall_seconds: (started.elapsed().as_secs_f64() * 10.0).round() / 10.0, ..report };
    show(&shop, &staff);
    println!("{}", serde_json::to_string(&report)?);
    if !args.exit {
        eprintln!("everything is left running; Ctrl-C stops it");
        tokio::signal::ctrl_c().await?;
    }
    fs::remove_file(shop.folder.with_file_name("demo.json")).ok();
    shop.stop().await?;
    Ok(report.disagreements())
}

/// Plays every till's share of the day, while shoppers at home answer their mails.
async fn play(
    shop: &Shop,
    baskets: Vec<Basket>,
    members: &[Member],
    (opening, day): (Instant, Duration),
    seed: u64,
) -> anyhow::Result<()> {
    let progress = ProgressBar::new(baskets.len().try_into()?)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} sales  {elapsed}")?);
    let closed = CancellationToken::new();
    let home = tokio::spawn(shopper::answer_mails(
        shop.sink.folder().to_owned(),
        shop.addresses.portal,
        seed,
        closed.clone(),
    ));
    let mut tills = JoinSet::new();
    for (number, till) in shop.tills.iter().enumerate() {
        let share = baskets.iter().filter(|basket| basket.till == number).cloned().collect();
        tills.spawn(player::play(till.address, share, members.to_vec(), opening, day, progress.clone()));
    }
    while let Some(ended) = tills.join_next().await {
        ended??;
    }
    progress.finish();
    closed.cancel();
    let done = home.await??;
    eprintln!("shoppers sent {} review forms and {} complaints", done.reviews, done.complaints);
    Ok(())
}

/// A scaled clock: the shop's day of today, from opening to closing, within `day` of real time.
fn clock(day: Duration, opening_file: &Path) -> anyhow::Result<String> {
    let now = Timestamp::now();
    let paris = TimeZone::get("Europe/Paris")?;
    let opening = now
        .to_zoned(paris)
        .date()
        .at(OPENS.0, OPENS.1, 0, 0)
        .to_zoned(TimeZone::get("Europe/Paris")?)?
        .timestamp();
    let speed = (OPEN_FOR.as_secs_f64() / day.as_secs_f64()).ceil().clamp(1.0, 100_000.0);
    let until = opening + OPEN_FOR;
    Ok(format!("{opening},{speed},{until},@{}", opening_file.display()))
}

fn till(code: &'static str) -> TillPlan {
    let simulator = vec!["--delay-ms".to_owned(), "10".to_owned()];
    TillPlan { code, simulator, environment: Vec::new() }
}

/// Enough members that many of them come twice.
fn members(sales: u32) -> usize {
    usize::try_from(sales / 5).unwrap_or(0).clamp(20, 200)
}

fn account<'a>(staff: &'a [SignIn], role: &str) -> anyhow::Result<&'a SignIn> {
    staff.iter().find(|account| account.role == role).with_context(|| format!("nobody is {role}"))
}

/// An empty folder, as an absolute path.
fn fresh_folder(folder: &Path) -> anyhow::Result<std::path::PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder)?;
    Ok(folder.canonicalize()?)
}

/// Writes `demo.json` beside the demo's folder: everything that a visitor needs to look around.
fn write_description(shop: &Shop, staff: &[SignIn]) -> anyhow::Result<()> {
    let secrets = shop.folder.join("secrets");
    let databases: serde_json::Map<String, serde_json::Value> = shop
        .addresses
        .services()
        .into_iter()
        .map(|(service, _)| (service.to_owned(), shop.postgres.url(service).into()))
        .collect();
    let grpc: serde_json::Map<String, serde_json::Value> = shop
        .addresses
        .services()
        .into_iter()
        .map(|(service, address)| (service.to_owned(), format!("https://{address}").into()))
        .collect();
    let tills: Vec<_> = shop
        .tills
        .iter()
        .map(|till| json!({"code": till.code, "page": format!("http://{}/", till.address), "pid": till.process.pid(), "ledger": till.ledger}))
        .collect();
    let services: Vec<_> =
        shop.services.iter().map(|(name, process)| json!({"name": name, "pid": process.pid()})).collect();
    let description = json!({
        "portal": format!("http://{}/", shop.addresses.portal),
        "grpc": grpc,
        "databases": databases,
        "nats": {"url": shop.nats.url(), "monitor": shop.nats.monitor_url(), "pid": shop.nats.pid(),
            "analyst": {"user": "analyst", "password_file": shop.nats.password_file("analyst"), "inbox_prefix": "_INBOX_analyst"}},
        "postgres_pid": shop.postgres.pid(),
        "processes": services,
        "tills": tills,
        "tls": {"ca": secrets.join("ca.pem"), "client_cert": secrets.join("operator.pem"), "client_key": secrets.join("operator.key")},
        "staff": staff,
        "mails": shop.sink.folder(),
        "logs": shop.folder.join("logs"),
    });
    fs::write(shop.folder.with_file_name("demo.json"), serde_json::to_vec_pretty(&description)?)?;
    Ok(())
}

/// Tells where the pages are.
fn show(shop: &Shop, staff: &[SignIn]) {
    eprintln!("portal      http://{}/", shop.addresses.portal);
    for till in &shop.tills {
        eprintln!("{:11} http://{}/", till.code, till.address);
    }
    for account in staff {
        eprintln!("sign in     {:10} {}", account.login, account.password);
    }
    eprintln!("mails       {}", shop.sink.folder().display());
}
