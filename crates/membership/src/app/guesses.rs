//! Keeps a till from finding members by showing one number after the other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::domain::allowance::Allowance;

/// Beyond so many tills, those that have not guessed lately are forgotten.
const TILLS: usize = 10_000;

/// The allowance of every till, in the memory of this replica.
#[derive(Clone, Debug, Default)]
pub struct Guesses(Arc<Mutex<HashMap<String, Allowance>>>);

impl Guesses {
    /// Takes one try of a till, if it has one.
    #[must_use]
    pub fn take(&self, terminal: &str) -> bool {
        let now = Instant::now();
        let mut tills = self.tills();
        if tills.len() >= TILLS && !tills.contains_key(terminal) {
            tills.retain(|_, allowance| !allowance.is_full(now));
        }
        tills.entry(terminal.to_owned()).or_insert_with(|| Allowance::full(now)).take(now)
    }

    /// Gives a try back: the card was known, or nobody could tell.
    pub fn give_back(&self, terminal: &str) {
        if let Some(allowance) = self.tills().get_mut(terminal) {
            allowance.give_back();
        }
    }

    fn tills(&self) -> MutexGuard<'_, HashMap<String, Allowance>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::allowance::MISSES;

    #[test]
    fn one_till_does_not_use_up_the_allowance_of_another() {
        let guesses = Guesses::default();
        for _ in 0..MISSES {
            assert!(guesses.take("LILLE-01"));
        }
        assert!(!guesses.take("LILLE-01"));
        assert!(guesses.take("LILLE-02"));
        guesses.give_back("LILLE-01");
        assert!(guesses.take("LILLE-01"));
    }
}
