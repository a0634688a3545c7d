//! The moves by which money that is held goes back, one tender after the other, the last first.

use time::OffsetDateTime;

use super::{Attempt, Credit, IllegalMove, Stage};
use crate::{
    card::{NotTaken, Outcome},
    client::RequestId,
    tender::{Returned, TenderKind, Way},
};

impl Stage {
    /// The card terminal is about to be asked to give the last tender back; again, where it surely did not.
    pub fn credit_asked(&self, credit: Credit) -> Result<Self, IllegalMove> {
        match self {
            Self::Held { bill, due_minor } if bill.last() == Some(&credit.tender) => {
                Ok(Self::CreditAsked { bill: bill.clone(), due_minor: *due_minor, credit })
            }
            // What is owed after a part went back is a person's to give.
            Self::Owed { bill, due_minor, owed_minor, .. }
                if bill.last() == Some(&credit.tender) && *owed_minor == credit.tender.amount_minor =>
            {
                Ok(Self::CreditAsked { bill: bill.clone(), due_minor: *due_minor, credit })
            }
            _ => Err(self.illegal("asked to give back")),
        }
    }

    /// No card terminal gives the last tender back.
    pub fn owed(&self, credit: Credit) -> Result<Self, IllegalMove> {
        match self {
            Self::Held { bill, due_minor } if bill.last() == Some(&credit.tender) => {
                let owed_minor = credit.tender.amount_minor;
                Ok(Self::Owed { bill: bill.clone(), due_minor: *due_minor, credit, owed_minor })
            }
            _ => Err(self.illegal("in debt")),
        }
    }

    /// The outcome of giving back. An unknown one changes nothing here either.
    pub fn credited(&self, outcome: Outcome, request_id: RequestId) -> Result<Self, IllegalMove> {
        let Self::CreditAsked { bill, due_minor, credit } = self else {
            return Err(self.illegal("answered"));
        };
        let (bill, due_minor, credit) = (bill.clone(), *due_minor, credit.clone());
        let asked_minor = credit.tender.amount_minor;
        Ok(match outcome {
            Outcome::Taken(payment) => {
                let returned =
                    Returned { tender: credit.tender, way: Way::Card, slip_text: payment.slip_text };
                Self::Returned { bill, due_minor, returned, request_id }
            }
            Outcome::Partial(payment) => {
                let owed_minor = asked_minor - payment.amount_minor;
                let bill = bill.with_slip(&payment.slip_text);
                Self::Owed { bill, due_minor, credit, owed_minor }
            }
            Outcome::NotTaken { slip_text, .. } => {
                Self::Owed { bill: bill.with_slip(&slip_text), due_minor, credit, owed_minor: asked_minor }
            }
            Outcome::Unknown(_) => Self::CreditAsked { bill, due_minor, credit },
        })
    }

    /// Store credit that is held goes back to the member: nobody but checkout has to be asked.
    pub fn returned(&self, request_id: RequestId) -> Result<Self, IllegalMove> {
        match self {
            Self::Held { bill, due_minor }
                if bill.last().is_some_and(|tender| tender.kind == TenderKind::StoreCredit) =>
            {
                let tender = bill.held[bill.held.len() - 1].clone();
                let returned = Returned { tender, way: Way::StoreCredit, slip_text: String::new() };
                Ok(Self::Returned { bill: bill.clone(), due_minor: *due_minor, returned, request_id })
            }
            _ => Err(self.illegal("given back")),
        }
    }

    /// A person has given back what the card terminal did not, or has seen that it did.
    pub fn settled_as_given_back(&self, request_id: RequestId) -> Result<Self, IllegalMove> {
        match self {
            Self::CreditAsked { bill, due_minor, credit } | Self::Owed { bill, due_minor, credit, .. } => {
                let (tender, way) = (credit.tender.clone(), Way::Staff);
                let returned = Returned { tender, way, slip_text: String::new() };
                Ok(Self::Returned { bill: bill.clone(), due_minor: *due_minor, returned, request_id })
            }
            _ => Err(self.illegal("given back")),
        }
    }

    /// Checkout knows that a tender was given back: others are still held, or nothing is taken any more.
    pub fn returned_told(&self, now: OffsetDateTime, request_id: RequestId) -> Result<Self, IllegalMove> {
        let Self::Returned { bill, due_minor, returned, .. } = self else {
            return Err(self.illegal("without a tender"));
        };
        let mut bill = bill.clone();
        bill.held.retain(|tender| tender.tender_id != returned.tender.tender_id);
        bill.returned.push(returned.clone());
        bill.keep_slip(&returned.slip_text);
        let due_minor = due_minor + returned.tender.amount_minor;
        if !bill.held.is_empty() {
            return Ok(Self::Held { bill, due_minor });
        }
        let attempt = Attempt {
            attempt_id: returned.tender.tender_id,
            bill,
            kind: returned.tender.kind,
            amount_minor: due_minor,
            rest_minor: 0,
            asked_time: now,
        };
        Ok(Self::left(attempt, NotTaken::GivenBack, String::new(), request_id))
    }
}
