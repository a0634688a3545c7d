//! What is to be said about a command: one word for programs each, and the page's own texts.

use crate::{
    card::NotTaken,
    client::{CallError, Refusal},
    paper::PrinterFailure,
};

/// What is to be said about a refund of an earlier sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundNotice {
    /// It went back to the card.
    Given,
    /// What a card paid went back to it; the rest is paid by hand at the desk.
    RestByHand {
        /// So much, in cents.
        by_hand_minor: i64,
    },
    /// It went to another card than the one that paid.
    OtherCard,
    /// Nothing went back: it waits again.
    NotGiven,
    /// Nobody knows whether it went back.
    Unknown,
    /// The till trains.
    Training,
    /// The card terminal gives nothing back.
    NoCredit,
    /// The store has no such credit note.
    NotFound,
    /// It is paid out, or the acquirer's to pay.
    PaidOut,
    /// A till is at it, or nobody knows what that did.
    AtTill,
    /// Several tills have given a credit note of this number.
    NumberUnclear,
    /// No card paid what is left to be given back.
    NoCardPaid,
    /// It went back, and a person had said that it did not.
    SettledElsewhere,
}

/// What is to be said about a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Checkout refused.
    Refused(Refusal),
    /// Checkout did not answer; what was asked may have happened.
    NoAnswer,
    /// A payment is under way.
    Busy,
    /// A person is needed first.
    NeedsAttendant,
    /// There is no basket.
    NoBasket,
    /// This is no member card.
    NotACard,
    /// The code is not known, and waits for an attendant; the shopper goes on.
    CodeKept,
    /// The scale gave no weight.
    NoWeight,
    /// The basket is not as it was shown.
    BasketChanged,
    /// The member's card has to be presented again.
    PresentCardAgain,
    /// The card terminal took nothing.
    NotPaid(NotTaken),
    /// Nobody knows whether the shopper paid.
    PaymentUnknown,
    /// A part is paid: the rest is paid first, or the part given back.
    PartPaid,
    /// No such amount may be paid by this means.
    NotAnAmount,
    /// A person gives back what the card terminal does not.
    GivenBackByHand,
    /// Nobody knows whether money was given back.
    GiveBackUnknown,
    /// The card terminal took money after it had said that it did not.
    TakenAfterAll,
    /// The money was taken, and checkout refuses the sale.
    SaleRefused,
    /// A refund of an earlier sale.
    Refund(RefundNotice),
    /// The attendant's code is wrong.
    WrongAttendantCode,
    /// What the attendant typed is not four digits.
    NotFourDigits,
    /// What the attendant typed is no authorisation number.
    NotAnAuthorisation,
    /// What the attendant typed is no card scheme.
    UnknownBrand,
    /// The amount on the slip is not the one that was asked, or is missing.
    OtherAmount,
    /// The attendant typed a whole card number.
    CardNumberTyped,
    /// This till has no such way to a ticket.
    NotOffered,
    /// What was typed is no e-mail address.
    NotAnAddress,
    /// The address could not be kept: membership does not answer.
    AddressNotKept,
    /// The ticket is being printed.
    Printing,
    /// The ticket was printed.
    Printed,
    /// The ticket was not printed.
    NotPrinted(PrinterFailure),
    /// The slip of a payment that was not made was not printed: it is on the screen.
    SlipNotPrinted(PrinterFailure),
    /// Nobody has touched the till for a while.
    StillThere,
    /// The code on the screen is noted first.
    NoteTheCode,
    /// What was typed is no code of a suspended basket.
    NotACode,
    /// The basket that is here is paid, suspended or given up first.
    FinishFirst,
    /// The till is to serve nobody.
    Locked,
    /// The till serves nobody, because something that it needs is not there.
    Closed,
    /// A person has looked: the goods may be paid.
    Approved,
    /// A person has looked: the goods are taken out.
    GoodsTakenOut,
    /// A person has dealt with a code that was not known.
    CodeSettled,
    /// A person has looked at the basket.
    Checked,
    /// What came is not what the page sends.
    NotUnderstood,
    /// The till is stopping.
    Stopping,
}

impl Notice {
    /// A stable word for programs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::NoAnswer => "CHECKOUT_UNREACHABLE",
            Self::Busy => "TILL_BUSY",
            Self::NeedsAttendant => "NEEDS_ATTENDANT",
            Self::NoBasket => "NO_BASKET",
            Self::NotACard => "NOT_A_CARD",
            Self::CodeKept => "CODE_KEPT",
            Self::NoWeight => "NO_WEIGHT",
            Self::BasketChanged => "BASKET_CHANGED",
            Self::PresentCardAgain => "PRESENT_CARD_AGAIN",
            Self::NotPaid(NotTaken::Refused) => "PAYMENT_REFUSED",
            Self::NotPaid(NotTaken::Abandoned) => "PAYMENT_ABANDONED",
            Self::NotPaid(NotTaken::TimedOut) => "PAYMENT_TIMED_OUT",
            Self::NotPaid(NotTaken::NotDone) => "PAYMENT_NOT_DONE",
            Self::NotPaid(NotTaken::Unreachable) => "CARD_TERMINAL_UNREACHABLE",
            Self::NotPaid(NotTaken::SettledByStaff) => "PAYMENT_SETTLED_AS_NOT_PAID",
            Self::PaymentUnknown => "PAYMENT_UNKNOWN",
            Self::NotPaid(NotTaken::GivenBack) => "PAYMENT_GIVEN_BACK",
            Self::PartPaid => "PART_PAID",
            Self::NotAnAmount => "NOT_AN_AMOUNT",
            Self::GivenBackByHand => "GIVEN_BACK_BY_HAND",
            Self::GiveBackUnknown => "GIVE_BACK_UNKNOWN",
            Self::TakenAfterAll => "TAKEN_AFTER_ALL",
            Self::SaleRefused => "SALE_REFUSED",
            Self::Refund(refund) => refund.reason(),
            Self::WrongAttendantCode => "WRONG_ATTENDANT_CODE",
            Self::NotFourDigits => "NOT_FOUR_DIGITS",
            Self::NotAnAuthorisation => "NOT_AN_AUTHORISATION",
            Self::UnknownBrand => "UNKNOWN_BRAND",
            Self::OtherAmount => "OTHER_AMOUNT",
            Self::CardNumberTyped => "CARD_NUMBER",
            Self::NotOffered => "NOT_OFFERED",
            Self::NotAnAddress => "NOT_AN_ADDRESS",
            Self::AddressNotKept => "ADDRESS_NOT_KEPT",
            Self::Printing => "PRINTING",
            Self::Printed => "PRINTED",
            Self::NotPrinted(failure) => no_ticket(failure),
            Self::SlipNotPrinted(failure) => no_slip(failure),
            Self::StillThere => "STILL_THERE",
            Self::NoteTheCode => "NOTE_THE_CODE",
            Self::NotACode => "NOT_A_CODE",
            Self::FinishFirst => "FINISH_FIRST",
            Self::Locked => "LOCKED",
            Self::Closed => "CLOSED",
            Self::Approved => "APPROVED",
            Self::GoodsTakenOut => "GOODS_TAKEN_OUT",
            Self::CodeSettled => "CODE_SETTLED",
            Self::Checked => "CHECKED",
            Self::NotUnderstood => "NOT_UNDERSTOOD",
            Self::Stopping => "STOPPING",
        }
    }
}

impl RefundNotice {
    /// A stable word for programs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Given => "REFUND_GIVEN",
            Self::RestByHand { .. } => "REFUND_REST_BY_HAND",
            Self::OtherCard => "REFUND_TO_OTHER_CARD",
            Self::NotGiven => "REFUND_NOT_GIVEN",
            Self::Unknown => "REFUND_UNKNOWN",
            Self::Training => "REFUND_IN_TRAINING",
            Self::NoCredit => "NO_CREDIT",
            Self::NotFound => "NO_SUCH_CREDIT_NOTE",
            Self::PaidOut => "REFUND_PAID_OUT",
            Self::AtTill => "REFUND_AT_TILL",
            Self::NumberUnclear => "REFUND_NUMBER_UNCLEAR",
            Self::NoCardPaid => "NO_CARD_PAID",
            Self::SettledElsewhere => "REFUND_SETTLED_ELSEWHERE",
        }
    }
}

const fn no_ticket(failure: PrinterFailure) -> &'static str {
    match failure {
        PrinterFailure::Silent => "PRINTER_SILENT",
        PrinterFailure::PaperEnd => "PRINTER_OUT_OF_PAPER",
        PrinterFailure::CoverOpen => "PRINTER_OPEN",
        PrinterFailure::Fault => "PRINTER_OUT_OF_ORDER",
    }
}

const fn no_slip(failure: PrinterFailure) -> &'static str {
    match failure {
        PrinterFailure::Silent => "SLIP_PRINTER_SILENT",
        PrinterFailure::PaperEnd => "SLIP_PRINTER_OUT_OF_PAPER",
        PrinterFailure::CoverOpen => "SLIP_PRINTER_OPEN",
        PrinterFailure::Fault => "SLIP_PRINTER_OUT_OF_ORDER",
    }
}

impl From<CallError> for Notice {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(refusal) => Self::Refused(refusal),
            CallError::NoAnswer(_) => Self::NoAnswer,
        }
    }
}
