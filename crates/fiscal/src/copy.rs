//! A document that left the shop once more.

use serde::{Deserialize, Serialize};

use crate::record::{Inconsistent, Reference, require};

/// A document printed, sent or downloaded. Number 0 is the original, n the n-th duplicata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    /// What was printed, sent or downloaded.
    pub document: Reference,
    /// In which way.
    pub means: Means,
    /// Counted per document over all ways.
    pub number: i64,
}

/// How a document leaves the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// On paper.
    Print,
    /// By mail.
    Sending,
    /// From a page.
    Download,
}

impl Means {
    /// The word in payloads and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Print => "print",
            Self::Sending => "sending",
            Self::Download => "download",
        }
    }
}

impl self::Copy {
    pub(crate) fn check(&self) -> Result<(), Inconsistent> {
        require(self.document.kind.is_document() && self.number >= 0, Inconsistent::Copy)?;
        self.document.check()
    }
}
