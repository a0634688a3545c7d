//! How a fact becomes an event, with ids and card numbers only; and that a mail is settled.

use outbox::{Event, Handle, HandleError, NewEvent};
use proto::{
    membership::v1::{CardBlocked, CardIssued, MemberRegistered},
    receipt::v1::MailSettled,
    subject,
};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    domain::{
        card::Card,
        code::StoreCode,
        id::{GuestContactId, MemberId},
    },
    error::Error,
    rpc::convert::timestamp,
    store,
};

/// A mail of which nobody knows whether it arrived, in the contract of receipt.
const UNKNOWN: &str = "unknown";

/// Forgets the address that a guest typed, once its mail is settled. Of an unknown one a person may still say that it is to be sent
/// again.
#[derive(Clone, Copy, Debug)]
pub struct Settled;

impl Handle for Settled {
    async fn handle(&self, tx: &mut PgConnection, event: &Event) -> Result<(), HandleError> {
        let mail: MailSettled = match event.event_type.as_str() {
            subject::mail_settled::TYPE => event.decode()?,
            // The filter lets no other type through today; one that comes with a later receipt is not ours.
            _ => return Ok(()),
        };
        if mail.guest_contact_id.is_empty() || mail.state == UNKNOWN {
            return Ok(());
        }
        let contact = mail.guest_contact_id.parse();
        let contact =
            contact.map_err(|_| HandleError::Reject("guest_contact_id is not a UUID".to_owned()))?;
        Ok(store::guest::forget(tx, GuestContactId(contact)).await?)
    }
}

/// A person became a member.
pub fn member_registered(
    store: &StoreCode,
    member_id: MemberId,
    now: OffsetDateTime,
) -> Result<NewEvent, Error> {
    let event = MemberRegistered {
        member_id: member_id.0.to_string(),
        store_code: store.as_str().to_owned(),
        registered_time: Some(timestamp(now)),
    };
    let subject = subject::member_registered::of(store.as_str());
    NewEvent::new(subject, subject::member_registered::TYPE, source(store), now, &event).map_err(unwritable)
}

/// A card recognises a member from now on.
pub fn card_issued(store: &StoreCode, member_id: MemberId, card: &Card) -> Result<NewEvent, Error> {
    let event = CardIssued {
        member_id: member_id.0.to_string(),
        card_number: card.number.to_string(),
        store_code: store.as_str().to_owned(),
        issued_time: Some(timestamp(card.issued)),
    };
    let subject = subject::card_issued::of(store.as_str());
    NewEvent::new(subject, subject::card_issued::TYPE, source(store), card.issued, &event).map_err(unwritable)
}

/// A card recognises nobody from now on.
pub fn card_blocked(
    store: &StoreCode,
    member_id: MemberId,
    card: &Card,
    now: OffsetDateTime,
) -> Result<NewEvent, Error> {
    let event = CardBlocked {
        member_id: member_id.0.to_string(),
        card_number: card.number.to_string(),
        store_code: store.as_str().to_owned(),
        blocked_time: Some(timestamp(now)),
    };
    let subject = subject::card_blocked::of(store.as_str());
    NewEvent::new(subject, subject::card_blocked::TYPE, source(store), now, &event).map_err(unwritable)
}

fn source(store: &StoreCode) -> String {
    format!("/membership/{}", store.as_str())
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::Internal(error.into())
}
