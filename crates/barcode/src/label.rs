//! The labels of a store's scales: a weight or a price inside an in-store barcode.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::card::CARD_PREFIX;
use crate::{Gtin, ScanError, check_digit};

/// Prefix, article, verifier and value share the digits of an EAN-13 before its check digit.
const DIGITS: usize = 12;

/// What the value digits of a label count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureKind {
    /// A weight in grams.
    Grams,
    /// A price in cents.
    Price,
    /// A number of pieces.
    Units,
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
/// There is no common layout in France: every store configures its own, and tries it on real labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Layout", into = "Layout")]
pub struct LabelRule(Layout);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Layout {
    prefix: String,
    item_digits: u8,
    value_digits: u8,
    verifier: bool,
    kind: MeasureKind,
}

/// Why a rule cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LabelRuleError {
    /// The prefix is not 02, 04 or 20 to 28, alone or followed by further digits; 29 belongs to member cards.
    #[error("a label prefix starts with 02, 04 or 20 to 28")]
    Prefix,
    /// The parts do not fill the barcode exactly.
    #[error("the parts make {digits} digits before the check digit instead of 12")]
    Digits {
        /// How many digits the parts make.
        digits: usize,
    },
    /// A label without article or without value digits says nothing.
    #[error("a label needs article and value digits")]
    EmptyPart,
    /// Verifiers are defined for four and five value digits.
    #[error("a verifier goes with 4 or 5 value digits")]
    Verifier,
}

impl LabelRule {
    /// A rule whose parts fill the barcode exactly.
    pub fn new(
        prefix: &str,
        item_digits: u8,
        value_digits: u8,
        verifier: bool,
        kind: MeasureKind,
    ) -> Result<Self, LabelRuleError> {
        Layout { prefix: prefix.to_owned(), item_digits, value_digits, verifier, kind }.try_into()
    }

    /// The digits that labels of this rule start with.
    pub fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What the value digits count.
    pub fn kind(&self) -> MeasureKind {
        self.0.kind
    }

    /// Splits a label into the article it names and what it says of it.
    pub(crate) fn read(&self, ean13: &str) -> Result<(Gtin, Measure), ScanError> {
        let Layout { value_digits, verifier, kind, .. } = self.0;
        let (before, value) = ean13[..DIGITS].split_at(DIGITS - usize::from(value_digits));
        if verifier {
            let expected = price_verifier(value).expect("rules with a verifier have 4 or 5 value digits");
            if !before.ends_with(char::from(b'0' + expected)) {
                return Err(ScanError::BadVerifier { expected });
            }
        }
        let number: i64 = value.parse().expect("at most eleven digits fit");
        if number == 0 {
            return Err(ScanError::EmptyMeasure);
        }
        let measure = match kind {
            MeasureKind::Grams => Measure::Grams(number),
            MeasureKind::Price => Measure::Price(number),
            MeasureKind::Units => Measure::Units(number),
        };
        let article = &before[..before.len() - usize::from(verifier)];
        Ok((lookup(article), measure))
    }
}

impl TryFrom<Layout> for LabelRule {
    type Error = LabelRuleError;

    fn try_from(layout: Layout) -> Result<Self, LabelRuleError> {
        let Layout { ref prefix, item_digits, value_digits, verifier, .. } = layout;
        let restricted = prefix.starts_with("02") || prefix.starts_with("04") || prefix.starts_with('2');
        let is_number = prefix.bytes().all(|byte| byte.is_ascii_digit());
        if prefix.len() < 2 || !restricted || !is_number || prefix.starts_with(CARD_PREFIX) {
            return Err(LabelRuleError::Prefix);
        }
        if item_digits == 0 || value_digits == 0 {
            return Err(LabelRuleError::EmptyPart);
        }
        if verifier && !matches!(value_digits, 4 | 5) {
            return Err(LabelRuleError::Verifier);
        }
        let parts = [item_digits, value_digits, u8::from(verifier)].map(usize::from);
        let digits = prefix.len() + parts.iter().sum::<usize>();
        if digits != DIGITS {
            return Err(LabelRuleError::Digits { digits });
        }
        Ok(Self(layout))
    }
}

impl From<LabelRule> for Layout {
    fn from(rule: LabelRule) -> Self {
        rule.0
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
        let refusal = |prefix, item, value, verifier| {
            LabelRule::new(prefix, item, value, verifier, MeasureKind::Grams).unwrap_err()
        };
        assert_eq!(refusal("", 7, 5, false), LabelRuleError::Prefix);
        assert_eq!(refusal("2", 6, 5, false), LabelRuleError::Prefix);
        assert_eq!(refusal("30", 5, 5, false), LabelRuleError::Prefix);
        assert_eq!(refusal("2a", 5, 5, false), LabelRuleError::Prefix);
        assert_eq!(refusal("29", 5, 5, false), LabelRuleError::Prefix);
        assert_eq!(refusal("21", 0, 10, false), LabelRuleError::EmptyPart);
        assert_eq!(refusal("21", 10, 0, false), LabelRuleError::EmptyPart);
        assert_eq!(refusal("21", 3, 6, true), LabelRuleError::Verifier);
        assert_eq!(refusal("21", 5, 5, true), LabelRuleError::Digits { digits: 13 });
        assert_eq!(refusal("21", 255, 255, false), LabelRuleError::Digits { digits: 512 });
    }

    #[test]
    fn a_rule_is_configuration_and_checked_when_read() {
        let json = r#"{"prefix":"02","item_digits":5,"value_digits":4,"verifier":true,"kind":"price"}"#;
        let rule: LabelRule = serde_json::from_str(json).unwrap();
        assert_eq!(rule, LabelRule::new("02", 5, 4, true, MeasureKind::Price).unwrap());
        assert_eq!(serde_json::to_string(&rule).unwrap(), json);
        assert!(serde_json::from_str::<LabelRule>(&json.replace("02", "29")).is_err());
    }
}
