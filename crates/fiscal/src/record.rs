//! What is sealed, and what must be true of it.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use crate::{Archived, Closing, Copy, Event, Hash, Sale};

/// The chain a record belongs to: each till has one per kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A sale.
    Ticket,
    /// Lines of a sale given back.
    CreditNote,
    /// A document printed, sent or downloaded.
    Copy,
    /// The end of a day, a month or a fiscal year.
    Closing,
    /// An archive that was made.
    Archive,
    /// Something technical that happened to the till.
    Event,
    /// A sale that was only practised: sealed like one, and part of no total.
    Training,
}

/// What is sealed. Business values only: no id of a database, no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Code of the till, `[A-Z0-9-]{1,32}`.
    pub terminal: String,
    /// The establishment's SIRET, 14 digits.
    pub siret: String,
    /// The number in the chain of this till and kind, from 1.
    pub sequence: i64,
    /// When; sealed in UTC, to the second.
    pub time: OffsetDateTime,
    /// What it says, and with that its kind.
    pub body: Body,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// A sale.
    Ticket(Sale),
    /// Lines of a sale given back.
    CreditNote(Sale),
    /// A document printed, sent or downloaded.
    Copy(Copy),
    /// The end of a period.
    Closing(Box<Closing>),
    /// An archive that was made.
    Archive(Archived),
    /// Something technical.
    Event(Event),
    /// A sale that was only practised.
    Training(Sale),
}

/// Another record that a record speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Its kind.
    pub kind: Kind,
    /// Code of its till.
    pub terminal: String,
    /// Its number.
    pub sequence: i64,
    /// Its seal.
    pub hash: Hash,
}

/// How a record contradicts itself, or its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inconsistent {
    /// The till's code, the original's too, is 1 to 32 capitals, digits and dashes.
    #[error("malformed terminal code")]
    Terminal,
    /// A SIRET is 14 digits.
    #[error("malformed SIRET")]
    Siret,
    /// Sequences start at 1.
    #[error("sequence below 1")]
    Sequence,
    /// Years have four digits.
    #[error("time out of range")]
    Time,
    /// There is at least one line, they are counted, and labels are not empty and hold no control characters.
    #[error("no line, a wrong number of lines, or a malformed label")]
    Lines,
    /// The total is not the sum of its parts.
    #[error("the total is not the sum of its parts")]
    Total,
    /// The totals are not, rate by rate and outside VAT, the sums of the lines; or their parts do not add up; or the rates do not ascend
    /// from zero.
    #[error("the totals per rate do not follow from the lines")]
    RateTotals,
    /// A payment's code is malformed, or the payments are not the total.
    #[error("the payments are not the total")]
    Payments,
    /// A credit note without original, a ticket with one, be it practised or not, or a credit note below zero.
    #[error("a credit note has an original and gives back, a ticket has none")]
    Original,
    /// What is copied is a ticket, a credit note or a training ticket, and copies are numbered from 0.
    #[error("there is no such copy")]
    Copy,
    /// A period ends after it began, and its ranges hold as many records as they count.
    #[error("the period or its ranges contradict themselves")]
    Closing,
    /// An archive ends after it began, not more than a year, and names each chain once.
    #[error("the archive's period or chains contradict themselves")]
    Archive,
    /// A technical event has a code from 1 to 999, and what it says is short and holds no control characters.
    #[error("malformed technical event")]
    Event,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ticket,
        Self::CreditNote,
        Self::Copy,
        Self::Closing,
        Self::Archive,
        Self::Event,
        Self::Training,
    ];

    /// Whether its records are what a shopper is given, of which there can be copies.
    pub(crate) const fn is_document(self) -> bool {
        matches!(self, Self::Ticket | Self::CreditNote | Self::Training)
    }

    /// The word in payloads, tables and names of files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::CreditNote => "credit_note",
            Self::Copy => "copy",
            Self::Closing => "closing",
            Self::Archive => "archive",
            Self::Event => "event",
            Self::Training => "training",
        }
    }

    /// The kind that a word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Body {
    /// The chain it belongs to.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Ticket(_) => Kind::Ticket,
            Self::CreditNote(_) => Kind::CreditNote,
            Self::Copy(_) => Kind::Copy,
            Self::Closing(_) => Kind::Closing,
            Self::Archive(_) => Kind::Archive,
            Self::Event(_) => Kind::Event,
            Self::Training(_) => Kind::Training,
        }
    }

    /// The sale, given back or practised too.
    pub const fn sale(&self) -> Option<&Sale> {
        match self {
            Self::Ticket(sale) | Self::CreditNote(sale) | Self::Training(sale) => Some(sale),
            _ => None,
        }
    }
}

impl Record {
    /// The chain it belongs to.
    pub const fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// Whether everything that is sealed agrees with itself.
    pub fn check(&self) -> Result<(), Inconsistent> {
        let siret = self.siret.len() == 14 && self.siret.bytes().all(|byte| byte.is_ascii_digit());
        require(is_terminal_code(&self.terminal), Inconsistent::Terminal)?;
        require(siret, Inconsistent::Siret)?;
        require(self.sequence >= 1, Inconsistent::Sequence)?;
        require((0..=9_999).contains(&self.time.to_utc().year()), Inconsistent::Time)?;
        match &self.body {
            Body::Ticket(sale) | Body::Training(sale) | Body::CreditNote(sale) => sale.check(self.kind()),
            Body::Copy(copy) => copy.check(),
            Body::Closing(closing) => closing.check(),
            Body::Archive(archived) => archived.check(),
            Body::Event(event) => event.check(),
        }
    }
}

impl Reference {
    pub(crate) fn check(&self) -> Result<(), Inconsistent> {
        require(is_terminal_code(&self.terminal), Inconsistent::Terminal)?;
        require(self.sequence >= 1, Inconsistent::Sequence)
    }
}

pub(crate) fn require(holds: bool, otherwise: Inconsistent) -> Result<(), Inconsistent> {
    if holds { Ok(()) } else { Err(otherwise) }
}

fn is_terminal_code(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(letter)
}
