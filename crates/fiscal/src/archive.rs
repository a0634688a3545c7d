//! An archive: a zip of JSON and CSV that says all that was sealed in a period of at most a year, and can be checked by whoever knows
//! the fingerprint of the authority's key, without this product's database.
//!
//! ```text
//! manifest.json              the period, the keys, where each chain begins and ends, the SHA-256 of each file
//! manifest.sig               the authority's signature over it
//! LILLE-01/ticket-0001.jsonl one record a line: {"hash":…,"signature":…,"payload":…}
//! LILLE-01/ticket-0001-….csv the same records as tables
//! ```

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::closing::date;
use crate::{Broken, Certificate, Hash, Head, Kind, NotNext, PublicKey, Why};

mod documents;
mod ledger;
mod tables;
mod verify;
mod write;

#[cfg(test)]
mod tests;

pub use verify::{Verified, verify_archive};
pub use write::{ArchiveWriter, Unwritten};

/// How many records stand in one file.
const PART: usize = 5_000;

/// The version of this form.
const MANIFEST_FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.sig";

/// What the period and the calendar of an archive are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The establishment.
    pub siret: String,
    /// The first day.
    #[serde(with = "date")]
    pub from: Date,
    /// The first day after it, at most a year later.
    #[serde(with = "date")]
    pub until: Date,
    /// The calendar's time zone, by its IANA name.
    pub time_zone: String,
    /// The month in whose first day fiscal years start.
    pub fiscal_year_starts: u8,
    /// When the archive was made, as in a payload.
    pub made: String,
}

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this form.
    pub format: u32,
    /// The fiscal version that wrote it.
    pub version: String,
    /// Its period.
    pub opening: Opening,
    /// The key that signs it, which proves nothing to a reader who does not know its fingerprint.
    pub authority: PublicKey,
    /// The keys of the tills.
    pub certificates: Vec<Certificate>,
    /// The chains.
    pub chains: Vec<Chain>,
    /// The files, those of a chain in its order.
    pub files: Vec<File>,
}

/// What of a chain an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// Code of the till.
    pub terminal: String,
    /// The kind of its records.
    pub kind: Kind,
    /// The last record before.
    pub after: Head,
    /// The last record in it; the same when it holds none.
    pub last: Head,
}

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Hash,
}

/// A record that was seen elsewhere than in the archive: in the stream of sales. It reveals a tail that was cut off before the archive
/// was made, a till that was left out of it, and a journal that was written anew by whoever has the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The establishment: what others sealed is in no archive of this one.
    pub siret: String,
    /// Code of the till.
    pub terminal: String,
    /// The kind of the record.
    pub kind: Kind,
    /// Its number.
    pub sequence: i64,
    /// Its seal.
    pub hash: Hash,
    /// When it was sealed.
    #[serde(with = "time::serde::rfc3339")]
    pub time: time::OffsetDateTime,
}

/// The first thing found wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[error("{}{flaw}", self.place())]
pub struct Fault {
    /// The file, where it is one file's fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The till, where it is a record's fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
    /// The kind of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The number of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What is wrong with an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Flaw {
    /// It is no zip, or a file in it cannot be read.
    #[error("it cannot be read")]
    Unreadable,
    /// The manifest is not one of this form.
    #[error("the manifest is malformed")]
    Manifest,
    /// Its keys are of another authority than the one that is trusted.
    #[error("it is signed by another authority")]
    Untrusted,
    /// The manifest is not as it was signed.
    #[error("the manifest is not as it was signed")]
    ManifestSignature,
    /// The authority did not certify the till's key.
    #[error("the till's key is not certified")]
    Certificate,
    /// A file is missing.
    #[error("it is missing")]
    MissingFile,
    /// There are files beside those of the manifest.
    #[error("there are other files beside those of the manifest")]
    OtherFiles,
    /// A file is not as it was archived.
    #[error("it is not as it was archived")]
    FileHash,
    /// A table does not say what the sealed records say.
    #[error("it does not say what was sealed")]
    Table,
    /// A line is not a record with its seal and signature.
    #[error("a line is no record")]
    Line,
    /// A record is not as it was sealed.
    #[error("{0}")]
    Record(Why),
    /// The chain ends elsewhere than the manifest says.
    #[error("the chain ends elsewhere than in the manifest")]
    End,
    /// It belongs to another establishment.
    #[error("it belongs to another establishment")]
    Siret,
    /// A closing does not follow from what it closes.
    #[error("{0}")]
    Closing(NotNext),
    /// A period that ended no later than the archive is not closed: what was sealed in it may be missing.
    #[error("it is missing: the closings end before the archive")]
    NotClosed,
    /// A record has a time within a period that was closed before it.
    #[error("it entered a closed period")]
    ClosedPeriod,
    /// A credit note or a copy speaks of a record that there is not.
    #[error("it speaks of a record that there is not")]
    Reference,
    /// The number of a duplicata is missing, or was given before.
    #[error("a copy has another number than the next")]
    Duplicata {
        /// The next number.
        expected: i64,
    },
    /// Another record was seen elsewhere under this number.
    #[error("another record was seen under this number")]
    Witness,
    /// A record that was seen elsewhere is missing at the end.
    #[error("the end of the chain was cut off: a later record was seen")]
    CutTail,
}

impl Chain {
    fn fault(&self, sequence: i64, flaw: Flaw) -> Fault {
        Fault::of_record(&self.terminal, self.kind, sequence, flaw)
    }

    fn broken(&self, broken: Broken) -> Fault {
        self.fault(broken.sequence, Flaw::Record(broken.why))
    }
}

impl Fault {
    fn of_file(path: &str, flaw: Flaw) -> Self {
        Self { file: Some(path.to_owned()), terminal: None, kind: None, sequence: None, flaw }
    }

    fn of_archive(flaw: Flaw) -> Self {
        Self { file: None, terminal: None, kind: None, sequence: None, flaw }
    }

    fn of_record(terminal: &str, kind: Kind, sequence: i64, flaw: Flaw) -> Self {
        let (terminal, kind, sequence) = (Some(terminal.to_owned()), Some(kind), Some(sequence));
        Self { file: None, terminal, kind, sequence, flaw }
    }

    fn place(&self) -> String {
        match (&self.file, &self.terminal, self.kind, self.sequence) {
            (Some(file), ..) => format!("{file}: "),
            (None, Some(terminal), Some(kind), Some(sequence)) => {
                format!("{terminal}, {} {sequence}: ", kind.as_str())
            }
            _ => String::new(),
        }
    }
}

/// What the authority signs of a manifest.
fn signed(manifest: &[u8]) -> Vec<u8> {
    [b"cabas fiscal archive 1\n", manifest].concat()
}

/// The name of the records of a part, counted from 1; of one of its tables.
fn path(terminal: &str, kind: Kind, part: usize, table: Option<&str>) -> String {
    let kind = kind.as_str();
    match table {
        None => format!("{terminal}/{kind}-{part:04}.jsonl"),
        Some(table) => format!("{terminal}/{kind}-{part:04}-{table}.csv"),
    }
}
