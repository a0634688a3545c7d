//! The shoppers of a Saturday: when each one comes, with how many articles, with a card or without. Pure: a seed is a day.
//!
//! Why it has this shape:
//! - Shoppers decide without each other, so the gaps between them are those of a Poisson process. Its rate follows the hour, for it is
//!   the peaks that tills, relay and analytics must bear: a shop that keeps up with the average still has a queue at 17:00.
//! - Two peaks, late in the morning and late in the afternoon, with the French lunch between them. In the year of a real supermarket
//!   (Complete Journey of 84.51°, 30,000 baskets) the busiest hour of a Saturday, from 17:00, had 9 % of its day; the busiest hour
//!   here, from 10:30, has 13 %, because the doors open for 12 hours and not for 24, and because a load is there to be felt.
//! - Baskets have a long tail. In the same year 14 % had one line, 12 % two, half of them at most 6, and 7 % more than 32; the mean was
//!   10.5. A mean alone would never show what the 60th scan costs.
//! - Three of four shoppers show a card, as in the demonstration.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// How long the doors are open: from 8:30 to 20:30.
pub const OPEN: Duration = Duration::from_secs(12 * 3600);

/// The largest basket.
pub const MOST_ARTICLES: usize = 64;

/// How many of a thousand shoppers come in each half hour, from 8:30.
const HALF_HOURS: [u16; 24] =
    [14, 24, 38, 54, 64, 64, 54, 42, 32, 26, 26, 30, 36, 42, 48, 54, 60, 64, 60, 52, 42, 34, 24, 16];

/// How many of a hundred baskets have so many articles, at least and at most; within a class each number is as likely.
const BASKETS: [(u32, usize, usize); 7] =
    [(14, 1, 1), (12, 2, 2), (17, 3, 4), (19, 5, 8), (18, 9, 16), (13, 17, 32), (7, 33, MOST_ARTICLES)];

/// How many of a hundred shoppers are members.
const MEMBERS: u32 = 75;

/// A shopper who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Since the doors opened.
    pub at: Duration,
    /// How many articles are bought.
    pub articles: usize,
    /// Where in the shelves the first of them stands; the others follow it.
    pub shelf: usize,
    /// Whether a card is shown.
    pub is_member: bool,
}

/// The shoppers of one store in the order in which they come, `shoppers` of them on average. A store's day does not depend on how many
/// other stores there are.
#[must_use]
pub fn saturday(seed: u64, store: u64, shoppers: u32) -> Vec<Arrival> {
    let mut chance = chance(seed, store);
    let mut day = Vec::new();
    let mut passed = 0.0;
    loop {
        // By inversion: a process of rate one, run through the curve of the day.
        passed -= (1.0 - chance.random::<f64>()).ln();
        if passed >= f64::from(shoppers) {
            return day;
        }
        day.push(Arrival {
            at: moment(passed / f64::from(shoppers)),
            articles: articles(&mut chance),
            shelf: chance.random_range(0..1_000_000),
            is_member: chance.random_range(0..100) < MEMBERS,
        });
    }
}

fn chance(seed: u64, store: u64) -> StdRng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&store.to_le_bytes());
    StdRng::from_seed(key)
}

/// When this share of the day's shoppers has come, 0 to 1.
fn moment(share: f64) -> Duration {
    let each = OPEN / 24;
    let mut rest = share * 1000.0;
    let mut before = Duration::ZERO;
    for come in HALF_HOURS.map(f64::from) {
        if rest < come {
            return before + each.mul_f64(rest / come);
        }
        rest -= come;
        before += each;
    }
    OPEN
}

fn articles(chance: &mut StdRng) -> usize {
    let mut rest = chance.random_range(0..100);
    for (share, least, most) in BASKETS {
        if rest < share {
            return chance.random_range(least..=most);
        }
        rest -= share;
    }
    MOST_ARTICLES
}

#[cfg(test)]
mod tests;
