//! One sample of every event, decoded for ever: a field that is renamed or retyped breaks an analyst, and this test.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proto::{checkout, membership, receipt, reviews, subject};
use serde::{Serialize, de::DeserializeOwned};

fn decodes<T: DeserializeOwned + Serialize>(event_type: &str) {
    let file = format!("{}/tests/golden/{event_type}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let sample: serde_json::Value = serde_json::from_str(&text).unwrap();
    let event: T = serde_json::from_value(sample.clone()).unwrap_or_else(|error| panic!("{file}: {error}"));
    let again = serde_json::to_value(&event).unwrap();
    if let Err(lost) = says(&again, &sample) {
        panic!("{event_type}: {lost}");
    }
}

/// Whether a document says all that a sample says; a contract that has grown may say more.
fn says(document: &serde_json::Value, sample: &serde_json::Value) -> Result<(), String> {
    use serde_json::Value::{Array, Object};
    match (document, sample) {
        (Object(document), Object(sample)) => sample.iter().try_for_each(|(field, value)| {
            let found = document.get(field).ok_or_else(|| format!("{field} is gone"))?;
            says(found, value).map_err(|lost| format!("{field}: {lost}"))
        }),
        (Array(document), Array(sample)) if document.len() == sample.len() => {
            document.iter().zip(sample).try_for_each(|(document, sample)| says(document, sample))
        }
        (document, sample) if document == sample => Ok(()),
        (document, sample) => Err(format!("{document} instead of {sample}")),
    }
}

#[test]
fn every_golden_sample_decodes_and_says_the_same_again() {
    decodes::<checkout::v1::SaleCompleted>(subject::sale_completed::TYPE);
    decodes::<checkout::v1::SaleRefunded>(subject::sale_refunded::TYPE);
    decodes::<checkout::v1::RefundPaidBack>(subject::refund_paid_back::TYPE);
    decodes::<checkout::v1::TillAttended>(subject::till_attended::TYPE);
    decodes::<checkout::v1::BasketEnded>(subject::basket_ended::TYPE);
    decodes::<checkout::v1::ProductsChanged>(subject::products_changed::TYPE);
    decodes::<membership::v1::MemberRegistered>(subject::member_registered::TYPE);
    decodes::<membership::v1::CardIssued>(subject::card_issued::TYPE);
    decodes::<membership::v1::CardBlocked>(subject::card_blocked::TYPE);
    decodes::<receipt::v1::ShopperInvited>(subject::shopper_invited::TYPE);
    decodes::<receipt::v1::MailSettled>(subject::mail_settled::TYPE);
    decodes::<reviews::v1::ReviewSubmitted>(subject::review_submitted::TYPE);
    decodes::<reviews::v1::ReviewReplied>(subject::review_replied::TYPE);
    decodes::<reviews::v1::ComplaintSubmitted>(subject::complaint_submitted::TYPE);
    decodes::<reviews::v1::ComplaintSettled>(subject::complaint_settled::TYPE);
}

#[test]
fn every_event_type_has_a_golden_sample() {
    for event_type in subject::TYPES {
        let file = format!("{}/tests/golden/{event_type}.json", env!("CARGO_MANIFEST_DIR"));
        assert!(std::path::Path::new(&file).exists(), "{file} is missing");
    }
}

#[test]
fn an_unknown_field_is_ignored_and_a_missing_one_is_empty() {
    let event: checkout::v1::SaleCompleted =
        serde_json::from_str(r#"{"sale_id":"s","a_field_of_tomorrow":1}"#).unwrap();
    assert_eq!((event.sale_id.as_str(), event.total_minor), ("s", 0));
}
