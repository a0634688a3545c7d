//! What is not as it was sealed.

use fiscal::{Broken, Kind};

/// A record that somebody touched: a person has to look, and neither a closing nor an archive goes over it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{terminal_code}, {}", self.detail())]
pub struct Flaw {
    /// The till.
    pub terminal_code: String,
    /// The chain.
    pub kind: Kind,
    /// Where, and why.
    pub broken: Broken,
}

impl Flaw {
    /// What is sealed of it in the journal of its till.
    pub fn detail(&self) -> String {
        format!("{} {}", self.kind.as_str(), self.broken)
    }
}
