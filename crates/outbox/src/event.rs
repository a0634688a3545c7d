//! An event before it is recorded, and an event as a consumer receives it.

use async_nats::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::consume::HandleError;

pub(crate) const CE_ID: &str = "ce-id";
pub(crate) const CE_TYPE: &str = "ce-type";
pub(crate) const CE_SOURCE: &str = "ce-source";
pub(crate) const CE_TIME: &str = "ce-time";
pub(crate) const CE_SPEC_VERSION: &str = "ce-specversion";
pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const CONTENT_TYPE: &str = "content-type";

/// A fact to be recorded in the transaction of the change it tells of.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// UUID version 7, made by the service; the event keeps it for ever.
    pub event_id: Uuid,
    /// Such as `sales.completed.LILLE`; the first word names the stream.
    pub subject: String,
    /// The CloudEvents type, such as `cabas.checkout.v1.SaleCompleted`.
    pub event_type: String,
    /// The CloudEvents source, such as `/checkout/LILLE`.
    pub source: String,
    /// When the fact happened.
    pub occurred: OffsetDateTime,
    /// JSON text, published exactly as it stands.
    pub payload: String,
}

impl NewEvent {
    /// An event with a new id, its payload made from `body` by serde.
    pub fn new(
        subject: impl Into<String>,
        event_type: impl Into<String>,
        source: impl Into<String>,
        occurred: OffsetDateTime,
        body: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            event_id: Uuid::now_v7(),
            subject: subject.into(),
            event_type: event_type.into(),
            source: source.into(),
            occurred,
            payload: serde_json::to_string(body)?,
        })
    }
}

/// An event as a consumer receives it.
#[derive(Debug, Clone)]
pub struct Event {
    /// The id it was recorded with.
    pub event_id: Uuid,
    /// The subject it was published on.
    pub subject: String,
    /// The CloudEvents type.
    pub event_type: String,
    /// The CloudEvents source.
    pub source: String,
    /// When the fact happened.
    pub occurred: OffsetDateTime,
    /// The body, JSON by contract.
    pub payload: Vec<u8>,
    /// W3C trace context of the publication.
    pub traceparent: Option<String>,
    /// How often the server says it has delivered this: a hint, for a restart of the server forgets it.
    pub deliveries: i64,
    /// Its place in the stream it was read from.
    pub stream_sequence: u64,
}

impl Event {
    /// The body as `T`; a body that cannot be read is rejected for good.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, HandleError> {
        serde_json::from_slice(&self.payload)
            .map_err(|error| HandleError::Reject(format!("cannot decode {}: {error}", self.event_type)))
    }
}

/// Why a message of a stream is not an event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("the header {0} is missing")]
    Missing(&'static str),
    #[error("the header {0} cannot be read")]
    Malformed(&'static str),
}

/// What a delivery says beside the message.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Delivery {
    pub(crate) deliveries: i64,
    pub(crate) stream_sequence: u64,
}

/// The place of a delivered message. Without one, the message did not come from a stream.
pub(crate) fn delivery(message: &async_nats::jetstream::Message) -> Delivery {
    message.info().map_or_else(
        |_| Delivery::default(),
        |info| Delivery { deliveries: info.delivered, stream_sequence: info.stream_sequence },
    )
}

/// Reads the CloudEvents headers of a delivered message.
pub(crate) fn read(message: &async_nats::jetstream::Message) -> Result<Event, ReadError> {
    let header = |name: &str| header(message.headers.as_ref(), name);
    from_parts(message.subject.to_string(), header, message.payload.to_vec(), delivery(message))
}

/// Makes an event of a message, or of what was kept of one.
pub(crate) fn from_parts(
    subject: String,
    header: impl Fn(&str) -> Option<String>,
    payload: Vec<u8>,
    delivery: Delivery,
) -> Result<Event, ReadError> {
    let required = |name: &'static str| header(name).ok_or(ReadError::Missing(name));
    Ok(Event {
        event_id: required(CE_ID)?.parse().map_err(|_| ReadError::Malformed(CE_ID))?,
        subject,
        event_type: required(CE_TYPE)?,
        source: required(CE_SOURCE)?,
        occurred: OffsetDateTime::parse(&required(CE_TIME)?, &Rfc3339)
            .map_err(|_| ReadError::Malformed(CE_TIME))?,
        payload,
        traceparent: header(TRACEPARENT),
        deliveries: delivery.deliveries,
        stream_sequence: delivery.stream_sequence,
    })
}

pub(crate) fn header(headers: Option<&HeaderMap>, name: &str) -> Option<String> {
    headers.and_then(|headers| headers.get(name)).map(|value| value.as_str().to_owned())
}

/// The stream that holds a subject: its first word in capitals, if it is one of ours; what checkout tells of the catalogue goes with
/// its sales.
pub(crate) fn stream_of(subject: &str) -> Option<&'static str> {
    let (domain, rest) = subject.split_once('.')?;
    let token =
        |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !rest.split('.').all(token) {
        return None;
    }
    match domain {
        "sales" | "catalogue" => Some("SALES"),
        "reviews" => Some("REVIEWS"),
        "members" => Some("MEMBERS"),
        "receipts" => Some("RECEIPTS"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_a_subject_names_its_stream() {
        assert_eq!(stream_of("sales.completed.LILLE-01"), Some("SALES"));
        assert_eq!(stream_of("catalogue.products_changed.ALL"), Some("SALES"));
        assert_eq!(stream_of("members.card_linked.DESK"), Some("MEMBERS"));
        for wrong in ["sales", "sales.", "sales..LILLE", "sales.>", "sales.a b", "svc.refund", ""] {
            assert_eq!(stream_of(wrong), None, "{wrong:?}");
        }
    }
}
