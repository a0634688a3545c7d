//! What other services tell, and the tokens that only a mail holds.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use outbox::NewEvent;
use prost_types::Timestamp;
use proto::{
    checkout::v1::{SaleCompleted, SaleLine, SaleRefunded},
    receipt::v1::ShopperInvited,
    subject,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

/// The links of a mail.
#[derive(Clone)]
pub struct Mail {
    pub review: String,
    pub refund: String,
    pub invited: ShopperInvited,
}

/// A sale with `lines` lines, the odd ones of supplier FERME and the even ones of supplier MER.
pub fn sale(store: &str, at: OffsetDateTime, lines: i32) -> SaleCompleted {
    let line = |line_id| SaleLine {
        line_id,
        gtin: format!("0952123400{line_id:04}"),
        name: format!("Article {line_id}"),
        supplier_code: if line_id % 2 == 1 { "FERME" } else { "MER" }.to_owned(),
        sold_by: "unit".to_owned(),
        quantity_milli: 1000,
        total_minor: i64::from(line_id) * 100,
        ..SaleLine::default()
    };
    SaleCompleted {
        sale_id: Uuid::now_v7().to_string(),
        store_code: store.to_owned(),
        store_name: format!("Magasin {store}"),
        time_zone: "Europe/Paris".to_owned(),
        completed_time: timestamp(at),
        currency_code: "EUR".to_owned(),
        lines: (1..=lines).map(line).collect(),
        ..SaleCompleted::default()
    }
}

/// The mail of a sale, with fresh links.
pub fn mail(sale: &SaleCompleted) -> Mail {
    let token = || BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let (review, refund) = (token(), token());
    let invited = ShopperInvited {
        sale_id: sale.sale_id.clone(),
        store_code: sale.store_code.clone(),
        review_token_sha256: sha256(&review),
        refund_token_sha256: sha256(&refund),
        invited_time: sale.completed_time,
    };
    Mail { review, refund, invited }
}

/// The refund of lines of a sale.
pub fn refund(sale: &SaleCompleted, line_ids: &[i32]) -> SaleRefunded {
    let lines = sale.lines.iter().filter(|line| line_ids.contains(&line.line_id));
    SaleRefunded {
        refund_id: Uuid::now_v7().to_string(),
        sale_id: sale.sale_id.clone(),
        store_code: sale.store_code.clone(),
        refunded_time: sale.completed_time,
        lines: lines.cloned().collect(),
        ..SaleRefunded::default()
    }
}

pub fn sold(sale: &SaleCompleted) -> NewEvent {
    event(subject::sale_completed::of(&sale.store_code), subject::sale_completed::TYPE, sale)
}

pub fn given_back(refund: &SaleRefunded) -> NewEvent {
    event(subject::sale_refunded::of(&refund.store_code), subject::sale_refunded::TYPE, refund)
}

pub fn invited(mail: &Mail) -> NewEvent {
    let subject = subject::shopper_invited::of(&mail.invited.store_code);
    event(subject, subject::shopper_invited::TYPE, &mail.invited)
}

pub fn event(subject: String, event_type: &str, body: &impl Serialize) -> NewEvent {
    NewEvent::new(subject, event_type, "/test", OffsetDateTime::now_utc(), body).unwrap()
}

pub fn timestamp(at: OffsetDateTime) -> Option<Timestamp> {
    Some(Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap() })
}

fn sha256(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}
