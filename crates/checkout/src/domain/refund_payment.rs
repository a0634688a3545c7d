//! What a refund owes the shopper: paid once, at the desk or by the office in the acquirer's pages.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    payment::Tender,
    refund::{CreditNote, Payout},
};

/// How the money of a refund is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// At the desk, to the cards that paid, their holder present.
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
    /// That it was paid; nothing while it is due.
    pub paid_out: Option<PaidOut>,
}

/// Who paid a refund out, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidOut {
    /// A staff account, whom only membership knows.
    pub by: Uuid,
    /// When.
    pub at: OffsetDateTime,
}

/// The money was given already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the refund was paid out already")]
pub struct AlreadyPaidOut;

/// The task is not where this could be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the refund is no open task of the acquirer's")]
pub struct NoOpenTask;

impl RefundPayment {
    /// Decides whether it may be paid out now.
    ///
    /// # Errors
    /// When it was before, by whomever, or is the acquirer's to pay.
    pub fn pay_out(&self, by: Uuid, now: OffsetDateTime) -> Result<PaidOut, AlreadyPaidOut> {
        // Until the acquirer has refused it is not the desk's: the card would be paid twice.
        if self.paid_out.is_some() || self.method == Method::Acquirer {
            return Err(AlreadyPaidOut);
        }
        Ok(PaidOut { by, at: now })
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
            Task::Done => self.paid_out = Some(PaidOut { by, at: now }),
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
    use money::{Cents, Currency};
    use time::macros::datetime;

    use super::*;
    use crate::domain::{
        id::{RefundId, SaleId},
        refund::Reason,
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
                sale_sequence: 41,
                reason: Reason::SimpleRequest,
                fiscal_hash: GENESIS,
            },
            sale_completed: datetime!(2026-05-02 09:00 UTC),
            payments: Vec::new(),
            method: Method::Desk,
            task: None,
            reference: String::new(),
            paid_out: None,
        }
    }

    #[test]
    fn a_refund_is_paid_out_once_by_whomever() {
        let (first, second) = (Uuid::from_u128(7), Uuid::from_u128(8));
        let now = datetime!(2026-05-02 11:00 UTC);
        let paid_out = due().pay_out(first, now).unwrap();
        assert_eq!(paid_out, PaidOut { by: first, at: now });
        let paid = RefundPayment { paid_out: Some(paid_out), ..due() };
        for by in [first, second] {
            assert_eq!(paid.pay_out(by, now), Err(AlreadyPaidOut));
        }
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
            (done.task, done.method, done.reference.as_str(), done.paid_out),
            (Some(Task::Sent), Method::Acquirer, "R-1", None)
        );
        settle(&mut done, Task::Done, "").unwrap();
        assert_eq!(
            (done.task, done.reference.as_str(), done.paid_out),
            (Some(Task::Done), "R-1", Some(PaidOut { by, at: now }))
        );
        assert_eq!(settle(&mut done, Task::Refused, ""), Err(NoOpenTask));
        let mut refused = open();
        settle(&mut refused, Task::Refused, "").unwrap();
        assert_eq!(
            (refused.task, refused.method, refused.paid_out),
            (Some(Task::Refused), Method::Desk, None)
        );
        assert_eq!(settle(&mut refused, Task::Done, ""), Err(NoOpenTask), "the desk pays it now");
        assert_eq!(settle(&mut due(), Task::Sent, ""), Err(NoOpenTask), "never the acquirer's");
        assert_eq!(settle(&mut open(), Task::Open, ""), Err(NoOpenTask));
    }
}
