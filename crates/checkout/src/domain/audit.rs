//! Which baskets are looked into before payment, and which of their lines: a draw that anybody with the seed can repeat. And what is
//! found when somebody scans a part of one again.

use std::collections::BTreeMap;

use barcode::Gtin;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::{
    basket::{Basket, Edit, Entry, Line},
    id::BasketId,
    item::LineKind,
};

/// Basis points of the whole.
const WHOLE: u128 = 10_000;
/// As many lines are looked into.
const MOST_LINES: usize = 5;
/// From so many removals on a basket is drawn twice as often.
const MANY_REMOVALS: usize = 3;

/// The lines to be looked into, if the basket is drawn; once a basket, and never an empty one. What weighs is what was done with
/// the basket, never who does it.
pub fn draw(
    seed: &[u8; 32],
    rate_basis_points: u16,
    basket_id: BasketId,
    basket: &Basket,
    entries: &[Entry],
) -> Option<Vec<i32>> {
    let removals = entries.iter().filter(|entry| matches!(entry.edit, Edit::Remove { .. })).count();
    let weight = if removals >= MANY_REMOVALS { 2 } else { 1 };
    let rate = (u128::from(rate_basis_points) * weight).min(WHOLE);
    let fraction = u128::from(first_digits(seed, basket_id, &[]));
    let is_drawn = fraction * WHOLE < rate << u64::BITS;
    let mut lines: Vec<i32> =
        basket.lines.iter().filter(|line| line.deposit_of == 0).map(|line| line.line_id).collect();
    if !is_drawn || basket.attended.audit.is_some() || lines.is_empty() {
        return None;
    }
    lines.sort_by_key(|line_id| first_digits(seed, basket_id, &line_id.to_be_bytes()));
    lines.truncate(MOST_LINES);
    lines.sort_unstable();
    Some(lines)
}

/// What scanning a part of a basket again has found, in pieces; a weighing is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recount {
    /// Scanned again, and in the basket.
    pub found: i64,
    /// Scanned again, and not in the basket.
    pub missing: i64,
    /// In the basket, and not scanned again.
    pub not_scanned: i64,
}

/// Something that was scanned again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// So many pieces of a product.
    Product(Gtin, i64),
    /// A number that nothing bears: it cannot be in the basket.
    Unknown,
}

impl Recount {
    /// Whether something of the basket was seen, where there is anything to be seen, and nothing that the basket lacks.
    pub fn is_clean(self) -> bool {
        self.missing == 0 && !self.is_of_nothing()
    }

    /// Whether nothing was scanned again, although there is something to be scanned.
    pub fn is_of_nothing(self) -> bool {
        self.found == 0 && self.missing == 0 && self.not_scanned > 0
    }
}

/// Compares what was scanned again with the basket, product by product: which line a piece came from, nobody can tell.
pub fn recount(basket: &Basket, again: &[Again]) -> Recount {
    let mut kept = BTreeMap::<Gtin, i64>::new();
    for line in basket.lines.iter().filter(|line| is_seen(line)) {
        *kept.entry(line.item.gtin).or_default() += pieces(line);
    }
    let mut seen = BTreeMap::<Gtin, i64>::new();
    let mut count = Recount::default();
    for again in again {
        match again {
            Again::Product(gtin, pieces) => *seen.entry(*gtin).or_default() += pieces,
            Again::Unknown => count.missing += 1,
        }
    }
    for (gtin, seen) in &seen {
        let found = kept.get(gtin).copied().unwrap_or_default().min(*seen);
        count.found += found;
        count.missing += seen - found;
    }
    count.not_scanned = kept.values().sum::<i64>() - count.found;
    count
}

/// A packaging goes with its goods, and an empty that came back is in no bag.
fn is_seen(line: &Line) -> bool {
    line.deposit_of == 0 && line.item.kind != LineKind::DepositReturn
}

fn pieces(line: &Line) -> i64 {
    if line.item.can_grow() { line.quantity.whole().unwrap_or(1) } else { 1 }
}

/// The same for ever for the same seed, basket and line.
fn first_digits(seed: &[u8; 32], basket_id: BasketId, line: &[u8]) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed);
    hash.update(basket_id.0.as_bytes());
    hash.update(line);
    let digits: [u8; 32] = hash.finalize().into();
    let first: [u8; 8] = std::array::from_fn(|place| digits[place]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        basket::tests::item,
        id::{Fingerprint, RequestKey},
    };

    const SEED: [u8; 32] = [7; 32];

    fn basket(lines: u8) -> Basket {
        let mut basket = Basket::new();
        for number in 0..lines {
            let item = crate::domain::item::Item { batch: number.to_string(), measured: true, ..item(0) };
            basket.apply(&Edit::Scan { item: Box::new(item), quantity: money::Quantity::ONE }).unwrap();
        }
        basket
    }

    fn id(number: u128) -> BasketId {
        BasketId(Uuid::from_u128(number))
    }

    fn removal() -> Entry {
        let request = RequestKey { request_id: Uuid::nil(), fingerprint: Fingerprint([0; 32]) };
        Entry::new(request, datetime!(2026-05-02 10:00 UTC), Edit::Remove { line_id: 1 })
    }

    #[test]
    fn one_seed_draws_the_same_baskets_whoever_asks_and_however_often() {
        let basket = basket(9);
        for number in 0..200 {
            let drawn = draw(&SEED, 5_000, id(number), &basket, &[]);
            assert_eq!(drawn, draw(&SEED, 5_000, id(number), &basket, &[]));
            if let Some(lines) = drawn {
                assert_eq!(lines.len(), 5);
                assert!(lines.windows(2).all(|pair| pair[0] < pair[1]) && lines[4] <= 9);
            }
        }
        let with = |seed: &[u8; 32]| -> Vec<bool> {
            (0..64).map(|number| draw(seed, 5_000, id(number), &basket, &[]).is_some()).collect()
        };
        assert_ne!(with(&SEED), with(&[8; 32]));
    }

    #[test]
    fn the_share_of_drawn_baskets_is_the_rate() {
        let basket = basket(1);
        let count = |rate, entries: &[Entry]| {
            (0..100_000).filter(|number| draw(&SEED, rate, id(*number), &basket, entries).is_some()).count()
        };
        assert_eq!((count(0, &[]), count(10_000, &[])), (0, 100_000));
        let share = count(200, &[]);
        assert!((1_850..=2_150).contains(&share), "{share}");
        // What was taken out again weighs.
        let doubled = count(200, &[removal(), removal(), removal()]);
        assert!((3_750..=4_250).contains(&doubled), "{doubled}");
    }

    #[test]
    fn what_is_scanned_again_is_found_missing_or_left_out_and_every_piece_is_counted_once() {
        let gtin = |number: u8| crate::domain::basket::tests::item(number).gtin;
        let scan = |number: u8, pieces: i64| Edit::Scan {
            item: Box::new(item(number)),
            quantity: money::Quantity::units(pieces).unwrap(),
        };
        let mut basket = Basket::new();
        for edit in [scan(0, 3), scan(1, 1)] {
            basket.apply(&edit).unwrap();
        }
        let count = |again: &[Again]| {
            let Recount { found, missing, not_scanned } = recount(&basket, again);
            (found, missing, not_scanned)
        };
        let piece = |number, pieces| Again::Product(gtin(number), pieces);
        assert_eq!(count(&[]), (0, 0, 4));
        let nothing = recount(&basket, &[]);
        assert!(nothing.is_of_nothing() && !nothing.is_clean(), "who scans nothing has not looked");
        let empty = recount(&Basket::new(), &[]);
        assert!(!empty.is_of_nothing() && empty.is_clean(), "nothing is there to be scanned");
        assert_eq!(count(&[piece(0, 1), piece(0, 1)]), (2, 0, 2), "a part of it");
        assert_eq!(count(&[piece(0, 4), piece(1, 1)]), (4, 1, 0), "one more than was scanned");
        assert_eq!(count(&[piece(2, 1), Again::Unknown]), (0, 2, 4), "what was never scanned");
        assert!(
            !recount(&basket, &[Again::Unknown]).is_clean() && recount(&basket, &[piece(1, 1)]).is_clean()
        );
    }

    #[test]
    fn nothing_of_a_person_weighs_in_the_draw() {
        let guest = basket(3);
        let mut member = guest.clone();
        let member_id = crate::domain::id::MemberId(Uuid::from_u128(5));
        member.apply(&Edit::Identify { member_id, used_up: Vec::new() }).unwrap();
        for number in 0..500 {
            let drawn = |basket| draw(&SEED, 3_000, id(number), basket, &[]);
            assert_eq!(drawn(&guest), drawn(&member));
        }
        assert_eq!(draw(&SEED, 10_000, id(1), &Basket::new(), &[]), None);
    }
}
