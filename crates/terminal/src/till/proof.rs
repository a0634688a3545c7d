//! What proves that a payment was made whose answer was lost: what an attendant types at the till, or what checkout was told elsewhere.

use caisse_ap::{NotProven, Proof, Proven, Typed};
use money::Cents;
use proto::checkout::v1 as pb;

use super::{
    machine::{Machine, Stop},
    view::Notice,
};
use crate::{card::Payment, stage::Stage};

/// What an attendant reads of a payment: its card's end in the card terminal's journal, or the whole of it on the merchant's slip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The last four digits of the card.
    pub pan_last4: String,
    /// The authorisation number on the slip, or empty.
    pub authorisation: String,
    /// The card's scheme by its name, or empty.
    pub brand: String,
    /// The amount on the slip as it was typed, or empty.
    pub amount: String,
}

/// What somebody has found out about a payment, checked.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    Paid(Proven),
    NotPaid,
    TryAgain,
}

impl Seen {
    /// What it proves of a payment of so many cents.
    pub(super) fn prove(&self, asked_minor: i64) -> Result<Proven, Notice> {
        let amount = match self.amount.trim() {
            "" => None,
            typed => Some(Cents::parse(typed).map_err(|_| Notice::OtherAmount)?),
        };
        let typed = Typed {
            pan_last4: self.pan_last4.trim(),
            authorisation: self.authorisation.trim(),
            brand: self.brand.trim(),
            amount,
        };
        Proven::typed(typed, Cents::new(asked_minor)).map_err(Notice::from)
    }
}

impl Verdict {
    /// What checkout says of a payment that was settled on a page of the store, or by a file of the bank.
    pub(super) fn of(settlement: &pb::Intervention) -> Result<Self, Notice> {
        match settlement.decision() {
            pb::InterventionDecision::Approve => {}
            pb::InterventionDecision::Refuse => return Ok(Self::NotPaid),
            _ => return Err(Notice::PaymentUnknown),
        }
        let proof = match settlement.proof() {
            pb::PaymentProof::MerchantSlip => Proof::MerchantSlip,
            pb::PaymentProof::AcquirerFile => Proof::AcquirerFile,
            pb::PaymentProof::CardTerminal | pb::PaymentProof::Unspecified => Proof::CardTerminal,
        };
        let found = Typed {
            pan_last4: &settlement.pan_last4,
            authorisation: &settlement.authorisation,
            brand: &settlement.brand,
            amount: None,
        };
        Ok(Self::Paid(Proven::read(proof, found)?))
    }
}

impl Machine {
    /// The amount of the payment that nobody knows of.
    pub(super) fn asked_minor(&self) -> Result<i64, Stop> {
        match &self.stage {
            Stage::Asked { attempt } => Ok(attempt.amount_minor),
            _ => Err(Notice::NeedsAttendant.into()),
        }
    }

    /// The payment as it was proven, with the shop's own slip: the card terminal's was lost with its answer.
    pub(super) fn proven_payment(&self, proven: Proven, attempt: &crate::stage::Attempt) -> Payment {
        let shop = self.parts.card.shop();
        let slip_text = self.marked(shop.slip_of(&proven, attempt.amount_minor, attempt.asked_time));
        Payment {
            amount_minor: attempt.amount_minor,
            brand: proven.brand.name().to_owned(),
            pan_last4: proven.pan_last4.to_string(),
            application_id: String::new(),
            authorisation: proven.authorisation,
            contactless: false,
            slip_text,
        }
    }
}

impl From<NotProven> for Notice {
    fn from(refused: NotProven) -> Self {
        match refused {
            NotProven::CardNumber { field } => {
                tracing::error!(field, "somebody typed a whole card number; it is kept nowhere");
                Self::CardNumberTyped
            }
            NotProven::NotFourDigits => Self::NotFourDigits,
            NotProven::NotAnAuthorisation => Self::NotAnAuthorisation,
            NotProven::UnknownBrand => Self::UnknownBrand,
            NotProven::AmountMissing | NotProven::OtherAmount => Self::OtherAmount,
        }
    }
}
