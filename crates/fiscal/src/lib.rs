#![doc = include_str!("../README.md")]

mod hash;
mod hex;
mod key;

mod archived;
mod closing;
mod copy;
mod event;
mod record;
mod sale;
mod totals;

mod payload;

mod chain;

mod archive;
mod books;
mod calendar;

#[cfg(test)]
mod sample;

pub use archive::{
    ArchiveWriter, Chain, Fault, File, Flaw, Manifest, Opening, Unwritten, Verified, Witness, verify_archive,
};
pub use archived::{Archived, ArchivedChain};
pub use books::{Books, Day, Due, Entered, NotNext};
pub use calendar::{Calendar, NotACalendar};
pub use chain::{Broken, Entry, Head, Sealed, Signatures, Verifier, Why, verify_chain};
pub use closing::{Closing, Period, Range};
pub use copy::{Copy, Means};
pub use event::{
    ARCHIVE, CODES, Code, DEGRADED_OFF, DEGRADED_ON, Event, INTEGRITY_FLAW, PERIOD_CLOSING, START, STOP,
    TERMINAL_ADDED, TERMINAL_REMOVED, VERSION_CHANGE, YEAR_ARCHIVE,
};
pub use hash::{GENESIS, Hash, NotAHash, shown};
pub use key::{Authority, Certificate, Fingerprint, NotAKey, PublicKey, Signature, TerminalKey};
pub use payload::{ALGORITHM, FORMAT, NotARecord};
pub use record::{Body, Inconsistent, Kind, Record, Reference};
pub use sale::{Line, Payment, RateTotal, Sale};
pub use totals::{Overflow, Totals};

/// The fiscal version that tickets are sealed with and show; it moves when what is sealed, or how, changes, and only then.
pub const VERSION: &str = "2.1";
