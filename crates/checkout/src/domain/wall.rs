//! The clock and the calendar on the wall of a store.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use time::OffsetDateTime;

/// What they show at an instant; nothing where the zone is not known.
pub fn clock(time_zone: &str, now: OffsetDateTime) -> Option<Zoned> {
    let zone = TimeZone::get(time_zone).ok()?;
    Some(Timestamp::from_second(now.unix_timestamp()).ok()?.to_zoned(zone))
}
