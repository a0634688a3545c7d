use barcode::check_digit;
use time::macros::datetime;

use super::*;
use crate::domain::catalogue::{
    Contents, DEPOSIT_RETURN_LIMIT, DatedCap, DatedPrice, DatedRate, Price, ProductCode, RecallId, Store,
};
use crate::domain::promotion::tests::percentage;

mod labels;
mod promises;
mod resolved;

const NOW: OffsetDateTime = datetime!(2026-05-02 09:00 UTC);
const BEFORE: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

fn complete(body: &str) -> String {
    format!("{body}{}", check_digit(body).unwrap())
}

fn gtin(body: &str) -> Gtin {
    Gtin::parse(&complete(body)).unwrap()
}

pub(crate) fn product(body: &str, sold_by: SoldBy) -> Product {
    Product {
        gtin: gtin(body),
        name: "Article".to_owned(),
        brand: String::new(),
        category: "Vrac".to_owned(),
        supplier_code: String::new(),
        sold_by,
        vat_code: "reduced".to_owned(),
        net_content: "500 g".to_owned(),
        kind: LineKind::Goods,
        deposit: None,
        meal_voucher: true,
        perishable: false,
        legal_guarantee: false,
        tile: String::new(),
        tare: Quantity::ZERO,
        minimum_age: 0,
        codes: Vec::new(),
    }
}

fn store(code: &str) -> Store {
    Store {
        code: code.to_owned(),
        name: code.to_owned(),
        address_lines: Vec::new(),
        siret: "73282932000074".to_owned(),
        vat_number: String::new(),
        time_zone: "Europe/Paris".to_owned(),
        currency: money::Currency::EUR,
        label_rules: Vec::new(),
        bag: None,
        deposit_return_limit: DEPOSIT_RETURN_LIMIT,
        audit_rate_basis_points: 0,
        closed_hours: Vec::new(),
        refund_policy: crate::domain::refund::policy::Policy::OF_THE_HOUSE,
    }
}

/// Everything at 19.90, the second product without a price, the deposit at 0.20.
fn contents() -> Contents {
    let bottle = Product {
        deposit: Some(gtin("952400000006")),
        codes: vec![ProductCode { code: gtin("1952400000005"), pieces: 6 }],
        ..product("952400000005", SoldBy::Unit)
    };
    let deposit = Product { kind: LineKind::Deposit, ..product("952400000006", SoldBy::Unit) };
    let products = vec![
        product("952400000001", SoldBy::Unit),
        product("952400000002", SoldBy::Unit),
        product("261234500000", SoldBy::Kilogram),
        product("269999900000", SoldBy::Unit),
        product("275432100000", SoldBy::Kilogram),
        product("225432100000", SoldBy::Unit),
        bottle,
        deposit,
    ];
    let price = |product: &Product| DatedPrice {
        gtin: product.gtin,
        store_code: String::new(),
        valid_from: BEFORE,
        price: Price {
            unit: Cents::new(if product.kind == LineKind::Deposit { 20 } else { 1_990 }),
            member: Some(Cents::new(if product.kind == LineKind::Deposit { 20 } else { 1_500 })),
        },
    };
    let prices =
        products.iter().filter(|product| product.gtin.as_str() != "09524000000026").map(price).collect();
    let promotion = |code: &str, category: &str, on_claim| Promotion {
        end: NOW + time::Duration::HOUR,
        on_claim,
        ..percentage(code, category, 1_000)
    };
    Contents {
        stores: vec![store("LILLE")],
        products,
        prices,
        vat_rates: vec![DatedRate { vat_code: "reduced".to_owned(), valid_from: BEFORE, basis_points: 550 }],
        promotions: vec![
            promotion("VRAC", "Vrac", false),
            promotion("VIN", "Vin", false),
            promotion("BON", "", true),
        ],
        meal_voucher_caps: vec![DatedCap { valid_from: BEFORE, cap: Cents::new(2_500) }],
        ..Contents::default()
    }
}

fn read_at(contents: Contents, now: OffsetDateTime, code: &str, wanted: Wanted) -> Result<Read, ScanError> {
    let catalogue = Catalogue::from(contents);
    read(Counter { catalogue: &catalogue, store_code: "LILLE", now }, code, wanted)
}

fn article(read: Result<Read, ScanError>) -> Result<(Item, Quantity), ScanError> {
    match read? {
        Read::Article { item, quantity } => Ok((*item, quantity)),
        other => panic!("no article: {other:?}"),
    }
}

fn wanted(milli: i64) -> Wanted {
    Wanted { quantity: Quantity::new(milli), tare: Quantity::ZERO }
}

fn sold(code: &str, milli: i64) -> Result<(SoldBy, i64, i64, bool), ScanError> {
    let (item, quantity) = article(read_at(contents(), NOW, code, wanted(milli)))?;
    let gross = item.gross(quantity).unwrap();
    Ok((item.sold_by, quantity.get(), gross.get(), item.measured))
}

#[test]
fn a_piece_is_one_unless_more_are_wanted() {
    let code = complete("952400000001");
    assert_eq!(sold(&code, 0), Ok((SoldBy::Unit, 1_000, 1_990, false)));
    assert_eq!(sold(&code, 3_000), Ok((SoldBy::Unit, 3_000, 5_970, false)));
    for wanted in [-1, 1, 1_500, 1_000_000, i64::MAX, i64::MIN] {
        assert_eq!(sold(&code, wanted), Err(ScanError::QuantityOutOfRange), "{wanted}");
    }
}

#[test]
fn a_weight_comes_from_the_label_or_with_the_articles_own_number() {
    let own = complete("261234500000");
    assert_eq!(sold(&complete("261234501250"), 0), Ok((SoldBy::Kilogram, 1_250, 2_488, true)));
    assert_eq!(sold(&complete("261234501250"), 1_000), Err(ScanError::QuantityOutOfRange));
    assert_eq!(sold(&own, 350), Ok((SoldBy::Kilogram, 350, 697, false)));
    assert_eq!(sold(&own, 0), Err(ScanError::ZeroMeasure), "a label of nothing, or nobody said how much");
}

#[test]
fn a_labels_price_wins_and_its_quantity_is_derived_and_multiplies_back_to_the_same_cents() {
    for cents in 2..400 {
        let (sold_by, _, gross, measured) = sold(&complete(&format!("2754321{cents:05}")), 0).unwrap();
        assert_eq!((sold_by, gross, measured), (SoldBy::Kilogram, cents, true));
    }
    assert_eq!(sold(&complete("275432100199"), 0), Ok((SoldBy::Kilogram, 100, 199, true)));
    assert_eq!(sold(&complete("225432100199"), 0), Ok((SoldBy::Unit, 1_000, 199, true)));
}

#[test]
fn a_label_that_does_not_fit_its_article_sells_nothing() {
    let grams_of_pieces = sold(&complete("269999901250"), 0);
    assert_eq!(grams_of_pieces, Err(ScanError::LabelMismatch));
    let nothing = sold(&complete("269999900000"), 0);
    assert_eq!(nothing, Err(ScanError::ZeroMeasure));
}

#[test]
fn a_code_that_says_zero_is_refused_for_that_reason() {
    let piece = gtin("952400000001");
    for code in [
        format!("]C101{piece}3103000000"),
        format!("]C101{piece}392200"),
        format!("]C101{piece}3000"),
        format!("https://id.gs1.org/01/{piece}?3103=000000"),
    ] {
        assert_eq!(sold(&code, 0), Err(ScanError::ZeroMeasure), "{code}");
    }
}

#[test]
fn what_cannot_be_sold_says_why() {
    assert_eq!(sold(&complete("952400000002"), 0), Err(ScanError::NoPrice));
    assert_eq!(sold(&complete("290000000042"), 0), Err(ScanError::MemberCard));
    assert!(matches!(sold("9524000000011", 0), Err(ScanError::BadCheckDigit(_))));
    assert!(matches!(sold("hello", 0), Err(ScanError::Unreadable(_))));
}

#[test]
fn an_article_takes_the_offers_that_run_for_it_and_need_no_claim() {
    let codes = |now| {
        let (item, _) = article(read_at(contents(), now, &complete("952400000001"), wanted(0))).unwrap();
        item.offers.into_iter().map(|offer| offer.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(NOW), ["VRAC"]);
    assert!(codes(NOW + time::Duration::HOUR).is_empty());
}
