//! Keeps a till from finding suspended baskets by one code after the other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Tries of a till in [`WINDOW`], right or wrong.
const TRIES: u32 = 5;
/// From the first of them on.
const WINDOW: Duration = Duration::from_secs(60);
/// Beyond so many tills, those that have not tried lately are forgotten.
const TILLS: usize = 10_000;

/// The tries of every till, in the memory of this replica.
#[derive(Clone, Debug, Default)]
pub struct Guesses(Arc<Mutex<HashMap<String, (Instant, u32)>>>);

impl Guesses {
    /// Takes one try of a till, if it has one.
    #[must_use]
    pub fn take(&self, terminal_code: &str, now: Instant) -> bool {
        let mut tills = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |since: Instant| now.saturating_duration_since(since) >= WINDOW;
        if tills.len() >= TILLS {
            tills.retain(|_, (since, _)| !is_over(*since));
        }
        let (since, tries) = tills.entry(terminal_code.to_owned()).or_insert((now, 0));
        if is_over(*since) {
            (*since, *tries) = (now, 0);
        }
        *tries += 1;
        *tries <= TRIES
    }

    /// The shopper was known: whoever comes next has all tries.
    pub fn forget(&self, terminal_code: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(terminal_code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_till_has_five_tries_a_minute_and_no_other_till_pays_for_them() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..TRIES {
            assert!(guesses.take("LILLE-01", now));
        }
        assert!(!guesses.take("LILLE-01", now));
        assert!(!guesses.take("LILLE-01", now + WINDOW / 2));
        assert!(guesses.take("LILLE-02", now));
        assert!(guesses.take("LILLE-01", now + WINDOW));
        guesses.forget("LILLE-02");
        assert!((0..TRIES).all(|_| guesses.take("LILLE-02", now)));
    }
}
