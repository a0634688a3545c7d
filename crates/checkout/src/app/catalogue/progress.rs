//! How far the imports of this replica have come. Only for the eye of whoever waits: what is written is in force when the import is
//! answered, and not before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::catalogue::change::Command;
use crate::error::Error;
use uuid::Uuid;

/// How far an import has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows of the file.
    pub rows: i64,
    /// Rows that are written.
    pub done: i64,
}

/// The imports under way. Clones hold the same ones.
#[derive(Clone, Debug, Default)]
pub struct Imports(Arc<Mutex<HashMap<(String, Uuid), Progress>>>);

/// An import under way; it is forgotten when it ends.
pub struct Underway {
    imports: Imports,
    key: (String, Uuid),
}

impl Imports {
    /// An import begins.
    pub fn begin(&self, command: &Command) -> Underway {
        let key = (command.caller.clone(), command.request_id);
        self.change(|all| all.insert(key.clone(), Progress::default()));
        Underway { imports: self.clone(), key }
    }

    /// How far an import of a caller has come.
    pub fn of(&self, caller: &str, request_id: Uuid) -> Result<Progress, Error> {
        let found = self.change(|all| all.get(&(caller.to_owned(), request_id)).copied());
        found.ok_or(Error::NotFound("import"))
    }

    fn change<R>(&self, change: impl FnOnce(&mut HashMap<(String, Uuid), Progress>) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Underway {
    /// It has come so far.
    pub fn at(&self, rows: i64, done: i64) {
        self.imports.change(|all| all.insert(self.key.clone(), Progress { rows, done }));
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.imports.change(|all| all.remove(&self.key));
    }
}
