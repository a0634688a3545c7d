//! The clock on the shop's wall.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use time::OffsetDateTime;

use super::Language;

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// A store's time zone.
#[derive(Clone, Debug)]
pub struct StoreZone(TimeZone);

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

    /// `2 mai 2026`, or `2 May 2026`.
    #[must_use]
    pub fn day(&self, instant: OffsetDateTime, language: Language) -> String {
        day(&self.local(instant), language)
    }

    /// `2 mai 2026 à 11:31 (UTC+02:00)`, or `2 May 2026 at 11:31 (UTC+02:00)`: the offset tells the two hours apart that an autumn night
    /// has by the same name.
    #[must_use]
    pub fn minute(&self, instant: OffsetDateTime, language: Language) -> String {
        let local = self.local(instant);
        let offset = local.offset().seconds();
        let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
        let zone = format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        let (day, at) = (day(&local, language), language.say("à", "at"));
        format!("{day} {at} {:02}:{:02} ({zone})", local.hour(), local.minute())
    }

    fn local(&self, instant: OffsetDateTime) -> Zoned {
        Timestamp::from_second(instant.unix_timestamp())
            .expect("an instant of the time crate without large dates is within jiff's range")
            .to_zoned(self.0.clone())
    }
}

fn day(local: &Zoned, language: Language) -> String {
    if language == Language::English {
        return local.strftime("%-d %B %Y").to_string();
    }
    let ordinal = if local.day() == 1 { "1er".to_owned() } else { local.day().to_string() };
    let month = MONTHS[usize::from(local.month().unsigned_abs()) - 1];
    format!("{ordinal} {month} {}", local.year())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_wall_of_the_shop_decides_day_and_minute() {
        let paris = StoreZone::named("Europe/Paris").unwrap();
        let late = datetime!(2026-06-30 22:30:59 UTC);
        assert_eq!(paris.day(late, Language::French), "1er juillet 2026");
        assert_eq!(paris.minute(late, Language::French), "1er juillet 2026 à 00:30 (UTC+02:00)");
        assert_eq!(paris.minute(late, Language::English), "1 July 2026 at 00:30 (UTC+02:00)");
        let reunion = StoreZone::named("Indian/Reunion").unwrap();
        assert_eq!(reunion.minute(late, Language::French), "1er juillet 2026 à 02:30 (UTC+04:00)");
        let miquelon = StoreZone::named("America/Miquelon").unwrap();
        assert_eq!(
            miquelon.minute(datetime!(2026-01-31 12:00 UTC), Language::French),
            "31 janvier 2026 à 09:00 (UTC-03:00)"
        );
    }

    #[test]
    fn the_two_hours_of_an_autumn_night_are_told_apart() {
        let paris = StoreZone::named("Europe/Paris").unwrap();
        let hours = [datetime!(2026-10-25 00:30 UTC), datetime!(2026-10-25 01:30 UTC)];
        assert_eq!(
            hours.map(|hour| paris.minute(hour, Language::French)),
            ["25 octobre 2026 à 02:30 (UTC+02:00)", "25 octobre 2026 à 02:30 (UTC+01:00)"]
        );
    }

    #[test]
    fn an_invented_zone_is_refused() {
        assert_eq!(StoreZone::named("Mars/Olympus").unwrap_err(), UnknownZone("Mars/Olympus".to_owned()));
    }
}
