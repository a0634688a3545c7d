//! What becomes of a dated price: it is new, it was there, or a person must look at it first.

use std::collections::HashMap;

use barcode::Gtin;
use money::Cents;

use crate::domain::catalogue::{Catalogue, DatedPrice, Suspect};

/// What becomes of a dated price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was there already, equal.
    Unchanged,
    /// It goes in force.
    New(DatedPrice),
    /// It waits for a person.
    Held(Suspect),
}

/// Compares dated prices with the catalogue and with the rows before.
pub struct Judge<'a> {
    before: &'a Catalogue,
    /// The lowest and the highest price that earlier rows have put in force, by product, in whichever store.
    taken: HashMap<Gtin, (Cents, Cents)>,
}

impl<'a> Judge<'a> {
    /// Before the first row.
    pub fn new(before: &'a Catalogue) -> Self {
        Self { before, taken: HashMap::new() }
    }

    /// Decides.
    pub fn verdict(&mut self, dated: DatedPrice) -> Verdict {
        let DatedPrice { gtin, store_code, valid_from, price } = &dated;
        if self.before.price_starting(store_code, gtin, *valid_from) == Some(*price) {
            return Verdict::Unchanged;
        }
        if let Some(previous) = self.far(&dated) {
            return Verdict::Held(Suspect { dated, previous });
        }
        let unit = price.unit;
        let (lowest, highest) = self.taken.entry(*gtin).or_insert((unit, unit));
        (*lowest, *highest) = (unit.min(*lowest), unit.max(*highest));
        Verdict::New(dated)
    }

    /// The price that it is too far from. The whole file counts, for steps that are each a little shorter lead as
    /// far; and so does what the shops ask without the file.
    fn far(&self, dated: &DatedPrice) -> Option<Cents> {
        let DatedPrice { gtin, store_code, valid_from, price } = dated;
        let in_file = self.taken.get(gtin).into_iter().flat_map(|(lowest, highest)| [*lowest, *highest]);
        let known = self.before.prices_beside(store_code, gtin, *valid_from);
        in_file.chain(known).find(|previous| price.suspicion_after(*previous).is_some())
    }
}
