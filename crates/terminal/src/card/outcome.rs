//! What can become of a payment.

use caisse_ap::Complement;
use proto::checkout::v1::CardPayment;
use serde::{Deserialize, Serialize};

/// What became of a payment, or of money that was to be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole amount was taken.
    Taken(Payment),
    /// Less than the amount was taken.
    Partial(Payment),
    /// Surely nothing was taken.
    NotTaken {
        /// Why.
        cause: NotTaken,
        /// The card terminal's own reason, if it gave one.
        complement: Option<Complement>,
        /// Its slip, or empty.
        slip_text: String,
    },
    /// The shopper may have paid.
    Unknown(Doubt),
}

/// Why nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotTaken {
    /// The bank or the card refused.
    Refused,
    /// The shopper gave up.
    Abandoned,
    /// Nobody presented a card in time.
    TimedOut,
    /// Not done, for another reason the card terminal has.
    NotDone,
    /// The card terminal could not be reached: it never got the request.
    Unreachable,
    /// A person looked and says so.
    SettledByStaff,
    /// It was taken, in parts, and all of it was given back.
    GivenBack,
}

/// Why it is not known whether the shopper paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// No answer in time.
    NoAnswer,
    /// The connection was lost.
    ConnectionLost,
    /// The answer could not be read, or does not fit the request.
    Unreadable,
    /// The till was restarted meanwhile.
    Restarted,
}

/// Money that a card terminal took. No card number, no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// How much, in cents.
    pub amount_minor: i64,
    /// The card's scheme.
    pub brand: String,
    /// The last four digits, or empty.
    pub pan_last4: String,
    /// The card's application, or empty.
    pub application_id: String,
    /// The bank's authorisation, or empty.
    pub authorisation: String,
    /// Whether the card was held against the terminal.
    pub contactless: bool,
    /// The slip, or empty.
    pub slip_text: String,
}

impl Outcome {
    /// Nothing was taken, and the card terminal said nothing of it.
    pub(crate) const fn not_taken(cause: NotTaken) -> Self {
        Self::NotTaken { cause, complement: None, slip_text: String::new() }
    }

    /// Why nobody knows what happened, if nobody does.
    pub(crate) const fn doubt(&self) -> Option<Doubt> {
        match self {
            Self::Unknown(doubt) => Some(*doubt),
            Self::Taken(_) | Self::Partial(_) | Self::NotTaken { .. } => None,
        }
    }
}

impl NotTaken {
    /// The outcome in checkout's contract.
    #[must_use]
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::Refused | Self::NotDone => "REFUSED",
            Self::Abandoned | Self::Unreachable | Self::SettledByStaff | Self::GivenBack => "ABANDONED",
            Self::TimedOut => "TIMED_OUT",
        }
    }
}

impl Payment {
    /// Whether the card terminal says that the card was one of meal vouchers.
    pub(crate) fn is_meal_voucher(&self) -> bool {
        self.brand == caisse_ap::Brand::Conecs.name()
    }
}

impl From<Payment> for CardPayment {
    fn from(payment: Payment) -> Self {
        Self {
            amount_minor: payment.amount_minor,
            brand: payment.brand,
            pan_last4: payment.pan_last4,
            application_id: payment.application_id,
            authorisation: payment.authorisation,
            contactless: payment.contactless,
            slip_text: payment.slip_text,
        }
    }
}
