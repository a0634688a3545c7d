//! `cargo xtask demo`: starts a shop, plays a day, reads the figures back.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Parser;
use demo::{
    args::Args,
    attendant::Attendant,
    card::CardTerminal,
    closing,
    description::Description,
    desk::{self, Member},
    door::Visitor,
    plan::{self, Basket, Promise},
    player::{self, Hours, Lane},
    reader, refunds,
    report::Report,
    shop::{Layout, Shop, ShopPlan, Till, TillPlan},
    shopper,
    stock::{self, SignIn},
};
use futures::future::try_join_all;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use proto::checkout::v1::Product;
use testbed::Durability;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};
use tokio_util::sync::CancellationToken;

mod edge;

/// Opening hours of the demo's day, in the store's time zone.
const OPENS: (i8, i8) = (8, 30);
const OPEN_FOR: Duration = Duration::from_secs(11 * 3600);
const TIME_ZONE: &str = "Europe/Paris";
/// Real time that a sale has on average, when the tills keep up: a day of 500 sales passes in 25 seconds.
const REAL_TIME_A_SALE: Duration = Duration::from_millis(50);
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
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            eprintln!("demo: {failure:#}");
            ExitCode::FAILURE
        }
    }
}

/// Plays the day and gives the exit status; whoever asks to stop before its end gets no figures.
async fn run(args: Args) -> anyhow::Result<u8> {
    let started = Instant::now();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let asked_to_stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    tokio::pin!(asked_to_stop);
    let (folder, _lock) = own_folder(&args.folder)?;
    let (shop, _description, report) = tokio::select! {
        told = played(&args, folder) => told?,
        () = &mut asked_to_stop => anyhow::bail!("stopped before the end of the day"),
    };
    let report = Report { wall_seconds: (started.elapsed().as_secs_f64() * 10.0).round() / 10.0, ..report };
    println!("{}", serde_json::to_string(&report)?);
    for disagreement in report.disagreements() {
        eprintln!("does not add up: {disagreement}");
    }
    if !args.exit {
        eprintln!("everything is left running; Ctrl-C stops it");
        asked_to_stop.await;
    }
    shop.stop().await?;
    Ok(report.exit_status())
}

async fn played(args: &Args, folder: PathBuf) -> anyhow::Result<(Shop, Description, Report)> {
    if args.edge { edge::day(args, folder).await } else { day(args, folder).await }
}

/// A whole day: the shop, open, what describes it, and what the reader found after closing time.
async fn day(args: &Args, folder: PathBuf) -> anyhow::Result<(Shop, Description, Report)> {
    let date = match args.day {
        Some(day) => day,
        None => closing::today(TIME_ZONE)?,
    };
    let length = REAL_TIME_A_SALE * args.sales;
    let clock = clock(date, length, &folder.join(OPENING))?;
    let Opened { shop, products, staff, members, fingerprint, description } =
        open(args, folder, Layout::Together, Some(clock)).await?;
    let mut baskets = match &args.baskets {
        Some(file) => plan::read(file, &products, args.sales, members.len())?,
        None => plan::draw(&products, args.sales, members.len(), args.seed),
    };
    plan::trouble(&mut baskets, &products, &stock::restricted(&shop).await?, args.seed);
    let promise = Promise::of(&baskets);
    let recalled = stock::recall(&shop, &products).await?;
    eprintln!("plays {} baskets of {date}, seed {}", baskets.len(), args.seed);
    // From here on the clock of the services runs.
    fs::write(shop.folder.join(OPENING), Timestamp::now().to_string())?;
    let hours = Hours { opening: Instant::now(), length };
    let lanes = lanes(&shop, account(&staff, "attendant")?, recalled);
    play(&shop, lanes, baskets, &members, hours, args.seed).await?;
    let given = refunds::give_back(&shop, account(&staff, "desk")?).await?;
    eprintln!("{} refunds went back to their cards at a till, {} by the bank", given.by_card, given.by_bank);
    reader::at_rest(&shop, AT_REST).await?;
    let report = reader::read(&shop, account(&staff, "manager")?).await?;
    let closed = closing::close(&shop, &fingerprint, date, TIME_ZONE).await?;
    let (closings, fiscal_verified) = (closed.closings, closed.verified);
    Ok((shop, description, Report { promise: Some(promise), closings, fiscal_verified, ..report }))
}

/// A shop whose doors are open.
struct Opened {
    shop: Shop,
    products: Vec<Product>,
    staff: Vec<SignIn>,
    members: Vec<Member>,
    /// By which its fiscal journal is trusted.
    fingerprint: String,
    /// Kept as long as the shop runs.
    description: Description,
}

/// Starts a shop with two tills, equips it, and says where to look.
async fn open(args: &Args, folder: PathBuf, layout: Layout, clock: Option<String>) -> anyhow::Result<Opened> {
    let shop = Shop::start(ShopPlan {
        clock,
        environment: Vec::new(),
        layout,
        durability: Durability::Real,
        tills: vec![till(&folder, "LILLE-01"), till(&folder, "LILLE-02")],
        folder,
    })
    .await?;
    let (products, staff, members) = equip(&shop, args).await?;
    let fingerprint = shop.fingerprint().await?;
    let described = shop.folder.with_file_name("demo.json");
    let description = Description::write(&described, &shop, &staff, &fingerprint)?;
    show(&shop, &staff);
    Ok(Opened { shop, products, staff, members, fingerprint, description })
}

/// Goods, staff, members and open tills. What does not wait for another is done at the same time.
async fn equip(shop: &Shop, args: &Args) -> anyhow::Result<(Vec<Product>, Vec<SignIn>, Vec<Member>)> {
    stock::furnish(shop).await?;
    let goods = stock::fill_shelves(shop, args.catalogue.as_deref(), args.prices.as_deref(), args.seed);
    let people = async {
        let staff = stock::hire(shop).await?;
        let members = desk::register(shop, account(&staff, "desk")?, members(args.sales), args.seed).await?;
        Ok((staff, members))
    };
    let (products, (staff, members), ()) = tokio::try_join!(goods, people, shop.open())?;
    Ok((products, staff, members))
}

/// Plays every till's share of the day, while shoppers at home answer their mails, and waits until nothing is on its way any more.
async fn play(
    shop: &Shop,
    lanes: Vec<Lane>,
    baskets: Vec<Basket>,
    members: &[Member],
    hours: Hours,
    seed: u64,
) -> anyhow::Result<()> {
    let progress = ProgressBar::new(baskets.len().try_into()?)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} sales  {elapsed}")?);
    let (sold, sales) = mpsc::unbounded_channel();
    let closed = CancellationToken::new();
    let home = shopper::answer_mails(
        shop.sink.folder().to_owned(),
        shop.addresses.portal,
        plan::opinions(&baskets, seed),
        sales,
        closed.clone(),
    );
    let mut tills = Vec::new();
    for (number, lane) in lanes.into_iter().enumerate() {
        let share = baskets.iter().filter(|basket| basket.till == number).cloned().collect();
        let (members, sold, progress) = (members.to_vec(), sold.clone(), progress.clone());
        tills.push(player::play(lane, share, members, hours, sold, progress));
    }
    let sold_out = async {
        try_join_all(tills).await?;
        progress.finish();
        // Every receipt is there before the mailboxes are opened for the last time, and what was answered then has its effect.
        reader::at_rest(shop, AT_REST).await?;
        closed.cancel();
        Ok(())
    };
    let (done, ()) = tokio::try_join!(home, sold_out)?;
    eprintln!("shoppers sent {} review forms and {} complaints", done.reviews, done.complaints);
    reader::at_rest(shop, AT_REST).await
}

/// A scaled clock: the shop's day, from opening to closing, within `length` of real time.
fn clock(date: Date, length: Duration, opening_file: &Path) -> anyhow::Result<String> {
    let opening = date.at(OPENS.0, OPENS.1, 0, 0).to_zoned(TimeZone::get(TIME_ZONE)?)?.timestamp();
    let speed = (OPEN_FOR.as_secs_f64() / length.as_secs_f64()).ceil().clamp(1.0, 100_000.0);
    let until = opening + OPEN_FOR;
    Ok(format!("{opening},{speed},{until},@{}", opening_file.display()))
}

/// Every till with its card terminal and with the attendant, who has a browser for each.
fn lanes(shop: &Shop, attendant: &SignIn, recalled: Option<String>) -> Vec<Lane> {
    let lane = |till: &Till| Lane {
        code: till.code,
        till: Visitor::of(till.address),
        card: CardTerminal::of(&shop.folder, till.code),
        attendant: Attendant::of(shop.addresses.portal, attendant),
        recalled: recalled.clone(),
    };
    shop.tills.iter().map(lane).collect()
}

fn till(folder: &Path, code: &'static str) -> TillPlan {
    let mut simulator = vec!["--delay-ms".to_owned(), "10".to_owned()];
    simulator.extend(CardTerminal::of(folder, code).arguments());
    TillPlan { code, simulator, environment: Vec::new() }
}

/// Enough members that many of them come twice.
fn members(sales: u32) -> usize {
    usize::try_from(sales / 5).unwrap_or(0).clamp(20, 200)
}

fn account<'a>(staff: &'a [SignIn], role: &str) -> anyhow::Result<&'a SignIn> {
    staff.iter().find(|account| account.role == role).with_context(|| format!("nobody is {role}"))
}

/// The demo's folder, empty, as an absolute path, and the lock that keeps a second demo out while this one runs.
fn own_folder(folder: &Path) -> anyhow::Result<(PathBuf, File)> {
    let foreign = folder.exists() && !folder.join("secrets").exists() && folder.read_dir()?.next().is_some();
    anyhow::ensure!(!foreign, "{} is not empty and not a demo's: name another folder", folder.display());
    fs::create_dir_all(folder)?;
    let lock = File::create(folder.with_extension("lock"))?;
    lock.try_lock()
        .with_context(|| format!("another demo runs in {}: name another folder", folder.display()))?;
    fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    fs::create_dir_all(folder)?;
    Ok((folder.canonicalize()?, lock))
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
