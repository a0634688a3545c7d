//! From the bytes of a file to its rows. Good rows are taken as they stand; a bad one is told with its line and why.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use caisse_ap::SlipRule;
use money::{Cents, Currency};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Listed, RejectedRow, Row, RowKind, RowReason};
use crate::domain::{
    catalogue::Catalogue,
    import::{self, MAX_REJECTED, MAX_ROWS, Table, TableRow},
};

/// A payment above a million euros is a typing error.
const HIGHEST_AMOUNT: Cents = Cents::new(100_000_000);
/// A masked card shows the first eight digits and the last four, at most.
const MOST_CARD_DIGITS: usize = 12;
/// The longest reference.
const LONGEST_REFERENCE: usize = 64;
/// A time before or after these years is a typing error.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;

/// What decides how rows are read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The stores and their tills.
    pub catalogue: Arc<Catalogue>,
    /// What the bank calls tills: their codes by its numbers.
    pub names: HashMap<String, String>,
    /// The store whose rows are taken; empty for all.
    pub store_code: String,
    /// What looks like a card number and is none.
    pub rule: SlipRule,
}

/// A file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// How many rows it has.
    pub rows: i64,
    /// Those that were taken; no two alike.
    pub taken: Vec<Listed>,
    /// Those that were not.
    pub rejected: Vec<RejectedRow>,
}

/// Why a file is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// It is no table with these columns.
    #[error(transparent)]
    Table(#[from] import::BadFile),
    /// Nobody knows which of the two is meant.
    #[error("the header has both \"amount\" and \"amount_cents\"")]
    TwoAmounts,
    /// More bad rows than [`MAX_REJECTED`].
    #[error("more than {MAX_REJECTED} rows are bad, the first in line {} ({})", .0.line, .0.reason.as_str())]
    TooManyRejected(RejectedRow),
}

struct Columns {
    contract: usize,
    terminal: usize,
    time: usize,
    amount: Option<usize>,
    amount_cents: Option<usize>,
    currency: usize,
    card: usize,
    authorisation: usize,
    reference: Option<usize>,
    kind: usize,
}

/// Reads a file, and says now and then how many rows were read.
pub fn read(bytes: &[u8], settings: &Settings, read_so_far: impl Fn(i64)) -> Result<File, BadFile> {
    let table = Table::open(bytes)?;
    let columns = Columns::of(&table)?;
    let (mut file, mut seen) = (File::default(), HashSet::new());
    for row in table {
        file.rows += 1;
        if file.rows > MAX_ROWS {
            return Err(import::BadFile::TooManyRows.into());
        }
        if file.rows % 1_000 == 0 {
            read_so_far(file.rows);
        }
        let line = row.line;
        match columns.row(&row, settings) {
            Ok(row) if !seen.insert(row.digest()) => {
                file.rejected.push(RejectedRow { line, reason: RowReason::DuplicateRow });
            }
            Ok(row) => file.taken.push(Listed { line, row }),
            Err(reason) => file.rejected.push(RejectedRow { line, reason }),
        }
        if file.rejected.len() > MAX_REJECTED {
            return Err(BadFile::TooManyRejected(file.rejected[0]));
        }
    }
    Ok(file)
}

impl Columns {
    fn of(table: &Table<'_>) -> Result<Self, BadFile> {
        let (amount, amount_cents) = (table.column("amount")?, table.column("amount_cents")?);
        match (amount, amount_cents) {
            (Some(_), Some(_)) => return Err(BadFile::TwoAmounts),
            (None, None) => return Err(import::BadFile::MissingColumn("amount").into()),
            _ => {}
        }
        Ok(Self {
            contract: table.needed_column("contract")?,
            terminal: table.needed_column("terminal")?,
            time: table.needed_column("time")?,
            amount,
            amount_cents,
            currency: table.needed_column("currency")?,
            card: table.needed_column("card")?,
            authorisation: table.needed_column("authorisation")?,
            reference: table.column("reference")?,
            kind: table.needed_column("kind")?,
        })
    }

    fn row(&self, row: &TableRow, settings: &Settings) -> Result<Row, RowReason> {
        row.check().map_err(|_| RowReason::BadRow)?;
        let cell = |column: usize| row.cell(column).map_err(|_| RowReason::BadRow);
        let reference = self.reference.map_or(Ok(""), cell)?;
        let reference_id = Uuid::try_parse(reference).ok();
        for column in 0..row.width() {
            // The digits of a UUID may look like those of a card.
            let is_uuid = Some(column) == self.reference && reference_id.is_some();
            if !is_uuid && settings.rule.check(cell(column)?).is_err() {
                return Err(RowReason::CardNumber);
            }
        }
        let contract = cell(self.contract)?;
        if !is_code(contract, 20) || contract.is_empty() {
            return Err(RowReason::BadContract);
        }
        let (terminal_code, currency) = till(cell(self.terminal)?, settings)?;
        let time = instant(cell(self.time)?).ok_or(RowReason::BadTime)?;
        let amount = match (self.amount, self.amount_cents) {
            (Some(column), _) => Cents::parse(cell(column)?).ok(),
            (None, Some(column)) => cents(cell(column)?),
            (None, None) => None,
        };
        let is_believable = |amount: &Cents| *amount > Cents::ZERO && *amount <= HIGHEST_AMOUNT;
        let amount = amount.filter(is_believable).ok_or(RowReason::BadAmount)?;
        if cell(self.currency)?.parse::<Currency>().ok() != Some(currency) {
            return Err(RowReason::OtherCurrency);
        }
        let pan_last4 = last4(cell(self.card)?).ok_or(RowReason::BadCard)?;
        let authorisation = cell(self.authorisation)?;
        if !is_code(authorisation, 10) {
            return Err(RowReason::BadAuthorisation);
        }
        if reference.chars().count() > LONGEST_REFERENCE {
            return Err(RowReason::BadReference);
        }
        let kind = match cell(self.kind)?.to_ascii_lowercase().as_str() {
            "debit" => RowKind::Debit,
            "credit" => RowKind::Credit,
            _ => return Err(RowReason::BadKind),
        };
        Ok(Row {
            time,
            terminal_code,
            contract: contract.to_ascii_uppercase(),
            kind,
            amount,
            pan_last4: pan_last4.to_owned(),
            authorisation: authorisation.to_ascii_uppercase(),
            reference: reference_id,
        })
    }
}

/// The till of a name, with the currency of its store.
fn till(name: &str, settings: &Settings) -> Result<(String, Currency), RowReason> {
    let code = settings.names.get(name).map_or(name, String::as_str);
    let terminal = settings.catalogue.terminal(code).ok_or(RowReason::UnknownTerminal)?;
    if !settings.store_code.is_empty() && terminal.store_code != settings.store_code {
        return Err(RowReason::OtherStore);
    }
    let store = settings.catalogue.store(&terminal.store_code).ok_or(RowReason::UnknownTerminal)?;
    Ok((terminal.code.clone(), store.currency))
}

fn is_code(text: &str, longest: usize) -> bool {
    text.len() <= longest && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// An instant with its zone, in whole seconds.
fn instant(text: &str) -> Option<OffsetDateTime> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    let instant = OffsetDateTime::from_unix_timestamp(instant.as_second()).ok()?;
    YEARS.contains(&instant.year()).then_some(instant)
}

/// Whole cents.
fn cents(text: &str) -> Option<Cents> {
    let fits = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok().map(Cents::new)).flatten()
}

/// The end of a masked card number: digits, and what stands for those that are not shown.
fn last4(text: &str) -> Option<&str> {
    let is_mask = |letter: char| matches!(letter, '*' | 'x' | 'X' | '#' | '•' | '.' | '-' | ' ');
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let fits = digits <= MOST_CARD_DIGITS
        && text.chars().count() <= 32
        && text.chars().all(|letter| letter.is_ascii_digit() || is_mask(letter));
    let end = text.get(text.len().checked_sub(4)?..)?;
    (fits && end.bytes().all(|byte| byte.is_ascii_digit())).then_some(end)
}
