//! A basket as it is kept: its identity and the log of its edits.

use money::Currency;
use uuid::Uuid;

use crate::domain::{
    basket::{Basket, BasketError, Edit, Entry},
    id::{BasketId, RequestKey, TenderId},
    price::Priced,
    sale::MOST_SLIPS,
};

#[cfg(test)]
mod tests;

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

    /// The slips of a sale: first those of payments that were not made or were given back, the ones that are told last at their end,
    /// then those of its tenders. The shopper has a right to each.
    pub fn slips<'a>(
        &'a self,
        told_last: impl Iterator<Item = &'a str>,
        of_tenders: impl Iterator<Item = &'a str>,
    ) -> Vec<String> {
        let told = self.entries.iter().flat_map(|entry| match &entry.edit {
            Edit::AbandonPayment { slip_texts, .. } => slip_texts.as_slice(),
            Edit::TakeTender { given } if self.was_given_back(given.tender.tender_id) => {
                std::slice::from_ref(&given.slip_text)
            }
            _ => &[],
        });
        let others = told.map(String::as_str).chain(told_last);
        let mut slips: Vec<&str> = others.filter(|slip| !slip.is_empty()).collect();
        slips.drain(..slips.len().saturating_sub(MOST_SLIPS));
        let slips = slips.into_iter().chain(of_tenders.filter(|slip| !slip.is_empty()));
        slips.map(str::to_owned).collect()
    }

    fn was_given_back(&self, tender: TenderId) -> bool {
        let is_it =
            |entry: &Entry| matches!(entry.edit, Edit::ReturnTender { tender_id } if tender_id == tender);
        self.entries.iter().any(is_it)
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
