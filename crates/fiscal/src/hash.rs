//! The seal of a record.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{VERSION, hex};

/// What stands before the first record of every chain.
pub const GENESIS: Hash = Hash([0; 32]);

/// The SHA-256 that seals a record; text and JSON are 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

/// Neither 32 bytes nor 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a SHA-256")]
pub struct NotAHash;

impl Hash {
    /// The seal of a payload that follows another record. The first part has a fixed length, so no two pairs read alike.
    pub(crate) fn of(previous: &Self, payload: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(previous.0).chain_update(payload).finalize();
        Self(digest.into())
    }

    /// The SHA-256 of bytes that follow nothing: a file, a public key.
    pub fn plain(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The bytes, for a database column.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = NotAHash;

    fn try_from(bytes: &[u8]) -> Result<Self, NotAHash> {
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        hex::read(text).map(Self).ok_or(NotAHash)
    }
}

impl TryFrom<String> for Hash {
    type Error = NotAHash;

    fn try_from(text: String) -> Result<Self, NotAHash> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&hex::write(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// What a ticket shows of a seal, so that eyes can compare it: the 3rd, 7th, 13th and 19th letter, upper case; and the fiscal version that
/// sealed it, which is this one where none was kept.
pub fn shown(hash: &str, version: &str) -> String {
    let letters = [2, 6, 12, 18].iter().filter_map(|place| hash.chars().nth(*place));
    let version = if version.is_empty() { VERSION } else { version };
    format!("{} v{version}", letters.collect::<String>().to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_written_and_read_in_hexadecimal() {
        let hash = Hash::of(&GENESIS, b"");
        assert_eq!(hash.to_string(), "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(Hash::try_from(&hash.as_bytes()[..]), Ok(hash));
        assert_eq!(serde_json::from_str::<Hash>(&serde_json::to_string(&hash).unwrap()).unwrap(), hash);
    }

    #[test]
    fn a_ticket_shows_four_letters_of_its_seal_and_the_fiscal_version_that_sealed_it() {
        let hash = Hash::of(&GENESIS, b"").to_string();
        assert_eq!(shown(&hash, "1.0"), "6AB8 v1.0");
        assert_eq!(shown(&hash, ""), format!("6AB8 v{VERSION}"));
    }

    #[test]
    fn anything_else_is_not_a_seal() {
        for text in ["", "00", &"g".repeat(64), &"A".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
            assert_eq!(text.parse::<Hash>(), Err(NotAHash), "{text}");
        }
        assert_eq!(Hash::try_from(&[0; 31][..]), Err(NotAHash));
    }
}
