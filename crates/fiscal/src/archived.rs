//! That an archive was made, as it is sealed.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::closing::date;
use crate::record::{Inconsistent, require};
use crate::{Hash, Head, Kind};

/// An archive that was made of a till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archived {
    /// Its first day.
    #[serde(with = "date")]
    pub from: Date,
    /// The first day after it, at most a year later.
    #[serde(with = "date")]
    pub until: Date,
    /// SHA-256 of its manifest, which holds those of its files.
    pub manifest: Hash,
    /// The last record of each of the till's chains in it.
    pub chains: Vec<ArchivedChain>,
}

/// Up to where a chain was archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchivedChain {
    /// Its kind.
    pub kind: Kind,
    /// Its last record in the archive.
    pub last: Head,
}

impl Archived {
    pub(crate) fn check(&self) -> Result<(), Inconsistent> {
        let ascend = self.chains.windows(2).all(|pair| pair[0].kind < pair[1].kind);
        require(is_archivable(self.from, self.until) && ascend, Inconsistent::Archive)
    }
}

/// Whether a period may be one archive: at least a day, at most a year.
pub(crate) fn is_archivable(from: Date, until: Date) -> bool {
    from < until && from.checked_add(1.year()).is_ok_and(|year| until <= year)
}
