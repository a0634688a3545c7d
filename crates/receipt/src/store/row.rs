//! Rows as the domain knows them.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{About, CreditId, Delivery, DeliveryId, GuestContactId, RefundId, SaleId, State};

/// What every query about a delivery reads.
pub struct Row {
    pub delivery_id: Uuid,
    pub sale_id: Uuid,
    pub refund_id: Option<Uuid>,
    pub credit_id: Option<Uuid>,
    pub store_code: String,
    pub state: String,
    pub attempts: i32,
    pub message_id: Option<String>,
    pub with_slip: bool,
    pub outcome: String,
    pub queued_time: OffsetDateTime,
    pub settled_time: Option<OffsetDateTime>,
    pub guest_contact_id: Option<Uuid>,
}

impl TryFrom<Row> for Delivery {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let state = State::of(&row.state);
        Ok(Self {
            delivery_id: DeliveryId(row.delivery_id),
            about: about(row.sale_id, row.refund_id, row.credit_id),
            store_code: row.store_code,
            state: state.ok_or_else(|| sqlx::Error::Decode("a state of a newer program".into()))?,
            attempts: row.attempts,
            message_id: row.message_id,
            with_slip: row.with_slip,
            outcome: row.outcome,
            queued_time: row.queued_time,
            settled_time: row.settled_time,
            guest_contact_id: row.guest_contact_id.map(GuestContactId),
        })
    }
}

/// What a row is about; the schema lets a receipt have no refund and a credit note have one, and money that went back has a credit besides.
pub fn about(sale_id: Uuid, refund_id: Option<Uuid>, credit_id: Option<Uuid>) -> About {
    let (sale_id, refund_id, credit_id) = (SaleId(sale_id), refund_id.map(RefundId), credit_id.map(CreditId));
    match (refund_id, credit_id) {
        (Some(refund_id), Some(credit_id)) => About::PaidBack { credit_id, refund_id, sale_id },
        (Some(refund_id), None) => About::Refund { refund_id, sale_id },
        (None, _) => About::Sale(sale_id),
    }
}
