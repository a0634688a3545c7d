//! The keys of the tills, each derived from the one secret when it is first needed.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use fiscal::{Authority, TerminalKey};

/// The keys of a legal identity's tills, by code of the till.
type Tills = HashMap<String, Arc<TerminalKey>>;

/// The secret of the fiscal journal, and the keys that follow from it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Keys {
    authority: Arc<Authority>,
    /// By SIRET. As many as there are tills: only a till of the catalogue ever seals.
    derived: Arc<RwLock<HashMap<String, Tills>>>,
}

impl Keys {
    /// The keys that follow from this secret.
    pub fn of(authority: Authority) -> Self {
        Self { authority: Arc::new(authority), derived: Arc::default() }
    }

    /// The secret itself: it certifies keys and signs archives.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The key of a till. Deriving it costs more than a signature, so it is kept.
    pub fn till(&self, siret: &str, terminal_code: &str) -> Arc<TerminalKey> {
        let derived = self.derived.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = derived.get(siret).and_then(|tills| tills.get(terminal_code)) {
            return key.clone();
        }
        drop(derived);
        let key = Arc::new(self.authority.terminal(siret, terminal_code));
        let mut derived = self.derived.write().unwrap_or_else(PoisonError::into_inner);
        derived.entry(siret.to_owned()).or_default().insert(terminal_code.to_owned(), key.clone());
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_derived_once_and_is_that_of_its_till_and_legal_identity_alone() {
        let keys = Keys::of(Authority::from_seed([7; 32]));
        let key = keys.till("73282932000074", "LILLE-01");
        assert!(Arc::ptr_eq(&key, &keys.clone().till("73282932000074", "LILLE-01")));
        let derived = Authority::from_seed([7; 32]).terminal("73282932000074", "LILLE-01");
        assert_eq!(key.public_key(), derived.public_key());
        for (siret, terminal_code) in [("73282932000074", "LILLE-02"), ("99999999800019", "LILLE-01")] {
            assert_ne!(keys.till(siret, terminal_code).public_key(), key.public_key());
        }
    }
}
