//! When periods end, and with what. A period holds what its ranges of sequences name: the tickets and credit notes from where the last
//! one ended up to the first that was sealed at or after its end. So nothing can enter a period that is closed.

use jiff::civil::Date;
use money::Currency;
use thiserror::Error;
use time::OffsetDateTime;

use crate::calendar::LAST;
use crate::{Calendar, Closing, Head, Kind, Overflow, Period, Range, Sale, Totals};

/// What a till has closed so far: the totals that go on, and which period ends next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    calendar: Calendar,
    currency: Currency,
    /// The first day that is not closed; none before the till's first record.
    day: Option<Date>,
    month: Sums,
    year: Sums,
    /// The last day that was closed ended a month, or a year, which is not closed yet.
    owes: Option<Period>,
    perpetual: Totals,
}

/// What a month or a year holds so far.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sums {
    from: Option<Date>,
    tickets: Range,
    credit_notes: Range,
    totals: Totals,
}

/// A period that has ended and is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// What is closed.
    pub period: Period,
    /// Its first day.
    pub from: Date,
    /// The first day after it.
    pub until: Date,
    /// The first moment after it: once it is closed, nothing may be sealed with an earlier time any more.
    pub ends: OffsetDateTime,
}

/// A day while its records are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    due: Due,
    tickets: Counted,
    credit_notes: Counted,
    totals: Totals,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted {
    range: Range,
    is_full: bool,
}

/// Whether a record belongs to a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// It does.
    Yes,
    /// It, and all that follow it in its chain, belong to a later one.
    Later,
}

/// Why a closing is not the one that the books make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotNext {
    /// Another period comes next.
    #[error("another period comes next")]
    Period,
    /// It begins elsewhere than where the last one ended, or it holds other records.
    #[error("its ranges are not the records of its period")]
    Range,
    /// Its totals do not follow from its records and the closings before.
    #[error("its totals do not follow")]
    Totals,
    /// Another currency or time zone.
    #[error("it is in another currency or time zone")]
    Setting,
    /// A sum too large.
    #[error("its totals do not fit")]
    Overflow,
}

impl Books {
    /// Those of a till that has closed nothing yet.
    pub fn new(calendar: Calendar, currency: Currency) -> Self {
        let none = || Sums::after(Head::START, Head::START);
        let (month, year) = (none(), none());
        let perpetual = Totals::default();
        Self { calendar, currency, day: None, month, year, owes: None, perpetual }
    }

    /// Those of a till whose last fiscal year was closed with this: what a reader begins with who has not all that was before.
    pub fn after_year(calendar: Calendar, closing: &Closing) -> Self {
        let sums = || Sums::after(closing.tickets.last, closing.credit_notes.last);
        let perpetual = closing.perpetual.clone();
        let (month, year, currency) = (sums(), sums(), closing.currency);
        Self { calendar, currency, day: Some(closing.until), month, year, owes: None, perpetual }
    }

    /// Opens the books on the day of the till's first record, unless they are open.
    pub fn open(&mut self, first: OffsetDateTime) {
        self.day.get_or_insert_with(|| self.calendar.day_of(first));
    }

    /// The period that is to be closed next, if it has ended by now. A day comes before the month, and a month before the year, that
    /// ends with it.
    pub fn due(&self, now: OffsetDateTime) -> Option<Due> {
        let day = self.day?;
        let (period, from, until) = match self.owes {
            None => (Period::Day, day, Calendar::next(day)),
            Some(Period::Year) => (Period::Year, self.year.from.unwrap_or(day), day),
            Some(period) => (period, self.month.from.unwrap_or(day), day),
        };
        let due = Due { period, from, until, ends: self.calendar.start_of(until) };
        (due.ends <= now).then_some(due)
    }

    /// Where the chains of tickets and credit notes were at the last closing.
    pub const fn closed(&self) -> (Head, Head) {
        (self.year.tickets.last, self.year.credit_notes.last)
    }

    /// Begins to count the records of a day that is due.
    pub fn count(&self, due: Due) -> Day {
        let (tickets, credit_notes) = self.closed();
        let counted = |head| Counted { range: Range::after(head), is_full: false };
        let (tickets, credit_notes) = (counted(tickets), counted(credit_notes));
        Day { due, tickets, credit_notes, totals: Totals::default() }
    }

    /// The closing of a day whose records are all counted.
    pub fn close_day(&self, day: Day) -> Result<Closing, Overflow> {
        let Day { due, tickets, credit_notes, totals } = day;
        let (mut year_to_date, mut perpetual) = (self.year.totals.clone(), self.perpetual.clone());
        year_to_date.add_totals(&totals)?;
        perpetual.add_totals(&totals)?;
        let (tickets, credit_notes) = (tickets.range, credit_notes.range);
        Ok(self.closing(due, Sums { from: None, tickets, credit_notes, totals }, year_to_date, perpetual))
    }

    /// The closing of a month or a year that is due: what its days were closed with.
    pub fn close(&self, due: Due) -> Closing {
        let sums = if due.period == Period::Year { &self.year } else { &self.month };
        self.closing(due, sums.clone(), self.year.totals.clone(), self.perpetual.clone())
    }

    fn closing(&self, due: Due, sums: Sums, year_to_date: Totals, perpetual: Totals) -> Closing {
        Closing {
            period: due.period,
            from: due.from,
            until: due.until,
            time_zone: self.calendar.time_zone().to_owned(),
            currency: self.currency,
            tickets: sums.tickets,
            credit_notes: sums.credit_notes,
            totals: sums.totals,
            year_to_date,
            perpetual,
        }
    }

    /// Goes on after a closing that was sealed; refuses one that is not the next, or does not follow from those before.
    pub fn follow(&mut self, closing: &Closing) -> Result<(), NotNext> {
        self.day.get_or_insert(closing.from);
        // A closing is never early: whether it was due is told by its records.
        let due = self.due(LAST).ok_or(NotNext::Period)?;
        if (due.period, due.from, due.until) != (closing.period, closing.from, closing.until) {
            return Err(NotNext::Period);
        }
        if closing.currency != self.currency || closing.time_zone != self.calendar.time_zone() {
            return Err(NotNext::Setting);
        }
        let expected = match closing.period {
            Period::Day => {
                let follows = |range: &Range, last: Head| match range.first {
                    None => range.last == last,
                    Some(first) => first.sequence == last.sequence + 1,
                };
                let (tickets, credit_notes) = self.closed();
                if !follows(&closing.tickets, tickets) || !follows(&closing.credit_notes, credit_notes) {
                    return Err(NotNext::Range);
                }
                let mut day = self.count(due);
                (day.tickets.range, day.credit_notes.range) = (closing.tickets, closing.credit_notes);
                day.totals = closing.totals.clone();
                self.close_day(day).map_err(|_| NotNext::Overflow)?
            }
            Period::Month | Period::Year => self.close(due),
        };
        if (expected.tickets, expected.credit_notes) != (closing.tickets, closing.credit_notes) {
            return Err(NotNext::Range);
        }
        if expected != *closing {
            return Err(NotNext::Totals);
        }
        self.go_on(closing).map_err(|_| NotNext::Overflow)
    }

    fn go_on(&mut self, closing: &Closing) -> Result<(), Overflow> {
        let (starts_month, starts_year) =
            (Calendar::starts_month(closing.until), self.calendar.starts_year(closing.until));
        let (tickets, credit_notes) = (closing.tickets.last, closing.credit_notes.last);
        match closing.period {
            Period::Day => {
                self.month.add(closing)?;
                self.year.add(closing)?;
                self.perpetual = closing.perpetual.clone();
                self.day = Some(closing.until);
                self.owes = starts_month.then_some(Period::Month);
            }
            Period::Month => {
                self.month = Sums::after(tickets, credit_notes);
                self.owes = starts_year.then_some(Period::Year);
            }
            Period::Year => {
                self.year = Sums::after(tickets, credit_notes);
                self.owes = None;
            }
        }
        Ok(())
    }
}

impl Day {
    /// Counts a ticket or a credit note that follows in its chain, unless it was sealed at or after the end of the day.
    pub fn enter(
        &mut self,
        kind: Kind,
        head: Head,
        time: OffsetDateTime,
        sale: &Sale,
    ) -> Result<Entered, Overflow> {
        let is_ticket = kind == Kind::Ticket;
        let counted = if is_ticket { &mut self.tickets } else { &mut self.credit_notes };
        counted.is_full |= time >= self.due.ends;
        if counted.is_full {
            return Ok(Entered::Later);
        }
        counted.range.push(head, sale)?;
        if is_ticket {
            self.totals.add(sale)?
        } else {
            self.totals.take_off(sale)?
        }
        Ok(Entered::Yes)
    }

    /// Whether a closing holds what entered the day.
    pub(crate) fn compare(&self, closing: &Closing) -> Result<(), NotNext> {
        if (self.tickets.range, self.credit_notes.range) != (closing.tickets, closing.credit_notes) {
            return Err(NotNext::Range);
        }
        if self.totals == closing.totals { Ok(()) } else { Err(NotNext::Totals) }
    }
}

impl Sums {
    fn after(tickets: Head, credit_notes: Head) -> Self {
        let (tickets, credit_notes) = (Range::after(tickets), Range::after(credit_notes));
        Self { from: None, tickets, credit_notes, totals: Totals::default() }
    }

    fn add(&mut self, day: &Closing) -> Result<(), Overflow> {
        self.from.get_or_insert(day.from);
        self.tickets.join(&day.tickets)?;
        self.credit_notes.join(&day.credit_notes)?;
        self.totals.add_totals(&day.totals)
    }
}

#[cfg(test)]
mod tests;
