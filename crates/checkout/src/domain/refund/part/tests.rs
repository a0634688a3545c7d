use money::VatTotal;

use super::*;
use crate::domain::basket::tests::{claim, offer, scan};
use crate::domain::refund::tests::{Books, three_for_two, ticket};

fn pieces(line_id: i32, pieces: i64) -> Part {
    Part { line_id, extent: Extent::Quantity(Quantity::units(pieces).unwrap()) }
}

fn grams(line_id: i32, grams: i64) -> Part {
    Part { line_id, extent: Extent::Quantity(Quantity::new(grams)) }
}

fn amount(line_id: i32, cents: i64) -> Part {
    Part { line_id, extent: Extent::Amount(Cents::new(cents)) }
}

#[test]
fn no_more_is_given_back_than_was_paid_for_the_line() {
    let ticket = ticket(vec![scan(0, 3_000), scan(2, 1_000)]);
    let mut books = Books::open(&ticket);
    assert_eq!(ticket.lines[0].total, Cents::new(597));
    let above = RefundError::AboveLine(1);
    assert_eq!(books.refund(&[amount(1, 598)]).unwrap_err(), above);
    assert_eq!(books.refund(&[pieces(1, 4)]).unwrap_err(), above);
    assert_eq!(books.refund(&[amount(1, 0)]).unwrap_err(), above);
    books.refund(&[pieces(1, 2), amount(2, 73)]).unwrap();
    assert_eq!(books.refund(&[pieces(1, 2)]).unwrap_err(), above);
    assert_eq!(books.refund(&[amount(1, 200)]).unwrap_err(), above);
    books.refund(&[amount(1, 198)]).unwrap();
    assert_eq!(books.refund(&[pieces(1, 1)]).unwrap().total, Cents::new(1), "what is left of its price");
    assert_eq!(books.refund(&[Part::rest(1)]).unwrap_err(), RefundError::AlreadyRefunded(1));
    books.refund_rest();
    books.check();
}

#[test]
fn goods_by_the_piece_come_back_in_pieces_and_weighed_ones_by_the_gram() {
    let ticket = ticket(vec![scan(0, 2_000), scan(4, 1_250)]);
    let mut books = Books::open(&ticket);
    for odd in [500, 1_001] {
        assert_eq!(books.refund(&[grams(1, odd)]).unwrap_err(), RefundError::Quantity(1));
    }
    assert_eq!(books.refund(&[grams(2, 0)]).unwrap_err(), RefundError::Quantity(2));
    let paid = ticket.lines[1].total;
    let note = books.refund(&[grams(2, 417)]).unwrap();
    assert_eq!(note.total, money::share(paid, Quantity::new(417), Quantity::new(1_250)).unwrap());
    assert_eq!(note.lines[0].quantity, Quantity::new(417));
    books.refund(&[grams(2, 416)]).unwrap();
    books.refund(&[grams(2, 417)]).unwrap();
    books.refund_rest();
    books.check();
}

#[test]
fn of_a_promoted_line_each_piece_gives_back_what_was_paid_for_it_and_the_promotion_with_it() {
    let ticket = ticket(vec![scan(0, 3_000), claim(offer("SEPT", 700, "", false))]);
    let line = &ticket.lines[0];
    let off = Cents::checked_sum(line.discounts.iter().map(|discount| discount.amount)).unwrap();
    assert!(off > Cents::ZERO && line.total < line.gross);
    let mut books = Books::open(&ticket);
    let mut given = Vec::new();
    for _ in 0..3 {
        let part = books.refund(&[pieces(1, 1)]).unwrap().lines[0].clone();
        let taken = Cents::checked_sum(part.discounts.iter().map(|discount| discount.amount)).unwrap();
        assert_eq!(part.gross.checked_sub(taken), Some(part.total));
        given.push(part);
    }
    let sum = |of: fn(&PricedLine) -> Cents| Cents::checked_sum(given.iter().map(of)).unwrap();
    assert_eq!((sum(|part| part.total), sum(|part| part.gross)), (line.total, line.gross));
    books.check();
}

#[test]
fn of_three_for_the_price_of_two_each_gives_back_a_third_of_what_was_paid() {
    let ticket = ticket(vec![scan(0, 3_000), claim(three_for_two())]);
    assert_eq!(ticket.total, Cents::new(398));
    let mut books = Books::open(&ticket);
    let given: Vec<i64> = (0..3).map(|_| books.refund(&[pieces(1, 1)]).unwrap().total.get()).collect();
    assert_eq!(given, [133, 133, 132]);
    books.check();
}

#[test]
fn of_a_multi_buy_over_two_articles_neither_gives_back_more_than_was_paid_for_it() {
    let ticket = ticket(vec![scan(0, 1_000), scan(2, 2_000), claim(three_for_two())]);
    let [cheap, dear] = &ticket.lines[..] else { panic!("two lines") };
    assert!(cheap.total.checked_add(dear.total).unwrap() < cheap.gross.checked_add(dear.gross).unwrap());
    for order in [[1, 2], [2, 1]] {
        let mut books = Books::open(&ticket);
        for line_id in order {
            let line = &ticket.lines[usize::try_from(line_id).unwrap() - 1];
            let over = line.total.checked_add(Cents::new(1)).unwrap();
            assert_eq!(
                books.refund(&[amount(line_id, over.get())]).unwrap_err(),
                RefundError::AboveLine(line_id)
            );
            assert_eq!(books.refund(&[Part::rest(line_id)]).unwrap().total, line.total);
        }
        books.check();
    }
}

#[test]
fn a_deposited_line_gives_back_goods_and_deposit_each_by_its_own_line_and_the_deposit_outside_vat() {
    let ticket = ticket(vec![scan(3, 3_000)]);
    let mut books = Books::open(&ticket);
    let goods = books.refund(&[pieces(1, 1)]).unwrap().clone();
    assert_eq!((goods.deposits, goods.vat_totals.len()), (Cents::ZERO, 1));
    let deposit = books.refund(&[pieces(2, 1)]).unwrap();
    assert_eq!((deposit.total, deposit.deposits), (Cents::new(25), Cents::new(25)));
    assert_eq!(deposit.vat_totals, []);
    assert_eq!(books.refund(&[pieces(2, 3)]).unwrap_err(), RefundError::AboveLine(2));
    let both = books.refund(&[pieces(1, 2), pieces(2, 2)]).unwrap();
    assert_eq!(both.deposits, Cents::new(50));
    books.check();
}

#[test]
fn money_for_goods_that_stay_is_a_part_without_quantity() {
    let ticket = ticket(vec![scan(0, 2_000)]);
    let mut books = Books::open(&ticket);
    let note = books.refund(&[amount(1, 100)]).unwrap().clone();
    let [part] = &note.lines[..] else { panic!("one line") };
    assert_eq!((part.quantity, part.total, part.gross), (Quantity::ZERO, Cents::new(100), Cents::new(100)));
    assert_eq!(note.vat_totals.iter().map(VatTotal::ttc).collect::<Vec<_>>(), [Cents::new(100)]);
    assert_eq!(books.refund(&[pieces(1, 1)]).unwrap().total, Cents::new(149), "half of what is left of 3.98");
    books.refund_rest();
    books.check();
}
