//! Protobuf to domain and back.

use prost::Message;
use prost_types::Timestamp;
use proto::receipt::v1::{
    self, GetReceiptResponse, ListDeliveriesRequest, ListDeliveriesResponse, MailKind, MailState,
    SettleDeliveryRequest,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::{Read, Settlement},
    domain::{About, Delivery, DeliveryId, State},
    error::Error,
};

const USUAL_PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 500;

/// What a listing asks for.
pub struct Page {
    pub states: Vec<State>,
    pub before: Option<DeliveryId>,
    pub size: i64,
}

impl TryFrom<ListDeliveriesRequest> for Page {
    type Error = Error;

    fn try_from(request: ListDeliveriesRequest) -> Result<Self, Error> {
        let state = MailState::try_from(request.state)
            .map_err(|_| Error::InvalidField { field: "state", why: "there is no such state" })?;
        let size = match i64::from(request.page_size) {
            0 => USUAL_PAGE,
            size @ 1..=LARGEST_PAGE => size,
            _ => {
                return Err(Error::InvalidField {
                    field: "page_size",
                    why: "a page has 1 to 500 deliveries",
                });
            }
        };
        let before = match request.page_token.as_str() {
            "" => None,
            token => Some(DeliveryId(id("page_token", token)?)),
        };
        Ok(Self { states: states(state), before, size })
    }
}

impl Page {
    /// The page, of which one more was read to know whether there is another.
    pub fn response(&self, mut deliveries: Vec<Delivery>) -> ListDeliveriesResponse {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = deliveries.len() > size;
        deliveries.truncate(size);
        let last = deliveries.last().filter(|_| more);
        ListDeliveriesResponse {
            next_page_token: last.map(|last| last.delivery_id.0.to_string()).unwrap_or_default(),
            deliveries: deliveries.into_iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<SettleDeliveryRequest> for Settlement {
    type Error = Error;

    fn try_from(request: SettleDeliveryRequest) -> Result<Self, Error> {
        Ok(Self {
            request_id: id("request_id", &request.request_id)?,
            fingerprint: outbox::request::fingerprint(&request.encode_to_vec()),
            delivery_id: DeliveryId(id("delivery_id", &request.delivery_id)?),
            arrived: request.arrived,
        })
    }
}

impl From<Read> for GetReceiptResponse {
    fn from(read: Read) -> Self {
        Self {
            ticket: Some(read.ticket),
            expiry_time: Some(timestamp(read.expiry)),
            slip_texts: read.slip_texts,
            copy: read.copy,
        }
    }
}

impl From<Delivery> for v1::Delivery {
    fn from(delivery: Delivery) -> Self {
        let kind = match delivery.about {
            About::Sale(_) => MailKind::Receipt,
            About::Refund { .. } => MailKind::CreditNote,
            About::PaidBack { .. } => MailKind::PaidBack,
        };
        Self {
            delivery_id: delivery.delivery_id.0.to_string(),
            kind: kind.into(),
            sale_id: delivery.about.sale_id().0.to_string(),
            refund_id: delivery.about.refund_id().map(|id| id.to_string()).unwrap_or_default(),
            state: mail_state(delivery.state).into(),
            attempts: delivery.attempts,
            message_id: delivery.message_id.unwrap_or_default(),
            outcome: delivery.outcome,
            queued_time: Some(timestamp(delivery.queued_time)),
            settled_time: delivery.settled_time.map(timestamp),
        }
    }
}

fn states(state: MailState) -> Vec<State> {
    State::ALL
        .into_iter()
        .filter(|one| state == MailState::Unspecified || mail_state(*one) == state)
        .collect()
}

/// Being prepared and being sent are one to those who look.
fn mail_state(state: State) -> MailState {
    match state {
        State::Queued => MailState::Queued,
        State::Leased | State::Sending => MailState::Sending,
        State::Sent => MailState::Sent,
        State::Unknown => MailState::Unknown,
        State::Failed => MailState::Failed,
        State::Other => MailState::Other,
    }
}

/// An identity in a request.
pub fn id(field: &'static str, text: &str) -> Result<Uuid, Error> {
    text.parse().map_err(|_| Error::InvalidField { field, why: "not a UUID" })
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or(0) }
}
