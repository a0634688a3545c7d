//! What a till scans to recognise a member.

use std::fmt;

use barcode::CardNumber;
use thiserror::Error;
use time::OffsetDateTime;

use super::member::greeting;

/// A member's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What its barcode says.
    pub number: CardNumber,
    /// When it was issued.
    pub issued: OffsetDateTime,
    /// Since when it recognises nobody; `None` while it recognises its member.
    pub blocked: Option<OffsetDateTime>,
}

/// Whoever shows a card at a till.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer {
    /// First name of the member.
    pub first_name: String,
    /// Last name of the member.
    pub last_name: String,
    /// Whether the card was blocked.
    pub blocked: bool,
}

/// The card was lost or given back: whoever bears it is told to see the desk, and nothing about the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the card is blocked")]
pub struct Blocked;

impl Bearer {
    /// How the till greets the bearer.
    ///
    /// # Errors
    /// When the card is blocked.
    pub fn greeting(&self) -> Result<String, Blocked> {
        if self.blocked { Err(Blocked) } else { Ok(greeting(&self.first_name, &self.last_name)) }
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bearer").field("blocked", &self.blocked).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_card_greets_nobody() {
        let bearer =
            Bearer { first_name: "Camille".to_owned(), last_name: "Durand".to_owned(), blocked: false };
        assert_eq!(bearer.greeting().unwrap(), "Camille D.");
        assert_eq!(Bearer { blocked: true, ..bearer }.greeting(), Err(Blocked));
    }
}
