//! What is known of the last payments: a late answer that says so again tells nothing new.

use std::collections::VecDeque;

use uuid::Uuid;

use crate::stage::Attempt;

/// More payments than can end while a card terminal is still listened to.
const MOST: usize = 64;

/// The last payments that are known as made, or as not made.
#[derive(Debug, Default)]
pub(super) struct Known(VecDeque<Payment>);

#[derive(Debug)]
struct Payment {
    attempt_id: Uuid,
    basket_id: Uuid,
    is_made: bool,
}

impl Known {
    /// What is said last of a payment counts.
    pub(super) fn keep(&mut self, attempt: &Attempt, is_made: bool) {
        self.0.retain(|payment| payment.attempt_id != attempt.attempt_id);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        let (attempt_id, basket_id) = (attempt.attempt_id, attempt.bill.basket_id);
        self.0.push_back(Payment { attempt_id, basket_id, is_made });
    }

    /// Whether the payment of this reference is known as made.
    pub(super) fn is_made(&self, reference: &str) -> bool {
        self.0.iter().any(|payment| payment.is_made && payment.attempt_id.to_string() == reference)
    }

    /// Whether this payment was asked for this basket and is known as not made.
    pub(super) fn is_not_made(&self, attempt_id: Uuid, basket_id: Uuid) -> bool {
        let is_it = |payment: &Payment| payment.attempt_id == attempt_id && payment.basket_id == basket_id;
        self.0.iter().any(|payment| is_it(payment) && !payment.is_made)
    }
}
