//! A sale as its links show it.

use jiff::{Timestamp, tz::TimeZone};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{SaleId, Written};

/// A sale, with what has been said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The sale.
    pub sale_id: SaleId,
    /// Code of the store.
    pub store_code: String,
    /// Name of the store.
    pub store_name: String,
    /// IANA time zone of the store.
    pub time_zone: String,
    /// Currency of the amounts.
    pub currency_code: String,
    /// When it was made.
    pub completed: OffsetDateTime,
    /// A member made it.
    pub member: bool,
    /// Its lines, by number.
    pub lines: Vec<Line>,
}

/// A line of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Number on the ticket.
    pub line_id: i32,
    /// The product.
    pub gtin: String,
    /// Name on the ticket.
    pub name: String,
    /// Supplier, or empty.
    pub supplier_code: String,
    /// `unit` or `kg`.
    pub sold_by: String,
    /// Quantity in thousandths.
    pub quantity_milli: i64,
    /// What was paid, in cents.
    pub total_minor: i64,
    /// What of it is left to give back.
    pub left: Left,
    /// A complaint asks for it and has no answer yet.
    pub waiting: bool,
    /// What was said of it.
    pub written: Option<Written>,
}

/// What of a line is left to give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Of the goods, in thousandths.
    pub quantity_milli: i64,
    /// Of what was paid, in cents.
    pub total_minor: i64,
}

/// A refund as checkout told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Which it was.
    pub refund_id: Uuid,
    /// The sale.
    pub sale_id: SaleId,
    /// What was given back, a line at most once.
    pub parts: Vec<RefundedPart>,
}

/// What a refund gives back of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundedPart {
    /// The line, by number.
    pub line_id: i32,
    /// Of the goods, in thousandths.
    pub quantity_milli: i64,
    /// Of what was paid, in cents.
    pub total_minor: i64,
}

impl Line {
    /// Nothing of it is left to give back: all of the goods came back, or all of the money went.
    pub fn refunded(&self) -> bool {
        self.left.quantity_milli <= 0 || (self.left.total_minor <= 0 && self.total_minor > 0)
    }
}

impl Purchase {
    /// The line of this number.
    pub fn line(&self, line_id: i32) -> Option<&Line> {
        self.lines.iter().find(|line| line.line_id == line_id)
    }
}

/// When the day of an instant began in a time zone: those who see a review learn the day of the purchase and not the minute, by which
/// a shopper could be found. A zone that nobody knows has the days of UTC.
pub fn day_of(instant: OffsetDateTime, time_zone: &str) -> OffsetDateTime {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let zoned = Timestamp::from_second(instant.unix_timestamp()).map(|at| at.to_zoned(zone));
    let began = zoned.and_then(|zoned| zoned.start_of_day()).map(|began| began.timestamp().as_second());
    let began = began.ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    // Only the ends of the calendar have no day.
    began.unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_day_is_that_of_the_store() {
        for (instant, zone, day) in [
            (datetime!(2026-05-02 10:15:42 UTC), "Europe/Paris", datetime!(2026-05-01 22:00 UTC)),
            (datetime!(2026-05-02 22:30 UTC), "Europe/Paris", datetime!(2026-05-02 22:00 UTC)),
            (datetime!(2026-10-25 20:00 UTC), "Europe/Paris", datetime!(2026-10-24 22:00 UTC)),
            (datetime!(2026-05-02 10:15 UTC), "America/Martinique", datetime!(2026-05-02 04:00 UTC)),
            (datetime!(2026-05-02 10:15 UTC), "Mars/Olympus", datetime!(2026-05-02 00:00 UTC)),
        ] {
            assert_eq!(day_of(instant, zone), day, "{instant} {zone}");
        }
    }
}
