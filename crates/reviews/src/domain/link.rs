//! The links of a mail: one sale, one purpose, until they end. Opening consumes nothing.

use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::SaleId;

/// Tokens are 43 characters. Of a longer text only so much is looked at, which is enough to find nothing.
const LOOKED_AT: usize = 128;

/// What a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// "Noter vos achats".
    Review,
    /// "Pas satisfait".
    Refund,
}

/// SHA-256 of a token as it stands in the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// A link, and what is known of its sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it opens.
    pub purpose: Purpose,
    /// The sale behind it.
    pub sale_id: SaleId,
    /// When it was made.
    pub issued: OffsetDateTime,
}

/// Why a link does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// No mail has carried it, or it was made for something else: nobody learns which.
    #[error("this link is not known")]
    Unknown,
    /// Its time is over.
    #[error("this link has ended")]
    Expired,
}

// === impl Purpose ===

impl Purpose {
    /// The name under which it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Refund => "refund",
        }
    }
}

// === impl TokenHash ===

impl TokenHash {
    /// Of whatever was sent as a token: a malformed one is looked up like any other, and takes as long.
    pub fn of(token: &str) -> Self {
        let token = token.as_bytes();
        Self(Sha256::digest(&token[..token.len().min(LOOKED_AT)]).into())
    }
}

// === impl Link ===

impl Link {
    /// When it ends: notes may be given for 60 days from the mail on; refunds are given for 30 days from the sale on.
    pub fn expiry(&self, completed: OffsetDateTime) -> OffsetDateTime {
        match self.purpose {
            Purpose::Review => self.issued + Duration::days(60),
            Purpose::Refund => completed + Duration::days(30),
        }
    }

    /// When it ends, unless it has.
    ///
    /// # Errors
    /// When it has.
    pub fn open(&self, completed: OffsetDateTime, now: OffsetDateTime) -> Result<OffsetDateTime, LinkError> {
        let expiry = self.expiry(completed);
        if now < expiry { Ok(expiry) } else { Err(LinkError::Expired) }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn notes_are_taken_for_sixty_days_and_refunds_for_thirty() {
        let sale = datetime!(2026-05-02 10:00 UTC);
        for (purpose, days) in [(Purpose::Review, 60), (Purpose::Refund, 30)] {
            let link = Link { purpose, sale_id: SaleId(Uuid::nil()), issued: sale };
            let end = sale + Duration::days(days);
            assert_eq!(link.open(sale, end - Duration::SECOND), Ok(end));
            assert_eq!(link.open(sale, end), Err(LinkError::Expired));
        }
    }

    #[test]
    fn a_second_mail_gives_more_time_for_notes_and_none_for_refunds() {
        let sale = datetime!(2026-05-02 10:00 UTC);
        let link =
            |purpose| Link { purpose, sale_id: SaleId(Uuid::nil()), issued: sale + Duration::days(20) };
        assert_eq!(link(Purpose::Review).expiry(sale), sale + Duration::days(80));
        assert_eq!(link(Purpose::Refund).expiry(sale), sale + Duration::days(30));
    }

    #[test]
    fn tokens_that_differ_have_hashes_that_differ() {
        assert_ne!(TokenHash::of("a"), TokenHash::of("b"));
        assert_ne!(TokenHash::of(""), TokenHash::of("a"));
        assert_eq!(TokenHash::of(&"x".repeat(1 << 20)), TokenHash::of(&"x".repeat(LOOKED_AT)));
    }
}
