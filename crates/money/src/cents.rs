//! An amount in hundredths of a currency unit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::decimal::{self, ParseError};

const DECIMALS: usize = 2;

/// The space French typography puts between thousands and before a unit: narrow, and never at a line's end.
pub(crate) const NARROW_SPACE: &str = "\u{202f}";

/// A signed amount in cents. Its arithmetic is checked: there is no `+`, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(i64);

impl Cents {
    /// Nothing at all.
    pub const ZERO: Self = Self(0);

    /// An amount from its number of cents.
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }

    /// The number of cents.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether the amount is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether the amount is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum, or `None` when it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(cents) => Some(Self(cents)),
            None => None,
        }
    }

    /// The difference, or `None` when it does not fit.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(cents) => Some(Self(cents)),
            None => None,
        }
    }

    /// The opposite, or `None` for the one amount that has none.
    pub const fn checked_neg(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(cents) => Some(Self(cents)),
            None => None,
        }
    }

    /// The sum of many amounts, or `None` when it does not fit.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads `3.45`, `3,45` or `3`, exactly.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        decimal::parse(text, DECIMALS).map(Self)
    }

    /// `1234.50`: for files, logs and machines; [`Cents::parse`] reads it back.
    pub fn plain(self) -> String {
        decimal::format(self.0, DECIMALS, "", ".")
    }

    /// `1 234,50 €`: for people who read French.
    pub fn french(self) -> String {
        let number = decimal::format(self.0, DECIMALS, NARROW_SPACE, ",");
        format!("{number}{NARROW_SPACE}€")
    }
}

impl From<i64> for Cents {
    fn from(cents: i64) -> Self {
        Self(cents)
    }
}

impl From<Cents> for i64 {
    fn from(cents: Cents) -> Self {
        cents.0
    }
}

impl FromStr for Cents {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.plain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_with_a_point_or_a_comma() {
        for (text, cents) in
            [("3.45", 345), ("3,45", 345), ("3", 300), ("3.4", 340), ("0,05", 5), ("007", 700)]
        {
            assert_eq!(Cents::parse(text), Ok(Cents::new(cents)), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_amount_is_refused_with_its_reason() {
        let too_fine = ParseError::TooManyDecimals { allowed: 2 };
        for (text, reason) in [
            ("", ParseError::NotANumber),
            (".", ParseError::NotANumber),
            ("3.", ParseError::NotANumber),
            (".5", ParseError::NotANumber),
            ("1 234,50", ParseError::NotANumber),
            ("1.234,50", ParseError::NotANumber),
            ("+3", ParseError::NotANumber),
            ("3e2", ParseError::NotANumber),
            ("٣", ParseError::NotANumber),
            ("-3", ParseError::Negative),
            ("\u{2212}3", ParseError::Negative),
            ("3.450", too_fine),
            ("3.456", too_fine),
            ("92233720368547758.08", ParseError::OutOfRange),
            ("99999999999999999999", ParseError::OutOfRange),
        ] {
            assert_eq!(Cents::parse(text), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn the_largest_amount_is_read_and_written() {
        assert_eq!(Cents::parse("92233720368547758.07"), Ok(Cents::new(i64::MAX)));
        assert_eq!(Cents::new(i64::MAX).plain(), "92233720368547758.07");
        assert_eq!(Cents::new(i64::MIN).plain(), "-92233720368547758.08");
    }

    #[test]
    fn amounts_are_written_the_french_way_with_narrow_no_break_spaces() {
        for (cents, text) in [
            (0, "0,00\u{202f}€"),
            (5, "0,05\u{202f}€"),
            (99_999, "999,99\u{202f}€"),
            (123_450, "1\u{202f}234,50\u{202f}€"),
            (123_456_789, "1\u{202f}234\u{202f}567,89\u{202f}€"),
            (-123_450, "-1\u{202f}234,50\u{202f}€"),
        ] {
            assert_eq!(Cents::new(cents).french(), text);
        }
    }

    #[test]
    fn sums_that_do_not_fit_are_refused() {
        let largest = Cents::new(i64::MAX);
        assert_eq!(largest.checked_add(Cents::new(1)), None);
        assert_eq!(Cents::new(i64::MIN).checked_sub(Cents::new(1)), None);
        assert_eq!(Cents::new(i64::MIN).checked_neg(), None);
        assert_eq!(Cents::checked_sum([largest, Cents::new(1)]), None);
        assert_eq!(Cents::checked_sum([1, 2, 3].map(Cents::new)), Some(Cents::new(6)));
    }

    #[test]
    fn an_amount_is_a_plain_number_in_json() {
        assert_eq!(serde_json::to_string(&Cents::new(-345)).unwrap(), "-345");
        assert_eq!(serde_json::from_str::<Cents>("345").unwrap(), Cents::new(345));
    }
}
