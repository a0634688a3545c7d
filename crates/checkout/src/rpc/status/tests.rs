use money::Cents;
use platform::status::{field, reason};

use super::*;
use crate::domain::{flaw::Flaw, refund_payment::NoOpenTask, refund_request::AnsweredAlready};

type Row = (Error, Code, &'static str);

/// What a basket does not allow.
fn while_scanning() -> Vec<Row> {
    vec![
        (BasketError::Closed.into(), Code::FailedPrecondition, "BASKET_CLOSED"),
        (BasketError::Frozen.into(), Code::FailedPrecondition, "BASKET_FROZEN"),
        (BasketError::NotFrozen.into(), Code::FailedPrecondition, "BASKET_NOT_FROZEN"),
        (
            BasketError::from(TenderError::TooLarge { due: Cents::new(1) }).into(),
            Code::FailedPrecondition,
            "TENDER_TOO_LARGE",
        ),
        (BasketError::from(TenderError::Known).into(), Code::FailedPrecondition, "TENDER_KNOWN"),
        (
            BasketError::from(TenderError::MealVoucherLimit { most: Cents::new(1) }).into(),
            Code::FailedPrecondition,
            "MEAL_VOUCHER_LIMIT",
        ),
        (BasketError::from(TenderError::NotHeld).into(), Code::NotFound, "NOT_FOUND"),
        (
            BasketError::from(TenderError::Held { held: Cents::new(1) }).into(),
            Code::FailedPrecondition,
            "TENDERS_HELD",
        ),
        (TenderError::NoStoreCredit.into(), Code::FailedPrecondition, "NO_STORE_CREDIT"),
        (BasketError::Suspended.into(), Code::FailedPrecondition, "BASKET_SUSPENDED"),
        (BasketError::NotSuspended.into(), Code::FailedPrecondition, "BASKET_NOT_SUSPENDED"),
        (BasketError::Moved.into(), Code::FailedPrecondition, "BASKET_MOVED"),
        (BasketError::NothingSuspended.into(), Code::NotFound, "NOTHING_SUSPENDED"),
        (BasketError::Empty.into(), Code::FailedPrecondition, "BASKET_EMPTY"),
        (BasketError::CodesUnresolved.into(), Code::FailedPrecondition, "CODES_UNRESOLVED"),
        (BasketError::Recalled { line_id: 1 }.into(), Code::FailedPrecondition, "RECALLED"),
        (BasketError::DiscountUsedUp.into(), Code::FailedPrecondition, "DISCOUNT_USED_UP"),
        (
            BasketError::DepositLimit { limit: Cents::new(1) }.into(),
            Code::FailedPrecondition,
            "DEPOSIT_LIMIT",
        ),
        (BasketError::NotSoldNow { line_id: 1 }.into(), Code::FailedPrecondition, "NOT_SOLD_NOW"),
        (BasketError::Full.into(), Code::FailedPrecondition, "BASKET_FULL"),
        (BasketError::Stale { current: 2 }.into(), Code::Aborted, "BASKET_VERSION_STALE"),
        (BasketError::QuantityOutOfRange.into(), Code::InvalidArgument, "QUANTITY_OUT_OF_RANGE"),
        (Error::Cloned, Code::FailedPrecondition, "TILL_CLONED"),
        (Error::ClaimedElsewhere, Code::FailedPrecondition, "TILL_CLAIMED_ELSEWHERE"),
        (BasketError::UnknownLine.into(), Code::NotFound, "UNKNOWN_LINE"),
        (BasketError::UnknownCard.into(), Code::NotFound, "UNKNOWN_CARD"),
        (
            Error::TooManyCards { retry_after: std::time::Duration::from_secs(10) },
            Code::ResourceExhausted,
            "TOO_MANY_CARDS",
        ),
        (BasketError::UnknownDiscount.into(), Code::NotFound, "UNKNOWN_DISCOUNT"),
    ]
}

/// What a code cannot be.
fn of_codes() -> Vec<Row> {
    let unread = barcode::ScanError::BadCheckDigit { expected: 1 };
    vec![
        (ScanError::UnknownCode.into(), Code::NotFound, "UNKNOWN_CODE"),
        (ScanError::MemberCard.into(), Code::FailedPrecondition, "MEMBER_CARD"),
        (ScanError::LabelMismatch.into(), Code::FailedPrecondition, "LABEL_MISMATCH"),
        (
            ScanError::Unreadable(barcode::ScanError::NotDigits).into(),
            Code::InvalidArgument,
            "UNREADABLE_CODE",
        ),
        (ScanError::BadCheckDigit(unread).into(), Code::InvalidArgument, "BAD_CHECK_DIGIT"),
        (ScanError::ZeroMeasure.into(), Code::FailedPrecondition, "ZERO_MEASURE"),
        (ScanError::NoPrice.into(), Code::FailedPrecondition, "NO_PRICE"),
        (ScanError::Expired.into(), Code::FailedPrecondition, "EXPIRED"),
        (ScanError::Recalled { reason: "verre".to_owned() }.into(), Code::FailedPrecondition, "RECALLED"),
        (
            ScanError::NotSoldNow { hours: "20:00-08:00 Alcools".to_owned() }.into(),
            Code::FailedPrecondition,
            "NOT_SOLD_NOW",
        ),
        (ScanError::NotADeposit.into(), Code::FailedPrecondition, "NOT_A_DEPOSIT"),
        (ScanError::QuantityOutOfRange.into(), Code::InvalidArgument, "QUANTITY_OUT_OF_RANGE"),
    ]
}

/// What keeps a sale or a refund from being made, and everything else.
fn afterwards() -> Vec<Row> {
    vec![
        (SaleError::Basket(BasketError::NotFrozen).into(), Code::FailedPrecondition, "BASKET_NOT_FROZEN"),
        (
            TenderError::AmountMismatch { expected: Cents::new(1), taken: Cents::new(2) }.into(),
            Code::FailedPrecondition,
            "AMOUNT_MISMATCH",
        ),
        (
            TenderError::PaymentNeeded { expected: Cents::new(1) }.into(),
            Code::FailedPrecondition,
            "PAYMENT_NEEDED",
        ),
        (SaleError::Tender(TenderError::TooMany).into(), Code::FailedPrecondition, "TOO_MANY_TENDERS"),
        (SaleError::Unsealable(fiscal::Inconsistent::Siret).into(), Code::Internal, "INTERNAL"),
        (Error::NeedsPerson(Cause::TooLate), Code::FailedPrecondition, "REFUND_PERIOD_OVER"),
        (Error::NeedsPerson(Cause::Amount), Code::FailedPrecondition, "REFUND_NEEDS_PERSON"),
        (Error::NeedsPerson(Cause::Budget), Code::FailedPrecondition, "REFUND_NEEDS_PERSON"),
        (Error::NothingScanned, Code::FailedPrecondition, "NOTHING_SCANNED"),
        (AnsweredAlready.into(), Code::FailedPrecondition, "ANSWERED_ALREADY"),
        (AnswerError::SignInEnded.into(), Code::FailedPrecondition, "SIGN_IN_ENDED"),
        (RefundError::AboveLine(1).into(), Code::FailedPrecondition, "REFUND_ABOVE_LINE"),
        (RefundError::Quantity(1).into(), Code::InvalidArgument, "QUANTITY_OUT_OF_RANGE"),
        (RefundError::UnknownLine(1).into(), Code::NotFound, "UNKNOWN_LINE"),
        (RefundError::AlreadyRefunded(1).into(), Code::FailedPrecondition, "LINE_ALREADY_REFUNDED"),
        (RefundError::DepositReturn(1).into(), Code::FailedPrecondition, "NOT_A_DEPOSIT"),
        (RefundError::NoMember.into(), Code::FailedPrecondition, "NO_MEMBER"),
        (RefundError::Unsealable(fiscal::Inconsistent::Siret).into(), Code::Internal, "INTERNAL"),
        (
            Error::UsedUp { promotion_code: "BON".to_owned(), member_id: None },
            Code::FailedPrecondition,
            "DISCOUNT_USED_UP",
        ),
        (Error::TooManyGuesses, Code::FailedPrecondition, "TOO_MANY_GUESSES"),
        (NotPayable::PaidOut.into(), Code::FailedPrecondition, "REFUND_PAID_OUT"),
        (NotPayable::AtTill.into(), Code::FailedPrecondition, "REFUND_AT_TILL"),
        (NotPayable::NoCardPaid.into(), Code::FailedPrecondition, "NO_CARD_PAID"),
        (CreditError::NoCardPaid.into(), Code::FailedPrecondition, "NO_CARD_PAID"),
        (CreditError::NumberUnclear.into(), Code::FailedPrecondition, "REFUND_NUMBER_UNCLEAR"),
        (CreditError::Settled.into(), Code::FailedPrecondition, "CREDIT_SETTLED"),
        (CreditError::UnderWay.into(), Code::FailedPrecondition, "CREDIT_UNDER_WAY"),
        (CreditError::NotTheAmount.into(), Code::InvalidArgument, "INVALID_FIELD"),
        (NoOpenTask.into(), Code::FailedPrecondition, "NO_OPEN_TASK"),
        (flawed(), Code::FailedPrecondition, "JOURNAL_FLAWED"),
        (Error::NotFound("basket"), Code::NotFound, "NOT_FOUND"),
        (Error::RequestIdReused, Code::InvalidArgument, "REQUEST_ID_REUSED"),
        (Error::field("code", "missing"), Code::InvalidArgument, "INVALID_FIELD"),
        (Error::Unavailable(anyhow::anyhow!("hidden")), Code::Unavailable, "UNAVAILABLE"),
        (Error::Internal(anyhow::anyhow!("hidden")), Code::Internal, "INTERNAL"),
    ]
}

fn flawed() -> Error {
    let broken = fiscal::Broken { sequence: 1, why: fiscal::Why::Hash };
    Error::Flawed(Flaw { terminal_code: "LILLE-01".to_owned(), kind: fiscal::Kind::Ticket, broken })
}

#[test]
fn every_failure_has_its_code_and_reason() {
    for (error, code, wanted) in while_scanning().into_iter().chain(of_codes()).chain(afterwards()) {
        let told = error.to_string();
        let status = Status::from(error);
        assert_eq!((status.code(), reason(&status).as_deref()), (code, Some(wanted)), "{told}");
        assert!(!status.message().contains("hidden") && !status.message().contains("SIRET"), "{told}");
        let names_a_field = code == Code::InvalidArgument && wanted != "REQUEST_ID_REUSED";
        assert_eq!(field(&status).is_some(), names_a_field, "{told}");
    }
}

#[test]
fn a_database_that_is_away_may_be_asked_again_and_a_wrong_statement_may_not() {
    let status = |error: sqlx::Error| Status::from(Error::from(error)).code();
    assert_eq!(status(sqlx::Error::PoolTimedOut), Code::Unavailable);
    assert_eq!(status(sqlx::Error::PoolClosed), Code::Unavailable);
    assert_eq!(status(sqlx::Error::RowNotFound), Code::Internal);
}
