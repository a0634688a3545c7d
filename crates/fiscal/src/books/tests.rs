use jiff::civil::date;
use money::Cents;
use proptest::prelude::*;
use time::Duration;
use time::macros::datetime;

use super::*;
use crate::{Hash, sample};

/// A chain as it was sealed: head, time, sale.
type Chain = Vec<(Head, OffsetDateTime, Sale)>;

fn books() -> Books {
    Books::new(Calendar::new("Europe/Paris", 1).unwrap(), Currency::EUR)
}

fn sold(sequence: i64, time: OffsetDateTime) -> (Head, OffsetDateTime, Sale) {
    let hash = Hash::plain(&sequence.to_be_bytes());
    (Head { sequence, hash }, time, sample::ticket(sequence).body.sale().unwrap().clone())
}

fn chain(times: impl IntoIterator<Item = OffsetDateTime>) -> Chain {
    (1..).zip(times).map(|(sequence, time)| sold(sequence, time)).collect()
}

/// Closes whatever is due, as often as it takes.
fn close_all(books: &mut Books, tickets: &Chain, credit_notes: &Chain, now: OffsetDateTime) -> Vec<Closing> {
    let mut closings = Vec::new();
    if let Some((_, first, _)) = tickets.first() {
        books.open(*first);
    }
    while let Some(due) = books.due(now) {
        let closing = if due.period == Period::Day {
            let mut day = books.count(due);
            let (ticket_head, credit_head) = books.closed();
            for (kind, chain, last) in
                [(Kind::Ticket, tickets, ticket_head), (Kind::CreditNote, credit_notes, credit_head)]
            {
                let left = chain.iter().filter(|(head, ..)| head.sequence > last.sequence);
                for (head, time, sale) in left {
                    if day.enter(kind, *head, *time, sale).unwrap() == Entered::Later {
                        break;
                    }
                }
            }
            books.close_day(day).unwrap()
        } else {
            books.close(due)
        };
        closing.check().unwrap();
        books.follow(&closing).unwrap();
        closings.push(closing);
    }
    closings
}

fn days(closings: &[Closing]) -> Vec<&Closing> {
    closings.iter().filter(|closing| closing.period == Period::Day).collect()
}

#[test]
fn nothing_is_closed_before_the_first_sale_nor_before_its_day_is_over() {
    let mut books = books();
    assert_eq!(books.due(datetime!(2027-01-01 0:00 UTC)), None);
    books.open(datetime!(2026-02-18 12:30 UTC));
    assert_eq!(books.due(datetime!(2026-02-18 22:59:59 UTC)), None);
    let due = books.due(datetime!(2026-02-18 23:00 UTC)).unwrap();
    let (from, until) = (date(2026, 2, 18), date(2026, 2, 19));
    assert_eq!((due.period, due.from, due.until), (Period::Day, from, until));
    assert_eq!(due.ends, datetime!(2026-02-18 23:00 UTC));
}

#[test]
fn a_day_holds_its_records_and_adds_up() {
    let tickets = chain([
        datetime!(2026-02-18 8:00 UTC),
        datetime!(2026-02-18 22:59:59 UTC),
        datetime!(2026-02-18 23:00 UTC),
    ]);
    let apples = sample::credit_note(1).body.sale().unwrap().clone();
    let hash = Hash::plain(b"credit note");
    let credit_notes = vec![(Head { sequence: 1, hash }, datetime!(2026-02-18 9:00 UTC), apples)];
    let mut books = books();
    let closings = close_all(&mut books, &tickets, &credit_notes, datetime!(2026-02-19 12:00 UTC));
    let [day] = &closings[..] else { panic!("{closings:?}") };
    assert_eq!(
        (day.tickets.count, day.tickets.first, day.tickets.last),
        (2, Some(tickets[0].0), tickets[1].0)
    );
    assert_eq!((day.credit_notes.count, day.credit_notes.total), (1, Cents::new(854)));
    assert_eq!(day.totals.total, Cents::new(2 * 2_054 - 854));
    let rates: Vec<_> =
        day.totals.rates.iter().map(|rate| (rate.vat_rate_basis_points, rate.ttc.get())).collect();
    assert_eq!(rates, [(550, 854), (2_000, 2_400)]);
    assert_eq!((&day.year_to_date, &day.perpetual), (&day.totals, &day.totals));
    assert_eq!((day.from, day.until), (date(2026, 2, 18), date(2026, 2, 19)));
}

#[test]
fn closing_twice_closes_once() {
    let tickets = chain([datetime!(2026-02-18 8:00 UTC)]);
    let (mut books, now) = (books(), datetime!(2026-02-20 12:00 UTC));
    let closings = close_all(&mut books, &tickets, &Vec::new(), now);
    assert_eq!(closings.len(), 2);
    assert_eq!(close_all(&mut books, &tickets, &Vec::new(), now), []);
    assert_eq!(books.follow(&closings[1]), Err(NotNext::Period));
}

#[test]
fn the_odd_days_of_the_year_are_closed_at_their_own_midnight() {
    let spring = chain([datetime!(2026-03-28 23:00 UTC), datetime!(2026-03-29 21:59:59 UTC)]);
    let closings = close_all(&mut books(), &spring, &Vec::new(), datetime!(2026-03-29 22:00 UTC));
    assert_eq!(days(&closings).iter().map(|day| day.tickets.count).collect::<Vec<_>>(), [2]);
    let autumn = chain([
        datetime!(2026-10-24 22:00 UTC),
        datetime!(2026-10-25 22:59:59 UTC),
        datetime!(2026-10-25 23:00 UTC),
    ]);
    assert_eq!(close_all(&mut books(), &autumn, &Vec::new(), datetime!(2026-10-25 22:59:59 UTC)), []);
    let closings = close_all(&mut books(), &autumn, &Vec::new(), datetime!(2026-10-25 23:00 UTC));
    assert_eq!(days(&closings).iter().map(|day| day.tickets.count).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_month_and_a_year_are_closed_after_their_last_day_with_what_their_days_held() {
    let tickets = chain([datetime!(2026-12-30 8:00 UTC), datetime!(2026-12-31 8:00 UTC)]);
    let mut books = books();
    let closings = close_all(&mut books, &tickets, &Vec::new(), datetime!(2027-01-02 12:00 UTC));
    let periods: Vec<Period> = closings.iter().map(|closing| closing.period).collect();
    assert_eq!(periods, [Period::Day, Period::Day, Period::Month, Period::Year, Period::Day]);
    let [_, last, month, year, empty] = &closings[..] else { unreachable!() };
    for closing in [month, year] {
        assert_eq!((closing.from, closing.until), (date(2026, 12, 30), date(2027, 1, 1)));
        assert_eq!((closing.tickets.count, closing.tickets.last), (2, tickets[1].0));
        assert_eq!(closing.totals, last.perpetual);
    }
    assert_eq!((empty.tickets.count, empty.tickets.first, empty.tickets.last), (0, None, tickets[1].0));
    assert_eq!(empty.year_to_date, Totals::default());
    assert_eq!(empty.perpetual, year.perpetual, "the perpetual total is never reset");
}

#[test]
fn a_fiscal_year_may_start_in_another_month() {
    let calendar = Calendar::new("Europe/Paris", 7).unwrap();
    let mut books = Books::new(calendar, Currency::EUR);
    let tickets = chain([datetime!(2026-06-30 8:00 UTC)]);
    let closings = close_all(&mut books, &tickets, &Vec::new(), datetime!(2026-07-01 12:00 UTC));
    assert_eq!(closings.last().map(|closing| closing.period), Some(Period::Year));
}

#[test]
fn a_record_with_a_time_in_a_closed_period_enters_the_next_one() {
    let mut tickets = chain([datetime!(2026-02-18 8:00 UTC)]);
    let mut books = books();
    let first = close_all(&mut books, &tickets, &Vec::new(), datetime!(2026-02-19 1:00 UTC));
    tickets.push(sold(2, datetime!(2026-02-18 9:00 UTC)));
    let second = close_all(&mut books, &tickets, &Vec::new(), datetime!(2026-02-20 1:00 UTC));
    assert_eq!((first[0].tickets.count, second[0].tickets.count), (1, 1));
    assert_eq!((second[0].from, second[0].tickets.last), (date(2026, 2, 19), tickets[1].0));
}

#[test]
fn a_closing_that_does_not_follow_is_refused() {
    let tickets = chain([datetime!(2026-02-18 8:00 UTC), datetime!(2026-02-19 8:00 UTC)]);
    let mut books = books();
    close_all(&mut books, &tickets, &Vec::new(), datetime!(2026-02-19 1:00 UTC));
    let next = close_all(&mut books.clone(), &tickets, &Vec::new(), datetime!(2026-02-20 1:00 UTC)).remove(0);
    type Change = fn(&mut Closing);
    let changes: [(NotNext, Change); 6] = [
        (NotNext::Period, |closing| closing.period = Period::Month),
        (NotNext::Period, |closing| closing.from = date(2026, 2, 18)),
        (NotNext::Setting, |closing| closing.time_zone = "Europe/Rome".to_owned()),
        (NotNext::Range, |closing| closing.tickets.first = Some(Head::START)),
        (NotNext::Totals, |closing| closing.perpetual = closing.totals.clone()),
        (NotNext::Totals, |closing| closing.year_to_date = Totals::default()),
    ];
    for (index, (why, change)) in changes.into_iter().enumerate() {
        let mut changed = next.clone();
        change(&mut changed);
        assert_eq!(books.clone().follow(&changed), Err(why), "change {index}");
    }
    assert_eq!(books.follow(&next), Ok(()));
}

#[test]
fn a_reader_who_has_a_year_s_closing_goes_on_without_what_was_before() {
    let tickets = chain([datetime!(2026-12-31 8:00 UTC), datetime!(2027-01-01 8:00 UTC)]);
    let mut books = books();
    let closings = close_all(&mut books, &tickets, &Vec::new(), datetime!(2027-01-03 12:00 UTC));
    let (year, later) = (&closings[2], &closings[3..]);
    let calendar = Calendar::new("Europe/Paris", 1).unwrap();
    let mut resumed = Books::after_year(calendar, year);
    assert!(later.iter().all(|closing| resumed.follow(closing).is_ok()));
    assert_eq!(resumed, books);
}

proptest! {
    #[test]
    fn every_sale_is_in_one_day_one_month_one_year_and_the_totals_are_those_of_all(
        gaps in prop::collection::vec(-7_200..400_000_i64, 1..60),
        zone in prop::sample::select(vec!["Europe/Paris", "Pacific/Auckland", "America/Santiago", "Africa/Casablanca"]),
        starts in 1..=12_u8,
        stops in prop::collection::vec(0..86_400_i64, 1..4),
    ) {
        let mut time = datetime!(2026-03-27 20:00 UTC);
        let times = gaps.iter().map(|gap| { time += Duration::seconds(*gap); time });
        let tickets = chain(times.collect::<Vec<_>>());
        let end = time + Duration::days(400);
        let mut books = Books::new(Calendar::new(zone, starts).unwrap(), Currency::EUR);
        let mut closings = Vec::new();
        // However often and however late somebody closes, the closings are the same.
        for stop in stops {
            closings.extend(close_all(&mut books, &tickets, &Vec::new(), time + Duration::seconds(stop)));
        }
        closings.extend(close_all(&mut books, &tickets, &Vec::new(), end));
        let mut at_once = Books::new(Calendar::new(zone, starts).unwrap(), Currency::EUR);
        prop_assert_eq!(&closings, &close_all(&mut at_once, &tickets, &Vec::new(), end));
        let count = i64::try_from(tickets.len()).unwrap();
        for period in [Period::Day, Period::Month, Period::Year] {
            let of_period: Vec<&Closing> = closings.iter().filter(|closing| closing.period == period).collect();
            prop_assert!(of_period.windows(2).all(|pair| pair[0].until == pair[1].from));
            let follows = |pair: &[&Closing]| {
                pair[1].tickets.first.is_none_or(|first| first.sequence == pair[0].tickets.last.sequence + 1)
            };
            prop_assert!(of_period.windows(2).all(follows));
            prop_assert_eq!(of_period.iter().map(|closing| closing.tickets.count).sum::<i64>(), count);
        }
        prop_assert_eq!(closings.last().unwrap().perpetual.total, Cents::new(2_054 * count));
    }
}
