//! Which screen belongs to where the till stands, and all that is shown with it.

use super::{
    cue::Cue,
    machine::Machine,
    view::{Notice, Screen, Trouble, View},
};
use crate::{
    card::Doubt,
    stage::{Credit, Refund, Stage, Step},
};

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
            attempt_id: attempt.attempt_id,
            tender_id: None,
            kind: attempt.kind,
        };
        match (&self.stage, self.trouble) {
            (Stage::Idle, _) if self.locked => Screen::Locked,
            (Stage::Idle, _) => Screen::Idle,
            (Stage::Suspending { code, .. }, _) if self.suspended => Screen::Suspended(*code),
            (Stage::Suspending { .. } | Stage::Resuming { .. }, _) => Screen::Starting,
            (Stage::Scanning { .. }, _) => match &self.basket {
                Some(basket) => Screen::Scanning(Box::new(basket.clone())),
                None => Screen::Starting,
            },
            (Stage::Asked { attempt }, trouble) => {
                attendant(trouble.unwrap_or(Trouble::PaymentUnknown(Doubt::Restarted)), attempt)
            }
            (Stage::Held { .. }, _) if self.bill_unread => Screen::Starting,
            (Stage::Held { bill, due_minor }, _) => {
                Screen::Held { tenders: bill.held.clone(), due_minor: *due_minor }
            }
            (Stage::CreditAsked { credit, .. }, _) => owed(credit, credit.tender.amount_minor, true),
            (Stage::Owed { credit, owed_minor, .. }, _) => owed(credit, *owed_minor, false),
            (Stage::Returned { returned, .. }, _) => {
                Screen::Telling { total_minor: returned.tender.amount_minor, taken: false }
            }
            (Stage::Taken { attempt, payment, .. }, Some(trouble)) => Screen::Attendant {
                trouble,
                // What was taken has to go back: it may be less than what was asked.
                total_minor: payment.as_ref().map_or(attempt.amount_minor, |payment| payment.amount_minor),
                asked_time: attempt.asked_time,
                attempt_id: attempt.attempt_id,
                tender_id: None,
                kind: attempt.kind,
            },
            (Stage::NotTaken { attempt, .. }, Some(trouble)) => attendant(trouble, attempt),
            (Stage::Taken { attempt, .. }, None) | (Stage::Free { attempt, .. }, _) => {
                Screen::Telling { total_minor: attempt.amount_minor, taken: true }
            }
            (Stage::NotTaken { attempt, .. }, None) => {
                Screen::Telling { total_minor: attempt.amount_minor, taken: false }
            }
            (Stage::Refund { refund }, _) => at_refund(refund),
        }
    }

    /// Whether a person has to look before anything else is done.
    pub(super) const fn needs_attendant(&self) -> bool {
        let at_refund = matches!(&self.stage, Stage::Refund { refund } if refund.is_asked());
        self.trouble.is_some()
            || at_refund
            || matches!(self.stage, Stage::CreditAsked { .. } | Stage::Owed { .. })
    }

    /// Shows where the till stands.
    pub(super) fn show(&mut self) {
        let screen = self.screen();
        self.show_screen(screen);
    }

    pub(super) fn show_screen(&mut self, screen: Screen) {
        let (shopper, notice, greeting) = (self.shopper, self.notice, self.greeting.clone());
        let bag = self.bag.clone().filter(|_| !self.bag_answered).map(Box::new);
        let (basket_id, called, audits) = (self.stage.basket_id(), self.call.is_some(), self.audits);
        let (gives_up, asks_after) = (self.timer.filter(|_| self.warned), self.parts.idle);
        let (training, recount) = (self.is_training(&screen), self.recount);
        let is_given_up = self.stage == Stage::Idle && self.thanks.is_none();
        let unpaid = self.unpaid.clone().filter(|_| is_given_up || is_said(notice));
        let (due, returned, notes) = (self.due(), self.shown_returned(), self.notes.clone());
        let (findings, unprinted, unread) = (self.found(), self.unprinted, self.is_unread());
        // No other screen is disturbed when it is learnt.
        let time_zone = match &screen {
            Screen::Attendant { .. } => self.parts.card.shop().time_zone().to_owned(),
            _ => String::new(),
        };
        let answered = std::mem::take(&mut self.answered);
        self.shown.send_if_modified(|view| {
            let (revision, cue) = (view.revision, view.cue);
            let mut next = View {
                revision,
                cue,
                shopper,
                screen,
                notice,
                greeting,
                basket_id,
                called,
                audits,
                gives_up,
                asks_after,
                bag,
                recount,
                unpaid,
                due,
                returned,
                notes,
                findings,
                unprinted,
                unread,
                training,
                time_zone,
            };
            // A page is disturbed by what is new, and by the answer to what was done on it.
            if !answered && next == *view {
                return false;
            }
            next.cue = Cue::between(view, &next, answered);
            next.revision += 1;
            *view = next;
            true
        });
    }
}

/// Money has to go back, or may have gone.
const fn owed(credit: &Credit, owed_minor: i64, is_unknown: bool) -> Screen {
    Screen::Attendant {
        trouble: Trouble::GiveBack { owed_minor, is_unknown },
        total_minor: credit.tender.amount_minor,
        asked_time: credit.asked_time,
        attempt_id: credit.credit_id,
        tender_id: Some(credit.tender.tender_id),
        kind: credit.tender.kind,
    }
}

/// A refund is claimed, nobody knows of it, or checkout is being told.
const fn at_refund(refund: &Refund) -> Screen {
    match &refund.step {
        Step::Claiming { .. } => Screen::Starting,
        Step::Asked { tender } => Screen::Attendant {
            trouble: Trouble::RefundUnknown,
            total_minor: tender.amount_minor,
            asked_time: refund.asked_time,
            attempt_id: refund.credit_id,
            tender_id: None,
            kind: tender.kind,
        },
        Step::Given { given_minor, .. } => Screen::Telling { total_minor: *given_minor, taken: false },
        Step::NotGiven { .. } => Screen::Telling { total_minor: 0, taken: false },
    }
}

/// Whether the slip of a payment that was not made is shown at its basket: until the shopper goes on. After a basket that was given up it
/// stays until somebody does, whether the till serves the next or not.
const fn is_said(notice: Option<Notice>) -> bool {
    matches!(notice, Some(Notice::NotPaid(_) | Notice::Printing | Notice::SlipNotPrinted(_)))
}
