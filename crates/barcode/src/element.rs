//! GS1 element strings: application identifiers with their values, one after the other.

use thiserror::Error;
use time::Time;

use crate::article::{Article, Batch, CouponCode, ShortDate};
use crate::identifier::{Content, Part, identifier, is_of_known_length};
use crate::{Gtin, Measure, Scan, ScanError, check_digit};

/// Ends a value whose length is not known beforehand, as scanners send FNC1.
const SEPARATOR: char = '\u{1d}';

/// ISO 4217 number of the euro.
const EURO: &str = "978";

/// Where and why an element string cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{problem} at position {at}")]
pub struct ElementError {
    /// How many bytes come before the fault, in the element string or in the value that a web address carries.
    pub at: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with an element string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// No application identifier starts like this.
    #[error("unknown application identifier")]
    UnknownIdentifier,
    /// The value ends too early.
    #[error("a value that is too short")]
    TooShort,
    /// The value goes on, or its separator is missing.
    #[error("a value that is too long")]
    TooLong,
    /// A character that the value may not hold.
    #[error("a character that may not be there")]
    Character,
    /// The check digit does not follow from the others: the code was misread.
    #[error("a wrong check digit ({expected} was expected)")]
    CheckDigit {
        /// The digit that would be right.
        expected: u8,
    },
    /// A day or a time that is none.
    #[error("a day or a time that does not exist")]
    Date,
    /// The identifier was there before with another value, or the same measure with other decimals or in another currency.
    #[error("a value that contradicts another one")]
    Contradiction,
}

/// The identifiers of a code with their values, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Elements<'text>(Vec<(&'text str, &'text str)>);

impl<'text> Elements<'text> {
    /// Reads an element string. A separator after a value of known length is let pass, as scanners differ.
    pub fn parse(text: &'text str) -> Result<Self, ElementError> {
        let mut elements = Self::default();
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            if rest.starts_with(SEPARATOR) && at > 0 {
                at += SEPARATOR.len_utf8();
                continue;
            }
            let (name, form) =
                identifier(rest).ok_or(ElementError { at, problem: Problem::UnknownIdentifier })?;
            let start = at + name.len();
            let rest = &text[start..];
            let end = match is_of_known_length(name) {
                true => form.length().min(rest.find(SEPARATOR).unwrap_or(rest.len())),
                false => rest.find(SEPARATOR).unwrap_or(rest.len()),
            };
            let value = rest.get(..end).ok_or(ElementError { at: start, problem: Problem::Character })?;
            elements.add(name, value, start)?;
            at = start + end;
        }
        Ok(elements)
    }

    /// Adds a value after looking at every character of it.
    pub fn add(&mut self, name: &'text str, value: &'text str, at: usize) -> Result<(), ElementError> {
        let (_, form) = identifier(name).ok_or(ElementError { at, problem: Problem::UnknownIdentifier })?;
        let mut rest = value;
        for part in form.parts() {
            if part.optional && rest.is_empty() {
                break;
            }
            let found = at + value.len() - rest.len();
            rest = &rest[check_part(part, rest, found)?..];
        }
        if !rest.is_empty() {
            return Err(ElementError { at: at + value.len() - rest.len(), problem: Problem::TooLong });
        }
        match self.0.iter().find(|(known, _)| are_alternatives(known, name)) {
            Some(found) if *found == (name, value) => Ok(()),
            Some(_) => Err(ElementError { at, problem: Problem::Contradiction }),
            None => {
                self.0.push((name, value));
                Ok(())
            }
        }
    }

    /// The value of an identifier.
    pub fn get(&self, name: &str) -> Option<&'text str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The value of one of ten identifiers that differ in their last digit, and that digit.
    fn get_scaled(&self, name: &str) -> Option<(&'text str, u32)> {
        let found = self.0.iter().find(|(known, _)| known.len() == 4 && known.starts_with(name))?;
        Some((found.1, found.0[3..].parse().ok()?))
    }

    /// What it means at a till.
    pub fn scan(&self) -> Result<Scan, ScanError> {
        let Some(gtin) = self.get("01") else { return self.without_article() };
        let gtin = Gtin::parse(gtin)?;
        let batch = self.get("10").map(|batch| Batch(batch.to_owned()));
        let expiry = self.get("17").and_then(ShortDate::parse);
        let article = Article { gtin, batch, expiry, expiry_moment: self.expiry_moment() };
        Ok(match self.measure()? {
            Some(value) => Scan::Measured { article, value },
            None => Scan::Product(article),
        })
    }

    /// Day, hour and minute of AI 7003.
    fn expiry_moment(&self) -> Option<(ShortDate, Time)> {
        let (day, time) = self.get("7003")?.split_at_checked(6)?;
        let part = |range: std::ops::Range<usize>| time.get(range)?.parse::<u8>().ok();
        Some((ShortDate::parse(day)?, Time::from_hms(part(0..2)?, part(2..4)?, 0).ok()?))
    }

    fn without_article(&self) -> Result<Scan, ScanError> {
        match (self.get("255"), self.get("8110").or(self.get("8112"))) {
            (Some(coupon), _) => Ok(Scan::Coupon(CouponCode(coupon.to_owned()))),
            (None, Some(_)) => Err(ScanError::ForeignCoupon),
            (None, None) => Err(ScanError::NoArticle),
        }
    }

    /// How much of the article there is. A price that the label says wins over its weight, as it was printed for this very pack.
    fn measure(&self) -> Result<Option<Measure>, ScanError> {
        if let Some((price, decimals)) = self.get_scaled("392") {
            return exact(price, decimals, 2).map(|cents| Some(Measure::Price(cents)));
        }
        if let Some((price, decimals)) = self.get_scaled("393") {
            let (currency, price) = price.split_at_checked(3).ok_or(ScanError::NotExact)?;
            if currency != EURO {
                return Err(ScanError::ForeignCurrency);
            }
            return exact(price, decimals, 2).map(|cents| Some(Measure::Price(cents)));
        }
        if let Some((weight, decimals)) = self.get_scaled("310") {
            return exact(weight, decimals, 3).map(|grams| Some(Measure::Grams(grams)));
        }
        if let Some(count) = self.get("30") {
            return exact(count, 0, 0).map(|units| Some(Measure::Units(units)));
        }
        let other = self.0.iter().any(|(name, _)| {
            matches!(name.get(..2), Some("31" | "32" | "35" | "36")) && !matches!(name.get(..3), Some("310"))
        });
        if other { Err(ScanError::ForeignMeasure) } else { Ok(None) }
    }
}

/// Whether a code can have only one of two identifiers: they are one, or one measure with other decimals, or one price in two
/// currencies.
fn are_alternatives(one: &str, other: &str) -> bool {
    one == other || measured_by(one).is_some_and(|measure| measured_by(other) == Some(measure))
}

/// What an identifier measures, without its decimals.
fn measured_by(name: &str) -> Option<&str> {
    match (name.len(), name.get(..3)?) {
        (4, "393") => Some("392"),
        (4, measure) if measure.starts_with("39") || ("31".."37").contains(&measure) => Some(measure),
        _ => None,
    }
}

/// A number with `decimals` decimals as a whole number of units with `kept` decimals; never rounded.
fn exact(digits: &str, decimals: u32, kept: u32) -> Result<i64, ScanError> {
    let number: i64 = digits.parse().map_err(|_| ScanError::NotExact)?;
    let scaled = match kept.checked_sub(decimals) {
        Some(more) => number.checked_mul(10_i64.pow(more)),
        None => {
            let divisor = 10_i64.pow(decimals - kept);
            (number % divisor == 0).then_some(number / divisor)
        }
    };
    match scaled {
        Some(0) => Err(ScanError::EmptyMeasure),
        Some(scaled) => Ok(scaled),
        None => Err(ScanError::NotExact),
    }
}

/// How many bytes of a text a part takes.
fn check_part(part: Part, text: &str, at: usize) -> Result<usize, ElementError> {
    let fault = |offset: usize, problem| Err(ElementError { at: at + offset, problem });
    if !part.variable && text.len() < part.length {
        return fault(text.len(), Problem::TooShort);
    }
    if text.is_empty() {
        return fault(0, Problem::TooShort);
    }
    let end = part.length.min(text.len());
    if let Some(offset) = text.bytes().take(end).position(|byte| !part.set.contains(byte)) {
        return fault(offset, Problem::Character);
    }
    let value = &text[..end];
    match part.content {
        Content::Checked => match check_digit(&value[..end - 1]) {
            Some(expected) if !value.ends_with(char::from(b'0' + expected)) => {
                fault(end - 1, Problem::CheckDigit { expected })
            }
            _ => Ok(end),
        },
        Content::DayOrMonth | Content::Day if ShortDate::parse(value).is_none() => fault(0, Problem::Date),
        Content::Day if value.ends_with("00") => fault(0, Problem::Date),
        Content::Time if &value[..2] > "23" || &value[2..] > "59" => fault(0, Problem::Date),
        _ => Ok(end),
    }
}

#[cfg(test)]
mod tests;
