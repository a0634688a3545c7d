//! The files of the bank that collects the card payments: what a row says, which payment that waits as unknown a row settles, and what
//! else of the file and of the sales does not fit together. Nothing is guessed: what is not beyond doubt waits for a person.

use money::Cents;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::domain::id::SaleId;

mod compare;
mod read;

#[cfg(test)]
mod tests;

pub use compare::{Books, Compared, Known, KnownId, Settled, Waiting, compare};
pub use read::{BadFile, File, Settings, read};

/// Clocks of card terminals go wrong by so much: a payment may be booked so long before it was asked.
pub const EARLY: Duration = Duration::minutes(2);
/// A payment is made so long after it was asked, at the latest.
pub const LATE: Duration = Duration::minutes(10);
/// A sale is completed so long after its payment, at the latest: a person had to settle it.
pub const COMPLETED: Duration = Duration::days(7);
/// The most that a report lists of one thing.
pub const MOST_LISTED: usize = 1_000;

/// Money taken, or given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKind {
    /// Taken.
    Debit,
    /// Given back.
    Credit,
}

/// A payment as the bank tells it. Of the card only its end is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// When, in whole seconds.
    pub time: OffsetDateTime,
    /// At which till.
    pub terminal_code: String,
    /// Under which contract with the bank.
    pub contract: String,
    /// Taken, or given back.
    pub kind: RowKind,
    /// How much, above zero.
    pub amount: Cents,
    /// The end of the card's number.
    pub pan_last4: String,
    /// The authorisation, in capitals, or empty.
    pub authorisation: String,
    /// The till's own reference of the payment, where it came that far.
    pub reference: Option<Uuid>,
}

/// A row with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where it starts, the header being line 1.
    pub line: i64,
    /// What it says.
    pub row: Row,
}

/// Why a row is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RowReason {
    /// Cells are missing or too many, or not UTF-8.
    BadRow,
    /// A whole card number stands in it.
    CardNumber,
    /// Not 1 to 20 letters and digits.
    BadContract,
    /// Neither a till nor a number that the bank gave one.
    UnknownTerminal,
    /// A till of another store than was asked for.
    OtherStore,
    /// Not an instant with its zone.
    BadTime,
    /// Not an amount above zero.
    BadAmount,
    /// Not the currency of the store.
    OtherCurrency,
    /// Not a masked card number that ends in four digits.
    BadCard,
    /// Longer than ten letters and digits, or something else.
    BadAuthorisation,
    /// Longer than 64 characters.
    BadReference,
    /// Neither `debit` nor `credit`.
    BadKind,
    /// The very same payment stands in an earlier row.
    DuplicateRow,
}

/// A row that was not taken. What was found is not repeated: it may be what nobody may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// Where it starts.
    pub line: i64,
    /// Why.
    pub reason: RowReason,
}

/// What came of a file, as it is answered, and answered again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Rows of the file.
    pub rows: i64,
    /// Debits that were taken.
    pub debits: i64,
    /// Credits that were taken.
    pub credits: i64,
    /// Rows that were not.
    pub rejected: Vec<RejectedRow>,
    /// Debits that are payments of sales.
    pub known: i64,
    /// Payments settled as made.
    pub settled: Vec<SettledPayment>,
    /// Payments that the file leaves to a person.
    pub unclear: Vec<WaitingPayment>,
    /// Payments that it does not have.
    pub absent: Vec<WaitingPayment>,
    /// Debits without a sale.
    pub unsold: Vec<UnsoldDebit>,
    /// How many there are.
    pub unsold_count: i64,
    /// Sales without a debit.
    pub unpaid: Vec<UnpaidSale>,
    /// How many there are.
    pub unpaid_count: i64,
    /// The file was imported before.
    #[serde(skip)]
    pub imported_before: bool,
}

/// A payment that a row settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledPayment {
    /// What waited.
    pub intervention_id: Uuid,
    /// The till.
    pub terminal_code: String,
    /// How much.
    pub amount: Cents,
    /// The row's line.
    pub line: i64,
    /// By the till's own reference.
    pub by_reference: bool,
}

/// A payment that goes on waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingPayment {
    /// What waits.
    pub intervention_id: Uuid,
    /// The till.
    pub terminal_code: String,
    /// How much was asked for.
    pub amount: Cents,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub asked: OffsetDateTime,
    /// Lines of rows that it might be.
    pub lines: Vec<i64>,
}

/// Money without a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsoldDebit {
    /// The row's line.
    pub line: i64,
    /// The till.
    pub terminal_code: String,
    /// How much.
    pub amount: Cents,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
}

/// A sale without its payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnpaidSale {
    /// The sale.
    pub sale_id: SaleId,
    /// The till.
    pub terminal_code: String,
    /// How much.
    pub amount: Cents,
    /// When it was completed.
    #[serde(with = "time::serde::rfc3339")]
    pub completed: OffsetDateTime,
}

/// What the last file says of a payment that goes on waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFinding {
    /// The file covers its time and does not have it.
    Absent,
    /// The file has something like it.
    Unclear,
}

impl RowReason {
    /// The word in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRow => "BAD_ROW",
            Self::CardNumber => "CARD_NUMBER",
            Self::BadContract => "BAD_CONTRACT",
            Self::UnknownTerminal => "UNKNOWN_TERMINAL",
            Self::OtherStore => "OTHER_STORE",
            Self::BadTime => "BAD_TIME",
            Self::BadAmount => "BAD_AMOUNT",
            Self::OtherCurrency => "OTHER_CURRENCY",
            Self::BadCard => "BAD_CARD",
            Self::BadAuthorisation => "BAD_AUTHORISATION",
            Self::BadReference => "BAD_REFERENCE",
            Self::BadKind => "BAD_KIND",
            Self::DuplicateRow => "DUPLICATE_ROW",
        }
    }
}

impl FileFinding {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Unclear => "unclear",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Absent, Self::Unclear].into_iter().find(|finding| finding.as_str() == word)
    }
}

impl Row {
    /// The identity of the payment, whichever file lists it.
    pub fn digest(&self) -> [u8; 32] {
        let reference = self.reference.map(|reference| reference.to_string()).unwrap_or_default();
        let text = format!(
            "{}|{}|{}|{:?}|{}|{}|{}|{reference}",
            self.time.unix_timestamp(),
            self.terminal_code,
            self.contract,
            self.kind,
            self.amount.get(),
            self.pan_last4,
            self.authorisation
        );
        Sha256::digest(text).into()
    }
}

impl Report {
    /// Tells what was found, as far as a report goes.
    pub fn of(file: &File, books: &Books, compared: &Compared) -> Self {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let kind = |kind| count(file.taken.iter().filter(|listed| listed.row.kind == kind).count());
        let waiting = |waiting: &Waiting, rows: &[usize]| WaitingPayment {
            intervention_id: waiting.intervention_id,
            terminal_code: waiting.terminal_code.clone(),
            amount: waiting.amount,
            asked: waiting.asked,
            lines: rows.iter().take(MOST_LISTED).map(|row| file.taken[*row].line).collect(),
        };
        let settled = |settled: &Settled| SettledPayment {
            intervention_id: books.waiting[settled.waiting].intervention_id,
            terminal_code: books.waiting[settled.waiting].terminal_code.clone(),
            amount: books.waiting[settled.waiting].amount,
            line: file.taken[settled.row].line,
            by_reference: settled.by_reference,
        };
        let unsold = |row: &usize| {
            let Listed { line, row } = &file.taken[*row];
            UnsoldDebit {
                line: *line,
                terminal_code: row.terminal_code.clone(),
                amount: row.amount,
                time: row.time,
            }
        };
        let unpaid = |known: &usize| {
            let known = &books.known[*known];
            let KnownId::Sale(sale_id) = known.id else { return None };
            let terminal_code = known.terminal_code.clone();
            Some(UnpaidSale { sale_id, terminal_code, amount: known.amount, completed: known.time })
        };
        Self {
            rows: file.rows,
            debits: kind(RowKind::Debit),
            credits: kind(RowKind::Credit),
            rejected: file.rejected.clone(),
            known: count(compared.known),
            settled: compared.settled.iter().map(settled).collect(),
            unclear: compared.unclear.iter().map(|(at, rows)| waiting(&books.waiting[*at], rows)).collect(),
            absent: compared.absent.iter().map(|at| waiting(&books.waiting[*at], &[])).collect(),
            unsold: compared.unsold.iter().take(MOST_LISTED).map(unsold).collect(),
            unsold_count: count(compared.unsold.len()),
            unpaid: compared.unpaid.iter().take(MOST_LISTED).filter_map(unpaid).collect(),
            unpaid_count: count(compared.unpaid.len()),
            imported_before: false,
        }
    }
}
