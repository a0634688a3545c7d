use barcode::Gtin;
use money::Quantity;
use proptest::prelude::*;

use super::*;
use crate::domain::promotion::tests::percentage;

mod choices;
mod exhaustive;
mod properties;

const A: &str = "96385074";
const B: &str = "4006381333931";
const C: &str = "9524000000057";

fn offer(code: &str, benefit: Benefit) -> Offer {
    Offer { benefit, ..percentage(code, "", 1).offer(None) }
}

fn percent(code: &str, basis_points: i64) -> Offer {
    offer(code, Benefit::Percent { basis_points })
}

fn groups(code: &str, take: i64, pay: i64) -> Offer {
    offer(code, Benefit::NForM { take, pay })
}

fn off_from(code: &str, at_least: i64, off: i64) -> Offer {
    offer(code, Benefit::ThresholdAmount { at_least: Cents::new(at_least), off: Cents::new(off) })
}

/// So many pieces at a price, covered by these offers.
fn pieces(gtin: &str, unit: i64, pieces: i64, offers: &[usize]) -> Line {
    Line { is_weighed: false, ..weighing(gtin, unit, pieces * 1_000, offers) }
}

fn weighing(gtin: &str, unit: i64, milli: i64, offers: &[usize]) -> Line {
    let (unit_price, quantity) = (Cents::new(unit), Quantity::new(milli));
    Line {
        gtin: Gtin::parse(gtin).unwrap(),
        unit_price,
        member_price: None,
        quantity,
        is_weighed: true,
        gross: money::price(unit_price, quantity).unwrap(),
        vat_rate_basis_points: 550,
        offers: offers.to_vec(),
    }
}

/// What is taken off, as line, code and cents, in that order.
#[track_caller]
fn check(lines: &[Line], offers: &[Offer], is_member: bool, expected: &[(usize, &str, i64)]) {
    let offers: Vec<&Offer> = offers.iter().collect();
    assert!(offers.is_sorted(), "as the basket gives them");
    let mut found: Vec<(usize, &str, i64)> = weigh(lines, &offers, is_member)
        .into_iter()
        .map(|taken| {
            let code = taken.offer.map_or(MEMBER_PRICE, |place| &offers[place].code);
            (taken.line, code, taken.amount.get())
        })
        .collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_percentage_and_an_amount_are_taken_off_each_piece() {
    check(&[pieces(A, 500, 2, &[0])], &[percent("DIX", 1_000)], false, &[(0, "DIX", 100)]);
    let amount = offer("CINQUANTE", Benefit::Amount { off: Cents::new(50) });
    check(&[pieces(A, 500, 3, &[0])], std::slice::from_ref(&amount), false, &[(0, "CINQUANTE", 150)]);
    check(&[weighing(A, 500, 1_500, &[0])], &[amount], false, &[(0, "CINQUANTE", 75)]);
}

#[test]
fn a_weighing_is_one_piece_however_round_its_weight() {
    let offers = [groups("TROIS", 3, 2)];
    check(&[weighing(A, 1_750, 3_000, &[0])], &offers, false, &[]);
    check(&[weighing(A, 1_750, 1_000, &[0]), weighing(A, 1_750, 2_000, &[0])], &offers, false, &[]);
    check(&[pieces(A, 1_750, 3, &[0])], &offers, false, &[(0, "TROIS", 1_750)]);
}

#[test]
fn the_best_of_percentage_amount_and_member_price_wins_and_never_two() {
    let offers = [offer("B", Benefit::Amount { off: Cents::new(60) }), percent("C", 1_000)];
    let line = Line { member_price: Some(Cents::new(425)), ..pieces(A, 500, 2, &[0, 1]) };
    check(std::slice::from_ref(&line), &offers, false, &[(0, "B", 120)]);
    check(&[line], &offers, true, &[(0, MEMBER_PRICE, 150)]);
}

#[test]
fn among_equals_the_first_code_of_the_alphabet_wins() {
    let offers = [percent("A", 1_000), percent("B", 1_000)];
    check(&[pieces(A, 500, 2, &[0, 1])], &offers, false, &[(0, "A", 100)]);
}

#[test]
fn of_three_the_cheapest_is_free_and_the_dearest_are_grouped_first() {
    let offers = [groups("TROIS", 3, 2)];
    check(&[pieces(A, 500, 7, &[0])], &offers, false, &[(0, "TROIS", 1_000)]);
    let mixed = [pieces(A, 300, 2, &[0]), pieces(B, 500, 2, &[0])];
    check(&mixed, &offers, false, &[(0, "TROIS", 300)]);
    check(&[pieces(A, 500, 2, &[0])], &offers, false, &[]);
    check(&[weighing(A, 500, 3_500, &[0])], &offers, false, &[]);
}

#[test]
fn a_group_is_formed_only_where_it_gives_more_than_its_pieces_get_otherwise() {
    let offers = [percent("MOITIE", 5_000), groups("TROIS", 3, 2)];
    check(&[pieces(A, 400, 3, &[0, 1])], &offers, false, &[(0, "MOITIE", 600)]);
    let offers = [percent("DIX", 1_000), groups("TROIS", 3, 2)];
    check(&[pieces(A, 400, 4, &[0, 1])], &offers, false, &[(0, "DIX", 40), (0, "TROIS", 400)]);
}

#[test]
fn a_group_is_formed_where_the_better_discount_is_not_left_for_all_its_pieces() {
    let once = Offer { basket_limit: Some(1), ..offer("A", Benefit::Amount { off: Cents::new(150) }) };
    check(&[pieces(A, 250, 3, &[0, 1])], &[once, groups("TROIS", 3, 2)], false, &[(0, "TROIS", 250)]);
}

#[test]
fn a_threshold_is_reached_before_discounts_and_its_cents_are_spread_over_the_lines() {
    let offers = [off_from("CINQ", 3_000, 500)];
    let lines = [pieces(A, 1_000, 1, &[0]), pieces(B, 1_999, 1, &[0])];
    check(&lines, &offers, false, &[]);
    let lines = [pieces(A, 1_000, 1, &[0]), pieces(B, 2_000, 1, &[0])];
    check(&lines, &offers, false, &[(0, "CINQ", 167), (1, "CINQ", 333)]);
    let offers = [off_from("CINQ", 3_000, 500), percent("DIX", 1_000)];
    let lines = [pieces(A, 1_000, 1, &[0]), pieces(B, 2_000, 1, &[0, 1])];
    check(&lines, &offers, false, &[(0, "CINQ", 179), (1, "CINQ", 321), (1, "DIX", 200)]);
}

#[test]
fn a_line_counts_for_the_threshold_that_gives_most() {
    let offers = [off_from("CINQ", 2_000, 500), off_from("SEPT", 2_000, 700)];
    check(&[pieces(A, 2_000, 1, &[0, 1])], &offers, false, &[(0, "SEPT", 700)]);
    let share =
        offer("TIERS", Benefit::ThresholdPercent { at_least: Cents::new(2_000), basis_points: 3_333 });
    check(&[pieces(A, 2_000, 1, &[0])], &[share], false, &[(0, "TIERS", 667)]);
}

#[test]
fn what_an_exclusive_promotion_touches_nothing_else_does_though_it_would_give_more() {
    let alone = Offer { exclusive: true, ..percent("SEULE", 500) };
    let offers = [percent("DIX", 1_000), alone];
    let lines = [pieces(A, 1_000, 1, &[0, 1]), pieces(B, 1_000, 1, &[0])];
    check(&lines, &offers, false, &[(0, "SEULE", 50), (1, "DIX", 100)]);
}

#[test]
fn what_is_for_members_is_given_to_members() {
    let offers = [Offer { members_only: true, ..percent("FIDELES", 1_000) }];
    check(&[pieces(A, 500, 1, &[0])], &offers, false, &[]);
    check(&[pieces(A, 500, 1, &[0])], &offers, true, &[(0, "FIDELES", 50)]);
}

#[test]
fn a_limit_holds_for_the_basket_and_the_dearest_pieces_get_it() {
    let twice = Offer { basket_limit: Some(2), ..offer("UN", Benefit::Amount { off: Cents::new(100) }) };
    let lines = [pieces(A, 300, 2, &[0]), pieces(B, 500, 1, &[0])];
    check(&lines, &[twice], false, &[(0, "UN", 100), (1, "UN", 100)]);
    let once = Offer { basket_limit: Some(1), ..groups("TROIS", 3, 2) };
    check(&[pieces(A, 500, 9, &[0])], &[once], false, &[(0, "TROIS", 500)]);
}
