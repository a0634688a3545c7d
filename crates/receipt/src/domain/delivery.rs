//! The mail of one document.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{About, DeliveryId, Document, MemberId, State};

/// A document that a shopper is owed, as its event told it.
#[derive(Clone, Debug)]
pub struct Owed {
    /// What it is about.
    pub about: About,
    /// The store.
    pub store_code: String,
    /// Who is to have it; nobody when the sale had no member.
    pub member_id: Option<MemberId>,
    /// What it shows.
    pub document: Document,
    /// W3C trace context of the event.
    pub traceparent: Option<String>,
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
    /// The mail server's code, or the reason of the state.
    pub outcome: String,
    /// When it was queued.
    #[serde(with = "time::serde::rfc3339")]
    pub queued_time: OffsetDateTime,
    /// When it reached a final state.
    #[serde(with = "time::serde::rfc3339::option")]
    pub settled_time: Option<OffsetDateTime>,
}
