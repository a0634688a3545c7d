//! Why a basket does not take an edit.

use money::Cents;

use crate::domain::{
    basket::{MOST_ENTRIES, MOST_OFFERS},
    item::LARGEST_QUANTITY,
    payment::TenderError,
};

/// What a basket does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BasketError {
    /// It is paid, abandoned or cancelled.
    #[error("the basket is paid or given up")]
    Closed,
    /// It waits for its shopper.
    #[error("the basket is suspended: it is resumed first")]
    Suspended,
    /// It does not wait for its shopper.
    #[error("the basket is not suspended")]
    NotSuspended,
    /// Its shopper went on with it at another till.
    #[error("the shopper goes on with this basket at another till")]
    Moved,
    /// Nothing waits under this code or card.
    #[error("no basket of this store waits under this code or card")]
    NothingSuspended,
    /// Its payment has begun.
    #[error("the payment of the basket has begun")]
    Frozen,
    /// Its payment has not begun.
    #[error("the payment of the basket has not begun")]
    NotFrozen,
    /// What is given in payment does not fit.
    #[error(transparent)]
    Tender(#[from] TenderError),
    /// Nothing is in it.
    #[error("the basket is empty")]
    Empty,
    /// Somebody must say what was scanned, or set it aside.
    #[error("a code waits for the attendant: it is resolved or set aside before payment")]
    CodesUnresolved,
    /// A line was recalled since it was scanned.
    #[error("line {line_id} was recalled and must be taken out")]
    Recalled {
        /// The line.
        line_id: i32,
    },
    /// A line is not sold at this hour any more.
    #[error("line {line_id} is not sold at this hour and must be taken out")]
    NotSoldNow {
        /// The line.
        line_id: i32,
    },
    /// A promotion was used up since it was given.
    #[error("a discount is used up: the basket has another total now")]
    DiscountUsedUp,
    /// Empties have brought back as much as they may.
    #[error("empties bring back {limit} cents at most in one basket", limit = limit.get())]
    DepositLimit {
        /// The most of the store.
        limit: Cents,
    },
    /// It takes no more.
    #[error("a basket takes no more than {MOST_ENTRIES} scans and {MOST_OFFERS} promotions")]
    Full,
    /// The till holds another version.
    #[error("the basket has changed: its version is {current}")]
    Stale {
        /// The version it has.
        current: i64,
    },
    /// Not a quantity that can be sold of this article.
    #[error(
        "a line takes 1 to {LARGEST_QUANTITY} thousandths: whole pieces, or grams where no label says them; a packaging follows its goods"
    )]
    QuantityOutOfRange,
    /// No line has this number.
    #[error("no line has this number")]
    UnknownLine,
    /// No member is known by this card.
    #[error("this card is not known, or blocked: please ask at the desk")]
    UnknownCard,
    /// No promotion can be claimed by this code now.
    #[error("no discount can be claimed by this code now")]
    UnknownDiscount,
}
