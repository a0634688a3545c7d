//! On small baskets every way to share out the pieces is tried.

use super::{
    properties::{total, within},
    *,
};

/// Whole euros and whole per cents, so that nothing is rounded.
fn any_offers() -> impl Strategy<Value = Vec<Offer>> {
    let any_benefit = prop_oneof![
        2 => (1..=100_i64).prop_map(|percent| Benefit::Percent { basis_points: 100 * percent }),
        1 => (1..600_i64).prop_map(|off| Benefit::Amount { off: Cents::new(off) }),
        3 => (2..5_i64, 1..4_i64).prop_map(|(take, pay)| Benefit::NForM { take, pay: pay.min(take - 1) }),
    ];
    let any_offer = (any_benefit, any::<bool>(), proptest::option::of(1..4_i64));
    prop::collection::vec(any_offer, 0..=3).prop_map(|offers| {
        let offer = |(number, (benefit, members_only, basket_limit))| Offer {
            members_only,
            basket_limit,
            ..offer(&format!("P{number}"), benefit)
        };
        offers.into_iter().enumerate().map(offer).collect()
    })
}

/// At most seven pieces.
fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    let any_line = (1..4_i64, 0..10_i64, any::<u8>(), proptest::option::of(1..9_i64));
    prop::collection::vec(any_line, 0..6).prop_map(|lines| {
        let mut room = 7;
        let mut known = Vec::new();
        for (count, euros, covered, member) in lines {
            let count = count.min(room);
            room -= count;
            let offers: Vec<usize> = (0..3).filter(|place| covered & (1 << place) != 0).collect();
            let line = pieces(if covered > 127 { A } else { B }, 100 * euros, count.max(1), &offers);
            known.extend(
                (count > 0)
                    .then(|| Line { member_price: member.map(|euros| Cents::new(100 * euros)), ..line }),
            );
        }
        known
    })
}

/// The most that can be taken off these pieces.
fn most(open: &[&Line], offers: &[Offer], left: &mut [i64], is_member: bool) -> i64 {
    let Some((piece, others)) = open.split_first() else { return 0 };
    let member = piece
        .member_price
        .filter(|_| is_member)
        .map_or(0, |price| (piece.unit_price.get() - price.get()).max(0));
    let mut best = member + most(others, offers, left, is_member);
    for place in piece.offers.iter().copied().filter(|place| is_member || !offers[*place].members_only) {
        if left[place] == 0 {
            continue;
        }
        left[place] -= 1;
        let (take, free) = match &offers[place].benefit {
            Benefit::NForM { take, pay } => (*take, *take - *pay),
            benefit => {
                let off = benefit.off_line(piece.unit_price, Quantity::units(1).unwrap()).unwrap().get();
                best = best.max(off + most(others, offers, left, is_member));
                left[place] += 1;
                continue;
            }
        };
        for set in 0..1_u32 << others.len() {
            let of_set = |index: &usize| set & (1 << index) != 0;
            let (mut group, rest): (Vec<usize>, Vec<usize>) = (0..others.len()).partition(of_set);
            if group.len() as i64 != take - 1
                || group.iter().any(|index| !others[*index].offers.contains(&place))
            {
                continue;
            }
            let mut prices: Vec<i64> = group.drain(..).map(|index| others[index].unit_price.get()).collect();
            prices.push(piece.unit_price.get());
            prices.sort_unstable();
            let saved: i64 = prices.iter().take(usize::try_from(free).unwrap()).sum();
            let rest: Vec<&Line> = rest.into_iter().map(|index| others[index]).collect();
            best = best.max(saved + most(&rest, offers, left, is_member));
        }
        left[place] += 1;
    }
    best
}

proptest! {
    #[test]
    fn no_way_to_share_out_the_pieces_takes_more_off(lines in any_lines(), offers in any_offers(), is_member: bool) {
        let lines = within(lines, &offers);
        let given = total(&lines, &offers.iter().collect::<Vec<_>>(), is_member);
        let pieces: Vec<&Line> =
            lines.iter().flat_map(|line| (0..line.pieces()).map(move |_| line)).collect();
        let mut left: Vec<i64> = offers.iter().map(|offer| offer.basket_limit.unwrap_or(i64::MAX)).collect();
        prop_assert_eq!(given, most(&pieces, &offers, &mut left, is_member));
    }

    /// Though of many equal pieces not each is asked.
    #[test]
    fn many_pieces_of_one_line_get_what_they_get_in_many_lines(
        lines in any_lines(), counts in prop::collection::vec(1..50_i64, 6), offers in any_offers(), is_member: bool,
    ) {
        let offers: Vec<Offer> = offers.into_iter().take(2).collect();
        let lines: Vec<Line> = within(lines, &offers).into_iter().take(4).collect();
        let of_count = |line: &Line, count: i64| Line {
            quantity: Quantity::units(count).unwrap(),
            gross: Cents::new(line.unit_price.get() * count),
            ..line.clone()
        };
        let whole: Vec<Line> = lines.iter().zip(&counts).map(|(line, count)| of_count(line, *count)).collect();
        let cut: Vec<Line> = lines.iter().zip(&counts)
            .flat_map(|(line, count)| (0..*count).step_by(5).map(move |from| of_count(line, (count - from).min(5))))
            .collect();
        let offers: Vec<&Offer> = offers.iter().collect();
        prop_assert_eq!(total(&whole, &offers, is_member), total(&cut, &offers, is_member));
    }
}
