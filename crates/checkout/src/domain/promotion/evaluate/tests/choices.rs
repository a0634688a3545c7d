//! Which pieces get what, when not each can have everything.

use super::*;

/// The same whichever line was scanned first.
#[track_caller]
fn check_both_ways(lines: &[Line], offers: &[Offer], is_member: bool, expected: &[(usize, &str, i64)]) {
    check(lines, offers, is_member, expected);
    let turned: Vec<Line> = lines.iter().rev().cloned().collect();
    let mut of_turned: Vec<_> =
        expected.iter().map(|(line, code, amount)| (lines.len() - 1 - line, *code, *amount)).collect();
    of_turned.sort_unstable();
    check(&turned, offers, is_member, &of_turned);
}

#[test]
fn a_dear_piece_with_its_own_discount_cancels_no_group_of_cheap_ones() {
    let offers = [percent("MOITIE", 5_000), groups("TROIS", 3, 2)];
    let lines = [pieces(A, 1_000, 1, &[0, 1]), pieces(B, 100, 3, &[1])];
    check_both_ways(&lines, &offers, false, &[(0, "MOITIE", 500), (1, "TROIS", 100)]);
    let lines = [lines[0].clone(), pieces(B, 100, 1, &[1]), pieces(C, 100, 2, &[1])];
    check_both_ways(&lines, &offers, false, &[(0, "MOITIE", 500), (2, "TROIS", 100)]);
}

#[test]
fn a_dear_piece_with_a_member_price_cancels_no_group_of_cheap_ones() {
    let offers = [groups("TROIS", 3, 2)];
    let dear = Line { member_price: Some(Cents::new(500)), ..pieces(A, 1_000, 1, &[0]) };
    let lines = [dear, pieces(B, 100, 3, &[0])];
    check_both_ways(&lines, &offers, true, &[(0, MEMBER_PRICE, 500), (1, "TROIS", 100)]);
    check_both_ways(&lines, &offers, false, &[(1, "TROIS", 100)]);
}

#[test]
fn a_piece_in_the_middle_with_its_own_discount_cancels_no_group_around_it() {
    let offers = [percent("PRESQUE", 9_000), groups("TROIS", 3, 2)];
    let lines = [pieces(A, 400, 2, &[1]), pieces(B, 350, 1, &[0, 1]), pieces(C, 300, 1, &[1])];
    check_both_ways(&lines, &offers, false, &[(1, "PRESQUE", 315), (2, "TROIS", 300)]);
}

#[test]
fn a_limit_on_groups_counts_the_groups_that_are_formed_and_the_best_are() {
    let once = Offer { basket_limit: Some(1), ..groups("TROIS", 3, 2) };
    let offers = [percent("MOITIE", 5_000), once];
    let lines = [pieces(A, 1_000, 1, &[0, 1]), pieces(B, 100, 6, &[1])];
    check_both_ways(&lines, &offers, false, &[(0, "MOITIE", 500), (1, "TROIS", 100)]);
    let lines = [pieces(A, 1_000, 3, &[0, 1]), pieces(B, 300, 3, &[1])];
    check_both_ways(&lines, &offers, false, &[(0, "MOITIE", 1_500), (1, "TROIS", 300)]);
}

#[test]
fn a_discount_for_one_piece_goes_to_the_dear_one_and_the_cheap_ones_form_their_group() {
    let once = Offer { basket_limit: Some(1), ..percent("MOITIE", 5_000) };
    let offers = [once, groups("TROIS", 3, 2)];
    let lines = [pieces(A, 1_000, 1, &[0, 1]), pieces(B, 100, 3, &[0, 1])];
    check_both_ways(&lines, &offers, false, &[(0, "MOITIE", 500), (1, "TROIS", 100)]);
}

#[test]
fn a_discount_for_one_piece_goes_where_it_adds_most_not_to_the_dearest() {
    let once = Offer { basket_limit: Some(1), ..percent("MOITIE", 5_000) };
    let offers = [once, percent("QUARANTE", 4_000)];
    let lines = [pieces(A, 1_000, 1, &[0, 1]), pieces(B, 900, 1, &[0])];
    check_both_ways(&lines, &offers, false, &[(0, "QUARANTE", 400), (1, "MOITIE", 450)]);
}

#[test]
fn two_promotions_for_groups_share_their_pieces_so_that_both_give() {
    let offers = [groups("DEUX", 2, 1), groups("TROIS", 3, 2)];
    let lines = [pieces(A, 1_000, 2, &[0, 1]), pieces(B, 900, 1, &[1]), pieces(C, 100, 2, &[1])];
    check_both_ways(&lines, &offers, false, &[(0, "DEUX", 1_000), (2, "TROIS", 100)]);
}

#[test]
fn of_a_thousand_pieces_as_many_are_free_as_of_a_few() {
    let offers = [percent("DIX", 1_000), groups("TROIS", 3, 2)];
    check(&[pieces(A, 400, 1_000, &[0, 1])], &offers, false, &[(0, "DIX", 40), (0, "TROIS", 133_200)]);
    let limited = Offer { basket_limit: Some(5), ..groups("TROIS", 3, 2) };
    let limited = [percent("DIX", 1_000), limited];
    check(&[pieces(A, 400, 1_000, &[0, 1])], &limited, false, &[(0, "DIX", 39_400), (0, "TROIS", 2_000)]);
    let generous = Offer { basket_limit: Some(300), ..groups("TROIS", 3, 2) };
    let generous = [percent("DIX", 1_000), generous];
    check(&[pieces(A, 400, 1_000, &[0, 1])], &generous, false, &[(0, "DIX", 4_000), (0, "TROIS", 120_000)]);
}

#[test]
fn half_a_cent_off_each_of_many_pieces_is_not_rounded_for_each_of_them() {
    let offers = [percent("MOITIE", 5_000), groups("UN", 3, 1)];
    check(&[pieces(A, 1, 999, &[0, 1])], &offers, false, &[(0, "UN", 666)]);
}

#[test]
fn more_promotions_for_groups_than_are_weighed_at_once_still_all_give() {
    let offers: Vec<Offer> = (0..20).map(|number| groups(&format!("G{number:02}"), 4, 3)).collect();
    let all: Vec<usize> = (0..20).collect();
    let dear = pieces(A, 900, 4, &all);
    check(&[dear, pieces(B, 100, 4, &[19])], &offers, false, &[(0, "G00", 900), (1, "G19", 100)]);
}

#[test]
fn what_a_high_limit_leaves_goes_to_another_promotion() {
    let limited = Offer { basket_limit: Some(30), ..groups("UN", 3, 1) };
    let offers = [groups("TROIS", 3, 2), limited];
    check(&[pieces(A, 100, 200, &[0, 1])], &offers, false, &[(0, "TROIS", 3_600), (0, "UN", 6_000)]);
    let little = Offer { basket_limit: Some(30), ..groups("UN", 3, 2) };
    let offers = [groups("DEUX", 2, 1), little];
    check(&[pieces(A, 100, 200, &[0, 1])], &offers, false, &[(0, "DEUX", 10_000)]);
}
