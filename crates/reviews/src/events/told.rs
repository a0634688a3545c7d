//! Facts as events.

use outbox::NewEvent;
use prost_types::Timestamp;
use proto::{
    reviews::v1::{ComplaintSettled, ComplaintSubmitted, ReviewReplied, ReviewSubmitted},
    subject,
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{
    domain::{Complaint, Progress, Purchase, Review, ReviewId, Revision, State},
    error::Error,
};

/// A review was written, or replaced by its author.
pub fn submitted(
    purchase: &Purchase,
    revision: &Revision<'_>,
    review_id: ReviewId,
    first_submitted: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<NewEvent, Error> {
    let body = ReviewSubmitted {
        review_id: review_id.0.to_string(),
        sale_id: purchase.sale_id.0.to_string(),
        line_id: revision.line.line_id,
        gtin: revision.line.gtin.clone(),
        product_name: revision.line.name.clone(),
        supplier_code: revision.line.supplier_code.clone(),
        store_code: purchase.store_code.clone(),
        rating: i32::from(revision.note.rating),
        comment: revision.note.comment.clone(),
        revision: revision.number,
        purchased_time: Some(timestamp(purchase.completed)),
        submitted_time: Some(timestamp(now)),
        first_submitted_time: Some(timestamp(first_submitted)),
    };
    let subject = subject::review_submitted::of(&purchase.store_code);
    event(subject, subject::review_submitted::TYPE, &purchase.store_code, now, &body)
}

/// The shop or the supplier answered.
pub fn replied(review: &Review, reply: &str, now: OffsetDateTime) -> Result<NewEvent, Error> {
    let body = ReviewReplied {
        review_id: review.review_id.0.to_string(),
        store_code: review.store_code.clone(),
        supplier_code: review.supplier_code.clone(),
        reply: reply.to_owned(),
        replied_time: Some(timestamp(now)),
    };
    let subject = subject::review_replied::of(&review.store_code);
    event(subject, subject::review_replied::TYPE, &review.store_code, now, &body)
}

/// A shopper asked for a refund. What was wrong stays here: it is for the shop, not for whoever reads the stream.
pub fn complained(complaint: &Complaint) -> Result<NewEvent, Error> {
    let body = ComplaintSubmitted {
        complaint_id: complaint.complaint_id.0.to_string(),
        sale_id: complaint.sale_id.0.to_string(),
        store_code: complaint.store_code.clone(),
        line_ids: complaint.parts.keys().copied().collect(),
        complained_time: Some(timestamp(complaint.complained)),
    };
    let subject = subject::complaint_submitted::of(&complaint.store_code);
    event(subject, subject::complaint_submitted::TYPE, &complaint.store_code, complaint.complained, &body)
}

/// Checkout answered what a complaint asks for.
pub fn complaint_settled(complaint: &Complaint, now: OffsetDateTime) -> Result<NewEvent, Error> {
    let (progress, amount_minor, refusal) = match complaint.state {
        State::Asked { .. } => (Progress::Asked, 0, ""),
        State::Refunded { amount_minor } => (Progress::Refunded, amount_minor, ""),
        State::Refused(refusal) => (Progress::Refused(refusal), 0, refusal.name()),
    };
    let body = ComplaintSettled {
        complaint_id: complaint.complaint_id.0.to_string(),
        sale_id: complaint.sale_id.0.to_string(),
        store_code: complaint.store_code.clone(),
        state: progress.name().to_owned(),
        amount_minor,
        currency_code: complaint.currency_code.clone(),
        refusal: refusal.to_owned(),
        settled_time: Some(timestamp(now)),
    };
    let subject = subject::complaint_settled::of(&complaint.store_code);
    event(subject, subject::complaint_settled::TYPE, &complaint.store_code, now, &body)
}

fn event(
    subject: String,
    event_type: &str,
    store_code: &str,
    occurred: OffsetDateTime,
    body: &impl Serialize,
) -> Result<NewEvent, Error> {
    let event = NewEvent::new(subject, event_type, format!("/reviews/{store_code}"), occurred, body);
    Ok(event.map_err(anyhow::Error::from)?)
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    // Below a thousand million by definition, which is what the type is for.
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or_default() }
}
