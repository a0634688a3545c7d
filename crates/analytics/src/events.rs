//! What analytics hears: sales, refunds, reviews. It publishes nothing.

use outbox::{Event, Handle, HandleError};
use prost_types::Timestamp;
use proto::{
    checkout::v1::{SaleCompleted, SaleRefunded},
    reviews::v1::ReviewSubmitted,
    subject,
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    domain::StoreZone,
    store::{self, Refund, Review, Sale},
};

/// Turns events into facts.
pub struct Facts;

impl Handle for Facts {
    async fn handle(&self, tx: &mut PgConnection, event: &Event) -> Result<(), HandleError> {
        match event.event_type.as_str() {
            subject::sale_completed::TYPE => sale(tx, &event.decode()?).await,
            subject::sale_refunded::TYPE => refund(tx, &event.decode()?).await,
            subject::review_submitted::TYPE => review(tx, &event.decode()?).await,
            // The filter of the consumer lets nothing else through; a type that is new is for a newer program.
            other => Err(HandleError::Reject(format!("unknown event type {other}"))),
        }
    }
}

async fn sale(tx: &mut PgConnection, event: &SaleCompleted) -> Result<(), HandleError> {
    let completed_time = instant("completed_time", event.completed_time)?;
    let zone = zone(&event.time_zone)?;
    let fact = Sale {
        sale_id: id("sale_id", &event.sale_id)?,
        store_code: &event.store_code,
        terminal_code: &event.terminal_code,
        self_checkout: event.terminal_kind == "self",
        sequence: event.sequence,
        completed_time,
        moment: zone.moment(completed_time),
        total_minor: event.total_minor,
        weighed_lines: weighed_lines(event),
        promotion_minor: event.discount_minor,
        deposit_minor: event.deposit_minor,
        member_id: optional_id("member_id", &event.member_id)?,
    };
    store::learn_store(tx, &event.store_code, &event.time_zone, &event.currency_code).await?;
    Ok(store::apply_sale(tx, &fact).await?)
}

/// Lines by the kilogram.
fn weighed_lines(event: &SaleCompleted) -> i32 {
    let weighed = event.lines.iter().filter(|line| line.sold_by == "kg").count();
    i32::try_from(weighed).unwrap_or(i32::MAX)
}

async fn refund(tx: &mut PgConnection, event: &SaleRefunded) -> Result<(), HandleError> {
    let refunded_time = instant("refunded_time", event.refunded_time)?;
    let zone = zone(&event.time_zone)?;
    let fact = Refund {
        refund_id: id("refund_id", &event.refund_id)?,
        sale_id: id("sale_id", &event.sale_id)?,
        store_code: &event.store_code,
        refunded_time,
        moment: zone.moment(refunded_time),
        total_minor: event.total_minor,
    };
    if fact.total_minor < 0 {
        return Err(HandleError::Reject("total_minor is negative".to_owned()));
    }
    store::learn_store(tx, &event.store_code, &event.time_zone, &event.currency_code).await?;
    Ok(store::apply_refund(tx, &fact).await?)
}

async fn review(tx: &mut PgConnection, event: &ReviewSubmitted) -> Result<(), HandleError> {
    let rating = i16::try_from(event.rating).ok().filter(|rating| (1..=5).contains(rating));
    let fact = Review {
        review_id: id("review_id", &event.review_id)?,
        store_code: &event.store_code,
        product_name: &event.product_name,
        rating: rating.ok_or_else(|| HandleError::Reject("rating is not 1 to 5".to_owned()))?,
        comment: &event.comment,
        revision: event.revision,
        first_submitted_time: instant("first_submitted_time", event.first_submitted_time)?,
        submitted_time: instant("submitted_time", event.submitted_time)?,
    };
    store::apply_review(tx, &fact).await?;
    Ok(store::touch(tx, &event.store_code).await?)
}

fn id(field: &str, text: &str) -> Result<Uuid, HandleError> {
    text.parse().map_err(|_| HandleError::Reject(format!("{field} is not a UUID")))
}

fn optional_id(field: &str, text: &str) -> Result<Option<Uuid>, HandleError> {
    if text.is_empty() { Ok(None) } else { id(field, text).map(Some) }
}

fn zone(name: &str) -> Result<StoreZone, HandleError> {
    StoreZone::named(name).map_err(|unknown| HandleError::Reject(unknown.to_string()))
}

fn instant(field: &str, timestamp: Option<Timestamp>) -> Result<OffsetDateTime, HandleError> {
    timestamp
        .and_then(|at| OffsetDateTime::from_unix_timestamp(at.seconds).ok())
        .ok_or_else(|| HandleError::Reject(format!("{field} is missing")))
}
