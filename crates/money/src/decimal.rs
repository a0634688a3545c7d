//! Decimal text to a scaled integer and back, exactly.

use thiserror::Error;

/// Why a text is not an amount or a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseError {
    /// Empty, or something else than digits around at most one point or comma.
    #[error("not a decimal number")]
    NotANumber,
    /// A minus sign: what people type or labels carry is never negative.
    #[error("negative")]
    Negative,
    /// More decimals than the unit has; nothing is rounded behind the reader's back.
    #[error("more than {allowed} decimals")]
    TooManyDecimals {
        /// How many decimals the unit has.
        allowed: usize,
    },
    /// Larger than any amount this crate can hold.
    #[error("out of range")]
    OutOfRange,
}

/// Reads `12`, `12.5` or `12,50` as an integer scaled by ten to the power of `decimals`.
pub(crate) fn parse(text: &str, decimals: usize) -> Result<i64, ParseError> {
    if text.starts_with(['-', '\u{2212}']) {
        return Err(ParseError::Negative);
    }
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((_, "")) => return Err(ParseError::NotANumber),
        Some(parts) => parts,
        None => (text, ""),
    };
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !only_digits(whole) || !only_digits(fraction) {
        return Err(ParseError::NotANumber);
    }
    if fraction.len() > decimals {
        return Err(ParseError::TooManyDecimals { allowed: decimals });
    }
    let padding = std::iter::repeat_n(b'0', decimals - fraction.len());
    whole
        .bytes()
        .chain(fraction.bytes())
        .chain(padding)
        .try_fold(0_i64, |value, digit| value.checked_mul(10)?.checked_add(i64::from(digit - b'0')))
        .ok_or(ParseError::OutOfRange)
}

/// Writes a scaled integer with every decimal of its unit.
pub(crate) fn format(value: i64, decimals: usize, thousands: &str, point: &str) -> String {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let sign = if value < 0 { "-" } else { "" };
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push_str(thousands);
        }
        text.push(digit);
    }
    if decimals > 0 {
        text.push_str(point);
        text.push_str(fraction);
    }
    text
}
