//! What becomes of a dated price: it is new, it was there, or a person must look at it first.

use std::collections::{BTreeMap, HashMap};

use barcode::Gtin;
use money::Cents;
use time::OffsetDateTime;

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
    /// What earlier rows have put in force, by product and store.
    taken: HashMap<(Gtin, String), BTreeMap<OffsetDateTime, Cents>>,
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
        match self.previous(&dated) {
            Some(previous) if price.is_suspect_after(previous) => Verdict::Held(Suspect { dated, previous }),
            _ => {
                let of_product = self.taken.entry((*gtin, store_code.clone())).or_default();
                of_product.insert(*valid_from, price.unit);
                Verdict::New(dated)
            }
        }
    }

    /// The price in force the instant before; where there is none, the one that this one replaces.
    fn previous(&self, dated: &DatedPrice) -> Option<Cents> {
        let DatedPrice { gtin, store_code, valid_from, .. } = dated;
        let rows = self.taken.get(&(*gtin, store_code.clone()));
        let in_file = rows.and_then(|rows| rows.range(..*valid_from).next_back()).map(|(_, unit)| *unit);
        let yesterday = *valid_from - time::Duration::SECOND;
        let known = || {
            let before = self.before.price_at(store_code, gtin, yesterday);
            before.or_else(|| self.before.price_at(store_code, gtin, *valid_from)).map(|price| price.unit)
        };
        in_file.or_else(known)
    }
}
