//! How often a till may show what nobody holds, before it is taken to be guessing.
//!
//! The check digit of a card finds every single digit that was misread and nearly every two that were swapped, so that a card that is
//! read whole and unknown was shown as it is: one of another shop, or a blocked one. A shopper has few of those, and takes seconds for each.

use std::time::{Duration, Instant};

/// How many tries there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// So many in a row are nothing unusual.
    pub most: u32,
    /// One more is allowed after each such time.
    pub refill: Duration,
}

/// Unknown cards: all that a purse holds, and six in a minute.
pub const CARDS: Budget = Budget { most: 6, refill: Duration::from_secs(10) };
/// Codes and cards for suspended baskets: five in a minute.
pub const CODES: Budget = Budget { most: 5, refill: Duration::from_secs(12) };

/// What is left of a till's allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    budget: Budget,
    left: u32,
    refilled: Instant,
}

impl Allowance {
    /// A full one.
    pub fn full(budget: Budget, now: Instant) -> Self {
        Self { budget, left: budget.most, refilled: now }
    }

    /// Takes one try.
    ///
    /// # Errors
    /// When there is none: how long until there is one.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        self.refill(now);
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.budget.refill.saturating_sub(now.saturating_duration_since(self.refilled))),
        }
    }

    /// Gives a try back: it was not a miss.
    pub fn give_back(&mut self) {
        self.left = (self.left + 1).min(self.budget.most);
    }

    /// Whether it says no more than a new one would.
    pub fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.left == self.budget.most
    }

    fn refill(&mut self, now: Instant) {
        let Budget { most, refill } = self.budget;
        let passed = now.saturating_duration_since(self.refilled).as_millis() / refill.as_millis();
        let refills = u32::try_from(passed).unwrap_or(u32::MAX).min(most);
        self.left = (self.left + refills).min(most);
        self.refilled = if self.left == most { now } else { self.refilled + refill * refills };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purse_of_unknown_cards_is_allowed_and_then_six_a_minute() {
        let start = Instant::now();
        let mut allowance = Allowance::full(CARDS, start);
        for miss in 0..CARDS.most {
            assert_eq!(allowance.take(start), Ok(()), "miss {miss}");
        }
        assert_eq!(allowance.take(start), Err(CARDS.refill));
        let almost = start + CARDS.refill - Duration::from_millis(1);
        assert_eq!(allowance.take(almost), Err(Duration::from_millis(1)));
        let minute = (1..=60).filter(|second| allowance.take(start + Duration::from_secs(*second)).is_ok());
        assert_eq!(minute.count(), 6);
    }

    #[test]
    fn cards_that_are_known_cost_nothing_however_many_are_shown() {
        let start = Instant::now();
        let mut allowance = Allowance::full(CARDS, start);
        for _ in 0..1_000 {
            assert_eq!(allowance.take(start), Ok(()));
            allowance.give_back();
        }
        assert!(allowance.is_full(start));
    }

    #[test]
    fn shoppers_with_a_card_of_another_shop_each_half_minute_are_never_refused() {
        let start = Instant::now();
        let mut allowance = Allowance::full(CARDS, start);
        for shopper in 0..1_000 {
            assert_eq!(allowance.take(start + Duration::from_secs(30) * shopper), Ok(()));
        }
        assert!(allowance.is_full(start + Duration::from_secs(1_000_000)));
    }
}
