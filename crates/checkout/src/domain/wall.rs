//! The clock and the calendar on the wall of a store.

use jiff::{Timestamp, Zoned, civil, tz::TimeZone};
use time::{Date, OffsetDateTime, Time};

/// What they show at an instant; nothing where the zone is not known.
pub fn clock(time_zone: &str, now: OffsetDateTime) -> Option<Zoned> {
    let zone = TimeZone::get(time_zone).ok()?;
    Some(Timestamp::from_second(now.unix_timestamp()).ok()?.to_zoned(zone))
}

/// The first instant after the day that the calendar shows.
pub fn day_end(time_zone: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let midnight = clock(time_zone, now)?.tomorrow().ok()?.start_of_day().ok()?;
    OffsetDateTime::from_unix_timestamp(midnight.timestamp().as_second()).ok()
}

/// The month of the calendar, such as `2026-05`; that of UTC where the zone is not known.
pub fn month(time_zone: &str, now: OffsetDateTime) -> String {
    let shown = clock(time_zone, now).map(|shown| (i32::from(shown.year()), shown.month().unsigned_abs()));
    let (year, month) = shown.unwrap_or((now.to_utc().year(), now.to_utc().month().into()));
    format!("{year:04}-{month:02}")
}

/// How many minutes of the day they show as over.
pub fn minute(time_zone: &str, now: OffsetDateTime) -> Option<u16> {
    let shown = clock(time_zone, now)?;
    u16::try_from(i32::from(shown.hour()) * 60 + i32::from(shown.minute())).ok()
}

/// The instant at which they show a day and a minute; the first one where a clock that is set back shows it twice.
pub fn instant(time_zone: &str, date: Date, time: Time) -> Option<OffsetDateTime> {
    let part = |number: u8| i8::try_from(number).ok();
    let year = i16::try_from(date.year()).ok()?;
    let shown = civil::DateTime::new(
        year,
        part(date.month().into())?,
        part(date.day())?,
        part(time.hour())?,
        part(time.minute())?,
        0,
        0,
    );
    let zoned = shown.ok()?.to_zoned(TimeZone::get(time_zone).ok()?).ok()?;
    OffsetDateTime::from_unix_timestamp(zoned.timestamp().as_second()).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_month_begins_by_the_calendar_of_the_store() {
        let new_year = datetime!(2026-12-31 23:30 UTC);
        assert_eq!(month("Europe/Paris", new_year), "2027-01");
        assert_eq!(month("America/Martinique", new_year), "2026-12");
        assert_eq!(month("Mars/Olympus", new_year), "2026-12");
    }

    #[test]
    fn a_day_ends_by_the_calendar_of_the_store_also_when_an_hour_is_missing_or_doubled() {
        for (now, end) in [
            (datetime!(2026-05-02 10:00 UTC), datetime!(2026-05-02 22:00 UTC)),
            (datetime!(2026-05-02 22:00 UTC), datetime!(2026-05-03 22:00 UTC)),
            (datetime!(2026-03-28 23:30 UTC), datetime!(2026-03-29 22:00 UTC)),
            (datetime!(2026-10-25 00:30 UTC), datetime!(2026-10-25 23:00 UTC)),
        ] {
            assert_eq!(day_end("Europe/Paris", now), Some(end), "{now}");
        }
        assert_eq!(day_end("Nowhere/None", datetime!(2026-05-02 10:00 UTC)), None);
    }
}
