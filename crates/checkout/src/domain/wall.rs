//! The clock and the calendar on the wall of a store.

use jiff::{Timestamp, Zoned, civil, tz::TimeZone};
use time::{Date, OffsetDateTime, Time};

/// What they show at an instant; nothing where the zone is not known.
pub fn clock(time_zone: &str, now: OffsetDateTime) -> Option<Zoned> {
    let zone = TimeZone::get(time_zone).ok()?;
    Some(Timestamp::from_second(now.unix_timestamp()).ok()?.to_zoned(zone))
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
