//! What simulated card terminals took and gave back.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context;

use super::append;

/// The payments that simulated card terminals made. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Charges(Arc<Mutex<Vec<Charge>>>);

/// A payment that was made.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Charge {
    /// How much was taken, in cents; below zero what was given back.
    pub amount_minor: i64,
    /// The till's own reference, if it sends one.
    pub reference: Option<String>,
}

impl Charges {
    /// The payments so far.
    #[must_use]
    pub fn all(&self) -> Vec<Charge> {
        self.lock().clone()
    }

    /// Takes or gives back, and writes it into the file too. Answers no when more would be given back than was ever taken.
    pub(super) fn book(&self, charge: Charge, file: Option<&Path>) -> anyhow::Result<bool> {
        let mut charges = self.lock();
        if charge.amount_minor < 0 {
            let taken: i64 = charges.iter().map(|charge| charge.amount_minor).sum();
            if taken + charge.amount_minor < 0 {
                return Ok(false);
            }
        }
        if let Some(file) = file {
            append(file, &charge).context("cannot write a charge down")?;
        }
        charges.push(charge);
        Ok(true)
    }

    /// A terminal that starts again knows what it took before.
    pub(super) fn remember(&self, file: Option<&PathBuf>) -> anyhow::Result<()> {
        let Some(file) = file else { return Ok(()) };
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(failure) => {
                return Err(failure).with_context(|| format!("cannot read the charges {}", file.display()));
            }
        };
        for line in text.lines() {
            self.lock().push(serde_json::from_str(line).context("a line of the charges")?);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Charge>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
