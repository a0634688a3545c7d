//! The end of a day, a month or a fiscal year, as it is sealed.

use jiff::civil::Date;
use money::{Cents, Currency};
use serde::{Deserialize, Serialize};

use crate::record::{Inconsistent, require};
use crate::{Head, Sale, Totals, totals::Overflow};

/// What is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A day of the store's calendar.
    Day,
    /// A month.
    Month,
    /// A fiscal year.
    Year,
}

/// The end of a period. What it closes is what its ranges name, whatever the records' times say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// What is closed.
    pub period: Period,
    /// Its first day.
    #[serde(with = "date")]
    pub from: Date,
    /// The first day after it.
    #[serde(with = "date")]
    pub until: Date,
    /// The calendar's time zone, by its IANA name.
    pub time_zone: String,
    /// Currency of every amount.
    pub currency: Currency,
    /// The tickets.
    pub tickets: Range,
    /// The credit notes.
    pub credit_notes: Range,
    /// What they add up to.
    pub totals: Totals,
    /// The same since the fiscal year began.
    pub year_to_date: Totals,
    /// The same since the till's first record: never reset.
    pub perpetual: Totals,
}

/// The records of one kind that a period holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// How many.
    pub count: i64,
    /// The first, if there is one.
    pub first: Option<Head>,
    /// The last; that of the period before when there is none.
    pub last: Head,
    /// What they add up to, tax included.
    pub total: Cents,
}

impl Period {
    /// The word in payloads and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The period that a word names.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Day, Self::Month, Self::Year].into_iter().find(|period| period.as_str() == word)
    }
}

impl Range {
    /// No record yet, after a head.
    pub const fn after(head: Head) -> Self {
        Self { count: 0, first: None, last: head, total: Cents::ZERO }
    }

    pub(crate) fn push(&mut self, head: Head, sale: &Sale) -> Result<(), Overflow> {
        self.total = self.total.checked_add(sale.total).ok_or(Overflow)?;
        self.first.get_or_insert(head);
        self.last = head;
        self.count += 1;
        Ok(())
    }

    /// Adds the range that follows.
    pub(crate) fn join(&mut self, next: &Self) -> Result<(), Overflow> {
        self.total = self.total.checked_add(next.total).ok_or(Overflow)?;
        self.first = self.first.or(next.first);
        self.last = next.last;
        self.count += next.count;
        Ok(())
    }

    fn check(&self) -> Result<(), Inconsistent> {
        let holds = match self.first {
            None => self.count == 0 && self.total.is_zero(),
            Some(first) => {
                first.sequence >= 1
                    && self.count >= 1
                    && self.count - 1 == self.last.sequence - first.sequence
            }
        };
        require(holds && self.last.sequence >= 0, Inconsistent::Closing)
    }
}

impl Closing {
    pub(crate) fn check(&self) -> Result<(), Inconsistent> {
        let is_zone =
            !self.time_zone.is_empty() && self.time_zone.bytes().all(|byte| byte.is_ascii_graphic());
        let net = self.tickets.total.checked_sub(self.credit_notes.total);
        require(self.from < self.until && is_zone, Inconsistent::Closing)?;
        self.tickets.check()?;
        self.credit_notes.check()?;
        require(net == Some(self.totals.total), Inconsistent::Total)?;
        self.totals.check()?;
        self.year_to_date.check()?;
        self.perpetual.check()
    }
}

/// A day as `2026-02-18`.
pub(crate) mod date {
    use jiff::civil::Date;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(date)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
