//! The measurement of the fiscal journal: what sealing a ticket costs, and how fast and in how much memory an archive of a million is verified.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use clap::Args;
use fiscal::{
    ArchiveWriter, Authority, Body, Books, Calendar, Closing, Day, Due, Entered, Hash, Head, Kind, Line,
    Means, Opening, Payment, Period, Record, Reference, Sale, TerminalKey,
};
use money::{Cents, Currency, Quantity, VatTotal};
use serde::Serialize;
use terminal::load::rounded;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::report::Machine;

const SIRET: &str = "99999999800019";
const TERMINAL: &str = "LILLE-01";
const TIME_ZONE: &str = "Europe/Paris";
/// The first moment of the year that is archived, and the first one after it.
const YEAR: [OffsetDateTime; 2] = [datetime!(2025-12-31 23:00 UTC), datetime!(2026-12-31 23:00 UTC)];
/// The most days on which something is sold: the year has one more.
const DAYS: u32 = 364;
/// Later than whatever is closed.
const LATE: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);
/// How often it is looked how much memory the verifier has.
const LOOK: Duration = Duration::from_millis(50);
/// Targets: see the documentation of the figures.
const MOST_SECONDS: f64 = 60.0;
const MOST_MIB: f64 = 200.0;
const MOST_SHARE: f64 = 0.1;

/// How to measure.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Tickets that are sealed and verified
    #[arg(long, default_value_t = 1_000_000)]
    pub tickets: u32,
    /// Lines of a ticket
    #[arg(long, default_value_t = 8)]
    pub lines: u32,
    /// Tickets of a day, which is closed after them
    #[arg(long, default_value_t = 4_320, value_parser = clap::value_parser!(u32).range(1..))]
    pub tickets_per_day: u32,
    /// What a whole sale costs, in microseconds: a second over the sales a second of `bench sale`
    #[arg(long, default_value_t = 5_350.0)]
    pub sale_microseconds: f64,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Always `fiscal`.
    pub bench: &'static str,
    /// Where it ran.
    pub machine: Machine,
    /// Tickets that were sealed and verified.
    pub tickets: u32,
    /// Lines of a ticket.
    pub lines: u32,
    /// Days, months and the year that were closed in it; and each ticket has a copy.
    pub closings: usize,
    /// To make a ticket's bytes, chain and sign them, with a key that was derived once, as checkout keeps it.
    pub seal_microseconds: f64,
    /// What a sale was said to cost.
    pub sale_microseconds: f64,
    /// Of that the sealing; target under a tenth.
    pub share_of_sale: f64,
    /// Size of the archive.
    pub archive_mib: f64,
    /// To write it.
    pub write_seconds: f64,
    /// To verify it, by `cabas fiscal verify`; target under 60 for a million.
    pub verify_seconds: f64,
    /// Tickets verified in a second.
    pub verified_per_second: f64,
    /// The most memory that the verifier had; target under 200.
    pub verify_peak_mib: f64,
    /// The figures that miss their target.
    pub missed: Vec<&'static str>,
}

/// Measures.
///
/// # Errors
/// When the archive cannot be written, or does not verify.
pub async fn run(options: &Options) -> anyhow::Result<Report> {
    let machine = Machine::this()?;
    let folder = tempfile::Builder::new().prefix("cabas-bench-").tempdir()?;
    let file = folder.path().join("archive.zip");
    let authority = Authority::from_seed([7; 32]);
    let Written { sealing, writing, closings } = write(options, &authority, &file)?;
    let bytes = fs::metadata(&file)?.len();
    let (verifying, peak_kib) = verify(&file, &authority).await?;
    let tickets = f64::from(options.tickets);
    let seal_microseconds = rounded(sealing.as_secs_f64() * 1e6 / tickets);
    let share_of_sale = rounded(seal_microseconds / options.sale_microseconds);
    let verify_seconds = rounded(verifying.as_secs_f64());
    let verify_peak_mib = rounded(peak_kib / 1024.0);
    let missed = [
        ("share_of_sale", share_of_sale > MOST_SHARE),
        ("verify_seconds", verify_seconds > MOST_SECONDS * (tickets / 1e6).max(1.0)),
        ("verify_peak_mib", verify_peak_mib > MOST_MIB),
    ];
    Ok(Report {
        bench: "fiscal",
        machine,
        tickets: options.tickets,
        lines: options.lines,
        closings,
        seal_microseconds,
        sale_microseconds: options.sale_microseconds,
        share_of_sale,
        archive_mib: rounded(u32::try_from(bytes / 1024).map_or(f64::INFINITY, f64::from) / 1024.0),
        write_seconds: rounded(writing.as_secs_f64()),
        verify_seconds,
        verified_per_second: rounded(tickets / verifying.as_secs_f64()),
        verify_peak_mib,
        missed: missed.into_iter().filter_map(|(name, missed)| missed.then_some(name)).collect(),
    })
}

/// What was written.
struct Written {
    /// To seal the tickets.
    sealing: Duration,
    /// To write everything.
    writing: Duration,
    closings: usize,
}

/// Seals and writes a year of a till: tickets, the closings of its days, and a copy of each ticket.
fn write(options: &Options, authority: &Authority, file: &Path) -> anyhow::Result<Written> {
    ensure!(options.tickets / options.tickets_per_day < DAYS, "a year has no room for so many days");
    let time_of = |number: u32| YEAR[0] + time::Duration::days(1) * number / options.tickets_per_day;
    let sale = sale(options.lines).context("the sums of a ticket")?;
    let mut till = Till::new(authority, file)?;
    let (mut days, mut sealing) = (Days::begin()?, Duration::ZERO);
    let mut sold: Vec<Hash> = Vec::new();
    till.begin(Kind::Ticket)?;
    for number in 0..options.tickets {
        sealing += till.push(time_of(number), Body::Ticket(sale.clone()))?;
        days.enter(till.head, time_of(number), &sale)?;
        sold.push(till.head.hash);
    }
    days.end()?;
    till.begin(Kind::Copy)?;
    for (number, hash) in (0..).zip(sold) {
        let (terminal, sequence) = (TERMINAL.to_owned(), i64::from(number) + 1);
        let document = Reference { kind: Kind::Ticket, terminal, sequence, hash };
        let copy = fiscal::Copy { document, means: Means::Print, number: 0 };
        till.push(time_of(number), Body::Copy(copy))?;
    }
    let closings = days.closings.len();
    till.begin(Kind::Closing)?;
    for (time, closing) in days.closings {
        till.push(time, Body::Closing(Box::new(closing)))?;
    }
    Ok(Written { sealing, writing: till.finish()?, closings })
}

/// The till while its chains are sealed and written, one after the other.
struct Till<'authority> {
    writer: ArchiveWriter<'authority, BufWriter<File>>,
    key: TerminalKey,
    /// The end of the chain that was begun last.
    head: Head,
    writing: Duration,
}

impl<'authority> Till<'authority> {
    fn new(authority: &'authority Authority, file: &Path) -> anyhow::Result<Self> {
        let opening = Opening {
            siret: SIRET.to_owned(),
            from: "2026-01-01".parse()?,
            until: "2027-01-01".parse()?,
            time_zone: TIME_ZONE.to_owned(),
            fiscal_year_starts: 1,
            made: "2027-01-01T06:00:00Z".to_owned(),
        };
        let writer = ArchiveWriter::new(BufWriter::new(File::create(file)?), authority, opening)?;
        let key = authority.terminal(SIRET, TERMINAL);
        Ok(Self { writer, key, head: Head::START, writing: Duration::ZERO })
    }

    fn begin(&mut self, kind: Kind) -> anyhow::Result<()> {
        self.head = Head::START;
        Ok(self.writer.begin(TERMINAL, kind, self.head)?)
    }

    /// Seals and writes the next record of the chain; answers how long sealing it took.
    fn push(&mut self, time: OffsetDateTime, body: Body) -> anyhow::Result<Duration> {
        let sequence = self.head.sequence + 1;
        let record = Record { terminal: TERMINAL.to_owned(), siret: SIRET.to_owned(), sequence, time, body };
        let began = Instant::now();
        let sealed = record.seal(&self.head.hash)?;
        let signature = self.key.sign(&sealed.hash);
        let sealing = began.elapsed();
        let began = Instant::now();
        self.writer.push(sealed.entry(sequence), &signature)?;
        self.writing += began.elapsed();
        self.head = Head { sequence, hash: sealed.hash };
        Ok(sealing)
    }

    /// Ends the archive; answers how long all the writing took.
    fn finish(self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let (out, ..) = self.writer.finish()?;
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        Ok(self.writing + began.elapsed())
    }
}

/// The days of the till, closed as its tickets come.
struct Days {
    books: Books,
    due: Due,
    day: Day,
    /// With when each was due.
    closings: Vec<(OffsetDateTime, Closing)>,
}

impl Days {
    fn begin() -> anyhow::Result<Self> {
        let mut books = Books::new(Calendar::new(TIME_ZONE, 1)?, Currency::EUR);
        books.open(YEAR[0]);
        let due = books.due(LATE).context("no day is due")?;
        Ok(Self { day: books.count(due), due, books, closings: Vec::new() })
    }

    fn enter(&mut self, head: Head, time: OffsetDateTime, sale: &Sale) -> anyhow::Result<()> {
        while self.day.enter(Kind::Ticket, head, time, sale)? == Entered::Later {
            self.close()?;
        }
        Ok(())
    }

    /// Closes the days that are left of the year.
    fn end(&mut self) -> anyhow::Result<()> {
        while self.due.ends <= YEAR[1] {
            self.close()?;
        }
        Ok(())
    }

    /// Closes the day, and the month and the year that end with it.
    fn close(&mut self) -> anyhow::Result<()> {
        let mut closing = self.books.close_day(self.day.clone())?;
        loop {
            self.books.follow(&closing)?;
            self.closings.push((self.due.ends, closing));
            self.due = self.books.due(LATE).context("no period is due")?;
            if self.due.period == Period::Day {
                break;
            }
            closing = self.books.close(self.due);
        }
        self.day = self.books.count(self.due);
        Ok(())
    }
}

fn sale(lines: u32) -> Option<Sale> {
    let line = |number: u32| Line {
        label: format!("Article de démonstration n° {number}"),
        gtin: "09524000000019".parse().ok(),
        quantity: Quantity::ONE,
        unit_price: Cents::new(345),
        total_ttc: Cents::new(345),
        vat_rate_basis_points: Some(if number.is_multiple_of(3) { 2_000 } else { 550 }),
    };
    let lines: Vec<Line> = (1..=lines).map(line).collect();
    let taxed = lines.iter().filter_map(|line| Some((line.vat_rate_basis_points?, line.total_ttc)));
    let totals = VatTotal::by_rate(taxed)?.into_iter().map(Into::into).collect();
    let total = Cents::checked_sum(lines.iter().map(|line| line.total_ttc))?;
    let payments = vec![Payment { kind: "card".to_owned(), amount: total }];
    let (line_count, outside_vat) = (lines.len(), Cents::ZERO);
    Some(Sale {
        currency: Currency::EUR,
        lines,
        line_count,
        totals,
        outside_vat,
        total,
        payments,
        original: None,
    })
}

/// Runs the verifier as the tax office does; answers how long it took, and the most KiB of memory it had.
async fn verify(file: &Path, authority: &Authority) -> anyhow::Result<(Duration, f64)> {
    let mut command = Command::new(testbed::program("cabas")?);
    command.args(["fiscal", "verify"]).arg(file).arg("--trust").arg(authority.fingerprint().to_string());
    let began = Instant::now();
    let mut verifier = command.env_clear().stdout(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", verifier.id());
    let mut peak_kib = 0.0;
    let ended = loop {
        if let Some(ended) = verifier.try_wait()? {
            break ended;
        }
        peak_kib = peak(&fs::read_to_string(&status).unwrap_or_default()).unwrap_or(peak_kib);
        tokio::time::sleep(LOOK).await;
    };
    ensure!(ended.success(), "the archive does not verify");
    Ok((began.elapsed(), peak_kib))
}

/// `VmHWM` is the most that a process ever had; a process that has just ended tells none.
fn peak(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
