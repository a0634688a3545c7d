//! The clock and the calendar on the wall of a store.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use time::OffsetDateTime;

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

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

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
