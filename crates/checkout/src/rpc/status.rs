//! The one mapping from what went wrong to what the caller is told.

use platform::status::{bad_field, refusal, refusal_until};
use tonic::{Code, Status};

use crate::{
    domain::{
        attendance::AnswerError,
        basket::BasketError,
        payment::TenderError,
        refund::{RefundError, policy::Cause},
        refund_credit::CreditError,
        refund_payment::NotPayable,
        sale::SaleError,
        scan::ScanError,
    },
    error::Error,
};

#[cfg(test)]
mod tests;

const SERVICE: &str = "checkout";

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let refuse = |code, reason| refusal(SERVICE, code, reason, message.as_str());
        match error {
            Error::Basket(error) => basket(error),
            Error::Scan(error) => scan(&error),
            Error::Sale(error) => sale(error),
            Error::Tender(error) => tender(error),
            Error::Refund(error) => refund(error),
            Error::NeedsPerson(Cause::TooLate) => refuse(Code::FailedPrecondition, "REFUND_PERIOD_OVER"),
            Error::NeedsPerson(Cause::Amount | Cause::Budget) => {
                refuse(Code::FailedPrecondition, "REFUND_NEEDS_PERSON")
            }
            Error::RefundAnswered(_) => refuse(Code::FailedPrecondition, "ANSWERED_ALREADY"),
            Error::UsedUp { .. } => refuse(Code::FailedPrecondition, "DISCOUNT_USED_UP"),
            Error::Answer(AnswerError::Already) => refuse(Code::FailedPrecondition, "ANSWERED_ALREADY"),
            Error::Answer(AnswerError::NotAnAnswer) => refuse(Code::FailedPrecondition, "NOT_AN_ANSWER"),
            Error::Answer(AnswerError::AgeRaised { .. }) => refuse(Code::FailedPrecondition, "AGE_RAISED"),
            Error::Answer(AnswerError::SignInEnded) => refuse(Code::FailedPrecondition, "SIGN_IN_ENDED"),
            Error::ApprovalNeeded { .. } => refuse(Code::FailedPrecondition, "APPROVAL_NEEDED"),
            Error::AuditNeeded | Error::Held => refuse(Code::FailedPrecondition, "AUDIT_NEEDED"),
            Error::NothingScanned => refuse(Code::FailedPrecondition, "NOTHING_SCANNED"),
            Error::TooManyGuesses => refuse(Code::FailedPrecondition, "TOO_MANY_GUESSES"),
            Error::TooManyCards { retry_after } => refusal_until(
                SERVICE,
                Code::ResourceExhausted,
                "TOO_MANY_CARDS",
                message.as_str(),
                retry_after,
            ),
            Error::Locked => refuse(Code::FailedPrecondition, "TILL_LOCKED"),
            Error::Serving | Error::Unsettled => refuse(Code::FailedPrecondition, "TILL_SERVING"),
            Error::Cloned => refuse(Code::FailedPrecondition, "TILL_CLONED"),
            Error::ClaimedElsewhere => refuse(Code::FailedPrecondition, "TILL_CLAIMED_ELSEWHERE"),
            Error::NotPayable(NotPayable::PaidOut) => refuse(Code::FailedPrecondition, "REFUND_PAID_OUT"),
            Error::NotPayable(NotPayable::AtTill) => refuse(Code::FailedPrecondition, "REFUND_AT_TILL"),
            Error::NotPayable(NotPayable::NoCardPaid) => refuse(Code::FailedPrecondition, "NO_CARD_PAID"),
            Error::Credit(error) => credit(error),
            Error::NoOpenTask(_) => refuse(Code::FailedPrecondition, "NO_OPEN_TASK"),
            Error::Flawed(_) => refuse(Code::FailedPrecondition, "JOURNAL_FLAWED"),
            Error::NotFound(_) => refuse(Code::NotFound, "NOT_FOUND"),
            Error::RequestIdReused => refuse(Code::InvalidArgument, "REQUEST_ID_REUSED"),
            Error::Field { field, problem } => bad_field(SERVICE, "INVALID_FIELD", &field, problem),
            Error::Unavailable(cause) => {
                tracing::warn!(error = format!("{cause:#}"), "cannot answer now");
                refuse(Code::Unavailable, "UNAVAILABLE")
            }
            Error::Internal(cause) => internal(&cause),
        }
    }
}

fn basket(error: BasketError) -> Status {
    let refuse = |code, reason| refusal(SERVICE, code, reason, error.to_string());
    match error {
        BasketError::Closed => refuse(Code::FailedPrecondition, "BASKET_CLOSED"),
        BasketError::Frozen => refuse(Code::FailedPrecondition, "BASKET_FROZEN"),
        BasketError::NotFrozen => refuse(Code::FailedPrecondition, "BASKET_NOT_FROZEN"),
        BasketError::Tender(error) => tender(error),
        BasketError::Suspended => refuse(Code::FailedPrecondition, "BASKET_SUSPENDED"),
        BasketError::NotSuspended => refuse(Code::FailedPrecondition, "BASKET_NOT_SUSPENDED"),
        BasketError::Moved => refuse(Code::FailedPrecondition, "BASKET_MOVED"),
        BasketError::NothingSuspended => refuse(Code::NotFound, "NOTHING_SUSPENDED"),
        BasketError::Empty => refuse(Code::FailedPrecondition, "BASKET_EMPTY"),
        BasketError::CodesUnresolved => refuse(Code::FailedPrecondition, "CODES_UNRESOLVED"),
        BasketError::Recalled { .. } => refuse(Code::FailedPrecondition, "RECALLED"),
        BasketError::NotSoldNow { .. } => refuse(Code::FailedPrecondition, "NOT_SOLD_NOW"),
        BasketError::DiscountUsedUp => refuse(Code::FailedPrecondition, "DISCOUNT_USED_UP"),
        BasketError::DepositLimit { .. } => refuse(Code::FailedPrecondition, "DEPOSIT_LIMIT"),
        BasketError::Full => refuse(Code::FailedPrecondition, "BASKET_FULL"),
        BasketError::Stale { .. } => refuse(Code::Aborted, "BASKET_VERSION_STALE"),
        BasketError::QuantityOutOfRange => {
            bad_field(SERVICE, "QUANTITY_OUT_OF_RANGE", "quantity_milli", error.to_string())
        }
        BasketError::UnknownLine => refuse(Code::NotFound, "UNKNOWN_LINE"),
        BasketError::UnknownCard => refuse(Code::NotFound, "UNKNOWN_CARD"),
        BasketError::UnknownDiscount => refuse(Code::NotFound, "UNKNOWN_DISCOUNT"),
    }
}

fn scan(error: &ScanError) -> Status {
    let refuse = |code, reason| refusal(SERVICE, code, reason, error.to_string());
    match error {
        ScanError::UnknownCode => refuse(Code::NotFound, "UNKNOWN_CODE"),
        ScanError::MemberCard => refuse(Code::FailedPrecondition, "MEMBER_CARD"),
        ScanError::LabelMismatch => refuse(Code::FailedPrecondition, "LABEL_MISMATCH"),
        ScanError::ZeroMeasure => refuse(Code::FailedPrecondition, "ZERO_MEASURE"),
        ScanError::Unreadable(_) => bad_field(SERVICE, "UNREADABLE_CODE", "code", error.to_string()),
        ScanError::BadCheckDigit(_) => bad_field(SERVICE, "BAD_CHECK_DIGIT", "code", error.to_string()),
        ScanError::Expired => refuse(Code::FailedPrecondition, "EXPIRED"),
        ScanError::Recalled { .. } => refuse(Code::FailedPrecondition, "RECALLED"),
        ScanError::NotSoldNow { .. } => refuse(Code::FailedPrecondition, "NOT_SOLD_NOW"),
        ScanError::NotADeposit => refuse(Code::FailedPrecondition, "NOT_A_DEPOSIT"),
        ScanError::NoPrice => refuse(Code::FailedPrecondition, "NO_PRICE"),
        ScanError::QuantityOutOfRange => {
            bad_field(SERVICE, "QUANTITY_OUT_OF_RANGE", "quantity_milli", error.to_string())
        }
    }
}

fn sale(error: SaleError) -> Status {
    match error {
        SaleError::Basket(error) => basket(error),
        SaleError::Tender(error) => tender(error),
        SaleError::Unsealable(_) => internal(&error.into()),
    }
}

fn tender(error: TenderError) -> Status {
    let refuse = |code, reason| refusal(SERVICE, code, reason, error.to_string());
    match error {
        TenderError::TooLarge { .. } => refuse(Code::FailedPrecondition, "TENDER_TOO_LARGE"),
        TenderError::Known => refuse(Code::FailedPrecondition, "TENDER_KNOWN"),
        TenderError::TooMany => refuse(Code::FailedPrecondition, "TOO_MANY_TENDERS"),
        TenderError::MealVoucherLimit { .. } => refuse(Code::FailedPrecondition, "MEAL_VOUCHER_LIMIT"),
        TenderError::NoStoreCredit => refuse(Code::FailedPrecondition, "NO_STORE_CREDIT"),
        TenderError::NotHeld => refuse(Code::NotFound, "NOT_FOUND"),
        TenderError::Held { .. } => refuse(Code::FailedPrecondition, "TENDERS_HELD"),
        TenderError::PaymentNeeded { .. } => refuse(Code::FailedPrecondition, "PAYMENT_NEEDED"),
        TenderError::AmountMismatch { .. } => refuse(Code::FailedPrecondition, "AMOUNT_MISMATCH"),
    }
}

fn refund(error: RefundError) -> Status {
    let refuse = |code, reason| refusal(SERVICE, code, reason, error.to_string());
    match error {
        RefundError::UnknownLine(_) => refuse(Code::NotFound, "UNKNOWN_LINE"),
        RefundError::AlreadyRefunded(_) => refuse(Code::FailedPrecondition, "LINE_ALREADY_REFUNDED"),
        RefundError::AboveLine(_) => refuse(Code::FailedPrecondition, "REFUND_ABOVE_LINE"),
        RefundError::Quantity(_) => {
            bad_field(SERVICE, "QUANTITY_OUT_OF_RANGE", "parts.quantity_milli", error.to_string())
        }
        RefundError::DepositReturn(_) => refuse(Code::FailedPrecondition, "NOT_A_DEPOSIT"),
        RefundError::NoMember => refuse(Code::FailedPrecondition, "NO_MEMBER"),
        RefundError::Unsealable(_) => internal(&error.into()),
    }
}

fn credit(error: CreditError) -> Status {
    let refuse = |code, reason| refusal(SERVICE, code, reason, error.to_string());
    match error {
        CreditError::NoCardPaid => refuse(Code::FailedPrecondition, "NO_CARD_PAID"),
        CreditError::NumberUnclear => refuse(Code::FailedPrecondition, "REFUND_NUMBER_UNCLEAR"),
        CreditError::Settled => refuse(Code::FailedPrecondition, "CREDIT_SETTLED"),
        CreditError::UnderWay => refuse(Code::FailedPrecondition, "CREDIT_UNDER_WAY"),
        CreditError::NotTheAmount => bad_field(SERVICE, "INVALID_FIELD", "given_minor", error.to_string()),
    }
}

/// Told once, here, inside the span of the request; the caller learns nothing of it.
fn internal(cause: &anyhow::Error) -> Status {
    tracing::error!(error = format!("{cause:#}"), "a request failed by our fault");
    refusal(SERVICE, Code::Internal, "INTERNAL", "internal error")
}
