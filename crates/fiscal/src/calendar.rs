//! Where the days, months and fiscal years of a store end.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use thiserror::Error;
use time::OffsetDateTime;

/// A store's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: TimeZone,
    name: String,
    fiscal_year_starts: i8,
}

/// There is no such calendar.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotACalendar {
    /// The IANA's table has no such zone.
    #[error("unknown time zone {0}")]
    Zone(String),
    /// A fiscal year starts in one of twelve months.
    #[error("a fiscal year starts in month 1 to 12")]
    Month,
}

impl Calendar {
    /// A calendar by the IANA's name of its time zone and the month in whose first day fiscal years start.
    pub fn new(time_zone: &str, fiscal_year_starts: u8) -> Result<Self, NotACalendar> {
        let zone = TimeZone::get(time_zone).map_err(|_| NotACalendar::Zone(time_zone.to_owned()))?;
        let month = i8::try_from(fiscal_year_starts).ok().filter(|month| (1..=12).contains(month));
        let fiscal_year_starts = month.ok_or(NotACalendar::Month)?;
        Ok(Self { zone, name: time_zone.to_owned(), fiscal_year_starts })
    }

    /// The IANA's name of its time zone.
    pub fn time_zone(&self) -> &str {
        &self.name
    }

    /// The day of a moment.
    pub fn day_of(&self, time: OffsetDateTime) -> Date {
        let timestamp = Timestamp::from_second(time.unix_timestamp()).unwrap_or(Timestamp::MAX);
        timestamp.to_zoned(self.zone.clone()).date()
    }

    /// When a day begins, which is not always at midnight, and 23 to 25 hours after the day before.
    pub fn start_of(&self, day: Date) -> OffsetDateTime {
        let start = day.to_zoned(self.zone.clone()).map(|start| start.timestamp().as_second());
        OffsetDateTime::from_unix_timestamp(start.unwrap_or(i64::MAX)).unwrap_or(LAST)
    }

    /// The day after.
    pub(crate) fn next(day: Date) -> Date {
        day.saturating_add(1.day())
    }

    pub(crate) fn starts_month(day: Date) -> bool {
        day.day() == 1
    }

    pub(crate) fn starts_year(&self, day: Date) -> bool {
        day.day() == 1 && day.month() == self.fiscal_year_starts
    }
}

/// The last second of four-digit years, later than whatever can be sealed.
pub(crate) const LAST: OffsetDateTime = time::macros::datetime!(9999-12-31 23:59:59 UTC);

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_two_odd_days_of_the_year_have_23_and_25_hours() {
        let calendar = Calendar::new("Europe/Paris", 1).unwrap();
        let hours = |day| (calendar.start_of(Calendar::next(day)) - calendar.start_of(day)).whole_hours();
        assert_eq!(
            [hours(date(2026, 3, 29)), hours(date(2026, 10, 25)), hours(date(2026, 6, 1))],
            [23, 25, 24]
        );
        assert_eq!(calendar.day_of(datetime!(2026-03-28 23:00 UTC)), date(2026, 3, 29));
        assert_eq!(calendar.day_of(datetime!(2026-03-29 22:00 UTC)), date(2026, 3, 30));
    }

    #[test]
    fn a_day_that_has_no_midnight_begins_when_it_begins() {
        let calendar = Calendar::new("America/Santiago", 1).unwrap();
        let start = calendar.start_of(date(2026, 9, 6));
        assert_eq!(start, datetime!(2026-09-06 4:00 UTC));
        assert_eq!(calendar.day_of(start), date(2026, 9, 6));
    }

    #[test]
    fn there_is_no_other_calendar() {
        assert_eq!(Calendar::new("Europe/Lille", 1), Err(NotACalendar::Zone("Europe/Lille".to_owned())));
        assert_eq!(Calendar::new("Europe/Paris", 13), Err(NotACalendar::Month));
        assert_eq!(Calendar::new("Europe/Paris", 0), Err(NotACalendar::Month));
    }
}
