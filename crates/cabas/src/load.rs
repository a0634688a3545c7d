//! `cabas load`: the tills of made-up stores sell through a Saturday, and the books are checked at the end.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use barcode::CardNumber;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use platform::{Shutdown, peer, pki};
use proto::{
    analytics::v1::analytics_service_client::AnalyticsServiceClient,
    checkout::v1::catalogue_service_client::CatalogueServiceClient,
};
use terminal::load::{
    self, Shopping, Sold,
    day::{Day, Shelves, Store},
    queue::{Pace, Progress},
    saturday::saturday,
};
use tokio::{
    sync::watch,
    time::{Instant, interval},
};
use url::Url;

use crate::progress;
use books::Books;
use ground::Till;
use report::Report;

mod books;
mod ground;
mod report;

/// How often the bar moves.
const STEP: Duration = Duration::from_millis(200);
/// Articles a basket under `--flat`.
const SCANS: usize = 8;

/// How a load is driven.
#[derive(Args, Clone, Debug)]
struct LoadArgs {
    /// Number of stores, LOAD-001 and so on; they are made, and no other store is sold in
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=200))]
    stores: u16,
    /// Number of tills in each store, LOAD-001-01 and so on
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=99))]
    terminals: u16,
    /// URL of checkout
    #[arg(long)]
    checkout_url: Url,
    /// URL of analytics
    #[arg(long)]
    analytics_url: Url,
    /// Folder of `cabas pki` with the authority and the operator's certificate; the tills' certificates are added to it
    #[arg(long)]
    pki: PathBuf,
    /// The time in which a day of 12 hours passes: 90s, 10m, 12h; under --flat, how long to sell
    #[arg(long, default_value = "10m", value_parser = time)]
    day_in: Duration,
    /// Shoppers a day for each till, on average
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    shoppers: u32,
    /// The most shoppers who wait at once in a store, for each of its tills; who finds it full goes away
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    queue: u16,
    /// Which Saturday: the same number is the same day
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Sells at every till as fast as it is answered instead of as shoppers come
    #[arg(long)]
    flat: bool,
    /// File with the card numbers of members, one a line; they get mails of their tickets. Without it all are guests
    #[arg(long)]
    cards: Option<PathBuf>,
    /// Sells once more in the stores of an earlier load
    #[arg(long)]
    again: bool,
    /// Sells in a shop that has other stores too: its totals will hold the load's sales for ever
    #[arg(long)]
    beside: bool,
}

/// The command, with variables that begin with `LOAD_`.
pub fn command() -> Command {
    LoadArgs::augment_args(Command::new("load").about(
        "Plays a Saturday at the tills of made-up stores, and checks the books: for a shop that is for trying, never for one that trades",
    ))
}

/// Answers `cabas load`: one JSON line on standard output, and a failure when the books do not agree.
pub async fn answer(matches: &ArgMatches, shutdown: Shutdown) -> anyhow::Result<()> {
    let args = LoadArgs::from_arg_matches(matches)?;
    tokio::select! {
        done = run(&args) => done,
        () = shutdown.cancelled() => bail!("stopped before the day was over; its sales stand, its books are not checked"),
    }
}

async fn run(args: &LoadArgs) -> anyhow::Result<()> {
    // Else a new authority would be made, which no service trusts.
    ensure!(args.pki.join("ca.key").exists(), "{} holds no authority of `cabas pki`", args.pki.display());
    let cards = args.cards.as_deref().map_or_else(|| Ok(Vec::new()), cards)?;
    let operator = pki::identity(&args.pki, "operator");
    let checkout = peer::connect(&args.checkout_url, "checkout", &operator)?;
    let mut catalogue = CatalogueServiceClient::new(checkout);
    let mut analytics =
        AnalyticsServiceClient::new(peer::connect(&args.analytics_url, "analytics", &operator)?);
    let found = ground::look(&mut catalogue).await?;
    found.admit(args.again, args.beside)?;
    let stores = ground::lay(args, catalogue).await?;
    let tills = ground::by_code(&stores);
    let before = books::counted_at_rest(&mut analytics, 0).await?;

    let shelves = Arc::new(Shelves { codes: ground::codes(), cards });
    let started = Instant::now();
    let mut day = if args.flat {
        flat(args, &stores, &shelves).await?
    } else {
        played(args, &stores, &shelves).await?
    };
    let took = started.elapsed();

    let (settled, lost) = settle(&mut day).await;
    let given_back = books::give_back(&tills, &day.takings.sold).await?;
    let due = before.sales + i64::try_from(day.takings.sold.len())?;
    let counted = books::counted_at_rest(&mut analytics, due).await?.since(before);
    let shop = books::Ground { is_fresh: !found.has_loads, is_alone: !found.has_others };
    let mut books = books::compare(&day.takings.sold, &given_back, counted, shop);
    books.settled = settled;
    lost.into_iter().for_each(|told| books.disagree(told));
    finish(&Report::of(args, day, took, books.clone()), &books)
}

fn finish(report: &Report, books: &Books) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(report)?);
    books.disagreements.iter().for_each(|told| eprintln!("does not add up: {told}"));
    ensure!(books.disagreements.is_empty(), "the books do not agree");
    Ok(())
}

/// A Saturday, with a bar of its shoppers.
async fn played(args: &LoadArgs, stores: &[Vec<Till>], shelves: &Arc<Shelves>) -> anyhow::Result<Day> {
    let shoppers = args.shoppers * u32::from(args.terminals);
    let stores: Vec<Store> = (0..)
        .zip(stores)
        .map(|(number, tills)| Store {
            tills: tills.iter().map(|till| till.client.clone()).collect(),
            arrivals: saturday(args.seed, number, shoppers),
        })
        .collect();
    let all = i64::try_from(stores.iter().map(|store| store.arrivals.len()).sum::<usize>())?;
    let longest_queue = usize::from(args.queue) * usize::from(args.terminals);
    let pace = Pace { opening: Instant::now(), day: args.day_in, longest_queue };
    let over = Arc::new(watch::Sender::new(Progress::default()));
    let come = || {
        let Progress { served, turned_away } = *over.borrow();
        progress::draw(all, i64::try_from(served + turned_away).unwrap_or(all), "shoppers");
    };
    Ok(watched(load::day::play(stores, shelves, pace, &over), come).await?)
}

/// As fast as checkout answers, with a bar of the seconds.
async fn flat(args: &LoadArgs, stores: &[Vec<Till>], shelves: &Shelves) -> anyhow::Result<Day> {
    let clients: Vec<_> = stores.iter().flatten().map(|till| till.client.clone()).collect();
    let shopping =
        Shopping { card: shelves.cards.first().cloned(), codes: shelves.codes.clone(), scans: SCANS };
    let started = std::time::Instant::now();
    let all = i64::try_from(args.day_in.as_secs())?;
    let passed = || {
        let seconds = i64::try_from(started.elapsed().as_secs()).unwrap_or(all);
        progress::draw(all, seconds.min(all), "seconds");
    };
    let selling = load::everywhere_until(&clients, &shopping, started + args.day_in);
    let takings = watched(selling, passed).await?;
    let members = if shopping.card.is_some() { takings.sold.len() as u64 } else { 0 };
    Ok(Day { takings, members, ..Day::default() })
}

/// Waits for the work, and draws meanwhile.
async fn watched<T>(work: impl Future<Output = T>, draw: impl Fn()) -> T {
    let mut work = std::pin::pin!(work);
    let mut steps = interval(STEP);
    loop {
        tokio::select! {
            done = &mut work => {
                draw();
                progress::finish();
                return done;
            }
            _ = steps.tick() => draw(),
        }
    }
}

/// Asks what became of the payments without an answer: how many are sales after all, and of which nobody can tell.
async fn settle(day: &mut Day) -> (usize, Vec<String>) {
    let (mut settled, mut lost) = (0, Vec::new());
    for unknown in std::mem::take(&mut day.unknown) {
        match unknown.till.sale_of(unknown.basket_id).await {
            Ok(Some(ticket)) => {
                settled += 1;
                day.takings.sold.push(Sold::of(unknown.basket_id, ticket));
            }
            Ok(None) => {}
            Err(failure) => lost.push(format!("basket {}: {failure}", unknown.basket_id)),
        }
    }
    (settled, lost)
}

fn cards(file: &Path) -> anyhow::Result<Vec<CardNumber>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(place, line)| {
            line.trim().parse().with_context(|| format!("line {} is no number of a card", place + 1))
        })
        .collect()
}

/// `90s`, `10m`, `12h`.
fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time such as 90s, 10m or 12h");
    let unit = match text.chars().next_back() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        _ => return Err(wrong()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let time = Duration::from_secs(u64::from(number) * unit);
    if time.is_zero() || time > load::saturday::OPEN { Err(wrong()) } else { Ok(time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_passes_in_any_time_up_to_its_own() {
        assert_eq!(time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(time("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(time("12h"), Ok(load::saturday::OPEN));
        for wrong in ["", "s", "10", "-1s", "0s", "13h", "1.5h", "10é"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_of_cards_is_read_whole_or_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cards.txt");
        let card = CardNumber::from_serial(42).unwrap();
        fs::write(&file, format!("{}\n\n", card.as_str())).unwrap();
        assert_eq!(cards(&file).unwrap(), [card]);
        fs::write(&file, "\nnobody\n").unwrap();
        assert!(cards(&file).unwrap_err().to_string().starts_with("line 2 "));
    }
}
