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
        let attendant = |trouble, attempt: &crate::stage::Attempt| Screen::Attendant {
            trouble,
            total_minor: attempt.amount_minor,
            asked_time: attempt.asked_time,
            attempt_id: attempt.attempt_id,
        };
        match (&self.stage, self.trouble) {
            (Stage::Idle, _) if self.locked => Screen::Locked,
            (Stage::Idle, _) => Screen::Idle,
            (Stage::Scanning { .. }, _) => match &self.basket {
                Some(basket) => Screen::Scanning(Box::new(basket.clone())),
                None => Screen::Starting,
            },
            (Stage::Asked { attempt }, trouble) => {
                attendant(trouble.unwrap_or(Trouble::PaymentUnknown(Doubt::Restarted)), attempt)
            }
            (Stage::Partial { attempt, payment }, _) => {
                attendant(Trouble::PaymentPartial { paid_minor: payment.amount_minor }, attempt)
            }
            (Stage::Taken { attempt, .. } | Stage::NotTaken { attempt, .. }, Some(trouble)) => {
                attendant(trouble, attempt)
            }
            (Stage::Taken { attempt, .. }, None) | (Stage::Free { attempt, .. }, _) => {
                Screen::Telling { total_minor: attempt.amount_minor, taken: true }
            }
            (Stage::NotTaken { attempt, .. }, None) => {
                Screen::Telling { total_minor: attempt.amount_minor, taken: false }
            }
        }
    }
}
