//! Member cards.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Ean13, Gtin, GtinError};

/// The in-store prefix that belongs to member cards and to nothing else.
pub(crate) const CARD_PREFIX: &str = "29";

/// The number of a member card: an EAN-13 of prefix 29, ten digits of serial and a check digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CardNumber(Ean13);

/// Why a text is not a card number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CardNumberError {
    /// Not even an EAN-13.
    #[error(transparent)]
    NotANumber(#[from] GtinError),
    /// An EAN-13 of another prefix.
    #[error("a card number has thirteen digits and starts with 29")]
    NotACard,
}

impl CardNumber {
    /// One more than the largest serial a card can carry.
    pub const SERIALS: u64 = 10_000_000_000;

    /// The card of a serial, or `None` when the serial has more than ten digits.
    pub fn from_serial(serial: u64) -> Option<Self> {
        if serial >= Self::SERIALS {
            return None;
        }
        Ean13::with_check_digit(&format!("{CARD_PREFIX}{serial:010}")).map(Self)
    }

    /// Reads the thirteen digits of a card.
    pub fn parse(text: &str) -> Result<Self, CardNumberError> {
        Self::from_gtin(&Gtin::parse(text)?).ok_or(CardNumberError::NotACard)
    }

    /// The card behind a scanned number, if it is one.
    pub(crate) fn from_gtin(gtin: &Gtin) -> Option<Self> {
        let ean13 = Ean13::from_gtin(gtin)?;
        ean13.as_str().starts_with(CARD_PREFIX).then_some(Self(ean13))
    }

    /// The serial inside the number.
    pub fn serial(&self) -> u64 {
        self.as_str()[2..12].parse().expect("ten ASCII digits fit")
    }

    /// The thirteen digits.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl From<CardNumber> for Ean13 {
    fn from(card: CardNumber) -> Self {
        card.0
    }
}

impl FromStr for CardNumber {
    type Err = CardNumberError;

    fn from_str(text: &str) -> Result<Self, CardNumberError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for CardNumber {
    type Error = CardNumberError;

    fn try_from(text: String) -> Result<Self, CardNumberError> {
        Self::parse(&text)
    }
}

impl From<CardNumber> for String {
    fn from(card: CardNumber) -> Self {
        card.as_str().to_owned()
    }
}

impl fmt::Display for CardNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A card stands for a person: what ends up in logs shows its last four digits.
impl fmt::Debug for CardNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CardNumber(*********{})", &self.as_str()[9..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_becomes_a_card_and_comes_back() {
        let card = CardNumber::from_serial(42).unwrap();
        assert_eq!(card.as_str(), "2900000000421");
        assert_eq!(card.serial(), 42);
        assert_eq!(CardNumber::parse("2900000000421"), Ok(card));
        assert_eq!(CardNumber::from_serial(CardNumber::SERIALS), None);
        assert!(CardNumber::from_serial(CardNumber::SERIALS - 1).is_some());
    }

    #[test]
    fn a_product_is_not_a_card() {
        assert_eq!(CardNumber::parse("4006381333931"), Err(CardNumberError::NotACard));
        let typing_error = CardNumberError::NotANumber(GtinError::BadCheckDigit { expected: 1 });
        assert_eq!(CardNumber::parse("2900000000422"), Err(typing_error));
    }

    #[test]
    fn logs_show_the_last_four_digits_only() {
        let card = CardNumber::from_serial(1_234_567_890).unwrap();
        assert_eq!(format!("{card:?}"), format!("CardNumber(*********{})", &card.as_str()[9..]));
        assert!(!format!("{card:?}").contains("12345"));
    }
}
