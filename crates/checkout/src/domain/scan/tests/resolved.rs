//! Codes that nobody knew, once the attendant has said which product they are.

use super::*;

const PIECE: &str = "952400000001";

fn resolved(
    contents: Contents,
    scanned: &str,
    named: &str,
    milli: i64,
) -> Result<(Item, Quantity), ScanError> {
    let catalogue = Catalogue::from(contents);
    let counter = Counter { catalogue: &catalogue, store_code: "LILLE", now: NOW };
    let read = resolve(counter, scanned, &complete(named), wanted(milli));
    article(read)
}

/// An element string of an article that nobody knows.
fn element(more: &str) -> String {
    format!("]C101{}{more}", gtin("952400000009"))
}

/// A shop that has recalled a batch of the pieces.
fn with_recall() -> Contents {
    let recall = Recall {
        recall_id: RecallId(uuid::Uuid::nil()),
        gtin: gtin(PIECE),
        batch: "L7".to_owned(),
        reason: "éclats de verre".to_owned(),
        start: NOW,
        end: None,
    };
    Contents { recalls: vec![recall], ..contents() }
}

fn recalled<T>() -> Result<T, ScanError> {
    Err(ScanError::Recalled { reason: "éclats de verre".to_owned() })
}

#[test]
fn the_measure_that_was_scanned_is_that_of_the_product_that_is_named() {
    let (item, quantity) = resolved(contents(), &complete("268888801250"), "261234500000", 0).unwrap();
    assert_eq!((item.gtin, quantity.get(), item.measured), (gtin("261234500000"), 1_250, true));
    let (item, quantity) = resolved(contents(), &complete("278888800199"), "275432100000", 0).unwrap();
    assert_eq!((quantity.get(), item.gross(quantity)), (100, Some(Cents::new(199))));
    let weighed = resolved(contents(), &element("3103001250"), "261234500000", 0);
    assert_eq!(weighed.map(|(_, quantity)| quantity.get()), Ok(1_250));
    let changed = resolved(contents(), &complete("268888801250"), "261234500000", 500);
    assert_eq!(changed, Err(ScanError::QuantityOutOfRange), "what a label says is nobody's to change");
    let by_the_piece = resolved(contents(), &complete("268888801250"), PIECE, 0);
    assert_eq!(by_the_piece, Err(ScanError::LabelMismatch));
}

#[test]
fn goods_by_the_kilogram_that_no_label_weighed_need_a_weight_and_take_it() {
    let plain = complete("952400000009");
    assert_eq!(resolved(contents(), &plain, "261234500000", 0), Err(ScanError::QuantityOutOfRange));
    let (item, quantity) = resolved(contents(), &plain, "261234500000", 350).unwrap();
    assert_eq!((item.sold_by, quantity.get(), item.measured), (SoldBy::Kilogram, 350, false));
    assert_eq!(resolved(contents(), &plain, PIECE, 0).unwrap().1, Quantity::ONE);
    assert_eq!(resolved(contents(), &plain, "1952400000005", 0).unwrap().1.get(), 6_000);
}

#[test]
fn goods_past_their_date_stop_though_nobody_knew_their_code() {
    assert!(resolved(contents(), &element("17260502"), PIECE, 0).is_ok(), "the last day is a day");
    assert_eq!(resolved(contents(), &element("17260501"), PIECE, 0), Err(ScanError::Expired));
}

#[test]
fn recalled_goods_stop_though_nobody_knew_their_code_and_their_batch_is_kept() {
    let contents = with_recall();
    assert_eq!(resolved(contents.clone(), &element("10L7"), PIECE, 0), recalled());
    assert_eq!(resolved(contents, &element("10L8"), PIECE, 0).unwrap().0.batch, "L8");
}

#[test]
fn neither_of_two_codes_hides_what_the_other_says() {
    let catalogue = Catalogue::from(with_recall());
    let counter = Counter { catalogue: &catalogue, store_code: "LILLE", now: NOW };
    let named = |more: &str| {
        let named = format!("]C101{}{more}", gtin(PIECE));
        article(resolve(counter, &element("17271231\u{1d}10L8"), &named, wanted(0)))
    };
    assert!(named("10L9").is_ok());
    assert_eq!(named("10L7"), recalled());
    assert_eq!(named("17260501"), Err(ScanError::Expired));
}

#[test]
fn a_case_is_its_pieces_whatever_its_code_counts() {
    let counted = resolved(contents(), &element("3002"), "1952400000005", 0);
    assert_eq!(counted.unwrap().1.get(), 6_000);
}

#[test]
fn a_code_names_a_product_or_says_why_not() {
    let plain = complete("952400000009");
    assert_eq!(resolved(contents(), &plain, "952400000009", 0), Err(ScanError::UnknownCode));
    assert_eq!(resolved(contents(), &plain, "981234567890", 0), Err(ScanError::UnknownCode));
    assert_eq!(resolved(contents(), &plain, "290000000042", 0), Err(ScanError::MemberCard));
}

#[test]
fn what_is_kept_of_an_unknown_code_says_the_same_when_it_is_read_again() {
    let code = format!("\u{2}{}\u{1d}10L7\r\n", element("3103001250"));
    let Ok(Read::Unknown { code, scanned }) = read_at(contents(), NOW, &code, wanted(0)) else {
        panic!("nobody knows it")
    };
    assert_eq!(code, gtin("952400000009").to_string());
    assert!(scanned.contains(SEPARATOR) && !scanned.contains('\r'), "{scanned:?}");
    let (item, quantity) = resolved(contents(), &scanned, "261234500000", 0).unwrap();
    assert_eq!((item.batch.as_str(), quantity.get()), ("L7", 1_250));
}
