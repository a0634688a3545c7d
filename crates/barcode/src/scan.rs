//! From the scanner's text to a typed value.

use thiserror::Error;

use crate::symbology::{Content, content};
use crate::{CardNumber, Format, Gtin, GtinError, LabelRule, Measure};

/// More than any code of a shop holds; a longer text is not looked at.
const MAX_BYTES: usize = 512;

/// What was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scan {
    /// An article sold by the piece, or an in-store number that no label rule covers.
    Product(Gtin),
    /// An article whose label says how much of it there is, or what it costs.
    Measured {
        /// The number to look the article up by: value digits zero, check digit computed again.
        lookup: Gtin,
        /// What the label says.
        value: Measure,
    },
    /// A member card.
    MemberCard(CardNumber),
}

/// Why a scan is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// Nothing was left after taking off white space and control characters.
    #[error("empty scan")]
    Empty,
    /// Longer than any code of a shop.
    #[error("scan of more than {MAX_BYTES} bytes")]
    TooLong,
    /// Something else than digits.
    #[error("not only digits")]
    NotDigits,
    /// A number of a length that no article has.
    #[error("{digits} digits are not an article number")]
    Length {
        /// How many digits there were.
        digits: usize,
    },
    /// The last digit does not follow from the others: the code was misread.
    #[error("wrong check digit, {expected} was expected")]
    BadCheckDigit {
        /// The digit that would be right.
        expected: u8,
    },
    /// The verifier inside the label does not follow from its value digits.
    #[error("wrong price verifier, {expected} was expected")]
    BadVerifier {
        /// The digit that would be right.
        expected: u8,
    },
    /// A label that says zero grams, cents or pieces.
    #[error("the label says zero")]
    EmptyMeasure,
    /// Two rules of the store claim the same prefix.
    #[error("two label rules claim this code")]
    ConflictingRules,
    /// A richer content that is recognised but not read.
    #[error("{0} is not read")]
    Unsupported(Format),
}

impl From<GtinError> for ScanError {
    fn from(error: GtinError) -> Self {
        match error {
            GtinError::NotDigits => Self::NotDigits,
            GtinError::Length { digits } => Self::Length { digits },
            GtinError::BadCheckDigit { expected } => Self::BadCheckDigit { expected },
        }
    }
}

/// Reads what a scanner sent, by the label rules of the store.
pub fn scan(raw: &str, rules: &[LabelRule]) -> Result<Scan, ScanError> {
    if raw.len() > MAX_BYTES {
        return Err(ScanError::TooLong);
    }
    match content(raw) {
        Content::Number("") => Err(ScanError::Empty),
        Content::Number(text) => read_number(&Gtin::parse(text)?, rules),
        Content::Rich(format) => Err(ScanError::Unsupported(format)),
    }
}

fn read_number(gtin: &Gtin, rules: &[LabelRule]) -> Result<Scan, ScanError> {
    if let Some(card) = CardNumber::from_gtin(gtin) {
        return Ok(Scan::MemberCard(card));
    }
    let Some(ean13) = gtin.as_ean13() else { return Ok(Scan::Product(*gtin)) };
    match rule_for(ean13, rules)? {
        Some(rule) => {
            let (lookup, value) = rule.read(ean13)?;
            Ok(Scan::Measured { lookup, value })
        }
        None => Ok(Scan::Product(*gtin)),
    }
}

/// The rule of the longest prefix; two of them would be a guess between price and weight.
fn rule_for<'rules>(ean13: &str, rules: &'rules [LabelRule]) -> Result<Option<&'rules LabelRule>, ScanError> {
    let claims = |rule: &&LabelRule| ean13.starts_with(rule.prefix());
    let Some(longest) = rules.iter().filter(claims).max_by_key(|rule| rule.prefix().len()) else {
        return Ok(None);
    };
    let conflict = rules.iter().any(|rule| rule.prefix() == longest.prefix() && rule != longest);
    if conflict { Err(ScanError::ConflictingRules) } else { Ok(Some(longest)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MeasureKind, check_digit};

    fn rule(prefix: &str, item: u8, value: u8, verifier: bool, kind: MeasureKind) -> LabelRule {
        LabelRule::new(prefix, item, value, verifier, kind).unwrap()
    }

    fn complete(body: &str) -> String {
        format!("{body}{}", check_digit(body).unwrap())
    }

    fn measured(body_of_lookup: &str, value: Measure) -> Result<Scan, ScanError> {
        Ok(Scan::Measured { lookup: Gtin::parse(&complete(body_of_lookup)).unwrap(), value })
    }

    #[test]
    fn an_article_is_found_whatever_its_length() {
        for text in ["4006381333931", "]E04006381333931\r\n", "04006381333931"] {
            assert_eq!(scan(text, &[]), Ok(Scan::Product(Gtin::parse("4006381333931").unwrap())));
        }
    }

    #[test]
    fn a_weight_label_names_its_article_and_its_grams() {
        let rules = [rule("21", 5, 5, false, MeasureKind::Grams)];
        let label = complete("211234501250");
        assert_eq!(scan(&label, &rules), measured("211234500000", Measure::Grams(1_250)));
    }

    #[test]
    fn a_price_label_is_believed_only_with_its_verifier() {
        let rules = [rule("02", 5, 4, true, MeasureKind::Price)];
        let good = complete("021234592875");
        assert_eq!(scan(&good, &rules), measured("021234500000", Measure::Price(2_875)));
        let bad = complete("021234582875");
        assert_eq!(scan(&bad, &rules), Err(ScanError::BadVerifier { expected: 9 }));
    }

    #[test]
    fn a_piece_label_counts_pieces() {
        let rules = [rule("28", 8, 2, false, MeasureKind::Units)];
        assert_eq!(scan(&complete("281234567812"), &rules), measured("281234567800", Measure::Units(12)));
    }

    #[test]
    fn the_longest_prefix_decides() {
        let rules =
            [rule("21", 5, 5, false, MeasureKind::Grams), rule("219", 4, 5, false, MeasureKind::Price)];
        assert_eq!(scan(&complete("219123400350"), &rules), measured("219123400000", Measure::Price(350)));
        assert_eq!(scan(&complete("218123400350"), &rules), measured("218123400000", Measure::Grams(350)));
    }

    #[test]
    fn two_rules_that_disagree_are_an_error_and_not_a_guess() {
        let weight = rule("21", 5, 5, false, MeasureKind::Grams);
        let price = rule("21", 5, 5, false, MeasureKind::Price);
        let label = complete("211234501250");
        assert_eq!(scan(&label, &[weight.clone(), price]), Err(ScanError::ConflictingRules));
        assert!(scan(&label, &[weight.clone(), weight]).is_ok());
    }

    #[test]
    fn an_in_store_number_without_a_rule_is_looked_up_as_it_is() {
        let label = complete("221234501250");
        let rules = [rule("21", 5, 5, false, MeasureKind::Grams)];
        assert_eq!(scan(&label, &rules), Ok(Scan::Product(Gtin::parse(&label).unwrap())));
    }

    #[test]
    fn a_label_of_zero_grams_is_refused() {
        let rules = [rule("21", 5, 5, false, MeasureKind::Grams)];
        assert_eq!(scan(&complete("211234500000"), &rules), Err(ScanError::EmptyMeasure));
    }

    #[test]
    fn a_member_card_is_never_a_product() {
        let card = CardNumber::from_serial(42).unwrap();
        assert_eq!(scan("]E02900000000421", &[]), Ok(Scan::MemberCard(card)));
        assert_eq!(scan("02900000000421", &[]), Ok(Scan::MemberCard(card)));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_reason() {
        for (raw, reason) in [
            ("", ScanError::Empty),
            (" \r\n\u{1d}", ScanError::Empty),
            ("]E0", ScanError::Empty),
            ("hello", ScanError::NotDigits),
            ("400638\u{1d}1333931", ScanError::NotDigits),
            ("12345", ScanError::Length { digits: 5 }),
            ("4006381333930", ScanError::BadCheckDigit { expected: 1 }),
            ("]d20109521234543213", ScanError::Unsupported(Format::ElementString)),
            ("https://id.gs1.org/01/09521234543213", ScanError::Unsupported(Format::DigitalLink)),
        ] {
            assert_eq!(scan(raw, &[]), Err(reason), "{raw:?}");
        }
        assert_eq!(scan(&"0".repeat(513), &[]), Err(ScanError::TooLong));
    }
}
