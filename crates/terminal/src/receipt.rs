//! How the shopper wants the ticket, and the token behind which a code on the screen shows it.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use proto::checkout::v1::ReceiptChoice;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256};
use uuid::Uuid;

mod mailbox;

pub use mailbox::{Mailbox, NotAMailbox};

/// What the shopper asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The mail to the address of the member's card.
    CardEmail,
    /// The mail to this address.
    TypedEmail(Mailbox),
    /// A code on the screen.
    Qr,
    /// Paper.
    Paper,
    /// No ticket.
    Nothing,
}

/// The language of the ticket: that of the page on which it is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Where no other was chosen.
    #[default]
    #[serde(rename = "fr")]
    French,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The tag in the contract.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }
}

/// What was chosen, as the journal keeps it: no address is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum Receipt {
    /// The mail to the address of the member's card.
    CardEmail,
    /// The mail to an address that membership keeps.
    TypedEmail {
        /// Under this id.
        guest_contact_id: Uuid,
    },
    /// A code on the screen.
    Qr {
        /// What opens the ticket.
        token: Token,
    },
    /// Paper.
    Paper,
    /// No ticket.
    Nothing,
}

/// 32 random bytes that open one ticket for a while. Its text is in the code on the screen and in the till's own journal until the next
/// shopper; its SHA-256 is all that travels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Receipt {
    /// The choice in the contract.
    #[must_use]
    pub const fn choice(&self) -> ReceiptChoice {
        match self {
            Self::CardEmail => ReceiptChoice::CardEmail,
            Self::TypedEmail { .. } => ReceiptChoice::TypedEmail,
            Self::Qr { .. } => ReceiptChoice::Qr,
            Self::Paper => ReceiptChoice::Paper,
            Self::Nothing => ReceiptChoice::None,
        }
    }
}

impl Token {
    /// One that nobody can guess.
    #[must_use]
    pub fn fresh() -> Self {
        Self(rand::random())
    }

    /// As it stands in the code, in the letters of a URL.
    #[must_use]
    pub fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// SHA-256 of its text, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        Sha256::digest(self.text().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// It opens a ticket, so that it ends in no log.
impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

impl Serialize for Token {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| D::Error::custom("no token"))?;
        bytes.try_into().map(Self).map_err(|_| D::Error::custom("not 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_the_same_and_shows_in_no_debug_text() {
        let (one, two) = (Token::fresh(), Token::fresh());
        assert!(one != two && one.text() != two.text() && one.sha256() != two.sha256());
        assert_eq!((one.text().len(), one.sha256().len()), (43, 64));
        assert!(!format!("{:?}", Receipt::Qr { token: one }).contains(&one.text()[..6]));
    }

    #[test]
    fn the_journal_gives_back_what_was_chosen() {
        let choices = [
            Receipt::CardEmail,
            Receipt::TypedEmail { guest_contact_id: Uuid::from_u128(7) },
            Receipt::Qr { token: Token::fresh() },
            Receipt::Paper,
            Receipt::Nothing,
        ];
        for receipt in choices {
            let text = serde_json::to_string(&receipt).unwrap();
            assert_eq!(serde_json::from_str::<Receipt>(&text).unwrap(), receipt, "{text}");
        }
        assert!(serde_json::from_str::<Token>("\"YWJj\"").is_err());
    }
}
