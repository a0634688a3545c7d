//! What credit notes and copies speak of: that it exists, and that duplicata are counted.

use std::collections::HashMap;

use super::{Chain, Fault, Flaw};
use crate::{Copy, Hash, Head, Kind, Reference};

/// The documents of an archive, in as little memory as a million of them need.
#[derive(Default)]
pub(super) struct Documents(HashMap<(String, Kind), Known>);

struct Known {
    after: i64,
    hashes: Vec<Hash>,
    copies: Vec<Copies>,
    /// Of documents before the archive.
    copies_before: HashMap<i64, Copies>,
}

#[derive(Clone, Copy, Default)]
struct Copies {
    has_original: bool,
    last: Option<u32>,
}

impl Documents {
    /// Begins a chain, if it is one of documents.
    pub(super) fn begin(&mut self, chain: &Chain) {
        if !chain.kind.is_document() {
            return;
        }
        let known = Known {
            after: chain.after.sequence,
            hashes: Vec::new(),
            copies: Vec::new(),
            copies_before: HashMap::new(),
        };
        self.0.insert((chain.terminal.clone(), chain.kind), known);
    }

    /// Adds the next of a chain, if it is one of documents.
    pub(super) fn push(&mut self, chain: &Chain, head: Head) {
        if let Some(known) = self.0.get_mut(&(chain.terminal.clone(), chain.kind)) {
            known.hashes.push(head.hash);
            known.copies.push(Copies::default());
        }
    }

    /// Checks that a record speaks of one that exists; of one before the archive only its number tells.
    pub(super) fn check(&mut self, reference: &Reference, chain: &Chain, by: i64) -> Result<(), Fault> {
        self.find(reference).map(|_| ()).ok_or_else(|| chain.fault(by, Flaw::Reference))
    }

    /// Counts a copy.
    pub(super) fn copy(&mut self, copy: &Copy, chain: &Chain, by: i64) -> Result<(), Fault> {
        let (copies, is_before) =
            self.find(&copy.document).ok_or_else(|| chain.fault(by, Flaw::Reference))?;
        if copy.number == 0 {
            // Sent or printed twice, the second is a duplicata.
            let expected = i64::from(copies.last.unwrap_or(0)) + 1;
            let again = std::mem::replace(&mut copies.has_original, true);
            return if again { Err(chain.fault(by, Flaw::Duplicata { expected })) } else { Ok(()) };
        }
        let expected = match copies.last {
            Some(last) => i64::from(last) + 1,
            // Those before it are in an earlier archive.
            None if is_before => copy.number,
            None => 1,
        };
        if copy.number != expected {
            return Err(chain.fault(by, Flaw::Duplicata { expected }));
        }
        copies.last = Some(u32::try_from(copy.number).unwrap_or(u32::MAX));
        Ok(())
    }

    fn find(&mut self, reference: &Reference) -> Option<(&mut Copies, bool)> {
        let known = self.0.get_mut(&(reference.terminal.clone(), reference.kind))?;
        let place = reference.sequence - known.after - 1;
        if place < 0 {
            return Some((known.copies_before.entry(reference.sequence).or_default(), true));
        }
        let place = usize::try_from(place).ok()?;
        let is_it = known.hashes.get(place) == Some(&reference.hash);
        known.copies.get_mut(place).filter(|_| is_it).map(|copies| (copies, false))
    }
}
