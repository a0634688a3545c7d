//! A till's closings against the records that they close.

use jiff::civil::Date;
use time::OffsetDateTime;

use super::{Chain, Fault, Flaw};
use crate::calendar::LAST;
use crate::{Books, Calendar, Closing, Day, Entered, Head, Kind, NotNext, Period, Range, Sale};

/// The closings of one till.
pub(super) struct Ledger {
    calendar: Calendar,
    books: Option<Books>,
    /// The number of the last closing, or 0.
    last: i64,
    /// The till sold, in the archive or before it: its days are closed.
    has_sold: bool,
    days: Vec<Closed>,
    /// Which day the next ticket, and the next credit note, belongs to.
    next: [usize; 2],
}

struct Closed {
    sequence: i64,
    closing: Closing,
    day: Day,
}

impl Ledger {
    pub(super) fn new(calendar: Calendar) -> Self {
        Self { calendar, books: None, last: 0, has_sold: false, days: Vec::new(), next: [0; 2] }
    }

    /// Begins a chain of the till.
    pub(super) fn begin(&mut self, chain: &Chain) {
        let is_sold = matches!(chain.kind, Kind::Ticket | Kind::CreditNote);
        self.has_sold |= is_sold && chain.last.sequence > 0;
    }

    /// Adds the next closing.
    pub(super) fn close(&mut self, chain: &Chain, sequence: i64, closing: Closing) -> Result<(), Fault> {
        let fault = |flaw| chain.fault(sequence, Flaw::Closing(flaw));
        self.last = sequence;
        let Some(books) = &mut self.books else {
            if chain.after.sequence > 0 {
                // The closings of the fiscal year come along, and before them the one that its totals go on from.
                let is_year = closing.period == Period::Year;
                self.books = Some(Books::after_year(self.calendar.clone(), &closing));
                return if is_year { Ok(()) } else { Err(fault(NotNext::Period)) };
            }
            self.books = Some(Books::new(self.calendar.clone(), closing.currency));
            return self.close(chain, sequence, closing);
        };
        books.open(self.calendar.start_of(closing.from));
        let due = books.due(LAST).ok_or_else(|| fault(NotNext::Period))?;
        let day = (due.period == Period::Day).then(|| books.count(due));
        books.follow(&closing).map_err(fault)?;
        if let Some(day) = day {
            self.days.push(Closed { sequence, closing, day });
        }
        Ok(())
    }

    /// Enters a ticket or a credit note into the day that closed it.
    pub(super) fn enter(
        &mut self,
        chain: &Chain,
        head: Head,
        time: OffsetDateTime,
        sale: &Sale,
    ) -> Result<(), Fault> {
        let side = side(chain.kind);
        let last = |closed: &Closed| closed.closing_range(side).last.sequence;
        while self.days.get(self.next[side]).is_some_and(|closed| last(closed) < head.sequence) {
            self.next[side] += 1;
        }
        let next = self.next[side];
        let before = next.checked_sub(1).and_then(|before| self.days.get(before));
        let is_first = |before: &&Closed| last(before) + 1 == head.sequence;
        if before.filter(is_first).is_some_and(|before| time < self.calendar.start_of(before.closing.until)) {
            return Err(chain.fault(head.sequence, Flaw::ClosedPeriod));
        }
        let Some(closed) = self.days.get_mut(next) else { return Ok(()) };
        let fault =
            |flaw| Fault::of_record(&chain.terminal, Kind::Closing, closed.sequence, Flaw::Closing(flaw));
        match closed.day.enter(chain.kind, head, time, sale) {
            Ok(Entered::Yes) => Ok(()),
            Ok(Entered::Later) => Err(fault(NotNext::Range)),
            Err(_) => Err(fault(NotNext::Overflow)),
        }
    }

    /// Compares each day of the archive with what entered it, and asks whether all that ended with the archive is closed. What was before
    /// is not in it: those closings follow from each other.
    pub(super) fn finish(&self, terminal: &str, (from, until): (Date, Date)) -> Result<(), Fault> {
        let mut days = self.days.iter().filter(|closed| closed.closing.from >= from);
        days.try_for_each(|Closed { sequence, closing, day }| {
            let fault = |flaw| Fault::of_record(terminal, Kind::Closing, *sequence, Flaw::Closing(flaw));
            day.compare(closing).map_err(fault)
        })?;
        // Of a day that was never closed the records are in no archive.
        let is_missing = match &self.books {
            Some(books) => books.due(self.calendar.start_of(until)).is_some(),
            None => self.has_sold,
        };
        let missing = || Fault::of_record(terminal, Kind::Closing, self.last + 1, Flaw::NotClosed);
        if is_missing { Err(missing()) } else { Ok(()) }
    }
}

impl Closed {
    fn closing_range(&self, side: usize) -> &Range {
        if side == 0 { &self.closing.tickets } else { &self.closing.credit_notes }
    }
}

const fn side(kind: Kind) -> usize {
    if matches!(kind, Kind::Ticket) { 0 } else { 1 }
}
