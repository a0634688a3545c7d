//! The time of a shop, as papers write it.

use jiff::{Timestamp, tz::TimeZone};

/// A moment by the shop's own clock; where nobody knows its time zone, by UTC, and says so.
pub(crate) fn local(second: i64, time_zone: &str, form: &str) -> String {
    let zone = TimeZone::get(time_zone);
    let mark = if zone.is_ok() { "" } else { " UTC" };
    match Timestamp::from_second(second) {
        Ok(instant) => {
            format!("{}{mark}", instant.to_zoned(zone.unwrap_or(TimeZone::UTC)).strftime(form))
        }
        Err(_) => String::new(),
    }
}
