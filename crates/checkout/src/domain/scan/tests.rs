use barcode::check_digit;
use time::macros::datetime;

use super::*;
use crate::domain::catalogue::{Contents, DatedPrice, DatedRate, Price, Promotion, Store};

const NOW: OffsetDateTime = datetime!(2026-05-02 09:00 UTC);
const BEFORE: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

fn complete(body: &str) -> String {
    format!("{body}{}", check_digit(body).unwrap())
}

fn product(body: &str, sold_by: SoldBy) -> Product {
    Product {
        gtin: Gtin::parse(&complete(body)).unwrap(),
        name: "Article".to_owned(),
        brand: String::new(),
        category: "Vrac".to_owned(),
        supplier_code: String::new(),
        sold_by,
        vat_code: "reduced".to_owned(),
        net_content: String::new(),
    }
}

fn catalogue() -> Catalogue {
    let products = vec![
        product("952400000001", SoldBy::Unit),
        product("952400000002", SoldBy::Unit),
        product("261234500000", SoldBy::Kilogram),
        product("269999900000", SoldBy::Unit),
        product("275432100000", SoldBy::Kilogram),
        product("225432100000", SoldBy::Unit),
    ];
    let price = |product: &Product| DatedPrice {
        gtin: product.gtin,
        valid_from: BEFORE,
        price: Price { unit: Cents::new(1_990), member: Some(Cents::new(1_500)) },
    };
    let prices =
        products.iter().filter(|product| product.gtin.as_str() != "09524000000026").map(price).collect();
    let promotion = |code: &str, category: &str, on_claim| Promotion {
        code: code.to_owned(),
        label: code.to_owned(),
        category: category.to_owned(),
        percent_basis_points: 1_000,
        start: BEFORE,
        end: NOW + time::Duration::HOUR,
        on_claim,
        members_only: false,
    };
    Catalogue::from(Contents {
        stores: Vec::<Store>::new(),
        products,
        prices,
        vat_rates: vec![DatedRate { vat_code: "reduced".to_owned(), valid_from: BEFORE, basis_points: 550 }],
        promotions: vec![
            promotion("VRAC", "Vrac", false),
            promotion("VIN", "Vin", false),
            promotion("BON", "", true),
        ],
        ..Contents::default()
    })
}

fn sold(code: &str, wanted: i64) -> Result<(SoldBy, i64, i64, bool), ScanError> {
    let (item, quantity) = read(&catalogue(), code, Quantity::new(wanted), NOW)?;
    let gross = money::price(item.unit_price, quantity).unwrap();
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
    assert_eq!(sold(&own, 0), Err(ScanError::QuantityOutOfRange));
}

#[test]
fn the_price_of_a_label_is_what_is_paid_to_the_cent() {
    for cents in 1..400 {
        let (_, _, gross, measured) = sold(&complete(&format!("2754321{cents:05}")), 0).unwrap();
        assert_eq!((gross, measured), (cents, true));
    }
    assert_eq!(sold(&complete("275432100199"), 0), Ok((SoldBy::Kilogram, 100, 199, true)));
    assert_eq!(sold(&complete("225432100199"), 0), Ok((SoldBy::Unit, 1_000, 199, true)));
}

#[test]
fn a_label_that_does_not_fit_its_article_sells_nothing() {
    let grams_of_pieces = sold(&complete("269999901250"), 0);
    assert_eq!(grams_of_pieces, Err(ScanError::UnknownCode));
    let nothing = sold(&complete("269999900000"), 0);
    assert_eq!(nothing, Err(ScanError::Unreadable(barcode::ScanError::EmptyMeasure)));
}

#[test]
fn what_cannot_be_sold_says_why() {
    assert_eq!(sold(&complete("952400000002"), 0), Err(ScanError::NoPrice));
    assert_eq!(sold(&complete("952400000009"), 0), Err(ScanError::UnknownCode));
    assert_eq!(sold(&complete("290000000042"), 0), Err(ScanError::MemberCard));
    assert!(matches!(sold("9524000000011", 0), Err(ScanError::BadCheckDigit(_))));
    assert!(matches!(sold("hello", 0), Err(ScanError::Unreadable(_))));
}

#[test]
fn an_article_takes_the_offers_that_run_for_it_and_need_no_claim() {
    let (item, _) = read(&catalogue(), &complete("952400000001"), Quantity::ZERO, NOW).unwrap();
    let codes: Vec<&str> = item.offers.iter().map(|offer| offer.code.as_str()).collect();
    assert_eq!(codes, ["VRAC"]);
    let later = NOW + time::Duration::HOUR;
    let (item, _) = read(&catalogue(), &complete("952400000001"), Quantity::ZERO, later).unwrap();
    assert!(item.offers.is_empty());
}
