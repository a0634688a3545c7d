//! What the terminal's answer means for the till.

use money::Cents;
use thiserror::Error;

use crate::card::{Aid, Brand, PanLast4};
use crate::decoder::ACKNOWLEDGED;
use crate::request::read_amount;
use crate::{Complement, Frame, Operation, Request, Slip, SlipError, SlipRule, Tag};

/// Makers whose answers carry a reference cut it after so many characters, or later.
const SHORTEST_CUT: usize = 32;

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(Frame);

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The whole amount was taken, or given back.
    Approved(Payment),
    /// Less than the amount was taken, or given back: `payment.amount` says how much.
    Partial(Payment),
    /// The terminal is there; the answer to an identification.
    Identified,
    /// The bank or the card refused.
    Refused,
    /// The cardholder or the staff gave up at the terminal.
    Abandoned,
    /// Nobody presented a card or typed a code in time.
    TimedOut,
    /// Not done, for another reason.
    NotDone(Complement),
    /// Taken into account and never concluded. **Unknown:** the shopper may have paid.
    InProgress,
}

/// Money that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// How much.
    pub amount: Cents,
    /// The bank's authorisation.
    pub authorisation: Option<String>,
    /// The application of the card.
    pub aid: Option<Aid>,
    /// The card's scheme.
    pub brand: Brand,
    /// The end of the card's number.
    pub pan_last4: Option<PanLast4>,
    /// Whether the card was held against the terminal.
    pub contactless: bool,
    /// The slip, if one was asked for; its loss never undoes the payment.
    pub slip: Result<Option<Slip>, SlipError>,
}

/// Why an answer settles nothing. **Unknown:** the shopper may have paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// There is no status, or one the protocol does not have.
    #[error("the answer has no known status")]
    NoStatus,
    /// The terminal speaks of something else than what was asked, or contradicts itself.
    #[error("{0} does not match the request")]
    Mismatch(Tag),
}

impl Answer {
    /// An answer from its frame.
    pub const fn new(frame: Frame) -> Self {
        Self(frame)
    }

    /// What became of the request. The store's rule decides whether its slip may be kept.
    pub fn outcome(&self, request: &Request, rule: &SlipRule) -> Result<Outcome, AnswerError> {
        match self.0.get(Tag::STATUS) {
            Some(b"10" | b"01") if !self.is_of(request) => Err(AnswerError::Mismatch(Tag::REFERENCE)),
            Some(b"10") => self.done(request, rule),
            Some(b"01") => self.not_done(),
            Some(ACKNOWLEDGED) => Ok(Outcome::InProgress),
            _ => Err(AnswerError::NoStatus),
        }
    }

    /// The slip, whatever became of the request: terminals write one for abandoned payments too.
    pub fn slip(&self, rule: &SlipRule) -> Result<Option<Slip>, SlipError> {
        Slip::read(&self.0, rule)
    }

    /// The terminal's own reason.
    pub fn complement(&self) -> Complement {
        Complement::read(self.0.get(Tag::COMPLEMENT))
    }

    /// On success the terminal must have done this very thing: till, operation and currency are echoed, the amount was not raised.
    fn done(&self, request: &Request, rule: &SlipRule) -> Result<Outcome, AnswerError> {
        self.echoes(Tag::TILL, request.till.as_str())?;
        self.echoes(Tag::OPERATION, request.operation.code())?;
        if self.complement().speaks_of_failure() {
            return Err(AnswerError::Mismatch(Tag::COMPLEMENT));
        }
        let (Operation::Debit | Operation::Credit, Some((asked, currency))) =
            (request.operation, request.amount)
        else {
            return Ok(Outcome::Identified);
        };
        self.echoes(Tag::CURRENCY, currency.as_str())?;
        let paid = self.0.get(Tag::AMOUNT).and_then(read_amount).ok_or(AnswerError::Mismatch(Tag::AMOUNT))?;
        if paid.is_zero() || paid > asked {
            return Err(AnswerError::Mismatch(Tag::AMOUNT));
        }
        let payment = self.payment(paid, rule);
        Ok(if paid < asked { Outcome::Partial(payment) } else { Outcome::Approved(payment) })
    }

    /// On failure echoes may be missing, the amount too: the status alone counts.
    fn not_done(&self) -> Result<Outcome, AnswerError> {
        match self.complement() {
            contradiction if contradiction.speaks_of_acceptance() => {
                Err(AnswerError::Mismatch(Tag::COMPLEMENT))
            }
            Complement::Refused => Ok(Outcome::Refused),
            Complement::AbandonedByCardholder | Complement::AbandonedByOperator => Ok(Outcome::Abandoned),
            Complement::InputTimeOut => Ok(Outcome::TimedOut),
            complement => Ok(Outcome::NotDone(complement)),
        }
    }

    /// Whether it names no other transaction than the one that was asked. Not every terminal names one; some cut the reference short.
    fn is_of(&self, request: &Request) -> bool {
        let (Some(asked), Some(named)) = (&request.reference, self.0.get(Tag::REFERENCE)) else {
            return true;
        };
        let (asked, named) = (asked.as_bytes(), named.trim_ascii());
        named == asked.trim_ascii() || (named.len() >= SHORTEST_CUT && asked.starts_with(named))
    }

    fn echoes(&self, tag: Tag, asked: &str) -> Result<(), AnswerError> {
        if self.0.get(tag) == Some(asked.as_bytes()) { Ok(()) } else { Err(AnswerError::Mismatch(tag)) }
    }

    fn payment(&self, amount: Cents, rule: &SlipRule) -> Payment {
        let application = self.0.get(Tag::APPLICATION);
        let aid = self.0.get(Tag::CARD_APPLICATION).and_then(Aid::read);
        let held_against = matches!(application, Some(b"00B" | b"00D" | b"10E"));
        Payment {
            amount,
            authorisation: self.0.get(Tag::AUTHORISATION).and_then(authorisation),
            brand: Brand::of(aid.as_ref(), application),
            aid,
            pan_last4: self.0.get(Tag::CARD_NUMBER).and_then(PanLast4::read),
            contactless: held_against || self.0.get(Tag::READING) == Some(b"2"),
            slip: self.slip(rule),
        }
    }
}

/// Up to ten letters and digits; a longer value is not an authorisation and might be anything.
fn authorisation(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let readable = (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    readable.then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
