//! What a basket is paid with: tenders, which together pay the total exactly. Whatever is taken, given back or ended, what is held and
//! what is due are the total.

use money::Cents;
use serde::{Deserialize, Serialize};

use crate::domain::id::TenderId;

#[cfg(test)]
pub(crate) mod tests;

/// Tenders that a sale takes, the last one included.
pub const MOST_TENDERS: usize = 5;

/// One means given in payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tender {
    /// Its identity, made by the till.
    pub tender_id: TenderId,
    /// How much.
    pub amount: Cents,
    /// What it is.
    #[serde(flatten)]
    pub means: Means,
}

/// What a tender is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Means {
    /// A bank card.
    Card {
        /// As a ticket shows it.
        card: Card,
    },
    /// A card of meal vouchers.
    MealVoucher {
        /// As a ticket shows it.
        card: Card,
    },
    /// The member's store credit.
    StoreCredit,
}

/// What the card terminal was asked to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    /// A bank card.
    Card,
    /// A card of meal vouchers.
    MealVoucher,
}

/// A card as a ticket shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The brand.
    pub brand: String,
    /// The last four digits of the card number.
    pub pan_last4: String,
    /// The application of the card (AID).
    pub application_id: String,
    /// The authorisation's number.
    pub authorisation: String,
    /// Read without contact.
    pub contactless: bool,
}

/// A tender with the slip that the card terminal printed for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The tender.
    #[serde(flatten)]
    pub tender: Tender,
    /// The slip, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub slip_text: String,
}

/// What is to be paid, fixed when payment begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// The total; below zero when it is paid out at the desk.
    pub total: Cents,
    /// What of it meal vouchers may pay.
    pub meal_voucher: Cents,
    /// A member is identified, who may have store credit.
    pub has_member: bool,
}

/// The tenders of a basket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenders {
    bill: Bill,
    held: Vec<Given>,
    returned: Vec<Tender>,
}

/// Why a tender is not taken or given back, or the tenders do not make a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TenderError {
    /// More than is to be paid.
    #[error("{due} is due, and no more is taken", due = due.get())]
    TooLarge {
        /// What is to be paid.
        due: Cents,
    },
    /// A tender is money that was given once.
    #[error("this tender was taken before")]
    Known,
    /// It takes no more.
    #[error("a sale takes no more than {MOST_TENDERS} tenders")]
    TooMany,
    /// Meal vouchers pay some articles, and no more than the cap of the day.
    #[error("meal vouchers pay no more than {most} here", most = most.get())]
    MealVoucherLimit {
        /// What they may pay besides those that are held.
        most: Cents,
    },
    /// Nobody is identified, or the balance is too low.
    #[error("there is no such store credit")]
    NoStoreCredit,
    /// Nothing of this identity is held.
    #[error("no such tender is held")]
    NotHeld,
    /// What was given is given back first.
    #[error("{held} was given in payment: it is given back first", held = held.get())]
    Held {
        /// How much.
        held: Cents,
    },
    /// Something is to be paid, and nothing was.
    #[error("{expected} is to be paid", expected = expected.get())]
    PaymentNeeded {
        /// What is to be paid, in cents.
        expected: Cents,
    },
    /// Another amount was taken than was to be paid.
    #[error("{taken} was taken where {expected} is to be paid")]
    AmountMismatch {
        /// What is to be paid.
        expected: Cents,
        /// What was taken.
        taken: Cents,
    },
}

impl Tenders {
    /// Payment begins: nothing is held, and this is to be paid.
    pub fn begin(&mut self, bill: Bill) {
        self.bill = bill;
    }

    /// What is held, in the order it came.
    pub fn held(&self) -> &[Given] {
        &self.held
    }

    /// What was given back, in that order.
    pub fn returned(&self) -> &[Tender] {
        &self.returned
    }

    /// Whether it was ever taken, and is held or was given back.
    pub fn knows(&self, tender_id: TenderId) -> bool {
        let held = self.held.iter().map(|held| &held.tender);
        held.chain(&self.returned).any(|known| known.tender_id == tender_id)
    }

    /// What is still to be paid; below zero when something is paid out.
    pub fn due(&self) -> Cents {
        self.bill.total.checked_sub(self.sum()).expect("no more is held than is to be paid")
    }

    /// Holds a tender.
    pub fn take(&mut self, given: &Given) -> Result<(), TenderError> {
        self.check(&given.tender)?;
        let due = self.due();
        if given.tender.amount > due || given.tender.amount <= Cents::ZERO {
            return Err(TenderError::TooLarge { due });
        }
        self.held.push(given.clone());
        Ok(())
    }

    /// Lets a tender go that was given back.
    pub fn give_back(&mut self, tender_id: TenderId) -> Result<(), TenderError> {
        let place = self.held.iter().position(|held| held.tender.tender_id == tender_id);
        let given = self.held.remove(place.ok_or(TenderError::NotHeld)?);
        self.returned.push(given.tender);
        Ok(())
    }

    /// Refuses to end the payment while anything is held.
    pub fn check_none_held(&self) -> Result<(), TenderError> {
        if self.held.is_empty() { Ok(()) } else { Err(TenderError::Held { held: self.sum() }) }
    }

    /// The tenders of a sale: what is held, and the last one, which pays exactly what is due; and none is asked when that is nothing.
    pub fn complete(&self, last: Option<&Tender>) -> Result<Vec<Tender>, TenderError> {
        let expected = self.due();
        match last {
            Some(last) if last.amount != expected || expected <= Cents::ZERO => {
                return Err(TenderError::AmountMismatch { expected, taken: last.amount });
            }
            Some(last) => self.check(last)?,
            None if expected > Cents::ZERO => return Err(TenderError::PaymentNeeded { expected }),
            None => {}
        }
        let held = self.held.iter().map(|held| &held.tender);
        Ok(held.chain(last).cloned().collect())
    }

    /// What holds for every tender, the last one too.
    fn check(&self, tender: &Tender) -> Result<(), TenderError> {
        if self.knows(tender.tender_id) {
            return Err(TenderError::Known);
        }
        let held = self.held.iter().map(|held| &held.tender);
        if self.held.len() >= MOST_TENDERS {
            return Err(TenderError::TooMany);
        }
        match tender.means {
            Means::MealVoucher { .. } => {
                let vouchers = held.filter(|held| matches!(held.means, Means::MealVoucher { .. }));
                let most = self.bill.meal_voucher.checked_sub(sum(vouchers)).unwrap_or(Cents::ZERO);
                if tender.amount > most { Err(TenderError::MealVoucherLimit { most }) } else { Ok(()) }
            }
            Means::StoreCredit if !self.bill.has_member => Err(TenderError::NoStoreCredit),
            Means::StoreCredit | Means::Card { .. } => Ok(()),
        }
    }

    fn sum(&self) -> Cents {
        sum(self.held.iter().map(|held| &held.tender))
    }
}

/// Each was checked against what was due.
fn sum<'a>(tenders: impl Iterator<Item = &'a Tender>) -> Cents {
    Cents::checked_sum(tenders.map(|tender| tender.amount)).expect("no more is held than is to be paid")
}

impl Means {
    /// The word in events and fiscal records.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Card { .. } => "card",
            Self::MealVoucher { .. } => "meal_voucher",
            Self::StoreCredit => "store_credit",
        }
    }

    /// The card, if it is one.
    pub fn card(&self) -> Option<&Card> {
        match self {
            Self::Card { card } | Self::MealVoucher { card } => Some(card),
            Self::StoreCredit => None,
        }
    }
}
