//! What a refund owes the shopper: paid once, at the desk, at a till or by the office in the acquirer's pages.

use money::Cents;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    payment::Tender,
    refund::{CreditNote, Payout},
    refund_credit::RefundCredit,
};

/// How the money of a refund is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// At the desk or at a till, to the cards that paid, their holder present.
    Desk,
    /// By the office in the acquirer's own pages, to the cards that paid.
    Acquirer,
}

/// What has become of a refund with the acquirer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// The office is to ask for it.
    Open,
    /// The acquirer was asked.
    Sent,
    /// The acquirer has given it.
    Done,
    /// The acquirer does not give it: it is still owed, and waits at the desk.
    Refused,
}

/// A refund as the desk sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundPayment {
    /// Its credit ticket.
    pub credit_note: CreditNote,
    /// When the sale was made.
    pub sale_completed: OffsetDateTime,
    /// How the sale was paid: the money goes back to these cards, to each no more than it paid.
    pub payments: Vec<Tender>,
    /// How it is paid.
    pub method: Method,
    /// What has become of it with the acquirer, where it was ever theirs.
    pub task: Option<Task>,
    /// What the acquirer calls it, or empty.
    pub reference: String,
    /// What card terminals of tills were asked to give back of it, the oldest first.
    pub credits: Vec<RefundCredit>,
    /// That it was paid; nothing while it is due.
    pub paid_out: Option<PaidOut>,
}

/// Who paid a refund out, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidOut {
    /// Who.
    pub by: Payer,
    /// When.
    pub at: OffsetDateTime,
}

/// Who pays a refund out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payer {
    /// A staff account, whom only membership knows.
    Person(Uuid),
    /// The card terminal of this till.
    Till(String),
}

/// Why a refund is not to be paid out now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPayable {
    /// The money was given already, or is the acquirer's to give.
    #[error("the refund was paid out already")]
    PaidOut,
    /// A till is at it, or nobody knows what its card terminal did.
    #[error("a till is giving the refund back, or nobody knows whether it did")]
    AtTill,
    /// A part of it goes to no card, and the acquirer gives to cards alone.
    #[error("no card paid a part of what is given back")]
    NoCardPaid,
}

/// The task is not where this could be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the refund is no open task of the acquirer's")]
pub struct NoOpenTask;

impl RefundPayment {
    /// What of it went back by card terminals.
    pub fn given(&self) -> Cents {
        let given = Cents::checked_sum(self.credits.iter().map(|credit| credit.given));
        given.expect("no more goes back than is given back")
    }

    /// What is still to be paid.
    pub fn due(&self) -> Cents {
        let left = self.credit_note.at_desk().checked_sub(self.given());
        left.filter(|_| self.paid_out.is_none()).unwrap_or(Cents::ZERO)
    }

    /// What of that goes back to cards; a person pays the rest by hand.
    pub fn due_to_cards(&self) -> Cents {
        let left = self.due().checked_sub(self.credit_note.by_hand);
        left.map_or(Cents::ZERO, |left| left.max(Cents::ZERO))
    }

    /// What of it a person is still to pay by hand.
    pub fn due_by_hand(&self) -> Cents {
        self.due().min(self.credit_note.by_hand)
    }

    /// Decides whether it may be paid out now, whoever does.
    ///
    /// # Errors
    /// When it was before, is the acquirer's to pay, or a till is at it.
    pub fn check_payable(&self) -> Result<(), NotPayable> {
        // Until the acquirer has refused it is not the desk's: the card would be paid twice.
        if self.paid_out.is_some() || self.method == Method::Acquirer {
            return Err(NotPayable::PaidOut);
        }
        if self.credits.iter().any(|credit| credit.state.is_open()) {
            return Err(NotPayable::AtTill);
        }
        Ok(())
    }

    /// Pays it out at the desk.
    ///
    /// # Errors
    /// When it may not be paid out now.
    pub fn pay_out(&self, by: Uuid, now: OffsetDateTime) -> Result<PaidOut, NotPayable> {
        self.check_payable()?;
        Ok(PaidOut { by: Payer::Person(by), at: now })
    }

    /// Leaves it to the office: an open task of the acquirer's from now on.
    ///
    /// # Errors
    /// When it may not be paid out now, or not to cards alone.
    pub fn hand_to_acquirer(&mut self) -> Result<(), NotPayable> {
        self.check_payable()?;
        if !self.credit_note.by_hand.is_zero() {
            return Err(NotPayable::NoCardPaid);
        }
        self.method = Method::Acquirer;
        self.task = Some(Task::Open);
        self.reference.clear();
        Ok(())
    }

    /// What becomes of the task: an open one is sent, done or refused; one that was sent is done or refused, and a new reference may be
    /// written down. What is done is paid out.
    ///
    /// # Errors
    /// When it is not the acquirer's, or is over.
    pub fn settle(
        &mut self,
        task: Task,
        reference: &str,
        by: Uuid,
        now: OffsetDateTime,
    ) -> Result<(), NoOpenTask> {
        let is_open = self.method == Method::Acquirer && self.paid_out.is_none();
        if !is_open || task == Task::Open {
            return Err(NoOpenTask);
        }
        if !reference.is_empty() {
            reference.clone_into(&mut self.reference);
        }
        self.task = Some(task);
        match task {
            Task::Done => self.paid_out = Some(PaidOut { by: Payer::Person(by), at: now }),
            Task::Refused => self.method = Method::Desk,
            Task::Open | Task::Sent => {}
        }
        Ok(())
    }
}

impl Task {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Sent, Self::Done, Self::Refused];

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The task of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.as_str() == word)
    }
}

impl Method {
    /// How the money of a credit ticket is paid that does not go to store credit.
    pub fn of(payout: Payout) -> Self {
        match payout {
            Payout::Acquirer => Self::Acquirer,
            Payout::Desk | Payout::StoreCredit => Self::Desk,
        }
    }

    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Acquirer => "acquirer",
        }
    }

    /// The method of this word.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Desk, Self::Acquirer].into_iter().find(|method| method.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use fiscal::GENESIS;
    use money::Currency;
    use time::macros::datetime;

    use super::*;
    use crate::domain::{
        id::{RefundId, SaleId},
        refund::Reason,
        refund_credit::State,
    };

    fn due() -> RefundPayment {
        RefundPayment {
            credit_note: CreditNote {
                refund_id: RefundId(Uuid::from_u128(1)),
                sale_id: SaleId(Uuid::from_u128(2)),
                terminal_code: "LILLE-01".to_owned(),
                sequence: 3,
                refunded_time: datetime!(2026-05-02 10:00 UTC),
                currency: Currency::EUR,
                lines: Vec::new(),
                total: Cents::new(450),
                vat_totals: Vec::new(),
                deposits: Cents::ZERO,
                payout: Payout::Desk,
                to_credit: Cents::ZERO,
                by_hand: Cents::ZERO,
                sale_sequence: 41,
                reason: Reason::SimpleRequest,
                fiscal_hash: GENESIS,
                fiscal_version: String::new(),
            },
            sale_completed: datetime!(2026-05-02 09:00 UTC),
            payments: Vec::new(),
            method: Method::Desk,
            task: None,
            reference: String::new(),
            credits: Vec::new(),
            paid_out: None,
        }
    }

    #[test]
    fn a_refund_is_paid_out_once_by_whomever() {
        let (first, second) = (Uuid::from_u128(7), Uuid::from_u128(8));
        let now = datetime!(2026-05-02 11:00 UTC);
        let paid_out = due().pay_out(first, now).unwrap();
        assert_eq!(paid_out, PaidOut { by: Payer::Person(first), at: now });
        assert_eq!(due().due(), Cents::new(450));
        let paid = RefundPayment { paid_out: Some(paid_out), ..due() };
        for by in [first, second] {
            assert_eq!(paid.pay_out(by, now), Err(NotPayable::PaidOut));
        }
        assert_eq!(paid.due(), Cents::ZERO);
    }

    #[test]
    fn what_a_till_is_at_or_nobody_knows_of_is_paid_by_nobody_else_and_what_it_refused_may_be_given_another_way()
     {
        let credited = |state, given| RefundPayment {
            credits: vec![RefundCredit { given: Cents::new(given), ..RefundCredit::asked_in_a_test(state) }],
            ..due()
        };
        let (by, now) = (Uuid::from_u128(7), datetime!(2026-05-02 11:00 UTC));
        for state in [State::Asked, State::Unknown] {
            let mut refund = credited(state, 0);
            assert_eq!(refund.pay_out(by, now), Err(NotPayable::AtTill));
            assert_eq!(refund.hand_to_acquirer(), Err(NotPayable::AtTill));
        }
        let mut refused = credited(State::Refused, 0);
        refused.pay_out(by, now).unwrap();
        refused.hand_to_acquirer().unwrap();
        assert_eq!((refused.method, refused.task), (Method::Acquirer, Some(Task::Open)));
        assert_eq!(refused.pay_out(by, now), Err(NotPayable::PaidOut), "the card would be paid twice");
        assert_eq!(credited(State::Done, 150).due(), Cents::new(300), "a part went back");
    }

    #[test]
    fn what_goes_to_no_card_is_paid_by_hand_and_never_the_acquirers() {
        let mut refund = due();
        refund.credit_note.by_hand = Cents::new(150);
        assert_eq!((refund.due(), refund.due_to_cards()), (Cents::new(450), Cents::new(300)));
        assert_eq!(refund.due_by_hand(), Cents::new(150));
        assert_eq!(refund.hand_to_acquirer(), Err(NotPayable::NoCardPaid));
        let given = RefundCredit { given: Cents::new(300), ..RefundCredit::asked_in_a_test(State::Done) };
        refund.credits.push(given);
        assert_eq!((refund.due_by_hand(), refund.due_to_cards()), (Cents::new(150), Cents::ZERO));
        let (by, now) = (Uuid::from_u128(7), datetime!(2026-05-02 11:00 UTC));
        refund.paid_out = Some(refund.pay_out(by, now).unwrap());
        assert_eq!((refund.due_by_hand(), refund.due_to_cards()), (Cents::ZERO, Cents::ZERO));
    }

    #[test]
    fn a_method_is_read_back() {
        for method in [Method::Desk, Method::Acquirer] {
            assert_eq!(Method::named(method.as_str()), Some(method));
        }
        assert_eq!(Method::named("store_credit"), None);
        for task in Task::ALL {
            assert_eq!(Task::named(task.as_str()), Some(task));
        }
        assert_eq!(Task::named(""), None);
    }

    #[test]
    fn a_task_of_the_acquirer_is_open_then_sent_then_done_or_refused_and_what_is_refused_waits_at_the_desk() {
        let open = || RefundPayment { method: Method::Acquirer, task: Some(Task::Open), ..due() };
        let (by, now) = (Uuid::from_u128(7), datetime!(2026-05-02 11:00 UTC));
        let settle = |refund: &mut RefundPayment, task, reference| refund.settle(task, reference, by, now);
        let mut done = open();
        settle(&mut done, Task::Sent, "R-1").unwrap();
        assert_eq!(
            (done.task, done.method, done.reference.as_str(), done.paid_out.clone()),
            (Some(Task::Sent), Method::Acquirer, "R-1", None)
        );
        settle(&mut done, Task::Done, "").unwrap();
        assert_eq!(
            (done.task, done.reference.as_str(), done.paid_out.clone()),
            (Some(Task::Done), "R-1", Some(PaidOut { by: Payer::Person(by), at: now }))
        );
        assert_eq!(settle(&mut done, Task::Refused, ""), Err(NoOpenTask));
        let mut refused = open();
        settle(&mut refused, Task::Refused, "").unwrap();
        assert_eq!(
            (refused.task, refused.method, refused.paid_out.clone()),
            (Some(Task::Refused), Method::Desk, None)
        );
        assert_eq!(settle(&mut refused, Task::Done, ""), Err(NoOpenTask), "the desk pays it now");
        assert_eq!(settle(&mut due(), Task::Sent, ""), Err(NoOpenTask), "never the acquirer's");
        assert_eq!(settle(&mut open(), Task::Open, ""), Err(NoOpenTask));
    }
}
