//! How many, or how much.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::cents::NARROW_SPACE;
use crate::decimal::{self, ParseError};

const DECIMALS: usize = 3;
const SCALE: i64 = 1_000;

/// A signed quantity in thousandths: `1000` is one unit, or one kilogram, so that a gram is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(i64);

impl Quantity {
    /// Nothing at all.
    pub const ZERO: Self = Self(0);

    /// One unit, or one kilogram.
    pub const ONE: Self = Self(SCALE);

    /// A quantity from its number of thousandths.
    pub const fn new(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// So many whole units, or `None` when they do not fit.
    pub const fn units(units: i64) -> Option<Self> {
        match units.checked_mul(SCALE) {
            Some(thousandths) => Some(Self(thousandths)),
            None => None,
        }
    }

    /// A weight in grams.
    pub const fn grams(grams: i64) -> Self {
        Self(grams)
    }

    /// The number of thousandths.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The number of whole units, or `None` when there is a fraction.
    pub const fn whole(self) -> Option<i64> {
        if self.0 % SCALE == 0 { Some(self.0 / SCALE) } else { None }
    }

    /// The sum, or `None` when it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(thousandths) => Some(Self(thousandths)),
            None => None,
        }
    }

    /// The difference, or `None` when it does not fit.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(thousandths) => Some(Self(thousandths)),
            None => None,
        }
    }

    /// The opposite, or `None` for the one quantity that has none.
    pub const fn checked_neg(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(thousandths) => Some(Self(thousandths)),
            None => None,
        }
    }

    /// Reads `3`, `1.25` or `1,250`, exactly.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        decimal::parse(text, DECIMALS).map(Self)
    }

    /// `3` or `1.250`: for files and machines; [`Quantity::parse`] reads it back.
    pub fn plain(self) -> String {
        match self.whole() {
            Some(units) => units.to_string(),
            None => decimal::format(self.0, DECIMALS, "", "."),
        }
    }

    /// `3` or `1,250`: for people who read French.
    pub fn french(self) -> String {
        match self.whole() {
            Some(units) => decimal::format(units, 0, NARROW_SPACE, ","),
            None => decimal::format(self.0, DECIMALS, NARROW_SPACE, ","),
        }
    }

    /// `1,250 kg`: a weight always shows its grams.
    pub fn french_weight(self) -> String {
        let number = decimal::format(self.0, DECIMALS, NARROW_SPACE, ",");
        format!("{number}{NARROW_SPACE}kg")
    }
}

impl FromStr for Quantity {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.plain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_grams_share_one_scale() {
        assert_eq!(Quantity::units(3), Some(Quantity::new(3_000)));
        assert_eq!(Quantity::grams(1_250), Quantity::parse("1,25").unwrap());
        assert_eq!(Quantity::units(i64::MAX), None);
        assert_eq!(Quantity::ONE.whole(), Some(1));
        assert_eq!(Quantity::grams(1_250).whole(), None);
    }

    #[test]
    fn a_quantity_is_written_for_machines_and_for_people() {
        assert_eq!(Quantity::units(3).unwrap().plain(), "3");
        assert_eq!(Quantity::grams(1_250).plain(), "1.250");
        assert_eq!(Quantity::grams(1_250).french(), "1,250");
        assert_eq!(Quantity::units(1_200).unwrap().french(), "1\u{202f}200");
        assert_eq!(Quantity::grams(195).french_weight(), "0,195\u{202f}kg");
        assert_eq!(Quantity::grams(-2_000).french_weight(), "-2,000\u{202f}kg");
    }

    #[test]
    fn a_fourth_decimal_is_refused() {
        assert_eq!(Quantity::parse("1.2345"), Err(ParseError::TooManyDecimals { allowed: 3 }));
    }

    #[test]
    fn sums_that_do_not_fit_are_refused() {
        assert_eq!(Quantity::new(i64::MAX).checked_add(Quantity::ONE), None);
        assert_eq!(Quantity::new(i64::MIN).checked_sub(Quantity::ONE), None);
        assert_eq!(Quantity::new(i64::MIN).checked_neg(), None);
        assert_eq!(Quantity::ONE.checked_add(Quantity::grams(250)), Some(Quantity::grams(1_250)));
    }
}
