//! The moves of a bill with which another machine went on while it was the till, or this one after its journal was copied: what checkout
//! holds is what is paid, and what it does not know is unknown.

use super::{Attempt, IllegalMove, Stage};
use crate::tender::{Bill, Tender};

impl Stage {
    /// Checkout holds other tenders than the till has written down.
    pub fn corrected(&self, held: Vec<Tender>, due_minor: i64) -> Result<Self, IllegalMove> {
        match self {
            Self::Held { bill, .. } if !held.is_empty() => {
                Ok(Self::Held { bill: Bill { held, ..bill.clone() }, due_minor })
            }
            _ => Err(self.illegal("partly paid")),
        }
    }

    /// Checkout knows of a payment of which nobody knows what became, and the till does not: it is not asked for again.
    pub fn found_asked(&self, attempt: Attempt) -> Result<Self, IllegalMove> {
        match self {
            Self::Scanning { basket_id, .. } if *basket_id == attempt.bill.basket_id => {
                Ok(Self::Asked { attempt })
            }
            Self::Held { bill, .. }
            | Self::Asked { attempt: Attempt { bill, .. } }
            | Self::NotTaken { attempt: Attempt { bill, .. }, .. }
                if bill.basket_id == attempt.bill.basket_id =>
            {
                let bill = Bill { held: attempt.bill.held, ..bill.clone() };
                Ok(Self::Asked { attempt: Attempt { bill, ..attempt } })
            }
            _ => Err(self.illegal("asked")),
        }
    }

    /// Checkout holds nothing any more: the basket is what checkout says that it is.
    pub fn let_go(&self, version: i64) -> Result<Self, IllegalMove> {
        match self {
            Self::Held { bill, .. } => {
                Ok(Self::Scanning { basket_id: bill.basket_id, version, unpaid: None })
            }
            _ => Err(self.illegal("let go")),
        }
    }
}
