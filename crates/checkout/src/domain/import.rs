//! Files of products and prices. Good rows are taken as they stand; each bad one is reported with its line and why, and never
//! repaired unseen. White space around a cell is layout and does not count.
//!
//! A row has one reason, the first that holds in this order: `BAD_ROW` for a row that cannot be cut into cells, the code,
//! the texts, VAT code, supplier, further codes, deposit, price, date, and last `DUPLICATE_GTIN`, for which only rows count that
//! were taken. A price that is fifty times its yesterday, or a fiftieth, is no bad row: it is held for a person, and the rest of its row taken.

use serde::{Deserialize, Serialize};

use crate::domain::catalogue::{DatedPrice, Product, Supplier, Suspect};

mod cell;
mod codes;
mod prices;
mod products;
mod table;
mod verdict;

#[cfg(test)]
mod tests;

pub use prices::prices;
pub use products::products;
pub(in crate::domain) use table::{Row as TableRow, Table};

/// The largest file.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// The longest file.
pub const MAX_ROWS: i64 = 100_000;
/// A file with more bad rows is the wrong file; and the report of so many still fits into one answer.
pub const MAX_REJECTED: usize = 10_000;

/// The text of a file without what its way here put around it: a byte order mark, the line ends of another system, a last line that
/// ends or does not. Two files of one text are one file.
pub fn text_of(file: &[u8]) -> Vec<u8> {
    let bytes = file.strip_prefix(table::BYTE_ORDER_MARK).unwrap_or(file);
    let mut text = Vec::with_capacity(bytes.len() + 1);
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' if bytes.get(index + 1) == Some(&b'\n') => {}
            b'\r' => text.push(b'\n'),
            byte => text.push(*byte),
        }
    }
    if text.last() != Some(&b'\n') {
        text.push(b'\n');
    }
    text
}

/// Why a row was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// The last digit of the code does not follow from the others.
    BadCheckDigit,
    /// No product can have this code, or no till would read it as one.
    BadCode,
    /// A product without a name.
    NoName,
    /// An earlier row of the file holds the product, or the product's price of that day.
    DuplicateGtin,
    /// Not a price.
    BadPrice,
    /// Not a day or an instant, or missing beside a price.
    BadDate,
    /// No VAT rate has this code.
    BadVatCode,
    /// The price of a product that nobody knows.
    UnknownGtin,
    /// Not a supplier, or one that the file names in two ways.
    BadSupplier,
    /// One of its codes belongs to another product already: one of the two labels is wrong, and no till could tell them apart.
    CodeClaimedTwice,
    /// Not a number of pieces that one code stands for.
    BadPieces,
    /// No deposit has this code, neither in the catalogue nor in an earlier row.
    UnknownDeposit,
    /// No store has this code.
    UnknownStore,
    /// Cells are missing or too many, not UTF-8, too long, or hold what no ticket may show.
    BadRow,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Where the row starts, the header being line 1.
    pub line: i64,
    /// Why.
    pub reason: Reason,
    /// What was found, shortened.
    pub found: String,
}

/// Why a file is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("the file is larger than 16 MiB")]
    TooLarge,
    /// More rows than [`MAX_ROWS`].
    #[error("the file has more than {MAX_ROWS} rows")]
    TooManyRows,
    /// More bad rows than [`MAX_REJECTED`].
    #[error("more than {MAX_REJECTED} rows are bad, the first in line {} ({})", .0.line, .0.reason.as_str())]
    TooManyRejected(Rejected),
    /// A column that is needed is not in the header.
    #[error("the header has no column {0:?}")]
    MissingColumn(&'static str),
    /// A column that is read is in the header twice.
    #[error("the header has the column {0:?} twice")]
    ColumnTwice(&'static str),
    /// The VAT code for rows without one is none.
    #[error("no VAT rate has this code")]
    DefaultVatCode,
}

/// What a file of products changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Products {
    /// Rows read.
    pub rows: i64,
    /// Suppliers that are new, or newly named.
    pub suppliers: Vec<Supplier>,
    /// Products that are new.
    pub created: Vec<Product>,
    /// Products that are not what they were.
    pub changed: Vec<Product>,
    /// Products that were there already, equal.
    pub unchanged: i64,
    /// Dated prices that are new or not what they were.
    pub prices: Vec<DatedPrice>,
    /// Dated prices that a newer word for the same start has overtaken.
    pub overtaken: i64,
    /// Dated prices that wait for a person.
    pub held: Vec<Suspect>,
    /// The rows that were not taken, in their order.
    pub rejected: Vec<Rejected>,
}

/// What a file of prices changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Rows read.
    pub rows: i64,
    /// Dated prices that are new or not what they were.
    pub changed: Vec<DatedPrice>,
    /// Dated prices that were there already, equal; of a file that came before, also those that were held then.
    pub unchanged: i64,
    /// Dated prices of a file that came before which a newer word for the same start has overtaken.
    pub overtaken: i64,
    /// Dated prices that wait for a person.
    pub held: Vec<Suspect>,
    /// The rows that were not taken, in their order.
    pub rejected: Vec<Rejected>,
}

/// What an import of products did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductReport {
    /// Rows read.
    pub rows: i64,
    /// Products created.
    pub created: i64,
    /// Products changed.
    pub changed: i64,
    /// Products that were there already, equal.
    pub unchanged: i64,
    /// Dated prices added or changed.
    pub prices: i64,
    /// Dated prices that a newer word for the same start has overtaken.
    #[serde(default)]
    pub overtaken: i64,
    /// Dated prices that wait for a person.
    #[serde(default)]
    pub held: i64,
    /// The rows that were not taken.
    pub rejected: Vec<Rejected>,
}

/// What an import of prices did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceReport {
    /// Rows read.
    pub rows: i64,
    /// Dated prices added or changed.
    pub changed: i64,
    /// Dated prices that were there already, equal; of a file that came before, also those that were held then.
    pub unchanged: i64,
    /// Dated prices of a file that came before which a newer word for the same start has overtaken.
    #[serde(default)]
    pub overtaken: i64,
    /// Dated prices that wait for a person.
    #[serde(default)]
    pub held: i64,
    /// The rows that were not taken.
    pub rejected: Vec<Rejected>,
}

impl Products {
    /// Whether the catalogue is another one afterwards.
    pub fn changes_anything(&self) -> bool {
        let Self { suppliers, created, changed, prices, .. } = self;
        !(suppliers.is_empty() && created.is_empty() && changed.is_empty() && prices.is_empty())
    }

    /// The figures, and the rows that were not taken.
    pub fn into_report(self) -> ProductReport {
        ProductReport {
            rows: self.rows,
            created: count(&self.created),
            changed: count(&self.changed),
            unchanged: self.unchanged,
            prices: count(&self.prices),
            overtaken: self.overtaken,
            held: count(&self.held),
            rejected: self.rejected,
        }
    }
}

impl Prices {
    /// Whether the catalogue is another one afterwards.
    pub fn changes_anything(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The figures, and the rows that were not taken.
    pub fn into_report(self) -> PriceReport {
        PriceReport {
            rows: self.rows,
            changed: count(&self.changed),
            unchanged: self.unchanged,
            overtaken: self.overtaken,
            held: count(&self.held),
            rejected: self.rejected,
        }
    }
}

impl Reason {
    /// The stable word of the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadCheckDigit => "BAD_CHECK_DIGIT",
            Self::BadCode => "BAD_CODE",
            Self::NoName => "NO_NAME",
            Self::DuplicateGtin => "DUPLICATE_GTIN",
            Self::BadPrice => "BAD_PRICE",
            Self::BadDate => "BAD_DATE",
            Self::BadVatCode => "BAD_VAT_CODE",
            Self::UnknownGtin => "UNKNOWN_GTIN",
            Self::BadSupplier => "BAD_SUPPLIER",
            Self::CodeClaimedTwice => "CODE_CLAIMED_TWICE",
            Self::BadPieces => "BAD_PIECES",
            Self::UnknownDeposit => "UNKNOWN_DEPOSIT",
            Self::UnknownStore => "UNKNOWN_STORE",
            Self::BadRow => "BAD_ROW",
        }
    }
}

impl BadFile {
    /// The field of the request that is at fault.
    pub fn field(&self) -> &'static str {
        match self {
            Self::DefaultVatCode => "default_vat_code",
            Self::TooLarge
            | Self::TooManyRows
            | Self::TooManyRejected(_)
            | Self::MissingColumn(_)
            | Self::ColumnTwice(_) => "file",
        }
    }
}

fn count<T>(found: &[T]) -> i64 {
    i64::try_from(found.len()).expect("a file has at most a hundred thousand rows")
}
