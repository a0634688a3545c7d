//! From the scanner's text to a typed value.

use thiserror::Error;

use crate::article::{Article, CouponCode};
use crate::element::{ElementError, Elements, Problem};
use crate::link::{self, LinkError};
use crate::symbology::{Content, content};
use crate::{CardNumber, Gtin, GtinError, LabelRule, Measure};

/// More than any code of a shop holds; a longer text is not looked at.
const MAX_BYTES: usize = 512;

/// What was scanned.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scan {
    /// An article, or an in-store number that no label rule covers.
    Product(Article),
    /// An article whose code says how much of it there is, or what it costs.
    Measured {
        /// Its number is the one to look the article up by: value digits zero, check digit computed again.
        article: Article,
        /// What the code says.
        value: Measure,
    },
    /// A member card.
    MemberCard(CardNumber),
    /// A coupon.
    Coupon(CouponCode),
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
    /// A measure that is no whole number of grams, cents or pieces.
    #[error("the code says an amount that is not exact")]
    NotExact,
    /// A label inside a richer code that says one measure, and beside it another one of the same kind.
    #[error("the code says two measures that disagree")]
    TwoMeasures,
    /// Two rules of the store claim the same prefix.
    #[error("two label rules claim this code")]
    ConflictingRules,
    /// An element string that cannot be read.
    #[error(transparent)]
    Element(#[from] ElementError),
    /// A web address that cannot be read.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A code without a trade item number: that of a pallet, a place or a document.
    #[error("the code names no article")]
    NoArticle,
    /// A measure that nothing is sold by here.
    #[error("the code says a measure that nothing is sold by")]
    ForeignMeasure,
    /// A price in another currency than the euro.
    #[error("the code says a price in another currency")]
    ForeignCurrency,
    /// A coupon of North America.
    #[error("a coupon that is not valid here")]
    ForeignCoupon,
}

impl ScanError {
    /// Whether a digit that guards the others is wrong: read again, the code is likely to be right.
    pub fn is_misreading(&self) -> bool {
        let is_wrong = |error: &ElementError| matches!(error.problem, Problem::CheckDigit { .. });
        match self {
            Self::BadCheckDigit { .. } | Self::BadVerifier { .. } => true,
            Self::Element(error) => is_wrong(error),
            _ => false,
        }
    }
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
///
/// Eight digits are an EAN-8 when their check digit says so, and only else the UPC-E that they may be: a scanner that names the
/// symbology settles it. A rule of the store comes before the meaning that a prefix has elsewhere; between two readings of one
/// code there is never a guess.
pub fn scan(raw: &str, rules: &[LabelRule]) -> Result<Scan, ScanError> {
    if raw.len() > MAX_BYTES {
        return Err(ScanError::TooLong);
    }
    match content(raw) {
        Content::Number("") => Err(ScanError::Empty),
        Content::Number(text) => read_number(&number(text)?, rules),
        Content::Ean8(text) => read_number(&Gtin::parse(text)?, rules),
        Content::Elements(text) => read_inside(Elements::parse(text)?.scan()?, rules),
        Content::Link(address) => read_inside(link::scan(address)?, rules),
    }
}

fn number(text: &str) -> Result<Gtin, ScanError> {
    match Gtin::parse(text) {
        Err(error @ GtinError::BadCheckDigit { .. }) if text.len() == 8 => {
            Gtin::from_upc_e(text).map_err(|_| error.into())
        }
        read => Ok(read?),
    }
}

fn read_number(gtin: &Gtin, rules: &[LabelRule]) -> Result<Scan, ScanError> {
    let Some(ean13) = gtin.as_ean13() else { return Ok(Scan::Product((*gtin).into())) };
    match (rule_for(ean13, rules)?, CardNumber::from_gtin(gtin)) {
        (Some(rule), _) => rule.read(ean13),
        (None, Some(card)) => Ok(Scan::MemberCard(card)),
        (None, None) => Ok(Scan::Product((*gtin).into())),
    }
}

/// An in-store number means inside a richer code what it means in bars: a label, a card, a coupon.
fn read_inside(scan: Scan, rules: &[LabelRule]) -> Result<Scan, ScanError> {
    let (article, said) = match scan {
        Scan::Product(article) => (article, None),
        Scan::Measured { article, value } => (article, Some(value)),
        scan => return Ok(scan),
    };
    match (read_number(&article.gtin, rules), said) {
        (Ok(Scan::Measured { article: labelled, value }), said) => {
            let value = said.map_or(Ok(value), |said| agreed(value, said))?;
            Ok(Scan::Measured { article: Article { gtin: labelled.gtin, ..article }, value })
        }
        // The number of all labels of an article, with the measure beside it.
        (Ok(Scan::Product(_)) | Err(ScanError::EmptyMeasure), Some(value)) => {
            Ok(Scan::Measured { article, value })
        }
        (Ok(Scan::Product(_)), None) => Ok(Scan::Product(article)),
        (read, _) => read,
    }
}

/// A price wins over a weight, as it was printed for this very pack.
fn agreed(one: Measure, other: Measure) -> Result<Measure, ScanError> {
    match (one, other) {
        (one, other) if one == other => Ok(one),
        (price @ Measure::Price(_), Measure::Grams(_) | Measure::Units(_)) => Ok(price),
        (Measure::Grams(_) | Measure::Units(_), price @ Measure::Price(_)) => Ok(price),
        _ => Err(ScanError::TwoMeasures),
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
mod tests;
