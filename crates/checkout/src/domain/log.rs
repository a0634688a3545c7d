//! A basket as it is kept: its identity and the log of its edits.

use money::Currency;
use uuid::Uuid;

use crate::domain::{
    basket::{Basket, BasketError, Edit, Entry},
    id::{BasketId, RequestKey},
    price::Priced,
};

#[cfg(test)]
mod tests;

/// The most slips of payments that were not made that go with a ticket: the last ones.
const MOST_UNPAID_SLIPS: usize = 10;

/// A basket with everything that ever happened to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// Its identity.
    pub basket_id: BasketId,
    /// The store it is filled in.
    pub store_code: String,
    /// The currency of its prices.
    pub currency: Currency,
    /// The command that opened it.
    pub open_request_id: Uuid,
    /// Who had turned the till to training when it was opened; `None` for a basket that is sold.
    pub training_by: Option<String>,
    /// Its edits, oldest first.
    pub entries: Vec<Entry>,
}

/// A basket as a till is shown it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its identity.
    pub basket_id: BasketId,
    /// The currency of its prices.
    pub currency: Currency,
    /// It is practised with, and never sold.
    pub training: bool,
    /// What is in it.
    pub basket: Basket,
    /// What that costs.
    pub priced: Priced,
}

/// Whether a command was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Never.
    No,
    /// It made this many edits complete: its answer is the basket after them.
    Repeat(usize),
    /// Its id stands for another command.
    Reused,
}

impl Log {
    /// Whether it is practised with, and never sold.
    pub fn is_training(&self) -> bool {
        self.training_by.is_some()
    }

    /// The basket after all its edits.
    pub fn shown(&self) -> Result<Shown, BasketError> {
        self.shown_after(self.entries.len())
    }

    /// The basket after the first `edits` of its edits: what was answered then, for an edit means the same for ever.
    pub fn shown_after(&self, edits: usize) -> Result<Shown, BasketError> {
        let basket = Basket::after(self.entries.get(..edits).unwrap_or(&self.entries))?;
        let priced = Priced::of(&basket)?;
        let (basket_id, currency, training) = (self.basket_id, self.currency, self.is_training());
        Ok(Shown { basket_id, currency, training, basket, priced })
    }

    /// Whether this basket has seen the command.
    pub fn seen(&self, request: RequestKey) -> Seen {
        if self.open_request_id == request.request_id {
            return Seen::Reused;
        }
        let mut asked =
            self.entries.iter().zip(1..).filter_map(|(entry, edits)| Some((entry.request?, edits)));
        match asked.find(|(known, _)| known.request_id == request.request_id) {
            Some((known, edits)) if known == request => Seen::Repeat(edits),
            Some(_) => Seen::Reused,
            None => Seen::No,
        }
    }

    /// How many edits a command made complete, by its id alone.
    pub fn asked_by(&self, request_id: Uuid) -> Option<usize> {
        let is_it = |entry: &Entry| entry.request.is_some_and(|request| request.request_id == request_id);
        self.entries.iter().position(is_it).map(|place| place + 1)
    }

    /// The slips of the tenders, with those before them that tell of payments that were not made: the shopper has a right to each.
    pub fn with_unpaid_slips(&self, slip_texts: impl Iterator<Item = String>) -> Vec<String> {
        let unpaid = self.entries.iter().filter_map(|entry| match &entry.edit {
            Edit::AbandonPayment { slip_text, .. } if !slip_text.is_empty() => Some(slip_text),
            _ => None,
        });
        let mut slips: Vec<&String> = unpaid.collect();
        slips.drain(..slips.len().saturating_sub(MOST_UNPAID_SLIPS));
        slips.into_iter().cloned().chain(slip_texts).collect()
    }

    /// What the scanner sent for the code that waits under this number for the attendant.
    pub fn scanned(&self, line_id: i32) -> Result<Option<String>, BasketError> {
        let waiting = Basket::after(&self.entries)?.unknown_codes;
        Ok(waiting.into_iter().find(|unknown| unknown.line_id == line_id).map(|unknown| unknown.scanned))
    }

    /// Why the basket refuses an edit of a till that holds `version` (0: does not say), if it does.
    pub fn refusal(&self, edit: &Edit, version: i64) -> Result<(), BasketError> {
        let mut basket = Basket::after(&self.entries)?;
        let current = basket.version;
        match basket.apply(edit) {
            // What the till would learn from the newer basket comes after the fact that there is one.
            Ok(()) | Err(BasketError::UnknownLine | BasketError::QuantityOutOfRange | BasketError::Empty)
                if version != 0 && version != current =>
            {
                Err(BasketError::Stale { current })
            }
            outcome => outcome,
        }
    }
}
