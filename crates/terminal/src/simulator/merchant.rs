//! What the merchant finds in the card terminal itself, whatever the till was told.

use std::path::Path;

use anyhow::Context;
use caisse_ap::Operation;

use super::{Behaviour, append, slip::Card};

/// A payment that was asked, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PlayedPayment {
    /// What happened, by its word in a script.
    pub behaviour: String,
    /// What was asked, in cents; below zero what was to be given back.
    pub amount_minor: i64,
    /// What was taken, in cents; below zero what was given back.
    pub taken_minor: i64,
    /// The end of the card's number; empty when nothing was taken.
    pub pan_last4: String,
}

impl PlayedPayment {
    pub(super) fn of(behaviour: Behaviour, operation: Operation, amount_minor: i64, card: &Card) -> Self {
        let moved_minor = behaviour.takes(amount_minor);
        let pan_last4 = if moved_minor > 0 { card.pan_last4.clone() } else { String::new() };
        let sign = if operation == Operation::Credit { -1 } else { 1 };
        Self {
            behaviour: behaviour.word().to_owned(),
            amount_minor: sign * amount_minor,
            taken_minor: sign * moved_minor,
            pan_last4,
        }
    }

    /// Adds it to the file. It is there before anybody is told.
    pub(super) fn write(&self, file: &Path) -> anyhow::Result<()> {
        append(file, self).context("cannot write a payment down")
    }
}
