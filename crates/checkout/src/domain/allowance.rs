//! How often a till may show cards that nobody holds, before it is taken to be guessing.
//!
//! The check digit of a card finds every single digit that was misread and nearly every two that were swapped, so that a card that is
//! read whole and unknown was shown as it is: one of another shop, or a blocked one. A shopper has few of those, and takes seconds for each.

use std::time::{Duration, Instant};

/// Unknown cards in a row that are nothing unusual: all that a purse holds.
pub const MISSES: u32 = 6;
/// One more is allowed after each such time: six in a minute.
pub const REFILL: Duration = Duration::from_secs(10);

/// What is left of a till's allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    left: u32,
    refilled: Instant,
}

impl Allowance {
    /// A full one.
    pub fn full(now: Instant) -> Self {
        Self { left: MISSES, refilled: now }
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
            None => Err(REFILL.saturating_sub(now.saturating_duration_since(self.refilled))),
        }
    }

    /// Gives a try back: it was not a miss.
    pub fn give_back(&mut self) {
        self.left = (self.left + 1).min(MISSES);
    }

    /// Whether it says no more than a new one would.
    pub fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.left == MISSES
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.refilled).as_millis() / REFILL.as_millis();
        let refills = u32::try_from(passed).unwrap_or(u32::MAX).min(MISSES);
        self.left = (self.left + refills).min(MISSES);
        self.refilled = if self.left == MISSES { now } else { self.refilled + REFILL * refills };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purse_of_unknown_cards_is_allowed_and_then_six_a_minute() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        for miss in 0..MISSES {
            assert_eq!(allowance.take(start), Ok(()), "miss {miss}");
        }
        assert_eq!(allowance.take(start), Err(REFILL));
        let almost = start + REFILL - Duration::from_millis(1);
        assert_eq!(allowance.take(almost), Err(Duration::from_millis(1)));
        let minute = (1..=60).filter(|second| allowance.take(start + Duration::from_secs(*second)).is_ok());
        assert_eq!(minute.count(), 6);
    }

    #[test]
    fn cards_that_are_known_cost_nothing_however_many_are_shown() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        for _ in 0..1_000 {
            assert_eq!(allowance.take(start), Ok(()));
            allowance.give_back();
        }
        assert!(allowance.is_full(start));
    }

    #[test]
    fn shoppers_with_a_card_of_another_shop_each_half_minute_are_never_refused() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        for shopper in 0..1_000 {
            assert_eq!(allowance.take(start + Duration::from_secs(30) * shopper), Ok(()));
        }
        assert!(allowance.is_full(start + Duration::from_secs(1_000_000)));
    }
}
