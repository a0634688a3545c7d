//! What the card terminal took.

use money::Cents;
use serde::{Deserialize, Serialize};

/// A card payment as a ticket shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardPayment {
    /// The amount taken.
    pub amount: Cents,
    /// The brand.
    pub brand: String,
    /// The last four digits of the card number.
    pub pan_last4: String,
    /// The application of the card (AID).
    pub application_id: String,
    /// The authorisation's number.
    pub authorisation: String,
    /// Read without contact.
    pub contactless: bool,
}
