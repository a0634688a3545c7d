#![doc = include_str!("../README.md")]

mod hash;
mod record;

mod payload;

mod chain;

#[cfg(test)]
mod sample;

pub use chain::{Broken, Entry, Head, Sealed, Verifier, Why, verify_chain};
pub use hash::{GENESIS, Hash, NotAHash, shown};
pub use payload::{FORMAT, NotARecord};
pub use record::{Inconsistent, Kind, Line, Original, Payment, RateTotal, Record};

/// The fiscal version printed on tickets; it moves only when what is sealed, or how, changes.
pub const VERSION: &str = "1.1";
