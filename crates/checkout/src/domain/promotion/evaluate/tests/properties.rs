//! What holds for every basket and every set of promotions.

use super::*;

fn any_benefit() -> impl Strategy<Value = Benefit> {
    prop_oneof![
        (1..=10_000_i64).prop_map(|basis_points| Benefit::Percent { basis_points }),
        (1..600_i64).prop_map(|off| Benefit::Amount { off: Cents::new(off) }),
        (2..5_i64, 1..4_i64).prop_map(|(take, pay)| Benefit::NForM { take, pay: pay.min(take - 1) }),
        (1..3_000_i64, 1..900_i64).prop_map(|(at_least, off)| Benefit::ThresholdAmount {
            at_least: Cents::new(at_least),
            off: Cents::new(off),
        }),
        (1..3_000_i64, 1..=10_000_i64).prop_map(|(at_least, basis_points)| Benefit::ThresholdPercent {
            at_least: Cents::new(at_least),
            basis_points,
        }),
    ]
}

fn any_offers() -> impl Strategy<Value = Vec<Offer>> {
    let limit = prop_oneof![4 => 1..4_i64, 1 => 20..60_i64];
    let any_offer = (any_benefit(), any::<bool>(), 0..8_u8, proptest::option::of(limit));
    prop::collection::vec(any_offer, 0..6).prop_map(|offers| {
        offers
            .into_iter()
            .enumerate()
            .map(|(number, (benefit, members_only, dice, basket_limit))| Offer {
                members_only,
                exclusive: dice == 0,
                basket_limit,
                ..offer(&format!("P{number}"), benefit)
            })
            .collect()
    })
}

fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    let pieces = prop_oneof![8 => 1..6_i64, 1 => 50..200_i64];
    let milli = prop_oneof![pieces.prop_map(|pieces| pieces * 1_000), 1..4_000_i64];
    let any_line =
        (prop_oneof![Just(A), Just(B)], 0..1_500_i64, milli, any::<u8>(), proptest::option::of(1..900_i64));
    prop::collection::vec(any_line, 0..8).prop_map(|lines| {
        lines
            .into_iter()
            .map(|(gtin, unit, milli, covered, member)| {
                let offers: Vec<usize> = (0..6).filter(|place| covered & (1 << place) != 0).collect();
                let line = Line { is_weighed: milli % 1_000 != 0, ..weighing(gtin, unit, milli, &offers) };
                Line { member_price: member.map(Cents::new), ..line }
            })
            .collect()
    })
}

pub(super) fn within(lines: Vec<Line>, offers: &[Offer]) -> Vec<Line> {
    let known = |line: Line| Line {
        offers: line.offers.iter().copied().filter(|place| *place < offers.len()).collect(),
        ..line
    };
    lines.into_iter().map(known).collect()
}

pub(super) fn total(lines: &[Line], offers: &[&Offer], is_member: bool) -> i64 {
    weigh(lines, offers, is_member).iter().map(|taken| taken.amount.get()).sum()
}

proptest! {
    #[test]
    fn no_line_is_ever_paid_less_than_nothing(lines in any_lines(), offers in any_offers(), is_member: bool) {
        let lines = within(lines, &offers);
        let taken = weigh(&lines, &offers.iter().collect::<Vec<_>>(), is_member);
        for (place, line) in lines.iter().enumerate() {
            let of_line = taken.iter().filter(|taken| taken.line == place);
            prop_assert!(of_line.clone().all(|taken| taken.amount > Cents::ZERO));
            prop_assert!(of_line.map(|taken| taken.amount.get()).sum::<i64>() <= line.gross.get());
        }
    }

    #[test]
    fn the_order_of_the_lines_changes_no_cent(lines in any_lines(), offers in any_offers(), is_member: bool, turn in 0..8_usize) {
        let lines = within(lines, &offers);
        let offers: Vec<&Offer> = offers.iter().collect();
        let mut turned: Vec<Line> = lines.iter().rev().cloned().collect();
        let by = turn.min(turned.len());
        turned.rotate_left(by);
        prop_assert_eq!(total(&lines, &offers, is_member), total(&turned, &offers, is_member));
    }

    /// But for the rounding of a half cent for each part that a line is cut into.
    #[test]
    fn no_promotion_leaves_the_shopper_worse_off_than_another_one_alone(
        lines in any_lines(), offers in any_offers(), is_member: bool,
    ) {
        let offers: Vec<Offer> = offers.into_iter().map(|offer| Offer { exclusive: false, ..offer }).collect();
        let lines = within(lines, &offers);
        let all: Vec<&Offer> = offers.iter().collect();
        let together = total(&lines, &all, is_member);
        for place in 0..offers.len() {
            let only = |line: &Line| Line {
                offers: line.offers.iter().filter(|offer| **offer == place).map(|_| 0).collect(),
                member_price: None,
                ..line.clone()
            };
            let alone = total(&lines.iter().map(only).collect::<Vec<_>>(), &[&offers[place]], is_member);
            let rounding = i64::try_from(lines.len() * (offers.len() + 1)).unwrap();
            prop_assert!(together + rounding >= alone, "{together} together, {alone} by {}", offers[place].code);
        }
    }
}
