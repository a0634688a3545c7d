//! The store's own day: its time zone decides, also on the two days of the year when an hour is missing or doubled.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use time::OffsetDateTime;

/// A store's time zone.
#[derive(Clone, Debug)]
pub struct StoreZone(TimeZone);

/// An instant as the clock on the shop's wall shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The day in the store.
    pub day: time::Date,
    /// The hour on the wall, 0 to 23. The doubled hour of an autumn night is one hour here; the missing one of spring stays empty.
    pub hour: i16,
}

/// The zone is not in the IANA database.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown time zone {0:?}")]
pub struct UnknownZone(pub String);

impl StoreZone {
    /// The zone by its IANA name.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        TimeZone::get(name).map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }

    /// What the wall shows at `instant`.
    #[must_use]
    pub fn moment(&self, instant: OffsetDateTime) -> Moment {
        let timestamp = Timestamp::from_second(instant.unix_timestamp())
            .expect("an instant of the time crate without large dates is within jiff's range");
        let local = timestamp.to_zoned(self.0.clone());
        Moment { day: date(local.date()), hour: i16::from(local.hour()) }
    }
}

fn date(day: Date) -> time::Date {
    let month = time::Month::try_from(day.month().unsigned_abs()).expect("a month is 1 to 12 in both crates");
    time::Date::from_calendar_date(i32::from(day.year()), month, day.day().unsigned_abs())
        .expect("a civil day of jiff is one of the time crate")
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn the_wall_of_the_shop_decides_the_day() {
        let paris = StoreZone::named("Europe/Paris").unwrap();
        let moment = paris.moment(datetime!(2026-06-30 22:30 UTC));
        assert_eq!(moment, Moment { day: date!(2026 - 07 - 01), hour: 0 });
    }

    #[test]
    fn the_doubled_hour_of_autumn_is_one_hour_and_the_missing_one_of_spring_is_skipped() {
        let paris = StoreZone::named("Europe/Paris").unwrap();
        for instant in [datetime!(2026-10-25 00:30 UTC), datetime!(2026-10-25 01:30 UTC)] {
            assert_eq!(paris.moment(instant), Moment { day: date!(2026 - 10 - 25), hour: 2 });
        }
        assert_eq!(paris.moment(datetime!(2026-03-29 00:59 UTC)).hour, 1);
        assert_eq!(paris.moment(datetime!(2026-03-29 01:00 UTC)).hour, 3);
    }

    #[test]
    fn an_invented_zone_is_refused() {
        assert_eq!(StoreZone::named("Europe/Cabas").unwrap_err(), UnknownZone("Europe/Cabas".to_owned()));
    }
}
