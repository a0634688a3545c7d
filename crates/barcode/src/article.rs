//! What a code says of an article.

use std::fmt;

use time::{Date, Month, Time};

use crate::Gtin;
use crate::identifier::Set;

/// An article, with what its code says besides its number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Article {
    /// The number to look it up by.
    pub gtin: Gtin,
    /// The batch or lot (AI 10).
    pub batch: Option<Batch>,
    /// The last day on which it may be sold (AI 17).
    pub expiry: Option<ShortDate>,
    /// The minute from which it must not be sold any more, by the clock on the wall (AI 7003).
    pub expiry_moment: Option<(ShortDate, Time)>,
}

/// A batch or lot: 1 to 20 characters of the GS1 character set 82.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Batch(pub(crate) String);

/// The digits of a coupon.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CouponCode(pub(crate) String);

/// A day with a year of two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShortDate {
    year: u8,
    month: Month,
    /// 0 stands for the last day of the month.
    day: u8,
}

impl From<Gtin> for Article {
    fn from(gtin: Gtin) -> Self {
        Self { gtin, batch: None, expiry: None, expiry_moment: None }
    }
}

impl Batch {
    /// Reads a batch as somebody types it; `None` for what no code can bear.
    pub fn parse(text: &str) -> Option<Self> {
        let is_batch = (1..=20).contains(&text.len()) && text.bytes().all(|byte| Set::Set82.contains(byte));
        is_batch.then(|| Self(text.to_owned()))
    }

    /// The text as the code has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CouponCode {
    /// The text as the code has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ShortDate {
    /// Reads `YYMMDD`; `None` for a day that no year of this number has.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let part = |range: std::ops::Range<usize>| text[range].parse::<u8>().ok();
        let date = Self { year: part(0..2)?, month: Month::try_from(part(2..4)?).ok()?, day: part(4..6)? };
        // 1900 was no leap year, 2000 was: a 29 February of year 00 is a day of this century.
        (date.day <= date.month.length(2000 + i32::from(date.year))).then_some(date)
    }

    /// The day that is meant by somebody who reads it today: the century is the one that brings it nearest, as GS1 has it, at most
    /// 49 years back and 50 years ahead. Day 00 is the last day of the month.
    pub fn date(self, today: Date) -> Date {
        let this_century = today.year() - today.year().rem_euclid(100);
        let year = match i32::from(self.year) - today.year().rem_euclid(100) {
            51.. => this_century - 100,
            ..=-50 => this_century + 100,
            _ => this_century,
        } + i32::from(self.year);
        let last = self.month.length(year);
        let day = if self.day == 0 { last } else { self.day.min(last) };
        Date::from_calendar_date(year, self.month, day).unwrap_or(today)
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for CouponCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_batch_is_what_a_code_can_bear() {
        for batch in ["L7", "LOT-7/B", "a_b", "01234567890123456789"] {
            assert_eq!(Batch::parse(batch).as_ref().map(Batch::as_str), Some(batch));
        }
        for none in ["", "L 7", "Lot é", "012345678901234567890", "L7\u{1d}", "#7"] {
            assert_eq!(Batch::parse(none), None, "{none:?}");
        }
    }

    #[test]
    fn day_00_is_the_end_of_the_month_and_the_century_the_nearest() {
        let on = |text: &str| ShortDate::parse(text).map(|short| short.date(date!(2026 - 11 - 24)));
        assert_eq!(on("261130"), Some(date!(2026 - 11 - 30)));
        assert_eq!(on("270200"), Some(date!(2027 - 02 - 28)));
        assert_eq!(on("280200"), Some(date!(2028 - 02 - 29)));
        assert_eq!(on("760101"), Some(date!(2076 - 01 - 01)));
        assert_eq!(on("770101"), Some(date!(1977 - 01 - 01)));
        for wrong in ["261331", "260230", "26113", "2611300", "26a130", "260001"] {
            assert_eq!(ShortDate::parse(wrong), None, "{wrong}");
        }
    }
}
