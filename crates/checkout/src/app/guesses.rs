//! Keeps a till from finding the cards of members, or suspended baskets, by showing one number after the other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
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
    /// Codes and cards for suspended baskets; who is known has all tries again.
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

    /// Takes one try of a till, as soon as its try before is over; without one, how long until there is one. A request that is sent
    /// again while it is looked at waits for what becomes of it, and costs no more.
    pub async fn take(&self, terminal_code: &str) -> Result<OwnedMutexGuard<Allowance>, Duration> {
        let mut turn = self.turns(terminal_code).lock_owned().await;
        turn.take(Instant::now())?;
        Ok(turn)
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
        for _ in 0..CODES.most {
            assert!(codes.take("LILLE-01").await.is_ok());
        }
        assert!(codes.take("LILLE-01").await.is_err());
        for _ in 0..CODES.most {
            codes.take("LILLE-02").await.unwrap().fill();
        }
        assert!(codes.take("LILLE-02").await.is_ok(), "whoever is known leaves all tries to the next");
    }
}
