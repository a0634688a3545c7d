//! Why a verb was not carried out.

use crate::domain::{
    attendance::AnswerError,
    basket::BasketError,
    flaw::Flaw,
    id::MemberId,
    payment::TenderError,
    refund::{RefundError, policy::Cause},
    refund_credit::CreditError,
    refund_payment::{NoOpenTask, NotPayable},
    refund_request::AnsweredAlready,
    sale::SaleError,
    scan::ScanError,
};

/// Everything that can keep a verb from its answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The basket does not allow it.
    #[error(transparent)]
    Basket(#[from] BasketError),
    /// What was scanned cannot be sold.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The basket cannot become a sale this way.
    #[error(transparent)]
    Sale(#[from] SaleError),
    /// What is given in payment is not taken.
    #[error(transparent)]
    Tender(#[from] TenderError),
    /// The lines cannot be given back.
    #[error(transparent)]
    Refund(#[from] RefundError),
    /// A person decides whether they are.
    #[error("a person of the store decides about this refund")]
    NeedsPerson(Cause),
    /// Somebody has decided already.
    #[error(transparent)]
    RefundAnswered(#[from] AnsweredAlready),
    /// Other baskets have used a promotion as often as it is given.
    #[error("the promotion {promotion_code} is used up")]
    UsedUp {
        /// Its code.
        promotion_code: String,
        /// The member who has used it up, when others may still be given it.
        member_id: Option<MemberId>,
    },
    /// A person's decision is not taken.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// A person has to look first: at what, is found out apart from the edit that was refused.
    #[error("somebody of the store looks first")]
    Held,
    /// A person has to look at the shopper first.
    #[error("goods in the basket are not sold below {minimum_age} years: an attendant approves first")]
    ApprovalNeeded {
        /// The age in years.
        minimum_age: u8,
    },
    /// The basket was drawn, and a person has to look at it first.
    #[error("this basket was drawn: somebody looks at it before payment")]
    AuditNeeded,
    /// A drawn basket is not looked into by scanning nothing of it.
    #[error("nothing was scanned again that can be read")]
    NothingScanned,
    /// The till has shown too many codes or cards for suspended baskets.
    #[error("too many tries for a suspended basket at this till: please wait a minute")]
    TooManyGuesses,
    /// The till has shown one unknown card after the other.
    #[error("too many unknown cards: the next one is looked at in {} seconds", retry_after.as_millis().div_ceil(1_000))]
    TooManyCards {
        /// How long until it is looked at one more.
        retry_after: std::time::Duration,
    },
    /// The till is to serve nobody.
    #[error("this till is locked")]
    Locked,
    /// A shopper is at the till that is to be taken out.
    #[error("a basket is open at this till: lock it, and remove it when its shopper has gone")]
    Serving,
    /// The machine of the till that is to be taken out is silent, and a person has to look at what it left first.
    #[error("a basket of this till may be paid: somebody of its store is called to look first")]
    Unsettled,
    /// It is the copy of a journal that another machine works with.
    #[error("this till's disk is a copy: another machine works under its name, or did since")]
    Cloned,
    /// Another machine is the till.
    #[error("another machine is this till")]
    ClaimedElsewhere,
    /// The money of the refund is not to be given now.
    #[error(transparent)]
    NotPayable(#[from] NotPayable),
    /// What a card terminal is asked to give back of a refund is not begun, or not settled so.
    #[error(transparent)]
    Credit(#[from] CreditError),
    /// The refund is no task that could be settled.
    #[error(transparent)]
    NoOpenTask(#[from] NoOpenTask),
    /// The journal of a till is not as it was sealed.
    #[error("not as it was sealed: {0}")]
    Flawed(Flaw),
    /// It is not there, or not the caller's: nobody learns which.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The id stands for another command already.
    #[error("this request id was used for another content")]
    RequestIdReused,
    /// A field that cannot be meant.
    #[error("{field}: {problem}")]
    Field {
        /// The field's name in the contract.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Nothing is known to be wrong with the request: the same one may succeed later.
    #[error("cannot answer now")]
    Unavailable(#[source] anyhow::Error),
    /// A fault of ours.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// A field that cannot be meant.
    pub fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field { field: field.into(), problem: problem.into() }
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if platform::database::passes(&error) {
            Self::Unavailable(error.into())
        } else {
            Self::Internal(error.into())
        }
    }
}

impl From<outbox::RecordError> for Error {
    fn from(error: outbox::RecordError) -> Self {
        match error {
            outbox::RecordError::Database(cause) => cause.into(),
            other => Self::Internal(other.into()),
        }
    }
}
