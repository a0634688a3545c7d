//! Keeps a till from finding the cards of members by showing one number after the other.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::domain::allowance::Allowance;

/// Beyond so many tills, those that have not guessed lately are forgotten.
const TILLS: usize = 10_000;

/// The allowance of every till, in the memory of this replica.
#[derive(Clone, Debug, Default)]
pub struct Guesses(Arc<Mutex<HashMap<String, Allowance>>>);

impl Guesses {
    /// Takes one try of a till; without one, how long until there is one.
    pub fn take(&self, terminal_code: &str) -> Result<(), Duration> {
        let now = Instant::now();
        let mut tills = self.tills();
        if tills.len() >= TILLS && !tills.contains_key(terminal_code) {
            tills.retain(|_, allowance| !allowance.is_full(now));
        }
        tills.entry(terminal_code.to_owned()).or_insert_with(|| Allowance::full(now)).take(now)
    }

    /// Gives a try back: the card was known, or nobody could tell.
    pub fn give_back(&self, terminal_code: &str) {
        if let Some(allowance) = self.tills().get_mut(terminal_code) {
            allowance.give_back();
        }
    }

    fn tills(&self) -> MutexGuard<'_, HashMap<String, Allowance>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
