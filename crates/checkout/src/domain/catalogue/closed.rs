//! Hours of the day in which a store does not sell goods of a category: what it was ordered, or wants. The hours are the store's own data.

use std::fmt;
use std::str::FromStr;

const HOUR: u16 = 60;
const DAY: u16 = 24 * HOUR;
const LONGEST_CATEGORY: usize = 100;

/// Hours of every day, by the clock on the wall, and the category that is not sold in them: written `20:00-08:00 Alcools`. They may go
/// across midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedHours {
    /// The first minute of the day.
    from: u16,
    /// The first minute after them.
    until: u16,
    /// What is not sold.
    pub category: String,
}

/// Why hours cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClosedHoursError {
    /// Not two times of day and a category.
    #[error("hours read like 20:00-08:00 Alcools")]
    Pattern,
    /// They begin when they end.
    #[error("the hours are over when they begin; a whole day is 00:00-24:00")]
    Nothing,
}

impl ClosedHours {
    /// Whether a clock on the wall is within them; `minute` counts from midnight.
    pub fn hold_at(&self, minute: u16) -> bool {
        match self.from < self.until {
            true => (self.from..self.until).contains(&minute),
            false => minute >= self.from || minute < self.until,
        }
    }
}

impl FromStr for ClosedHours {
    type Err = ClosedHoursError;

    fn from_str(text: &str) -> Result<Self, ClosedHoursError> {
        let (hours, category) = text.split_once(' ').ok_or(ClosedHoursError::Pattern)?;
        let (from, until) = hours.split_once('-').ok_or(ClosedHoursError::Pattern)?;
        let (from, until) = minute(from).zip(minute(until)).ok_or(ClosedHoursError::Pattern)?;
        let is_category = (1..=LONGEST_CATEGORY).contains(&category.chars().count())
            && category.trim() == category
            && super::identity::is_plain_text(category);
        if !is_category || from == DAY {
            return Err(ClosedHoursError::Pattern);
        }
        if from == until {
            return Err(ClosedHoursError::Nothing);
        }
        Ok(Self { from, until, category: category.to_owned() })
    }
}

/// `08:00` as the minutes since midnight; `24:00` is the end of the day.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |digits: &str| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !(two(hour) && two(minute)) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * HOUR + minute;
    (minute < HOUR && total <= DAY).then_some(total)
}

impl fmt::Display for ClosedHours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until, category } = self;
        let (hour, minute) = (|total: &u16| total / HOUR, |total: &u16| total % HOUR);
        write!(
            formatter,
            "{:02}:{:02}-{:02}:{:02} {category}",
            hour(from),
            minute(from),
            hour(until),
            minute(until)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_may_go_across_midnight_and_end_before_their_last_minute() {
        let hold = |text: &str, minute: u16| text.parse::<ClosedHours>().unwrap().hold_at(minute);
        for (minute, by_night, by_day) in [
            (0, true, false),
            (7 * 60 + 59, true, false),
            (8 * 60, false, true),
            (12 * 60, false, true),
            (19 * 60 + 59, false, true),
            (20 * 60, true, false),
            (23 * 60 + 59, true, false),
        ] {
            assert_eq!(hold("20:00-08:00 Alcools", minute), by_night, "{minute}");
            assert_eq!(hold("08:00-20:00 Alcools", minute), by_day, "{minute}");
            assert!(hold("00:00-24:00 Alcools", minute), "{minute}");
        }
    }

    #[test]
    fn hours_are_read_back_as_they_are_written() {
        for text in ["20:00-08:00 Alcools", "00:00-24:00 Vins et spiritueux", "22:30-24:00 Boissons, Alcools"]
        {
            assert_eq!(text.parse::<ClosedHours>().unwrap().to_string(), text);
        }
        for (text, error) in [
            ("", ClosedHoursError::Pattern),
            ("20:00-08:00", ClosedHoursError::Pattern),
            ("20:00-08:00 ", ClosedHoursError::Pattern),
            ("20:00-08:00  Alcools", ClosedHoursError::Pattern),
            ("8:00-20:00 Alcools", ClosedHoursError::Pattern),
            ("20:60-08:00 Alcools", ClosedHoursError::Pattern),
            ("20:00-24:01 Alcools", ClosedHoursError::Pattern),
            ("24:00-08:00 Alcools", ClosedHoursError::Pattern),
            ("20h-8h Alcools", ClosedHoursError::Pattern),
            ("20:00-20:00 Alcools", ClosedHoursError::Nothing),
        ] {
            assert_eq!(text.parse::<ClosedHours>(), Err(error), "{text:?}");
        }
    }
}
