//! Sealing records one after the other, and finding where somebody touched them.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{GENESIS, Hash, Inconsistent, Kind, NotARecord, PublicKey, Record, Signature};

/// A record as it is stored: its canonical bytes and its seal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sealed {
    /// The canonical bytes.
    pub payload: Vec<u8>,
    /// The seal over the previous seal and these bytes.
    pub hash: Hash,
}

/// A stored record as a verifier meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'stored> {
    /// The number it is stored under.
    pub sequence: i64,
    /// The bytes that are stored.
    pub payload: &'stored [u8],
    /// The seal that is stored.
    pub hash: Hash,
}

/// The last good record of a chain. A copy kept elsewhere shows a cut tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Its number; 0 before the first record.
    pub sequence: i64,
    /// Its seal.
    pub hash: Hash,
}

/// Where a chain is broken, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize)]
#[error("record {sequence}: {why}")]
pub struct Broken {
    /// The first number that is not as it was sealed.
    pub sequence: i64,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Why {
    /// Another number stands where this one should: a record was dropped, repeated, moved or renumbered.
    #[error("number {found} stands in its place")]
    Sequence {
        /// The number that was found.
        found: i64,
    },
    /// The seal does not follow from the previous seal and the bytes: something was altered.
    #[error("the seal does not match")]
    Hash,
    /// The seal matches, and the bytes are no record: they were never sealed by this product.
    #[error("{0}")]
    Payload(NotARecord),
    /// The number inside the bytes is not the one the record is stored under.
    #[error("number {found} is sealed in it")]
    SealedSequence {
        /// The number inside.
        found: i64,
    },
    /// The record belongs to another till, or to another kind.
    #[error("it belongs to another chain")]
    OtherChain,
    /// The key of the till did not sign the seal.
    #[error("the signature is not by the till's key")]
    Signature,
}

impl Record {
    /// Seals the record after another one, or after [`GENESIS`].
    pub fn seal(&self, previous: &Hash) -> Result<Sealed, Inconsistent> {
        let payload = self.payload()?;
        let hash = Hash::of(previous, &payload);
        Ok(Sealed { payload, hash })
    }
}

impl Sealed {
    /// The record for a verifier, under the number it is stored with.
    pub fn entry(&self, sequence: i64) -> Entry<'_> {
        Entry { sequence, payload: &self.payload, hash: self.hash }
    }
}

/// Checks a whole chain, from its first record.
pub fn verify_chain<'stored>(chain: impl IntoIterator<Item = Entry<'stored>>) -> Result<(), Broken> {
    let mut verifier = Verifier::default();
    chain.into_iter().try_for_each(|entry| verifier.check(entry).map(|_| ()))
}

/// Checks a chain record by record, so that it never needs to be in memory as a whole.
#[derive(Debug, Clone)]
pub struct Verifier {
    head: Head,
    chain: Option<(String, Kind)>,
}

impl Head {
    /// Where every chain begins.
    pub const START: Self = Self { sequence: 0, hash: GENESIS };
}

impl Default for Verifier {
    fn default() -> Self {
        Self::after(Head::START)
    }
}

impl Verifier {
    /// Goes on after a head that was verified before: the records up to it may be in an archive.
    pub const fn after(head: Head) -> Self {
        Self { head, chain: None }
    }

    /// The same, for the one chain that is expected.
    pub fn of(terminal: &str, kind: Kind, head: Head) -> Self {
        Self { head, chain: Some((terminal.to_owned(), kind)) }
    }

    /// The last good record so far.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Checks the next record and answers what it says. After an error the head stays where it was.
    pub fn check(&mut self, entry: Entry<'_>) -> Result<Record, Broken> {
        let Entry { sequence: found, payload, hash } = entry;
        let sequence = self.head.sequence.saturating_add(1);
        let broken = |why| Broken { sequence, why };
        if found != sequence {
            return Err(broken(Why::Sequence { found }));
        }
        if hash != Hash::of(&self.head.hash, payload) {
            return Err(broken(Why::Hash));
        }
        let record = Record::from_payload(payload).map_err(|why| broken(Why::Payload(why)))?;
        if record.sequence != sequence {
            return Err(broken(Why::SealedSequence { found: record.sequence }));
        }
        let belongs =
            |(terminal, kind): &(String, Kind)| *terminal == record.terminal && *kind == record.kind();
        if !self.chain.as_ref().is_none_or(belongs) {
            return Err(broken(Why::OtherChain));
        }
        self.chain.get_or_insert_with(|| (record.terminal.clone(), record.kind()));
        self.head = Head { sequence, hash };
        Ok(record)
    }
}

/// Checks the signatures of a chain's records, many at a time, which takes half as long as one by one.
#[derive(Debug, Clone)]
pub struct Signatures {
    key: PublicKey,
    sequences: Vec<i64>,
    hashes: Vec<Hash>,
    signatures: Vec<ed25519_dalek::Signature>,
}

impl Signatures {
    /// How many are checked at a time.
    const BATCH: usize = 1_000;

    /// For the key of a till.
    pub fn by(key: PublicKey) -> Self {
        Self { key, sequences: Vec::new(), hashes: Vec::new(), signatures: Vec::new() }
    }

    /// Takes a record's signature; checks all that were taken when they are many.
    pub fn push(&mut self, head: Head, signature: &Signature) -> Result<(), Broken> {
        self.sequences.push(head.sequence);
        self.hashes.push(head.hash);
        self.signatures.push(signature.dalek());
        if self.sequences.len() < Self::BATCH { Ok(()) } else { self.finish() }
    }

    /// Checks those that are left.
    pub fn finish(&mut self) -> Result<(), Broken> {
        let messages: Vec<&[u8]> = self.hashes.iter().map(|hash| &hash.as_bytes()[..]).collect();
        let key = self.key.dalek();
        let keys = vec![*key; messages.len()];
        if ed25519_dalek::verify_batch(&messages, &self.signatures, &keys).is_err() {
            // Somewhere in it: where, only one by one tells.
            let mut each = self.sequences.iter().zip(&messages).zip(&self.signatures);
            let bad = each.find(|((_, message), signature)| key.verify_strict(message, signature).is_err());
            let sequence = bad.map_or(self.sequences[0], |((sequence, _), _)| *sequence);
            return Err(Broken { sequence, why: Why::Signature });
        }
        self.sequences.clear();
        self.hashes.clear();
        self.signatures.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
