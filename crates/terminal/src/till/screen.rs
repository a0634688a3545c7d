//! Which screen belongs to where the till stands.

use super::{
    machine::Machine,
    view::{Screen, Trouble},
};
use crate::{card::Doubt, stage::Stage};

impl Machine {
    /// What is shown now.
    pub(super) fn screen(&self) -> Screen {
        if let Some(sale) = self.thanks {
            return Screen::Thanks(sale);
        }
        if let Some(closure) = self.closure() {
            return Screen::Closed(closure);
        }
        let attendant = |trouble, attempt: &crate::stage::Attempt| Screen::Attendant {
            trouble,
            total_minor: attempt.amount_minor,
            asked_time: attempt.asked_time,
        };
        match (&self.stage, self.trouble) {
            (Stage::Idle, _) if self.locked => Screen::Locked,
            (Stage::Idle, _) => Screen::Idle,
            (Stage::Suspending { .. }, _) => match self.suspended {
                Some(code) => Screen::Suspended(code),
                None => Screen::Starting,
            },
            (Stage::Resuming { .. }, _) => Screen::Starting,
            (Stage::Scanning { .. }, _) => match &self.basket {
                Some(basket) => Screen::Scanning(Box::new(basket.clone())),
                None => Screen::Starting,
            },
            (Stage::Asked { attempt }, trouble) => {
                attendant(trouble.unwrap_or(Trouble::PaymentUnknown(Doubt::Restarted)), attempt)
            }
            (Stage::Held { bill, due_minor }, _) => {
                Screen::Held { tenders: bill.held.clone(), due_minor: *due_minor }
            }
            (Stage::CreditAsked { credit, .. } | Stage::Owed { credit, .. }, trouble) => {
                let owed_minor = credit.tender.amount_minor;
                Screen::Attendant {
                    trouble: trouble.unwrap_or(Trouble::GiveBack { owed_minor, is_unknown: true }),
                    total_minor: owed_minor,
                    asked_time: credit.asked_time,
                }
            }
            (Stage::Returned { returned, .. }, _) => {
                Screen::Telling { total_minor: returned.tender.amount_minor, taken: false }
            }
            (Stage::Taken { attempt, payment, .. }, Some(trouble)) => Screen::Attendant {
                trouble,
                // What was taken has to go back: it may be less than what was asked.
                total_minor: payment.as_ref().map_or(attempt.amount_minor, |payment| payment.amount_minor),
                asked_time: attempt.asked_time,
            },
            (Stage::NotTaken { attempt, .. }, Some(trouble)) => attendant(trouble, attempt),
            (Stage::Taken { attempt, .. }, None) | (Stage::Free { attempt, .. }, _) => {
                Screen::Telling { total_minor: attempt.amount_minor, taken: true }
            }
            (Stage::NotTaken { attempt, .. }, None) => {
                Screen::Telling { total_minor: attempt.amount_minor, taken: false }
            }
        }
    }
}
