//! How often a till may show cards that nobody holds, before it is taken to be guessing.

use std::time::{Duration, Instant};

/// Misses in a row that are nothing unusual.
pub const MISSES: u32 = 20;
/// One more miss is allowed after each such time.
pub const REFILL: Duration = Duration::from_secs(3);

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

    /// Takes one try, if there is one.
    #[must_use]
    pub fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        true
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
    fn twenty_misses_are_allowed_and_then_one_each_three_seconds() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        for miss in 0..MISSES {
            assert!(allowance.take(start), "miss {miss}");
        }
        assert!(!allowance.take(start));
        assert!(!allowance.take(start + REFILL - Duration::from_millis(1)));
        assert!(allowance.take(start + REFILL));
        assert!(!allowance.take(start + REFILL));
        assert!(allowance.take(start + REFILL * 2));
    }

    #[test]
    fn a_card_that_is_known_costs_nothing() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        for _ in 0..1_000 {
            assert!(allowance.take(start));
            allowance.give_back();
        }
        assert!(allowance.is_full(start));
    }

    #[test]
    fn a_long_pause_fills_it_and_no_more() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        assert!(allowance.take(start));
        assert!(!allowance.is_full(start));
        assert!(allowance.is_full(start + REFILL * 1_000_000));
        assert_eq!(allowance.left, MISSES);
    }
}
