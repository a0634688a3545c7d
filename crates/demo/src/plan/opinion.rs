//! What shoppers say of what they bought, and what they want their money back for. It is a part of the plan: it hangs on the seed and on
//! the places of the baskets, never on which mail comes first.

use std::collections::BTreeMap;

use rand::RngExt;

use super::Basket;
use crate::chance;

/// One receipt out of so many is answered with reviews.
const REVIEW_EVERY: u64 = 6;
/// One receipt out of so many is answered with "pas satisfait".
const COMPLAIN_EVERY: u64 = 25;
/// So are these, however short the day: each way to get money back is gone once. Others choose in their turn.
const EACH_WAY: [u64; 3] = [2, 5, 8];

/// The ways to get money back, as the form names them.
const PAYOUTS: [&str; 3] = ["desk", "store_credit", "acquirer"];

const COMMENTS: [&str; 8] = [
    "Très bon, comme à la ferme.",
    "Fraîcheur parfaite.",
    "Un peu cher mais excellent.",
    "Moins bon que la dernière fois.",
    "Les enfants adorent.",
    "Je rachèterai.",
    "Emballage abîmé, produit intact.",
    "",
];

/// What the shopper of a basket does at home, once the receipt is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opinion {
    /// What is said of each line of the ticket, in its order; empty when nothing is said.
    pub notes: Vec<Note>,
    /// What is given back.
    pub unsatisfied: Option<Regret>,
}

/// What somebody wants the money back for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regret {
    /// Which line of the ticket, counted from 0 and around.
    pub line: usize,
    /// How the money is to come back, as the form names it.
    pub payout: &'static str,
}

/// A note on one line, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// From 1 to 5.
    pub rating: u8,
    /// May be empty.
    pub comment: &'static str,
}

/// The opinions of a day by the places of their baskets. Only members get a receipt by mail, and most of them leave it at that.
#[must_use]
pub fn opinions(baskets: &[Basket], seed: u64) -> BTreeMap<usize, Opinion> {
    let receipts = baskets.iter().filter(|basket| basket.member.is_some());
    let turn = |number: u64, every: u64| number % every == chance::scatter(seed ^ every) % every;
    // Whoever brought empties has paid less by card than the goods cost.
    let mut regrets = (0..).map(|number| payout(number, turn(number, COMPLAIN_EVERY)));
    (0..)
        .zip(receipts)
        .map(|(number, basket)| {
            let payout = if basket.brings_empty { None } else { regrets.next().flatten() };
            (basket.place, opinion(basket, seed, turn(number, REVIEW_EVERY), payout))
        })
        .filter(|(_, opinion)| *opinion != Opinion::default())
        .collect()
}

/// How the money of this receipt comes back; nothing where its shopper is satisfied.
fn payout(number: u64, has_turn: bool) -> Option<&'static str> {
    let way = EACH_WAY.iter().position(|receipt| *receipt == number);
    let of_turn = || has_turn.then(|| usize::try_from(number / COMPLAIN_EVERY).unwrap_or(0));
    way.or_else(of_turn).map(|way| PAYOUTS[way % PAYOUTS.len()])
}

fn opinion(basket: &Basket, seed: u64, speaks: bool, payout: Option<&'static str>) -> Opinion {
    let mut rng = chance::of(seed, "opinion", u64::try_from(basket.place).unwrap_or(u64::MAX));
    // A ticket has at most as many lines as things were scanned.
    let lines = basket.items.len();
    let unsatisfied = payout.map(|payout| Regret { line: rng.random_range(0..lines), payout });
    let note = || Note {
        rating: rng.random_range(1..=5).max(rng.random_range(1..=5)),
        comment: COMMENTS[rng.random_range(0..COMMENTS.len())],
    };
    let notes = std::iter::repeat_with(note).take(if speaks { lines } else { 0 }).collect();
    Opinion { notes, unsatisfied }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(length: usize) -> Vec<Basket> {
        let item = super::super::Item { code: "1".to_owned(), quantity_milli: None, labelled: false };
        let basket = |place: usize| Basket {
            place,
            at: 0,
            till: 0,
            member: (!place.is_multiple_of(4)).then_some(place),
            items: vec![item.clone(); 1 + place % 5],
            claims: false,
            second_thought: false,
            brings_empty: false,
            tries_recalled: false,
            receipt: None,
            trouble: None,
        };
        (0..length).map(basket).collect()
    }

    #[test]
    fn the_opinions_of_a_seed_are_always_the_same_and_those_of_another_are_not() {
        assert_eq!(opinions(&day(300), 7), opinions(&day(300), 7));
        assert_ne!(opinions(&day(300), 7), opinions(&day(300), 8));
    }

    #[test]
    fn who_comes_later_changes_nothing_about_who_came_before() {
        let (mut whole, half) = (opinions(&day(300), 7), opinions(&day(150), 7));
        whole.retain(|place, _| *place < 150);
        assert_eq!(whole, half);
    }

    #[test]
    fn one_receipt_in_six_is_reviewed_and_one_in_twenty_five_regretted_besides_one_for_each_way_and_nobody_answers_without_a_receipt()
     {
        for seed in 0..40 {
            let baskets = day(400);
            let opinions = opinions(&baskets, seed);
            assert_eq!(opinions.values().filter(|opinion| !opinion.notes.is_empty()).count(), 50);
            let regrets: Vec<_> = opinions.values().filter_map(|opinion| opinion.unsatisfied).collect();
            assert!((14..=15).contains(&regrets.len()), "{regrets:?}");
            assert!(PAYOUTS.iter().all(|way| regrets.iter().any(|regret| regret.payout == *way)));
            for (place, opinion) in opinions {
                let basket = &baskets[place];
                assert!(basket.member.is_some());
                assert!(opinion.notes.is_empty() || opinion.notes.len() == basket.items.len());
                assert!(opinion.unsatisfied.is_none_or(|regret| regret.line < basket.items.len()));
                assert!(opinion.notes.iter().all(|note| (1..=5).contains(&note.rating)));
            }
        }
    }
}
