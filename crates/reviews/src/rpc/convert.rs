//! Protobuf to domain and back.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use outbox::request;
use prost::Message;
use prost_types::Timestamp;
use proto::reviews::v1::{
    ComplaintPart, Invitation, ListReviewsRequest, ListReviewsResponse, PreviewComplaintRequest,
    PreviewComplaintResponse, PurchasedLine, ReplyToReviewRequest, Review as WireReview,
    SubmitComplaintRequest, SubmitComplaintResponse, SubmitReviewsRequest,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    app::{Command, Opened, Page},
    domain::{
        Complaint, Cursor, Forecast, Form, Line, Payout, Review, ReviewId, State, TokenHash, Wish, clean,
    },
    error::Error,
};

const MOST_REVIEWS: usize = 500;
const MOST_LINES: usize = 200;
const PAGE: u16 = 50;
const LARGEST_PAGE: u16 = 200;

/// A review form. The token does not tell forms apart: the same form may come through another link of the sale.
pub fn submit_reviews(mut message: SubmitReviewsRequest) -> Result<(Command, TokenHash, Form), Error> {
    let token = TokenHash::of(&std::mem::take(&mut message.token));
    let command = command("SubmitReviews", &message.request_id, &message)?;
    if message.reviews.len() > MOST_REVIEWS {
        return Err(Error::Field { field: "reviews", why: "at most 500 lines at a time" });
    }
    let entries = message.reviews.iter().map(|said| (said.line_id, said.rating, said.comment.as_str()));
    Ok((command, token, Form::read(entries)?))
}

/// A complaint.
pub fn submit_complaint(mut message: SubmitComplaintRequest) -> Result<(Command, TokenHash, Wish), Error> {
    let token = TokenHash::of(&std::mem::take(&mut message.token));
    let command = command("SubmitComplaint", &message.request_id, &message)?;
    let whole = message.line_ids.into_iter().map(|line_id| ComplaintPart { line_id, quantity_milli: 0 });
    let parts = parts(whole.chain(message.parts).collect())?;
    let payout = payout(&message.payout)?;
    let comment = clean(&message.comment).map_err(|why| Error::Text { field: "comment", why })?;
    Ok((command, token, Wish { parts, payout, comment }))
}

/// A complaint that is not sent yet.
pub fn preview_complaint(message: PreviewComplaintRequest) -> Result<(TokenHash, Wish), Error> {
    let parts = parts(message.parts)?;
    let wish = Wish { parts, payout: payout(&message.payout)?, comment: String::new() };
    Ok((TokenHash::of(&message.token), wish))
}

fn parts(parts: Vec<ComplaintPart>) -> Result<BTreeMap<i32, i64>, Error> {
    let count = parts.len();
    let parts: BTreeMap<i32, i64> =
        parts.into_iter().map(|part| (part.line_id, part.quantity_milli)).collect();
    if !(1..=MOST_LINES).contains(&count) || parts.len() < count {
        return Err(Error::Field { field: "line_ids", why: "1 to 200 lines, each once" });
    }
    if parts.values().any(|quantity| *quantity < 0) {
        return Err(Error::Field { field: "parts", why: "a quantity is not below nothing" });
    }
    Ok(parts)
}

fn payout(name: &str) -> Result<Payout, Error> {
    Payout::named(name)
        .ok_or(Error::Field { field: "payout", why: "a payout is desk, store_credit or acquirer" })
}

/// An answer to a review.
pub fn reply_to_review(message: ReplyToReviewRequest) -> Result<(Command, ReviewId, String), Error> {
    let command = command("ReplyToReview", &message.request_id, &message)?;
    let review_id = uuid("review_id", &message.review_id)?;
    let reply = clean(&message.reply).map_err(|why| Error::Text { field: "reply", why })?;
    if reply.is_empty() {
        return Err(Error::Field { field: "reply", why: "an answer says something" });
    }
    Ok((command, ReviewId(review_id), reply))
}

/// Where a page begins, and its size.
pub fn list_reviews(message: &ListReviewsRequest) -> Result<(Option<Cursor>, u16), Error> {
    let (after, size) = page_of(message.page_size, &message.page_token)?;
    Ok((after.map(|(first_submitted, id)| Cursor { first_submitted, review_id: ReviewId(id) }), size))
}

/// After which entry a page begins, and its size.
pub fn page_of(page_size: i32, page_token: &str) -> Result<(Option<(OffsetDateTime, Uuid)>, u16), Error> {
    let size = match u16::try_from(page_size) {
        Ok(0) => PAGE,
        Ok(size @ 1..=LARGEST_PAGE) => size,
        _ => return Err(Error::Field { field: "page_size", why: "a page has 1 to 200 entries" }),
    };
    if page_token.is_empty() {
        return Ok((None, size));
    }
    let after = cursor(page_token)
        .ok_or(Error::Field { field: "page_token", why: "not the token of an earlier page" })?;
    Ok((Some(after), size))
}

fn command(rpc: &str, request_id: &str, message: &impl Message) -> Result<Command, Error> {
    let mut content = rpc.as_bytes().to_vec();
    content.extend(message.encode_to_vec());
    Ok(Command { request_id: uuid("request_id", request_id)?, fingerprint: request::fingerprint(&content) })
}

fn uuid(field: &'static str, text: &str) -> Result<Uuid, Error> {
    text.parse().map_err(|_| Error::Field { field, why: "not a UUID" })
}

/// Sixteen bytes of the instant in nanoseconds, sixteen of the entry.
pub fn page_token(sent: OffsetDateTime, id: Uuid) -> String {
    let mut bytes = sent.unix_timestamp_nanos().to_be_bytes().to_vec();
    bytes.extend(id.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn cursor(token: &str) -> Option<(OffsetDateTime, Uuid)> {
    let bytes: [u8; 32] = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
    let (instant, id) = bytes.split_at(16);
    let nanos = i128::from_be_bytes(instant.try_into().ok()?);
    let sent = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
    // The database's calendar begins later than ours.
    let sent = Some(sent).filter(|at| at.year() >= 1970)?;
    Some((sent, Uuid::from_slice(id).ok()?))
}

/// An instant as messages tell it.
pub fn timestamp(at: OffsetDateTime) -> Option<Timestamp> {
    let nanos = i32::try_from(at.nanosecond()).ok()?;
    Some(Timestamp { seconds: at.unix_timestamp(), nanos })
}

impl From<Opened> for Invitation {
    fn from(opened: Opened) -> Self {
        let purchase = opened.purchase;
        Self {
            store_name: purchase.store_name,
            time_zone: purchase.time_zone,
            currency_code: purchase.currency_code,
            completed_time: timestamp(purchase.completed),
            lines: purchase.lines.into_iter().map(Into::into).collect(),
            expiry_time: timestamp(opened.expiry),
            member: purchase.member,
            sale_id: purchase.sale_id.0.to_string(),
        }
    }
}

impl From<Line> for PurchasedLine {
    fn from(line: Line) -> Self {
        let refunded = line.refunded();
        let (rating, comment) = match line.written {
            Some(written) => (i32::from(written.rating), written.comment),
            None => (0, String::new()),
        };
        Self {
            line_id: line.line_id,
            gtin: line.gtin,
            name: line.name,
            quantity_milli: line.quantity_milli,
            total_minor: line.total_minor,
            sold_by: line.sold_by,
            refunded,
            left_quantity_milli: line.left.quantity_milli.max(0),
            left_minor: line.left.total_minor.max(0),
            rating,
            comment,
        }
    }
}

impl From<Complaint> for SubmitComplaintResponse {
    fn from(complaint: Complaint) -> Self {
        let amount_minor = match complaint.state {
            State::Refunded { amount_minor } => amount_minor,
            State::Asked { .. } | State::Refused(_) => 0,
        };
        Self {
            amount_minor,
            currency_code: complaint.currency_code,
            payout: complaint.payout.name().to_owned(),
            waiting: complaint.state == State::Asked { deciding: false },
            deciding: complaint.state == State::Asked { deciding: true },
        }
    }
}

impl From<Forecast> for PreviewComplaintResponse {
    fn from(forecast: Forecast) -> Self {
        Self {
            amount_minor: forecast.amount_minor,
            store_credit_minor: forecast.store_credit_minor,
            deciding: forecast.deciding,
            payout: forecast.payout.name().to_owned(),
            by_hand_minor: forecast.by_hand_minor,
        }
    }
}

impl From<Review> for WireReview {
    fn from(review: Review) -> Self {
        let changed = review.revision > 1;
        let (reply, replied_time) = match review.reply {
            Some(reply) => (reply.text, timestamp(reply.replied)),
            None => (String::new(), None),
        };
        Self {
            review_id: review.review_id.0.to_string(),
            gtin: review.gtin,
            product_name: review.product_name,
            supplier_code: review.supplier_code,
            store_code: review.store_code,
            rating: i32::from(review.rating),
            comment: review.comment,
            purchased_time: timestamp(review.purchased),
            submitted_time: timestamp(review.first_submitted),
            updated_time: if changed { timestamp(review.submitted) } else { None },
            reply,
            replied_time,
            revision: review.revision,
            refunded: review.refunded,
        }
    }
}

impl From<Page> for ListReviewsResponse {
    fn from(page: Page) -> Self {
        Self {
            next_page_token: page
                .next
                .map(|cursor| page_token(cursor.first_submitted, cursor.review_id.0))
                .unwrap_or_default(),
            reviews: page.reviews.into_iter().map(Into::into).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_page_token_is_read_back_and_another_text_is_not() {
        let token_of = |sent| page_token(sent, Uuid::from_u128(7));
        let there = datetime!(2026-05-02 10:00:00.123456 UTC);
        assert_eq!(cursor(&token_of(there)), Some((there, Uuid::from_u128(7))));
        assert_eq!(cursor(&token_of(datetime!(-4000-01-01 0:00 UTC))), None);
        for wrong in ["", "x", "%", &"A".repeat(42), &"_".repeat(43), &"A".repeat(5000)] {
            assert_eq!(cursor(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_page_has_a_size_and_a_largest_size() {
        let size = |page_size| {
            list_reviews(&ListReviewsRequest { page_size, page_token: String::new() }).map(|(_, size)| size)
        };
        assert_eq!((size(0).unwrap(), size(1).unwrap(), size(200).unwrap()), (50, 1, 200));
        for wrong in [-1, 201, 65_536, i32::MIN, i32::MAX] {
            assert!(matches!(size(wrong), Err(Error::Field { field: "page_size", .. })), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_page_token_brings_anything_down(token in any::<String>()) {
            let _ = cursor(&token);
        }
    }
}
