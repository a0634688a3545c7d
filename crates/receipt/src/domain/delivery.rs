//! The mail of one document.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{About, DeliveryId, Document, GuestContactId, MemberId, State};

/// How long the ticket behind a code can be read.
pub const READABLE_DAYS: i64 = 30;

/// A document that a shopper is owed, as its event told it.
#[derive(Clone, Debug)]
pub struct Owed {
    /// What it is about.
    pub about: About,
    /// The store.
    pub store_code: String,
    /// Whose it is; nobody's when the sale had no member.
    pub member_id: Option<MemberId>,
    /// How the shopper wants it.
    pub wish: Wish,
    /// What it shows.
    pub document: Document,
    /// W3C trace context of the event.
    pub traceparent: Option<String>,
}

/// How a shopper wants a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// By mail, to the member if there is one.
    Mail,
    /// By mail, to an address that was typed at the till.
    TypedMail(GuestContactId),
    /// Behind a code on the till's screen.
    Qr {
        /// SHA-256 of its token.
        token_sha256: [u8; 32],
    },
    /// On paper.
    Paper,
    /// Not at all.
    Nothing,
}

/// Where a mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// To a member.
    Member(MemberId),
    /// To an address that was typed at the till.
    Guest(GuestContactId),
}

impl Owed {
    /// Where its mail goes, or why there is none.
    pub fn addressee(&self) -> Result<Addressee, &'static str> {
        match (&self.wish, self.member_id) {
            (Wish::TypedMail(contact), _) => Ok(Addressee::Guest(*contact)),
            (Wish::Mail, Some(member_id)) => Ok(Addressee::Member(member_id)),
            (Wish::Mail, None) => Err("no member"),
            (Wish::Qr { .. }, _) => Err("qr"),
            (Wish::Paper, _) => Err("paper"),
            (Wish::Nothing, _) => Err("none"),
        }
    }
}

/// Where the mail of a document stands, for the people who look after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its identity.
    pub delivery_id: DeliveryId,
    /// What it is about.
    pub about: About,
    /// The store.
    pub store_code: String,
    /// Where it stands.
    pub state: State,
    /// Attempts made.
    pub attempts: i32,
    /// Message-ID, once a mail was made.
    pub message_id: Option<String>,
    /// The mail carried the card slip.
    pub with_slip: bool,
    /// The address that was typed at the till, if it goes there.
    #[serde(default)]
    pub guest_contact_id: Option<GuestContactId>,
    /// The mail server's code, or the reason of the state.
    pub outcome: String,
    /// When it was queued.
    #[serde(with = "time::serde::rfc3339")]
    pub queued_time: OffsetDateTime,
    /// When it reached a final state.
    #[serde(with = "time::serde::rfc3339::option")]
    pub settled_time: Option<OffsetDateTime>,
}
