use time::macros::datetime;

use super::*;
use crate::domain::promotion::tests::percentage;

fn gtin(text: &str) -> Gtin {
    Gtin::parse(text).unwrap()
}

fn price(code: &str, valid_from: OffsetDateTime, cents: i64) -> DatedPrice {
    local("", code, valid_from, cents)
}

fn local(store_code: &str, code: &str, valid_from: OffsetDateTime, cents: i64) -> DatedPrice {
    let store_code = store_code.to_owned();
    DatedPrice {
        gtin: gtin(code),
        store_code,
        valid_from,
        price: Price { unit: Cents::new(cents), member: None },
    }
}

#[test]
fn the_latest_price_that_has_started_is_in_force() {
    let catalogue = Catalogue::from(Contents {
        prices: vec![
            price("96385074", datetime!(2026-03-01 00:00 UTC), 300),
            price("96385074", datetime!(2026-01-01 00:00 UTC), 100),
            price("96385074", datetime!(2026-02-01 00:00 UTC), 200),
            price("4006381333931", datetime!(2026-01-15 00:00 UTC), 999),
        ],
        ..Contents::default()
    });
    let at = |now| catalogue.price_at("LILLE", &gtin("96385074"), now).map(|price| price.unit.get());
    assert_eq!(at(datetime!(2025-12-31 23:59:59 UTC)), None);
    assert_eq!(at(datetime!(2026-01-01 00:00 UTC)), Some(100));
    assert_eq!(at(datetime!(2026-02-28 23:59:59.999 UTC)), Some(200));
    assert_eq!(at(datetime!(2030-01-01 00:00 UTC)), Some(300));
    assert_eq!(catalogue.price_at("LILLE", &gtin("036000241457"), datetime!(2026-02-01 00:00 UTC)), None);
}

#[test]
fn a_store_has_its_own_price_and_the_lowest_of_thirty_days_is_that_of_the_store() {
    let catalogue = Catalogue::from(Contents {
        prices: vec![
            price("96385074", datetime!(2026-01-01 00:00 UTC), 300),
            local("LILLE", "96385074", datetime!(2026-02-01 00:00 UTC), 250),
            local("LILLE", "96385074", datetime!(2026-02-20 00:00 UTC), 400),
            price("96385074", datetime!(2026-02-25 00:00 UTC), 290),
        ],
        ..Contents::default()
    });
    let now = datetime!(2026-03-01 00:00 UTC);
    let at = |store| catalogue.price_at(store, &gtin("96385074"), now).map(|price| price.unit.get());
    assert_eq!((at("LILLE"), at("ARRAS"), at("")), (Some(400), Some(290), Some(290)));
    let lowest = |store, instant| catalogue.prior_price(store, &gtin("96385074"), instant).map(Cents::get);
    assert_eq!((lowest("LILLE", now), lowest("ARRAS", now)), (Some(250), Some(290)));
    let later = datetime!(2026-03-23 00:00 UTC);
    assert_eq!(lowest("LILLE", later), Some(400), "of the last thirty days alone");
    assert_eq!(lowest("LILLE", datetime!(2026-01-01 00:00 UTC)), None, "it was not sold before");
}

#[test]
fn the_lowest_price_of_thirty_days_counts_what_promotions_took_off() {
    let promotion = Promotion {
        start: datetime!(2026-02-10 00:00 UTC),
        end: datetime!(2026-02-12 00:00 UTC),
        ..percentage("SOLDES", "", 2_000)
    };
    let sample = crate::domain::scan::tests::product("952400000001", SoldBy::Unit);
    let catalogue = Catalogue::from(Contents {
        prices: vec![price("96385074", datetime!(2026-01-01 00:00 UTC), 300)],
        products: vec![Product { gtin: gtin("96385074"), ..sample }],
        promotions: vec![promotion],
        ..Contents::default()
    });
    let lowest = |instant| catalogue.prior_price("LILLE", &gtin("96385074"), instant).map(Cents::get);
    assert_eq!(lowest(datetime!(2026-03-01 00:00 UTC)), Some(240));
    assert_eq!(lowest(datetime!(2026-02-10 00:00 UTC)), Some(300), "not its own reduction");
    assert_eq!(lowest(datetime!(2026-03-14 00:00 UTC)), Some(300));
}

#[test]
fn the_rate_of_a_code_changes_on_its_day() {
    let rate = |vat_code: &str, valid_from, basis_points| DatedRate {
        vat_code: vat_code.to_owned(),
        valid_from,
        basis_points,
    };
    let catalogue = Catalogue::from(Contents {
        vat_rates: vec![
            rate("normal", datetime!(2014-01-01 00:00 +1), 2_000),
            rate("normal", datetime!(2027-01-01 00:00 +1), 2_100),
            rate("reduced", datetime!(2014-01-01 00:00 +1), 550),
        ],
        ..Contents::default()
    });
    assert_eq!(catalogue.vat_rate("normal", datetime!(2026-12-31 22:59:59 UTC)), Some(2_000));
    assert_eq!(catalogue.vat_rate("normal", datetime!(2026-12-31 23:00 UTC)), Some(2_100));
    assert_eq!(catalogue.vat_rate("reduced", datetime!(2030-01-01 00:00 UTC)), Some(550));
    assert_eq!(catalogue.vat_rate("normal", datetime!(2013-01-01 00:00 UTC)), None);
    assert_eq!(catalogue.vat_rate("unheard", datetime!(2026-01-01 00:00 UTC)), None);
}

#[test]
fn a_promotion_runs_from_its_start_until_just_before_its_end() {
    let promotion = Promotion {
        start: datetime!(2026-03-20 00:00 UTC),
        end: datetime!(2026-06-20 00:00 UTC),
        ..percentage("PRINTEMPS", "Légumes", 1_000)
    };
    let catalogue = Catalogue::from(Contents { promotions: vec![promotion], ..Contents::default() });
    assert_eq!(catalogue.promotions_at("LILLE", datetime!(2026-03-19 23:59:59 UTC)).len(), 0);
    assert_eq!(catalogue.promotions_at("LILLE", datetime!(2026-03-20 00:00 UTC)).len(), 1);
    assert_eq!(catalogue.promotions_at("LILLE", datetime!(2026-06-20 00:00 UTC)).len(), 0);
}

#[test]
fn a_product_is_of_each_category_of_its_list_and_of_no_part_of_a_word() {
    for (categories, category, is) in [
        ("Légumes", "Légumes", true),
        ("Frais, Légumes ,Carottes", "Légumes", true),
        ("Frais,Légumes", "Frais,Légumes", true),
        ("Légumes secs", "Légumes", false),
        ("", "Légumes", false),
    ] {
        assert_eq!(has_category(categories, category), is, "{categories}");
    }
}

#[test]
fn a_scale_label_is_read_by_its_prefix_and_a_picked_article_is_a_plain_one() {
    use barcode::{Measure, Scan, check_digit, scan};
    let read = |body: &str| scan(&format!("{body}{}", check_digit(body).unwrap()), label_rules()).unwrap();
    let lookup = gtin(&format!("260010100000{}", check_digit("260010100000").unwrap()));
    assert_eq!(read("260010101234"), Scan::Measured { article: lookup.into(), value: Measure::Grams(1_234) });
    assert!(matches!(read("270010100345"), Scan::Measured { value: Measure::Price(345), .. }));
    assert!(matches!(read("220010100345"), Scan::Measured { value: Measure::Price(345), .. }));
    assert!(matches!(read("250010100345"), Scan::Product(_)));
}
