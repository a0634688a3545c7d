//! Checkout's refusals, by their stable reasons.

/// Why checkout refused: nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The code is on no product.
    UnknownCode,
    /// The code was misread.
    BadCheckDigit,
    /// It is no code that is read here.
    UnreadableCode,
    /// It is a member's card.
    MemberCard,
    /// The label does not say how much of the product there is.
    LabelMismatch,
    /// The label says zero.
    ZeroMeasure,
    /// No price is in force.
    NoPrice,
    /// The basket is paid or cancelled.
    BasketClosed,
    /// The basket's payment has begun.
    BasketFrozen,
    /// The basket waits for its shopper.
    BasketSuspended,
    /// The shopper went on with the basket at another till.
    BasketMoved,
    /// No basket waits under this code or card.
    NothingSuspended,
    /// Too many codes and cards were tried at this till.
    TooManyGuesses,
    /// The basket's payment has not begun.
    BasketNotFrozen,
    /// Nothing to pay.
    BasketEmpty,
    /// The basket takes no more.
    BasketFull,
    /// The basket has changed since the till saw it.
    BasketVersionStale,
    /// Not a quantity that can be sold of this product.
    QuantityOutOfRange,
    /// No line has this number.
    UnknownLine,
    /// No member has this card.
    UnknownCard,
    /// No discount can be claimed by this code.
    UnknownDiscount,
    /// A code waits for the attendant.
    CodesUnresolved,
    /// The goods were recalled.
    Recalled,
    /// The goods are past their date.
    Expired,
    /// The goods are not sold at this hour.
    NotSoldNow,
    /// Empties have brought back as much as they may.
    DepositLimit,
    /// No deposit is left for it.
    NotADeposit,
    /// Others have used the discount up.
    DiscountUsedUp,
    /// A person has to look at the shopper first.
    ApprovalNeeded,
    /// The basket was drawn, and a person has to look at it first.
    AuditNeeded,
    /// Nothing that can be read was scanned again of the drawn basket.
    NothingScanned,
    /// Too many unknown cards were shown, one after the other.
    TooManyCards,
    /// The till is to serve nobody.
    TillLocked,
    /// The till's disk is a copy: another machine works under its name, or did since.
    TillCloned,
    /// Another machine is the till.
    TillClaimedElsewhere,
    /// Something is to be paid, and nothing was.
    PaymentNeeded,
    /// The card terminal took another amount than the basket's total.
    AmountMismatch,
    /// More is given than is due.
    TenderTooLarge,
    /// More is given in meal vouchers than may be.
    MealVoucherLimit,
    /// The member has no store credit, or not so much.
    NoStoreCredit,
    /// By so many means no basket is paid.
    TooManyTenders,
    /// Something is held in payment of the basket.
    TendersHeld,
    /// A refund of an earlier sale is not this till's to give back.
    Refund(RefundRefusal),
    /// The request's id stands for another content.
    RequestIdReused,
    /// It is not there, or not this till's.
    NotFound,
    /// A field that cannot be meant.
    InvalidField,
    /// A reason that this version does not know, or that concerns the till itself.
    Other,
}

/// Why a refund is not this till's to give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundRefusal {
    /// It is paid out, or the acquirer's to pay.
    PaidOut,
    /// A till is at it, or nobody knows what that did.
    AtTill,
    /// Several credit notes of the store bear the number.
    NumberUnclear,
    /// No card paid its sale.
    NoCardPaid,
    /// A person said otherwise what became of it.
    Settled,
}

impl RefundRefusal {
    const fn reason(self) -> &'static str {
        match self {
            Self::PaidOut => "REFUND_PAID_OUT",
            Self::AtTill => "REFUND_AT_TILL",
            Self::NumberUnclear => "REFUND_NUMBER_UNCLEAR",
            Self::NoCardPaid => "NO_CARD_PAID",
            Self::Settled => "CREDIT_SETTLED",
        }
    }
}

impl Refusal {
    /// Every refusal with a reason of its own.
    pub const ALL: [Self; 50] = [
        Self::UnknownCode,
        Self::BadCheckDigit,
        Self::UnreadableCode,
        Self::MemberCard,
        Self::LabelMismatch,
        Self::ZeroMeasure,
        Self::NoPrice,
        Self::BasketClosed,
        Self::BasketFrozen,
        Self::BasketSuspended,
        Self::BasketMoved,
        Self::NothingSuspended,
        Self::TooManyGuesses,
        Self::BasketNotFrozen,
        Self::BasketEmpty,
        Self::BasketFull,
        Self::BasketVersionStale,
        Self::QuantityOutOfRange,
        Self::UnknownLine,
        Self::UnknownCard,
        Self::UnknownDiscount,
        Self::CodesUnresolved,
        Self::Recalled,
        Self::Expired,
        Self::NotSoldNow,
        Self::DepositLimit,
        Self::NotADeposit,
        Self::DiscountUsedUp,
        Self::ApprovalNeeded,
        Self::AuditNeeded,
        Self::NothingScanned,
        Self::TooManyCards,
        Self::TillLocked,
        Self::TillCloned,
        Self::TillClaimedElsewhere,
        Self::PaymentNeeded,
        Self::AmountMismatch,
        Self::TenderTooLarge,
        Self::MealVoucherLimit,
        Self::NoStoreCredit,
        Self::TooManyTenders,
        Self::TendersHeld,
        Self::Refund(RefundRefusal::PaidOut),
        Self::Refund(RefundRefusal::AtTill),
        Self::Refund(RefundRefusal::NumberUnclear),
        Self::Refund(RefundRefusal::NoCardPaid),
        Self::Refund(RefundRefusal::Settled),
        Self::RequestIdReused,
        Self::NotFound,
        Self::InvalidField,
    ];

    /// The refusal of a reason.
    #[must_use]
    pub fn of(reason: &str) -> Self {
        Self::ALL.into_iter().find(|refusal| refusal.reason() == reason).unwrap_or(Self::Other)
    }

    /// The reason in the contract.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::UnknownCode => "UNKNOWN_CODE",
            Self::BadCheckDigit => "BAD_CHECK_DIGIT",
            Self::UnreadableCode => "UNREADABLE_CODE",
            Self::MemberCard => "MEMBER_CARD",
            Self::LabelMismatch => "LABEL_MISMATCH",
            Self::ZeroMeasure => "ZERO_MEASURE",
            Self::NoPrice => "NO_PRICE",
            Self::BasketClosed => "BASKET_CLOSED",
            Self::BasketFrozen => "BASKET_FROZEN",
            Self::BasketSuspended => "BASKET_SUSPENDED",
            Self::BasketMoved => "BASKET_MOVED",
            Self::NothingSuspended => "NOTHING_SUSPENDED",
            Self::TooManyGuesses => "TOO_MANY_GUESSES",
            Self::BasketNotFrozen => "BASKET_NOT_FROZEN",
            Self::BasketEmpty => "BASKET_EMPTY",
            Self::BasketFull => "BASKET_FULL",
            Self::BasketVersionStale => "BASKET_VERSION_STALE",
            Self::QuantityOutOfRange => "QUANTITY_OUT_OF_RANGE",
            Self::UnknownLine => "UNKNOWN_LINE",
            Self::UnknownCard => "UNKNOWN_CARD",
            Self::UnknownDiscount => "UNKNOWN_DISCOUNT",
            Self::CodesUnresolved => "CODES_UNRESOLVED",
            Self::Recalled => "RECALLED",
            Self::Expired => "EXPIRED",
            Self::NotSoldNow => "NOT_SOLD_NOW",
            Self::DepositLimit => "DEPOSIT_LIMIT",
            Self::NotADeposit => "NOT_A_DEPOSIT",
            Self::DiscountUsedUp => "DISCOUNT_USED_UP",
            Self::ApprovalNeeded => "APPROVAL_NEEDED",
            Self::AuditNeeded => "AUDIT_NEEDED",
            Self::NothingScanned => "NOTHING_SCANNED",
            Self::TooManyCards => "TOO_MANY_CARDS",
            Self::TillLocked => "TILL_LOCKED",
            Self::TillCloned => "TILL_CLONED",
            Self::TillClaimedElsewhere => "TILL_CLAIMED_ELSEWHERE",
            Self::PaymentNeeded => "PAYMENT_NEEDED",
            Self::AmountMismatch => "AMOUNT_MISMATCH",
            Self::TenderTooLarge => "TENDER_TOO_LARGE",
            Self::MealVoucherLimit => "MEAL_VOUCHER_LIMIT",
            Self::NoStoreCredit => "NO_STORE_CREDIT",
            Self::TooManyTenders => "TOO_MANY_TENDERS",
            Self::TendersHeld => "TENDERS_HELD",
            Self::Refund(refusal) => refusal.reason(),
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidField => "INVALID_FIELD",
            Self::Other => "REFUSED_BY_CHECKOUT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_read_back_and_an_unknown_one_is_not_guessed() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::of(refusal.reason()), refusal);
        }
        assert_eq!(Refusal::of("SOMETHING_NEW"), Refusal::Other);
    }
}
