//! Money of a refund that the card terminal of a till gives back, the card's holder present: to each card of the sale no more than it
//! paid, by one till at a time, and never again by itself where nobody knows whether it went back.

use money::Cents;
use time::OffsetDateTime;

use crate::domain::{
    id::{CreditId, RefundId, SaleId, TenderId},
    payment::Tender,
};

#[cfg(test)]
mod tests;

/// What a card terminal was asked to give back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundCredit {
    /// Its identity, made by the till.
    pub credit_id: CreditId,
    /// The refund.
    pub refund_id: RefundId,
    /// The sale of the refund.
    pub sale_id: SaleId,
    /// The till.
    pub terminal_code: String,
    /// The tender that it gives back.
    pub tender_id: TenderId,
    /// How much.
    pub amount: Cents,
    /// What has become of it.
    pub state: State,
    /// What went back.
    pub given: Cents,
    /// The card that it went to, as the card terminal said: its scheme, or empty.
    pub brand: String,
    /// Its last four digits, or empty.
    pub pan_last4: String,
    /// When the till began.
    pub asked: OffsetDateTime,
    /// The till was not heard of it for so long that its card terminal is done, whatever it did.
    pub is_overdue: bool,
}

/// What has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A till is at it.
    Asked,
    /// Nobody knows whether the money went back.
    Unknown,
    /// It went back, or a part of it.
    Done,
    /// Nothing went back.
    Refused,
}

/// What a till says that its card terminal did. Its slip belongs in no log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has given back so much.
    Done {
        /// How much.
        given: Cents,
        /// The card's scheme, or empty.
        brand: String,
        /// Its last four digits, or empty.
        pan_last4: String,
    },
    /// It has given back nothing.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// What of a sale's money is given back, or may be, whichever refund of it it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Of each tender, by card terminals of tills.
    pub by_tills: Vec<(TenderId, Cents)>,
    /// By a person or the acquirer: to which cards, nobody has written down.
    pub elsewhere: Cents,
}

/// Why a credit is not begun, or not settled so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    /// No card is left to which the money could go back.
    #[error("no card paid this sale to which the money could go back")]
    NoCardPaid,
    /// Several credit notes bear the number.
    #[error("several tills of the store have given a credit note of this number")]
    NumberUnclear,
    /// Something else was said of it before.
    #[error("something else was said of this credit already")]
    Settled,
    /// Its till is at it.
    #[error("the till is still giving this back")]
    UnderWay,
    /// More than was asked for, or nothing.
    #[error("not more than nothing and at most what was asked for")]
    NotTheAmount,
}

/// The next card to which money goes back, and how much: the first of the sale's that has room for it. `moved` is what is given back, or may
/// be, of each tender, whichever refund of the sale it was for.
///
/// # Errors
/// When no card is left.
pub fn next<'a>(
    due: Cents,
    payments: &'a [Tender],
    moved: &[(TenderId, Cents)],
) -> Result<(&'a Tender, Cents), CreditError> {
    let room = |tender: &'a Tender| {
        tender.means.card()?;
        let of =
            moved.iter().filter(|(tender_id, _)| *tender_id == tender.tender_id).map(|(_, moved)| *moved);
        let room = tender.amount.checked_sub(Cents::checked_sum(of)?)?;
        (room > Cents::ZERO).then_some((tender, room.min(due)))
    };
    payments.iter().find_map(room).filter(|_| due > Cents::ZERO).ok_or(CreditError::NoCardPaid)
}

/// The cards to which an amount goes back, one after the other as [`next`] names them, and how much to each; what no card has room for
/// goes to none.
pub fn spread<'a>(
    amount: Cents,
    payments: &'a [Tender],
    moved: &[(TenderId, Cents)],
) -> Vec<(&'a Tender, Cents)> {
    let (mut moved, mut left, mut parts) = (moved.to_vec(), amount, Vec::new());
    while let Ok((tender, part)) = next(left, payments, &moved) {
        moved.push((tender.tender_id, part));
        parts.push((tender, part));
        left = left.checked_sub(part).expect("no card is given more than what is left");
    }
    parts
}

impl Moved {
    /// The same of each tender. What went elsewhere counts for the cards that would have come next, so that all of them together are given
    /// back no more than they paid.
    pub fn of_each(self, payments: &[Tender]) -> Vec<(TenderId, Cents)> {
        let mut moved = self.by_tills;
        let elsewhere = spread(self.elsewhere, payments, &moved);
        moved.extend(elsewhere.into_iter().map(|(tender, amount)| (tender.tender_id, amount)));
        moved
    }
}

impl RefundCredit {
    /// What its till says. The same said twice changes nothing, and is `false`.
    ///
    /// # Errors
    /// When something else was said before, or it is not an amount.
    pub fn report(&mut self, outcome: &Outcome) -> Result<bool, CreditError> {
        let (state, given) = match outcome {
            Outcome::Done { given, .. } if !(Cents::new(1)..=self.amount).contains(given) => {
                return Err(CreditError::NotTheAmount);
            }
            Outcome::Done { given, .. } => (State::Done, *given),
            Outcome::Refused => (State::Refused, Cents::ZERO),
            Outcome::Unknown => (State::Unknown, Cents::ZERO),
        };
        if (self.state, self.given) == (state, given) {
            return Ok(false);
        }
        if !self.state.is_open() {
            return Err(CreditError::Settled);
        }
        (self.state, self.given) = (state, given);
        if let Outcome::Done { brand, pan_last4, .. } = outcome {
            brand.clone_into(&mut self.brand);
            pan_last4.clone_into(&mut self.pan_last4);
        }
        Ok(true)
    }

    /// Whether a person may say what became of it.
    pub fn waits_for_person(&self) -> bool {
        self.state == State::Unknown || (self.state == State::Asked && self.is_overdue)
    }

    /// What a person has found: the whole of it went back, or nothing.
    ///
    /// # Errors
    /// When its till is still at it, or it is over.
    pub fn settle(&mut self, went_back: bool) -> Result<(), CreditError> {
        if !self.state.is_open() {
            return Err(CreditError::Settled);
        }
        if !self.waits_for_person() {
            return Err(CreditError::UnderWay);
        }
        (self.state, self.given) =
            if went_back { (State::Done, self.amount) } else { (State::Refused, Cents::ZERO) };
        Ok(())
    }
}

impl State {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Asked, Self::Unknown, Self::Done, Self::Refused];

    /// Whether the money may be on its way: nobody else gives it back.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Unknown)
    }

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The state of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}
