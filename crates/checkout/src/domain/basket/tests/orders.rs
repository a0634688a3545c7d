//! The same scans and edits in any order.

use super::*;
use crate::domain::price::Priced;

/// What is done with one article, whatever happens to the others.
#[derive(Clone, Debug)]
enum Step {
    Scan(u8, i64),
    /// The line of the article has so many pieces in the end.
    Pieces(u8, i64),
    /// Its lines are taken out in the end.
    TakeOut(u8),
    Card,
    Claim(usize),
    Empties(i64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u8..4, 1_i64..4).prop_map(|(number, pieces)| Step::Scan(number, pieces * 1_000)),
        3 => (4_u8..6, 1_i64..3_000).prop_map(|(number, grams)| Step::Scan(number, grams)),
        1 => (0_u8..4, 1_i64..9).prop_map(|(number, pieces)| Step::Pieces(number, pieces)),
        1 => (0_u8..6).prop_map(Step::TakeOut),
        1 => Just(Step::Card),
        2 => (0..claims().len()).prop_map(Step::Claim),
        1 => (1_i64..4).prop_map(Step::Empties),
    ]
}

/// One coupon of every kind.
fn claims() -> Vec<Offer> {
    let benefits = [
        Benefit::Percent { basis_points: 700 },
        Benefit::Amount { off: Cents::new(60) },
        Benefit::NForM { take: 3, pay: 2 },
        Benefit::NForM { take: 2, pay: 1 },
        Benefit::ThresholdAmount { at_least: Cents::new(1_000), off: Cents::new(301) },
        Benefit::ThresholdPercent { at_least: Cents::new(800), basis_points: 333 },
    ];
    let claim = |(number, benefit)| Offer { benefit, ..offer(&format!("BON-{number}"), 1, "", number == 1) };
    benefits.into_iter().enumerate().map(claim).collect()
}

/// Empties that come back to a store without end.
fn empties(pieces: i64) -> Edit {
    match bring_back(pieces) {
        Edit::ReturnDeposit { item, quantity, .. } => {
            Edit::ReturnDeposit { item, quantity, limit: Cents::new(1_000_000) }
        }
        other => other,
    }
}

/// Carries the scans, claims and the card out in this order, then the corrections.
fn paid(steps: &[Step]) -> (Cents, Cents, i64) {
    let mut basket = Basket::new();
    for step in steps {
        match step {
            Step::Scan(number, milli) => basket.apply(&scan(*number, *milli)).unwrap(),
            Step::Card => basket.apply(&identify()).unwrap(),
            Step::Claim(place) => basket.apply(&claim(claims().swap_remove(*place))).unwrap(),
            Step::Empties(pieces) => basket.apply(&empties(*pieces)).unwrap(),
            Step::Pieces(..) | Step::TakeOut(_) => {}
        }
    }
    let mut corrections: Vec<&Step> = steps.iter().collect();
    corrections.sort_by_key(|step| match step {
        Step::Pieces(number, pieces) => (1, *number, *pieces),
        Step::TakeOut(number) => (2, *number, 0),
        _ => (0, 0, 0),
    });
    for step in corrections {
        let (Step::Pieces(number, _) | Step::TakeOut(number)) = step else { continue };
        let lines: Vec<i32> = basket
            .lines
            .iter()
            .filter(|line| line.item.gtin == gtin(*number))
            .map(|line| line.line_id)
            .collect();
        for line_id in lines {
            let edit = match step {
                Step::Pieces(_, pieces) => {
                    Edit::SetQuantity { line_id, quantity: Quantity::units(*pieces).unwrap() }
                }
                _ => Edit::Remove { line_id },
            };
            basket.apply(&edit).unwrap();
        }
    }
    let priced = Priced::of(&basket).unwrap();
    (priced.total, priced.discount, priced.article_count)
}

proptest! {
    #[test]
    fn no_order_of_the_same_scans_and_edits_changes_the_total(
        steps in prop::collection::vec(any_step(), 0..25), places in prop::collection::vec(any::<prop::sample::Index>(), 25),
    ) {
        let mut shuffled = steps.clone();
        for (place, index) in places.iter().take(shuffled.len()).enumerate() {
            let other = index.index(shuffled.len());
            shuffled.swap(place, other);
        }
        prop_assert_eq!(paid(&steps), paid(&shuffled));
    }

    #[test]
    fn a_card_that_is_read_late_reprices_everything_and_forgotten_takes_it_all_back(
        steps in prop::collection::vec(any_step(), 0..25), late in 0..25_usize,
    ) {
        let scans: Vec<Edit> = steps.iter().filter_map(|step| match step {
            Step::Scan(number, milli) => Some(scan(*number, *milli)),
            Step::Claim(place) => Some(claim(claims().swap_remove(*place))),
            _ => None,
        }).collect();
        let price = |edits: Vec<Edit>| Priced::of(&after(edits).unwrap()).unwrap();
        let first: Vec<Edit> = std::iter::once(identify()).chain(scans.clone()).collect();
        let mut in_between = scans.clone();
        in_between.insert(late.min(scans.len()), identify());
        prop_assert_eq!(&price(in_between.clone()).lines, &price(first).lines);
        in_between.push(Edit::Unidentify);
        prop_assert_eq!(&price(in_between).lines, &price(scans).lines);
    }
}
