//! Complaints as they are shown, in protobuf.

use proto::reviews::v1::{
    ComplainedProduct, Complaint as WireComplaint, ListComplaintsRequest, ListComplaintsResponse,
    WatchReviewsResponse,
};

use super::convert::{page_of, page_token, timestamp};
use crate::{
    app::{ComplaintPage, Entry},
    domain::{Comment, ComplaintCursor, ComplaintId, Grievance, Product, Progress},
    error::Error,
};

/// Where a page begins, and its size.
pub fn list_complaints(message: &ListComplaintsRequest) -> Result<(Option<ComplaintCursor>, u16), Error> {
    let (after, size) = page_of(message.page_size, &message.page_token)?;
    let after = after.map(|(complained, id)| ComplaintCursor { complained, complaint_id: ComplaintId(id) });
    Ok((after, size))
}

impl From<ComplaintPage> for ListComplaintsResponse {
    fn from(page: ComplaintPage) -> Self {
        let next = page.next.map(|cursor| page_token(cursor.complained, cursor.complaint_id.0));
        Self {
            complaints: page.complaints.into_iter().map(Into::into).collect(),
            next_page_token: next.unwrap_or_default(),
        }
    }
}

impl From<Entry> for WatchReviewsResponse {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Review(review) => Self { review: Some(review.into()), complaint: None },
            Entry::Complaint(complaint) => Self { review: None, complaint: Some(complaint.into()) },
        }
    }
}

impl From<Grievance> for WireComplaint {
    fn from(complaint: Grievance) -> Self {
        let refusal = match complaint.progress {
            Progress::Refused(refusal) => refusal.name(),
            Progress::Asked | Progress::Refunded => "",
        };
        let (comment, comment_withheld) = match complaint.comment {
            Comment::Shown(comment) => (comment, false),
            Comment::Withheld => (String::new(), true),
        };
        Self {
            complaint_id: complaint.complaint_id.0.to_string(),
            store_code: complaint.store_code,
            products: complaint.products.into_iter().map(Into::into).collect(),
            comment,
            comment_withheld,
            purchased_time: timestamp(complaint.purchased),
            complained_time: timestamp(complaint.complained),
            state: complaint.progress.name().to_owned(),
            refusal: refusal.to_owned(),
            amount_minor: complaint.amount_minor.unwrap_or_default(),
            currency_code: complaint.currency_code,
        }
    }
}

impl From<Product> for ComplainedProduct {
    fn from(product: Product) -> Self {
        Self { gtin: product.gtin, product_name: product.name, supplier_code: product.supplier_code }
    }
}
