//! Keeps a till from finding the cards of members, or suspended baskets, by showing one number after the other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::OwnedMutexGuard;

use crate::domain::allowance::{Allowance, Budget, CARDS, CODES};

/// Beyond so many tills, those that have not guessed lately are forgotten.
const TILLS: usize = 10_000;

/// How often each till may guess, and what.
#[derive(Clone, Debug)]
pub struct Guesses {
    /// Cards of members; those that are known cost nothing.
    pub cards: Tries,
    /// Codes and cards for suspended baskets; those that are known cost nothing.
    pub codes: Tries,
}

impl Default for Guesses {
    fn default() -> Self {
        Self { cards: Tries::of(CARDS), codes: Tries::of(CODES) }
    }
}

/// The allowance of every till, in the memory of this replica.
#[derive(Clone, Debug)]
pub struct Tries {
    budget: Budget,
    tills: Arc<Mutex<HashMap<String, Turns>>>,
}

/// A till's allowance, for one try after the other.
type Turns = Arc<tokio::sync::Mutex<Allowance>>;

impl Tries {
    fn of(budget: Budget) -> Self {
        Self { budget, tills: Arc::default() }
    }

    /// A till's allowance, as soon as its try before is over. A request that is sent again while it is looked at waits for what becomes
    /// of it, and costs no more.
    pub async fn turn(&self, terminal_code: &str) -> OwnedMutexGuard<Allowance> {
        self.turns(terminal_code).lock_owned().await
    }

    fn turns(&self, terminal_code: &str) -> Turns {
        let now = Instant::now();
        let mut tills = self.tills.lock().unwrap_or_else(PoisonError::into_inner);
        if tills.len() >= TILLS && !tills.contains_key(terminal_code) {
            tills.retain(|_, turns| turns.try_lock().map_or(true, |mut left| !left.is_full(now)));
        }
        let full = || Arc::new(tokio::sync::Mutex::new(Allowance::full(self.budget, now)));
        tills.entry(terminal_code.to_owned()).or_insert_with(full).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_till_has_five_tries_and_no_other_till_pays_for_them() {
        let codes = Guesses::default().codes;
        let start = Instant::now();
        for _ in 0..CODES.most {
            assert!(codes.turn("LILLE-01").await.take(start).is_ok());
        }
        assert!(codes.turn("LILLE-01").await.take(start).is_err());
        assert!(codes.turn("LILLE-02").await.take(start).is_ok());
    }
}
