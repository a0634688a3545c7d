//! The labels of a store's scales: a weight or a price inside an in-store barcode; and the coupons that it prints.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::article::{Article, CouponCode};
use crate::{Gtin, Scan, ScanError, check_digit};

/// Prefix, article, verifier and value share the digits of an EAN-13 before its check digit.
const DIGITS: usize = 12;
/// A rate of exchange is a fraction of such numbers.
const LARGEST_RATE: i64 = 1_000_000_000;

/// What the value digits of a label count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MeasureKind {
    /// A weight.
    Weight,
    /// A price.
    Price,
    /// A number of pieces.
    Units,
    /// Nothing: the whole code is a coupon.
    Coupon,
}

/// What a label says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// A weight in grams.
    Grams(i64),
    /// A price in cents.
    Price(i64),
    /// A number of pieces.
    Units(i64),
}

/// How one prefix of in-store barcodes is laid out: `prefix`, article, verifier if any, value, check digit.
///
/// There is no common layout in France: every store configures its own, and tries it on real labels. It is written as a pattern
/// and a word: `21.....{NNDDD} weight` reads kilograms with three decimals after five digits of article, `02.....V{NNDD} price`
/// euros behind a verifier digit, `28........{NN} units` pieces, `99.......... coupon` a coupon. `rate=100000/655957` after a
/// price converts one that is printed in another currency, here francs; the result is rounded half up to the cent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LabelRule {
    prefix: String,
    item_digits: usize,
    verifier: bool,
    value_digits: usize,
    decimals: u32,
    kind: MeasureKind,
    rate: Option<(i64, i64)>,
}

/// Why a rule cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LabelRuleError {
    /// The prefix is not 02, 04, 20 to 29, or for coupons 98 or 99, alone or followed by further digits.
    #[error("a label prefix starts with 02, 04 or 20 to 29, a coupon's with 98 or 99 too")]
    Prefix,
    /// The parts do not fill the barcode exactly.
    #[error("the parts make {digits} digits before the check digit instead of 12")]
    Digits {
        /// How many digits the parts make.
        digits: usize,
    },
    /// Not a prefix, dots, a verifier if any, and integer before decimal digits in braces; and one of the four words.
    #[error("a rule reads like 21.....{{NNDDD}} weight")]
    Pattern,
    /// More decimals than a gram, a thousandth of the currency or a whole piece has.
    #[error("a value has at most 3 decimals, and pieces have none")]
    Decimals,
    /// Verifiers are defined for four and five value digits.
    #[error("a verifier goes with 4 or 5 value digits")]
    Verifier,
    /// Not a fraction above zero, or not beside a price.
    #[error("a rate is a fraction such as 100000/655957, beside a price")]
    Rate,
}

impl LabelRule {
    /// The digits that labels of this rule start with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What the value digits count.
    pub fn kind(&self) -> MeasureKind {
        self.kind
    }

    /// Whether a code of this rule may start like one of the other.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.prefix.starts_with(&other.prefix) || other.prefix.starts_with(&self.prefix)
    }

    /// Splits a label into the article it names and what it says of it.
    pub(crate) fn read(&self, ean13: &str) -> Result<Scan, ScanError> {
        if self.kind == MeasureKind::Coupon {
            return Ok(Scan::Coupon(CouponCode(ean13.to_owned())));
        }
        let (before, value) = ean13[..DIGITS].split_at(DIGITS - self.value_digits);
        if self.verifier {
            let expected = price_verifier(value).expect("rules with a verifier have 4 or 5 value digits");
            if !before.ends_with(char::from(b'0' + expected)) {
                return Err(ScanError::BadVerifier { expected });
            }
        }
        let number: i64 = value.parse().expect("at most eleven digits fit");
        if number == 0 {
            return Err(ScanError::EmptyMeasure);
        }
        let article = &before[..before.len() - usize::from(self.verifier)];
        Ok(Scan::Measured { article: Article::from(lookup(article)), value: self.measure(number)? })
    }

    fn measure(&self, number: i64) -> Result<Measure, ScanError> {
        let kept = match self.kind {
            MeasureKind::Weight => 3,
            MeasureKind::Price => 2,
            MeasureKind::Units | MeasureKind::Coupon => 0,
        };
        let (times, over) = self.rate.unwrap_or((1, 1));
        let numerator = i128::from(number) * i128::from(times) * 10_i128.pow(kept);
        let denominator = i128::from(over) * 10_i128.pow(self.decimals);
        // Only what is converted may be rounded.
        if self.rate.is_none() && numerator % denominator != 0 {
            return Err(ScanError::NotExact);
        }
        let rounded = (numerator + denominator / 2) / denominator;
        let scaled = i64::try_from(rounded).map_err(|_| ScanError::NotExact)?;
        match self.kind {
            _ if scaled == 0 => Err(ScanError::EmptyMeasure),
            MeasureKind::Weight => Ok(Measure::Grams(scaled)),
            MeasureKind::Price => Ok(Measure::Price(scaled)),
            MeasureKind::Units | MeasureKind::Coupon => Ok(Measure::Units(scaled)),
        }
    }

    fn check(self) -> Result<Self, LabelRuleError> {
        let coupon = self.kind == MeasureKind::Coupon;
        let restricted = ["02", "04", "2"].iter().any(|start| self.prefix.starts_with(start))
            || (coupon && (self.prefix.starts_with("98") || self.prefix.starts_with("99")));
        if self.prefix.len() < 2 || !restricted {
            return Err(LabelRuleError::Prefix);
        }
        let digits = self.prefix.len() + self.item_digits + usize::from(self.verifier) + self.value_digits;
        if digits != DIGITS {
            return Err(LabelRuleError::Digits { digits });
        }
        if (self.value_digits == 0) != coupon {
            return Err(LabelRuleError::Pattern);
        }
        if self.verifier && !matches!(self.value_digits, 4 | 5) {
            return Err(LabelRuleError::Verifier);
        }
        if self.decimals > 3 || (self.kind == MeasureKind::Units && self.decimals > 0) {
            return Err(LabelRuleError::Decimals);
        }
        let is_rate = |(times, over): (i64, i64)| {
            (1..=LARGEST_RATE).contains(&times) && (1..=LARGEST_RATE).contains(&over)
        };
        match self.rate {
            Some(rate) if self.kind != MeasureKind::Price || !is_rate(rate) => Err(LabelRuleError::Rate),
            _ => Ok(self),
        }
    }
}

impl FromStr for LabelRule {
    type Err = LabelRuleError;

    fn from_str(text: &str) -> Result<Self, LabelRuleError> {
        let mut words = text.split_whitespace();
        let pattern = words.next().ok_or(LabelRuleError::Pattern)?;
        let kind = match words.next() {
            Some("weight") => MeasureKind::Weight,
            Some("price") => MeasureKind::Price,
            Some("units") => MeasureKind::Units,
            Some("coupon") => MeasureKind::Coupon,
            _ => return Err(LabelRuleError::Pattern),
        };
        let rate = words.next().map(read_rate).transpose()?;
        let (layout, value) = match pattern.split_once('{') {
            Some((layout, value)) => (layout, value.strip_suffix('}').ok_or(LabelRuleError::Pattern)?),
            None => (pattern, ""),
        };
        let (layout, verifier) = layout.strip_suffix('V').map_or((layout, false), |layout| (layout, true));
        let prefix = layout.trim_end_matches('.');
        let whole = value.trim_end_matches('D');
        let is_digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
        if words.next().is_some() || !is_digits || !whole.bytes().all(|byte| byte == b'N') {
            return Err(LabelRuleError::Pattern);
        }
        let rule = Self {
            prefix: prefix.to_owned(),
            item_digits: layout.len() - prefix.len(),
            verifier,
            value_digits: value.len(),
            decimals: u32::try_from(value.len() - whole.len()).map_err(|_| LabelRuleError::Decimals)?,
            kind,
            rate,
        };
        rule.check()
    }
}

fn read_rate(text: &str) -> Result<(i64, i64), LabelRuleError> {
    let (times, over) =
        text.strip_prefix("rate=").and_then(|rate| rate.split_once('/')).ok_or(LabelRuleError::Rate)?;
    let number = |text: &str| {
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|_| is_digits).ok_or(LabelRuleError::Rate)
    };
    Ok((number(times)?, number(over)?))
}

impl fmt::Display for LabelRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prefix, item_digits, verifier, value_digits, decimals, kind, rate } = self;
        write!(formatter, "{prefix}{:.<item_digits$}", "")?;
        if *verifier {
            formatter.write_str("V")?;
        }
        let decimals = usize::try_from(*decimals).unwrap_or_default();
        if *value_digits > 0 {
            write!(formatter, "{{{:N<whole$}{:D<decimals$}}}", "", "", whole = value_digits - decimals)?;
        }
        formatter.write_str(match kind {
            MeasureKind::Weight => " weight",
            MeasureKind::Price => " price",
            MeasureKind::Units => " units",
            MeasureKind::Coupon => " coupon",
        })?;
        match rate {
            Some((times, over)) => write!(formatter, " rate={times}/{over}"),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for LabelRule {
    type Error = LabelRuleError;

    fn try_from(text: String) -> Result<Self, LabelRuleError> {
        text.parse()
    }
}

impl From<LabelRule> for String {
    fn from(rule: LabelRule) -> Self {
        rule.to_string()
    }
}

/// The number under which a catalogue knows the article, whatever its labels say.
fn lookup(article: &str) -> Gtin {
    let body = format!("{article:0<DIGITS$}");
    let check = check_digit(&body).expect("a label is made of digits");
    Gtin::parse(&format!("{body}{check}")).expect("thirteen digits with their check digit")
}

/// The digit that guards four or five value digits, after the weighting tables of the GS1 General Specifications.
fn price_verifier(value: &str) -> Option<u8> {
    const TWO_MINUS: [u8; 10] = [0, 2, 4, 6, 8, 9, 1, 3, 5, 7];
    const THREE: [u8; 10] = [0, 3, 6, 9, 2, 5, 8, 1, 4, 7];
    const FIVE_PLUS: [u8; 10] = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9];
    const FIVE_MINUS: [u8; 10] = [0, 5, 9, 4, 8, 3, 7, 2, 6, 1];

    let weigh = |tables: &[[u8; 10]]| -> u8 {
        value.bytes().zip(tables).map(|(digit, table)| table[usize::from(digit - b'0')]).sum()
    };
    match value.len() {
        4 => Some(weigh(&[TWO_MINUS, TWO_MINUS, THREE, FIVE_MINUS]) * 3 % 10),
        5 => {
            let missing = (10 - weigh(&[FIVE_PLUS, TWO_MINUS, FIVE_MINUS, FIVE_PLUS, TWO_MINUS]) % 10) % 10;
            (0..10).find(|digit| FIVE_MINUS[usize::from(*digit)] == missing)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_of_four_digits_follows_the_tables() {
        assert_eq!(price_verifier("2875"), Some(9));
        assert_eq!(price_verifier("0000"), Some(0));
    }

    #[test]
    fn the_verifier_of_five_digits_follows_the_tables() {
        assert_eq!(price_verifier("14685"), Some(6));
        assert_eq!(price_verifier("00000"), Some(0));
    }

    #[test]
    fn a_rule_that_cannot_be_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", LabelRuleError::Pattern),
            ("21.....{NNDDD}", LabelRuleError::Pattern),
            ("21.....{NNDDD} grams", LabelRuleError::Pattern),
            ("21.....{NDNDD} weight", LabelRuleError::Pattern),
            ("21.....{NNDDD weight", LabelRuleError::Pattern),
            ("2a.....{NNDDD} weight", LabelRuleError::Pattern),
            ("21.......... weight", LabelRuleError::Pattern),
            ("98.......... weight", LabelRuleError::Prefix),
            ("2......{NNDDD} weight", LabelRuleError::Prefix),
            ("30.....{NNDDD} weight", LabelRuleError::Prefix),
            ("21......{NNDDD} weight", LabelRuleError::Digits { digits: 13 }),
            ("21...V{NNNDDD} price", LabelRuleError::Verifier),
            ("21......{DDDD} weight", LabelRuleError::Decimals),
            ("21.....{NNNND} units", LabelRuleError::Decimals),
            ("21.....{NNNDD} price rate=0/3", LabelRuleError::Rate),
            ("21.....{NNNDD} price rate=+1/3", LabelRuleError::Rate),
            ("21.....{NNDDD} weight rate=1/3", LabelRuleError::Rate),
            ("21.....{NNNDD} price 1/3", LabelRuleError::Rate),
        ] {
            assert_eq!(text.parse::<LabelRule>(), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn a_rule_is_configuration_and_checked_when_read() {
        for text in [
            "02.....V{NNDD} price",
            "21.....{NNDDD} weight",
            "28........{NN} units",
            "2981930{NNDDD} weight",
            "99.......... coupon",
            "23.....{NNNDD} price rate=100000/655957",
        ] {
            let json = serde_json::to_string(text).unwrap();
            let rule: LabelRule = serde_json::from_str(&json).unwrap();
            assert_eq!((rule.to_string().as_str(), serde_json::to_string(&rule).unwrap()), (text, json));
        }
        assert!(serde_json::from_str::<LabelRule>("\"30.....{NNDDD} weight\"").is_err());
    }
}
