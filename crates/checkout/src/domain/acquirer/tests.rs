//! What is read, what is compared, and what never happens whatever a file says.

use std::collections::HashSet;

use proptest::{prelude::*, sample::subsequence};
use time::macros::datetime;

use super::*;

const NOON: OffsetDateTime = datetime!(2026-05-02 12:00 UTC);

fn row(seconds: i64, change: impl FnOnce(&mut Row)) -> Row {
    let mut row = Row {
        time: NOON + Duration::seconds(seconds),
        terminal_code: "LILLE-01".to_owned(),
        contract: "1999403".to_owned(),
        kind: RowKind::Debit,
        amount: Cents::new(1_240),
        pan_last4: "0674".to_owned(),
        authorisation: "A00395".to_owned(),
        reference: None,
    };
    change(&mut row);
    row
}

fn file(rows: impl IntoIterator<Item = Row>) -> File {
    let taken: Vec<Listed> = rows.into_iter().zip(2..).map(|(row, line)| Listed { line, row }).collect();
    File { rows: i64::try_from(taken.len()).unwrap(), taken, rejected: Vec::new() }
}

/// A payment of 12.40 that waits since noon.
fn waiting(id: u128) -> Waiting {
    Waiting {
        intervention_id: Uuid::from_u128(id),
        terminal_code: "LILLE-01".to_owned(),
        amount: Cents::new(1_240),
        asked: NOON,
        attempt_id: Some(Uuid::from_u128(1_000 + id)),
    }
}

fn sale(id: u128, seconds: i64, authorisation: &str) -> Known {
    Known {
        id: KnownId::Sale(SaleId(Uuid::from_u128(id))),
        by_vouchers: false,
        terminal_code: "LILLE-01".to_owned(),
        amount: Cents::new(1_240),
        pan_last4: "0674".to_owned(),
        authorisation: authorisation.to_owned(),
        time: NOON + Duration::seconds(seconds),
    }
}

fn books(waiting: Vec<Waiting>, known: Vec<Known>) -> Books {
    Books { known, waiting, settled_rows: HashSet::new() }
}

/// Rows of other payments around noon: the file covers the time.
fn around() -> [Row; 2] {
    [row(-3_600, |row| row.amount = Cents::new(1)), row(3_600, |row| row.amount = Cents::new(2))]
}

#[test]
fn one_row_and_one_payment_that_have_only_each_other_are_one() {
    let compared = compare(&file([row(20, |_| {})]), &books(vec![waiting(1)], vec![]));
    assert_eq!(compared.settled, [Settled { waiting: 0, row: 0, by_reference: false }]);
    assert_eq!((compared.unsold.len(), compared.unclear.len()), (0, 0));
    // Neither another amount, nor another till, nor another time.
    for other in [
        row(20, |row| row.amount = Cents::new(1_241)),
        row(20, |row| row.terminal_code = "LILLE-02".to_owned()),
        row(20, |row| row.kind = RowKind::Credit),
        row(601, |_| {}),
        row(-121, |_| {}),
    ] {
        assert!(compare(&file([other]), &books(vec![waiting(1)], vec![])).settled.is_empty());
    }
}

#[test]
fn the_tills_own_reference_tells_the_payment_among_rows_that_are_alike() {
    let mine = Some(Uuid::from_u128(1_001));
    let rows = [row(20, |_| {}), row(40, |row| row.reference = mine)];
    let compared = compare(&file(rows), &books(vec![waiting(1)], vec![]));
    assert_eq!(compared.settled, [Settled { waiting: 0, row: 1, by_reference: true }]);
    assert_eq!(compared.unsold, [0]);
    // The reference of another payment makes the row another one.
    let compared = compare(
        &file([row(20, |row| row.reference = Some(Uuid::from_u128(7)))]),
        &books(vec![waiting(1)], vec![]),
    );
    assert_eq!((compared.settled.len(), compared.unsold.len()), (0, 1));
    // Less than was asked, or twice: a person looks.
    let less = row(20, |row| (row.reference, row.amount) = (mine, Cents::new(600)));
    let twice = [row(20, |row| row.reference = mine), row(40, |row| row.reference = mine)];
    for rows in [vec![less], twice.to_vec()] {
        let compared = compare(&file(rows.clone()), &books(vec![waiting(1)], vec![]));
        assert_eq!((compared.settled.len(), compared.unclear[0].1.len()), (0, rows.len()));
    }
}

#[test]
fn what_could_be_two_things_is_left_to_a_person() {
    let two_rows = compare(&file([row(20, |_| {}), row(40, |_| {})]), &books(vec![waiting(1)], vec![]));
    assert_eq!((two_rows.settled.len(), two_rows.unclear), (0, vec![(0, vec![0, 1])]));
    let two_payments = compare(&file([row(20, |_| {})]), &books(vec![waiting(1), waiting(2)], vec![]));
    assert_eq!((two_payments.settled.len(), two_payments.unclear.len()), (0, 2));
    // It was taken, and given back.
    let given_back = [row(20, |_| {}), row(90, |row| row.kind = RowKind::Credit)];
    let compared = compare(&file(given_back), &books(vec![waiting(1)], vec![]));
    assert_eq!((compared.settled.len(), compared.unclear, compared.unsold.len()), (0, vec![(0, vec![0])], 0));
}

#[test]
fn the_row_of_a_sale_settles_nothing_else() {
    let compared = compare(&file([row(20, |_| {})]), &books(vec![waiting(1)], vec![sale(9, 25, "A00395")]));
    assert_eq!((compared.known, compared.settled.len(), compared.unsold.len()), (1, 0, 0));
    // Another authorisation is another payment.
    let compared = compare(&file([row(20, |_| {})]), &books(vec![waiting(1)], vec![sale(9, 25, "B00001")]));
    assert_eq!((compared.known, compared.settled.len()), (0, 1));
    // Nor does a row that has settled a payment before.
    let row = row(20, |_| {});
    let mut books = books(vec![waiting(1)], vec![]);
    books.settled_rows.insert(row.digest());
    let compared = compare(&file([row]), &books);
    assert_eq!((compared.known, compared.settled.len(), compared.unsold.len()), (1, 0, 0));
}

#[test]
fn a_payment_that_a_file_covers_and_does_not_have_is_said_and_settles_nothing() {
    let other = sale(9, 25, "Z");
    let compared = compare(&file(around()), &books(vec![waiting(1)], vec![other.clone()]));
    assert_eq!((compared.settled.len(), compared.absent, compared.unpaid), (0, vec![0], vec![0]));
    // A file that ends too early, or that has rows nobody could read, proves nothing.
    let [first, last] = around();
    let early = file([first.clone(), Row { time: NOON + Duration::minutes(9), ..last.clone() }]);
    let mut torn = file([first, last]);
    torn.rejected.push(RejectedRow { line: 4, reason: RowReason::BadTime });
    let compared = compare(&early, &books(vec![waiting(1)], vec![]));
    assert!(compared.absent.is_empty());
    let compared = compare(&torn, &books(vec![waiting(1)], vec![other]));
    assert!(compared.absent.is_empty() && compared.unpaid.is_empty());
}

#[test]
fn a_smaller_amount_that_was_taken_meanwhile_is_no_absence_and_settles_nothing() {
    let [first, last] = around();
    let waits = Waiting { amount: Cents::new(2_000), ..waiting(1) };
    let less = |change: fn(&mut Row)| {
        let mut less = row(20, |row| row.amount = Cents::new(1_200));
        change(&mut less);
        compare(&file([first.clone(), less, last.clone()]), &books(vec![waits.clone()], vec![]))
    };
    let compared = less(|_| {});
    assert_eq!((compared.settled.len(), compared.absent.len()), (0, 0));
    assert_eq!((compared.unclear, compared.unsold), (vec![(0, vec![1])], vec![0, 2]));
    // More than was asked, at another till, or money that was given back, is not it.
    for change in [
        (|row| row.amount = Cents::new(2_001)) as fn(&mut Row),
        |row| row.terminal_code = "LILLE-02".to_owned(),
        |row| row.kind = RowKind::Credit,
        |row| row.reference = Some(Uuid::from_u128(7)),
    ] {
        let compared = less(change);
        assert_eq!((compared.absent, compared.unclear.len()), (vec![0], 0));
    }
}

#[test]
fn a_card_of_meal_vouchers_takes_its_row_and_is_not_missed_where_the_issuer_pays_it() {
    let vouchers = Known { by_vouchers: true, ..sale(9, 25, "A00395") };
    let [first, last] = around();
    let books = books(vec![waiting(1)], vec![vouchers]);
    let compared = compare(&file([first.clone(), row(20, |_| {}), last.clone()]), &books);
    assert_eq!((compared.known, compared.settled.len(), compared.absent), (1, 0, vec![0]));
    let compared = compare(&file([first, last]), &books);
    assert_eq!((compared.known, compared.unpaid.len()), (0, 0));
}

#[test]
fn a_report_says_what_was_found_by_lines() {
    let books = books(vec![waiting(1)], vec![sale(9, 25, "Z")]);
    let [first, last] = around();
    let file = file([first, row(20, |_| {}), last]);
    let report = Report::of(&file, &books, &compare(&file, &books));
    assert_eq!((report.rows, report.debits, report.credits, report.settled[0].line), (3, 3, 0, 3));
    assert_eq!(report.unsold.iter().map(|debit| debit.line).collect::<Vec<_>>(), [2, 4]);
    assert_eq!((report.unpaid_count, report.unpaid[0].amount), (1, Cents::new(1_240)));
}

prop_compose! {
    fn any_row()(
        seconds in prop_oneof![-200_i64..800, Just(20), Just(40)], till in 1_u8..3, cents in prop_oneof![Just(100), Just(200)],
        card in prop_oneof![Just("0674"), Just("1111")], authorisation in prop_oneof![Just(""), Just("A1"), Just("B2")],
        reference in prop_oneof![3 => Just(None), 1 => (1_001_u128..1_005).prop_map(|id| Some(Uuid::from_u128(id)))],
        credit in prop::bool::weighted(0.15),
    ) -> Row {
        Row {
            time: NOON + Duration::seconds(seconds),
            terminal_code: format!("LILLE-0{till}"),
            contract: "1".to_owned(),
            kind: if credit { RowKind::Credit } else { RowKind::Debit },
            amount: Cents::new(cents),
            pan_last4: card.to_owned(),
            authorisation: authorisation.to_owned(),
            reference,
        }
    }
}

prop_compose! {
    fn any_books()(
        waits in prop::collection::vec((1_u8..3, prop_oneof![Just(100), Just(200)], 0_i64..300, any::<bool>()), 0..4),
        known in prop::collection::vec((1_u8..3, prop_oneof![Just(100), Just(200)], 0_i64..300,
            prop_oneof![Just(""), Just("0674"), Just("1111")], prop_oneof![Just(""), Just("A1"), Just("B2")]), 0..5),
    ) -> Books {
        let waiting = waits.into_iter().zip(1_u128..).map(|((till, cents, seconds, named), id)| Waiting {
            intervention_id: Uuid::from_u128(id),
            terminal_code: format!("LILLE-0{till}"),
            amount: Cents::new(cents),
            asked: NOON + Duration::seconds(seconds),
            attempt_id: named.then(|| Uuid::from_u128(1_000 + id)),
        });
        let known = known.into_iter().zip(100_u128..).map(|((till, cents, seconds, card, authorisation), id)| Known {
            id: KnownId::Sale(SaleId(Uuid::from_u128(id))),
            by_vouchers: false,
            terminal_code: format!("LILLE-0{till}"),
            amount: Cents::new(cents),
            pan_last4: card.to_owned(),
            authorisation: authorisation.to_owned(),
            time: NOON + Duration::seconds(seconds),
        });
        books(waiting.collect(), known.collect())
    }
}

/// What came of it by what the rows say, not by where they stand.
fn told(file: &File, books: &Books) -> Vec<String> {
    let Compared { known, settled, unclear, absent, unsold, unpaid } = compare(file, books);
    let row = |at: &usize| file.taken[*at].row.clone();
    let mut told: Vec<String> =
        vec![format!("known {known}"), format!("absent {absent:?}"), format!("unpaid {unpaid:?}")];
    told.extend(settled.iter().map(|one| format!("settled {} {:?}", one.waiting, row(&one.row))));
    told.extend(unsold.iter().map(|at| format!("unsold {:?}", row(at))));
    for (waiting, rows) in unclear {
        let mut rows: Vec<Row> = rows.iter().map(row).collect();
        rows.sort();
        told.push(format!("unclear {waiting} {rows:?}"));
    }
    told.sort();
    told
}

proptest! {
    #[test]
    fn no_row_settles_two_payments_and_no_payment_is_settled_by_two_rows(
        rows in prop::collection::hash_set(any_row(), 0..12), books in any_books(),
    ) {
        let file = file(rows);
        let compared = compare(&file, &books);
        let rows: HashSet<usize> = compared.settled.iter().map(|settled| settled.row).collect();
        let payments: HashSet<usize> = compared.settled.iter().map(|settled| settled.waiting).collect();
        prop_assert_eq!(rows.len(), compared.settled.len());
        prop_assert_eq!(payments.len(), compared.settled.len());
        // What is settled is neither listed for a person nor taken for absent, and a debit is one thing.
        let left: Vec<usize> = compared.unclear.iter().map(|(at, _)| *at).chain(compared.absent.clone()).collect();
        prop_assert!(left.iter().all(|at| !payments.contains(at)));
        prop_assert!(compared.unsold.iter().all(|row| !rows.contains(row)));
        for settled in &compared.settled {
            let (row, waiting) = (&file.taken[settled.row].row, &books.waiting[settled.waiting]);
            prop_assert_eq!((row.amount, &row.terminal_code), (waiting.amount, &waiting.terminal_code));
            prop_assert_eq!(row.kind, RowKind::Debit);
        }
        let debits = file.taken.iter().filter(|listed| listed.row.kind == RowKind::Debit).count();
        let unclear: HashSet<usize> = compared.unclear.iter().flat_map(|(_, rows)| rows.clone()).collect();
        prop_assert_eq!(compared.known + rows.len() + compared.unsold.len() + unclear.len(), debits);
    }

    #[test]
    fn the_order_of_the_rows_plays_no_part(
        rows in prop::collection::hash_set(any_row(), 0..12), books in any_books(), seed in any::<u64>(),
    ) {
        let one: Vec<Row> = rows.into_iter().collect();
        let mut other = one.clone();
        let turns = if other.is_empty() { 0 } else { usize::try_from(seed % 12).unwrap() % other.len() };
        other.rotate_left(turns);
        if seed % 2 == 0 {
            other.reverse();
        }
        prop_assert_eq!(told(&file(one), &books), told(&file(other), &books));
    }

    #[test]
    fn what_one_file_has_settled_no_later_one_settles_again(
        rows in prop::collection::hash_set(any_row(), 1..12).prop_flat_map(|rows| {
            let rows: Vec<Row> = rows.into_iter().collect();
            (Just(rows.clone()), subsequence(rows.clone(), 0..=rows.len()))
        }),
        mut books in any_books(),
    ) {
        let (all, some) = rows;
        let first = file(some);
        let compared = compare(&first, &books);
        let settled: HashSet<Uuid> =
            compared.settled.iter().map(|settled| books.waiting[settled.waiting].intervention_id).collect();
        books.settled_rows.extend(compared.settled.iter().map(|settled| first.taken[settled.row].row.digest()));
        books.waiting.retain(|waiting| !settled.contains(&waiting.intervention_id));
        let second = file(all);
        for again in compare(&second, &books).settled {
            prop_assert!(!books.settled_rows.contains(&second.taken[again.row].row.digest()));
        }
    }
}
