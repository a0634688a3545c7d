//! How the shopper wants the ticket: asked before payment, so that nothing is printed or sent unasked.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::basket::{Basket, BasketError};

/// How a shopper wants the ticket. Ids and hashes alone: no address, and no token that opens anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum Receipt {
    /// By mail, to the address of the member's card.
    CardEmail,
    /// By mail, to an address that was typed at the till.
    TypedEmail {
        /// Where membership keeps it for a few days.
        guest_contact_id: Uuid,
    },
    /// Behind a code on the till's screen.
    Qr {
        /// SHA-256 of the token in the code, in hexadecimal.
        token_sha256: String,
    },
    /// On paper, on request.
    Paper,
    /// Not at all.
    None,
}

/// The language of the ticket: that of the page on which it was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// What a ticket speaks whose shopper chose no other.
    #[default]
    #[serde(rename = "fr")]
    French,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The tag of the contract.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }

    /// From its tag; without one it is French.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        match tag {
            "" | "fr" => Some(Self::French),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// Whether it need not be said.
    #[must_use]
    pub fn is_french(&self) -> bool {
        *self == Self::French
    }
}

impl Receipt {
    /// The choice's word, in events.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::CardEmail => "card_email",
            Self::TypedEmail { .. } => "typed_email",
            Self::Qr { .. } => "qr",
            Self::Paper => "paper",
            Self::None => "none",
        }
    }
}

impl Basket {
    /// What was chosen; else the e-mail of the member's card; nothing when a guest chose nothing. A choice of the card's e-mail ends with
    /// the member.
    #[must_use]
    pub fn receipt(&self) -> Option<Receipt> {
        match &self.chosen_receipt {
            None | Some(Receipt::CardEmail) => self.member_id.map(|_| Receipt::CardEmail),
            chosen => chosen.clone(),
        }
    }

    pub(super) fn choose_receipt(
        &mut self,
        receipt: &Receipt,
        language: Language,
    ) -> Result<(), BasketError> {
        if *receipt == Receipt::CardEmail && self.member_id.is_none() {
            return Err(BasketError::UnknownCard);
        }
        self.chosen_receipt = Some(receipt.clone());
        self.receipt_language = language;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{basket::Edit, id::MemberId};

    fn basket(edits: &[Edit]) -> Basket {
        let mut basket = Basket::new();
        for edit in edits {
            basket.apply(edit).unwrap();
        }
        basket
    }

    fn chooses(receipt: Receipt) -> Edit {
        Edit::ChooseReceipt { receipt, language: Language::French }
    }

    fn identified() -> Edit {
        Edit::Identify { member_id: MemberId(Uuid::from_u128(1)), used_up: Vec::new() }
    }

    #[test]
    fn a_member_gets_the_cards_email_and_a_guest_nothing_unasked() {
        assert_eq!(basket(&[]).receipt(), None);
        assert_eq!(basket(&[identified()]).receipt(), Some(Receipt::CardEmail));
        assert_eq!(basket(&[identified(), Edit::Unidentify]).receipt(), None);
    }

    #[test]
    fn the_last_choice_counts_and_the_cards_email_goes_with_the_card() {
        let qr = Receipt::Qr { token_sha256: "ab".repeat(32) };
        assert_eq!(basket(&[chooses(Receipt::Paper), chooses(qr.clone())]).receipt(), Some(qr.clone()));
        assert_eq!(basket(&[chooses(qr.clone()), identified()]).receipt(), Some(qr));
        let left = [identified(), chooses(Receipt::CardEmail), Edit::Unidentify];
        assert_eq!(basket(&left).receipt(), None);
        assert_eq!(Basket::new().apply(&chooses(Receipt::CardEmail)), Err(BasketError::UnknownCard));
    }

    #[test]
    fn the_ticket_speaks_the_language_of_the_last_choice() {
        let chosen = |language| Edit::ChooseReceipt { receipt: Receipt::Paper, language };
        assert_eq!(basket(&[]).receipt_language, Language::French);
        assert_eq!(basket(&[chosen(Language::English)]).receipt_language, Language::English);
        let back = [chosen(Language::English), chosen(Language::French)];
        assert_eq!(basket(&back).receipt_language, Language::French);
        let old: Edit =
            serde_json::from_str(r#"{"edit":"choose_receipt","receipt":{"choice":"paper"}}"#).unwrap();
        assert_eq!(old, chosen(Language::French), "as it was written before there was a language");
    }

    #[test]
    fn a_choice_is_kept_as_text_that_means_the_same_for_ever() {
        for (receipt, text) in [
            (Receipt::Paper, r#"{"choice":"paper"}"#),
            (Receipt::Qr { token_sha256: "00".into() }, r#"{"choice":"qr","token_sha256":"00"}"#),
        ] {
            assert_eq!(serde_json::to_string(&receipt).unwrap(), text);
            assert_eq!(serde_json::from_str::<Receipt>(text).unwrap(), receipt);
        }
    }
}
