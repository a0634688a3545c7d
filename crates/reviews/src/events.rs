//! What checkout, the mails and the reviews themselves tell, and how a fact becomes an event.

mod told;

pub use told::{complained, complaint_settled, replied, submitted};

use outbox::{Bus, Event, Handle, HandleError};
use platform::Shutdown;
use prost_types::Timestamp;
use proto::{
    checkout::v1::{SaleCompleted, SaleLine, SaleRefunded},
    receipt::v1::ShopperInvited,
    subject,
};
use serde::Deserialize;
use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio_stream::StreamExt;
use uuid::Uuid;

use crate::{
    app::{App, EntryId},
    domain::{
        ComplaintId, Left, Line, Link, Purchase, Purpose, Refund, RefundedPart, ReviewId, SaleId, TokenHash,
        View,
    },
    store,
};

/// Keeps what is told of sales and links. They may come in any order: each is kept by itself, and put together when it is read.
pub struct Facts;

impl Handle for Facts {
    async fn handle(&self, tx: &mut PgConnection, event: &Event) -> Result<(), HandleError> {
        match event.event_type.as_str() {
            subject::sale_completed::TYPE => completed(tx, event.decode()?).await,
            subject::sale_refunded::TYPE => refunded(tx, &event.decode()?).await,
            subject::shopper_invited::TYPE => invited(tx, &event.decode()?).await,
            // The filter of the consumer lets nothing else through; a type that is new is for a newer program.
            other => Err(HandleError::Reject(format!("unknown event type {other}"))),
        }
    }
}

async fn completed(tx: &mut PgConnection, event: SaleCompleted) -> Result<(), HandleError> {
    let purchase = Purchase {
        sale_id: sale_id(&event.sale_id)?,
        completed: instant("completed_time", event.completed_time)?,
        store_code: store_code(event.store_code)?,
        store_name: event.store_name,
        time_zone: event.time_zone,
        currency_code: event.currency_code,
        member: !event.member_id.is_empty(),
        lines: event.lines.into_iter().filter(is_article).map(line).collect(),
    };
    Ok(store::purchase::insert(tx, &purchase).await?)
}

/// Nobody rates a deposit: it comes back with the empty, not by a refund.
fn is_article(line: &SaleLine) -> bool {
    !matches!(line.kind.as_str(), "deposit" | "deposit_return")
}

fn line(line: SaleLine) -> Line {
    Line {
        line_id: line.line_id,
        gtin: line.gtin,
        name: line.name,
        supplier_code: line.supplier_code,
        sold_by: line.sold_by,
        quantity_milli: line.quantity_milli,
        total_minor: line.total_minor,
        left: Left { quantity_milli: line.quantity_milli, total_minor: line.total_minor },
        waiting: false,
        written: None,
    }
}

async fn refunded(tx: &mut PgConnection, event: &SaleRefunded) -> Result<(), HandleError> {
    let part = |line: &SaleLine| RefundedPart {
        line_id: line.line_id,
        quantity_milli: line.quantity_milli,
        total_minor: line.total_minor,
    };
    let mut parts: Vec<RefundedPart> = event.lines.iter().map(part).collect();
    parts.sort_unstable_by_key(|part| part.line_id);
    parts.dedup_by_key(|part| part.line_id);
    let refund_id = event.refund_id.parse();
    let refund_id = refund_id.map_err(|_| HandleError::Reject("refund_id is not a UUID".to_owned()))?;
    let refund = Refund { refund_id, sale_id: sale_id(&event.sale_id)?, parts };
    store::purchase::mark_refunded(tx, &refund).await?;
    Ok(store::complaint::hasten(tx, refund.sale_id).await?)
}

async fn invited(tx: &mut PgConnection, event: &ShopperInvited) -> Result<(), HandleError> {
    let sale_id = sale_id(&event.sale_id)?;
    let issued = instant("invited_time", event.invited_time)?;
    for (purpose, field, hash) in [
        (Purpose::Review, "review_token_sha256", &event.review_token_sha256),
        (Purpose::Refund, "refund_token_sha256", &event.refund_token_sha256),
    ] {
        store::link::insert(tx, token(field, hash)?, &Link { purpose, sale_id, issued }).await?;
    }
    Ok(())
}

fn sale_id(text: &str) -> Result<SaleId, HandleError> {
    text.parse().map(SaleId).map_err(|_| HandleError::Reject("sale_id is not a UUID".to_owned()))
}

/// The code becomes a part of the subject of our own events: one that does not fit there would hold up the outbox.
fn store_code(text: String) -> Result<String, HandleError> {
    let fits = (1..=16).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
    if fits { Ok(text) } else { Err(HandleError::Reject("store_code is not a store's code".to_owned())) }
}

fn instant(field: &str, timestamp: Option<Timestamp>) -> Result<OffsetDateTime, HandleError> {
    let nanos =
        timestamp.map(|at| i128::from(at.seconds) * 1_000_000_000 + i128::from(at.nanos)).unwrap_or_default();
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .filter(|_| timestamp.is_some())
        .ok_or_else(|| HandleError::Reject(format!("{field} is missing")))
}

fn token(field: &str, hexadecimal: &str) -> Result<TokenHash, HandleError> {
    let reject = || HandleError::Reject(format!("{field} is not a SHA-256 in hexadecimal"));
    let mut hash = [0; 32];
    if hexadecimal.len() != 64 || !hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(reject());
    }
    for (byte, digits) in hash.iter_mut().zip(hexadecimal.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).map_err(|_| reject())?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| reject())?;
    }
    Ok(TokenHash(hash))
}

/// What every event about a review says of it.
#[derive(Deserialize)]
struct AboutReview {
    review_id: Uuid,
    store_code: String,
}

/// What every event about a complaint says of it.
#[derive(Deserialize)]
struct AboutComplaint {
    complaint_id: Uuid,
    store_code: String,
}

/// What an event is about, and in which store; nothing, when it is about neither a review nor a complaint.
fn about(event: &Event) -> Option<Result<(View, EntryId), serde_json::Error>> {
    match event.event_type.as_str() {
        subject::review_submitted::TYPE | subject::review_replied::TYPE => {
            let about = serde_json::from_slice::<AboutReview>(&event.payload);
            Some(about.map(|it| (View::Store(it.store_code), EntryId::Review(ReviewId(it.review_id)))))
        }
        subject::complaint_submitted::TYPE | subject::complaint_settled::TYPE => {
            let about = serde_json::from_slice::<AboutComplaint>(&event.payload);
            Some(
                about
                    .map(|it| (View::Store(it.store_code), EntryId::Complaint(ComplaintId(it.complaint_id)))),
            )
        }
        _ => None,
    }
}

/// Tells those who watch of every review that is written, changed or answered, and of every complaint that is written or settled, by
/// whichever replica, until `shutdown`.
///
/// # Errors
/// Never: the feed is interrupted and goes on.
pub async fn follow_reviews(app: App, bus: Bus, shutdown: Shutdown) -> anyhow::Result<()> {
    let mut events = bus.follow(subject::REVIEWS, "reviews.>");
    let telling = async {
        while let Some(event) = events.next().await {
            match about(&event) {
                Some(Ok((view, id))) => app.tell(&view, id).await,
                Some(Err(error)) => tracing::warn!(%error, "an event about a review cannot be read"),
                None => {}
            }
        }
    };
    shutdown.run_until_cancelled(telling).await;
    Ok(())
}
