//! A payment that was not made, as its shopper reads of it: it outlives the process that was told so.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Attempt;
use crate::{card::NotTaken, tender::Returned};

/// Between two slips that are shown together.
pub(crate) const BETWEEN_SLIPS: &str = "\n\n";

/// What became of a payment that was not made. Its slip belongs in no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpaid {
    /// Why.
    pub cause: NotTaken,
    /// The two digits of the card terminal's own reason, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub complement: String,
    /// The slip, or all those of a payment in parts, one under the other; or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub slip_text: String,
    /// What was given back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<Returned>,
}

impl Unpaid {
    /// The end of a payment: everything that the shopper got meanwhile is shown once more.
    pub(crate) fn of(attempt: &Attempt, cause: NotTaken, complement: &str, slip_text: &str) -> Self {
        Self {
            cause,
            complement: complement.to_owned(),
            slip_text: attempt.bill.clone().with_slip(slip_text).slip_texts.join(BETWEEN_SLIPS),
            returned: attempt.bill.returned.clone(),
        }
    }
}

impl fmt::Debug for Unpaid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.slip_text.chars().count();
        write!(formatter, "Unpaid({:?}, {:?}, <{length} characters>)", self.cause, self.complement)
    }
}
