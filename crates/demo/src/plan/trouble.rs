//! What goes wrong at a till, or needs a person: dealt out over the day, each kind in its turn.

use proto::checkout::v1::{Product, SoldBy};

use super::{Basket, short};
use crate::chance;

/// What happens to one basket before it is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Goods that are not for everybody are in it.
    Age {
        /// What the scanner reads.
        code: String,
        /// The attendant lets the shopper buy them; else they are taken out.
        approved: bool,
    },
    /// The shopper calls somebody.
    Help,
    /// A code is scanned that nobody knows.
    UnknownCode {
        /// What the scanner reads.
        code: String,
        /// What the attendant says that it is; without, it is set aside.
        product: Option<String>,
    },
    /// The bank refuses the card; the next one pays.
    Refused,
    /// The shopper presses the red button, then pays after all.
    Abandoned,
    /// The payment is made, and the till does not hear of it.
    CutAfterApproval,
}

/// What the plan promises of the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Promise {
    /// What people of the store decide.
    pub interventions: i64,
    /// Card payments that the bank refuses.
    pub refused: i64,
    /// Card payments that shoppers abandon.
    pub abandoned: i64,
    /// Card payments that a person settles.
    pub unknown: i64,
}

/// Kinds of trouble.
const KINDS: usize = 8;
/// How often a long day sees each kind.
const ROUNDS: usize = 4;
/// So many baskets are there for each trouble, at least.
const SPACING: usize = 4;

/// A code that no catalogue has: it is of the numbers for demonstrations.
const NOBODY_KNOWS: &str = "9529999000019";

/// Deals the day's troubles out. `restricted` is what needs an approval; without it nobody's age is asked.
pub fn trouble(day: &mut [Basket], products: &[Product], restricted: &[Product], seed: u64) {
    let spacing = (day.len() / (KINDS * ROUNDS)).max(SPACING);
    let first = usize::try_from(chance::scatter(seed)).unwrap_or_default() % spacing;
    for (turn, basket) in day.iter_mut().skip(first).step_by(spacing).enumerate() {
        basket.trouble = of_turn(turn, basket, products, restricted);
        // What is paid in a trouble is more than nothing.
        basket.brings_empty &= basket.trouble.is_none();
    }
}

fn of_turn(turn: usize, basket: &Basket, products: &[Product], restricted: &[Product]) -> Option<Trouble> {
    let unknown_code = |product| Trouble::UnknownCode { code: NOBODY_KNOWS.to_owned(), product };
    let age = |approved| {
        let product = restricted.get(turn % restricted.len().max(1))?;
        Some(Trouble::Age { code: short(&product.gtin), approved })
    };
    match turn % KINDS {
        0 => age(true),
        1 => Some(Trouble::Refused),
        2 => Some(Trouble::Help),
        3 => Some(Trouble::CutAfterApproval),
        4 => Some(unknown_code(another(turn, basket, products))),
        5 => age(false),
        6 => Some(Trouble::Abandoned),
        _ => Some(unknown_code(None)),
    }
}

/// A product by the piece that is not in the basket.
fn another(turn: usize, basket: &Basket, products: &[Product]) -> Option<String> {
    let pieces = products.iter().filter(|product| product.sold_by() != SoldBy::Kilogram);
    let codes: Vec<String> = pieces.map(|product| short(&product.gtin)).collect();
    let start = turn * 7 % codes.len().max(1);
    let is_in = |code: &&String| basket.items.iter().any(|item| item.code == **code);
    codes.iter().cycle().skip(start).take(codes.len()).find(|code| !is_in(code)).cloned()
}

impl Promise {
    /// What these baskets promise.
    #[must_use]
    pub fn of(day: &[Basket]) -> Self {
        let mut promise = Self::default();
        for trouble in day.iter().filter_map(|basket| basket.trouble.as_ref()) {
            match trouble {
                Trouble::Refused => promise.refused += 1,
                Trouble::Abandoned => promise.abandoned += 1,
                Trouble::CutAfterApproval => {
                    promise.unknown += 1;
                    promise.interventions += 1;
                }
                Trouble::Age { .. } | Trouble::Help | Trouble::UnknownCode { .. } => {
                    promise.interventions += 1;
                }
            }
        }
        promise
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::draw;

    fn day(length: u32, seed: u64) -> Vec<Basket> {
        let product = |gtin: &str| Product { gtin: gtin.to_owned(), ..Product::default() };
        let products = [product("09521234543213"), product("04006381333931")];
        let mut day = draw(&products, length, 10, seed);
        trouble(&mut day, &products, &[product("09524262999014")], seed);
        day
    }

    #[test]
    fn a_short_day_has_every_trouble_and_a_long_one_has_each_a_few_times() {
        for seed in 0..40 {
            let short = Promise::of(&day(40, seed));
            assert!(short.refused >= 1 && short.abandoned >= 1 && short.unknown >= 1, "{short:?}");
            assert!(short.interventions >= 6, "{short:?}");
            let long = Promise::of(&day(500, seed));
            assert!((4..=5).contains(&long.refused) && (4..=5).contains(&long.unknown), "{long:?}");
        }
    }

    #[test]
    fn the_troubles_of_a_seed_are_always_the_same_and_cost_something() {
        assert_eq!(day(100, 7), day(100, 7));
        assert!(day(100, 7).iter().all(|basket| basket.trouble.is_none() || !basket.brings_empty));
    }

    #[test]
    fn nobodys_age_is_asked_where_nothing_is_restricted() {
        let mut day = day(40, 7);
        trouble(&mut day, &[], &[], 7);
        assert!(!day.iter().any(|basket| matches!(basket.trouble, Some(Trouble::Age { .. }))));
    }
}
