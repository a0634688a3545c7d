use time::OffsetDateTime;
use time::macros::datetime;

use super::*;
use crate::domain::catalogue::{Catalogue, Contents, DatedRate, SoldBy};

mod files;
mod promises;
mod properties;

/// A catalogue that knows the VAT codes and nothing else.
fn empty() -> Catalogue {
    let rate = |vat_code: &str| DatedRate {
        vat_code: vat_code.to_owned(),
        valid_from: datetime!(2014-01-01 00:00 +1),
        basis_points: 550,
    };
    Catalogue::from(Contents { vat_rates: ["normal", "reduced"].map(rate).into(), ..Contents::default() })
}

/// The catalogue after an import into an empty one.
fn after(read: &Products) -> Catalogue {
    let Products { suppliers, created, prices, .. } = read.clone();
    let vat_rates = ["normal", "reduced"].map(|code| DatedRate {
        vat_code: code.to_owned(),
        valid_from: datetime!(2014-01-01 00:00 +1),
        basis_points: 550,
    });
    Catalogue::from(Contents {
        suppliers,
        products: created,
        prices,
        vat_rates: vat_rates.into(),
        ..Contents::default()
    })
}

fn read(file: &str) -> Products {
    products(&empty(), file.as_bytes(), "reduced").unwrap()
}

fn reasons(rejected: &[Rejected]) -> Vec<(i64, &'static str, &str)> {
    rejected.iter().map(|row| (row.line, row.reason.as_str(), row.found.as_str())).collect()
}

/// A file of one row, and why it is not taken.
#[track_caller]
fn check(header: &str, row: &str, reason: &str, found: &str) {
    let read = read(&format!("{header}\n{row}\n"));
    assert_eq!(reasons(&read.rejected), [(2, reason, found)]);
    assert!(!read.changes_anything());
}

#[test]
fn a_full_row_is_taken_as_it_stands() {
    let read = read(
        "code,product_name,brands,category,quantity,sold_by,vat_code,supplier,supplier_name,price,price_from,member_price\n\
         96385074, Carottes ,Ferme,\"Frais,Légumes\",1 botte,kg,normal,FERME,La Ferme,1.95,2026-01-01,\"1,80\"\n",
    );
    assert_eq!(read.rejected, []);
    let [product] = &read.created[..] else { panic!("one product") };
    assert_eq!(
        (product.gtin.as_str(), &*product.name, &*product.category),
        ("00000096385074", "Carottes", "Frais,Légumes")
    );
    assert_eq!(
        (product.sold_by, &*product.vat_code, &*product.supplier_code),
        (SoldBy::Kilogram, "normal", "FERME")
    );
    let [dated] = &read.prices[..] else { panic!("one price") };
    assert_eq!(dated.valid_from, datetime!(2025-12-31 23:00 UTC));
    assert_eq!((dated.price.unit.get(), dated.price.member.map(money::Cents::get)), (195, Some(180)));
    assert_eq!(read.suppliers, [Supplier { code: "FERME".to_owned(), name: "La Ferme".to_owned() }]);
}

#[test]
fn a_row_without_options_is_sold_by_the_piece_at_the_default_rate() {
    let read = read("code;product_name\n4006381333931;Stylo\n");
    let [product] = &read.created[..] else { panic!("one product") };
    assert_eq!((product.sold_by, &*product.vat_code, &*product.supplier_code), (SoldBy::Unit, "reduced", ""));
    assert_eq!((read.prices.len(), read.suppliers.len()), (0, 0));
}

#[test]
fn every_bad_code_is_told_from_a_misread_one() {
    for (code, reason) in [
        ("96385075", "BAD_CHECK_DIGIT"),
        ("4006381333932", "BAD_CHECK_DIGIT"),
        ("", "BAD_CODE"),
        ("963850", "BAD_CODE"),
        ("123456789012345", "BAD_CODE"),
        ("4,00638E+12", "BAD_CODE"),
        ("4006381 333931", "BAD_CODE"),
    ] {
        check("code;product_name", &format!("{code};x"), reason, code);
    }
}

#[test]
fn a_code_that_the_tills_read_as_something_else_is_no_product() {
    let with_check = |body: &str| format!("{body}{}", barcode::check_digit(body).unwrap());
    for (body, is_product) in [
        ("260010100000", true),
        ("260010100350", false),
        ("270010100000", true),
        ("220010100199", false),
        ("250010100350", true),
        ("290000000001", false),
        ("200010100350", true),
    ] {
        let file = format!("code,product_name\n{},x\n", with_check(body));
        assert_eq!(read(&file).rejected.is_empty(), is_product, "{body}");
    }
}

#[test]
fn each_other_reason_is_given_with_what_was_found() {
    check("code,product_name", "96385074,  ", "NO_NAME", "00000096385074");
    check("code,product_name", "96385074", "BAD_ROW", "96385074");
    check("code,product_name", "96385074,a,b", "BAD_ROW", "96385074 | a | b");
    check("code,product_name", "96385074,a\u{202e}b", "BAD_ROW", "a\\u{202e}b");
    check("code,product_name", "96385074,\"a\nb\"", "BAD_ROW", "a\\u{a}b");
    check("code,product_name", "96385074,Pain &quot;bis&quot;", "BAD_ROW", "Pain &quot;bis&quot;");
    check("code,product_name,quantity", "96385074,a,3 &#8364; &gt;", "BAD_ROW", "3 &#8364; &gt;");
    check("code,product_name,sold_by", "96385074,a,litre", "BAD_ROW", "litre");
    check("code,product_name,vat_code", "96385074,a,super", "BAD_VAT_CODE", "super");
    check("code,product_name,supplier", "96385074,a,Ferme", "BAD_SUPPLIER", "Ferme");
    check("code,product_name,supplier,supplier_name", "96385074,a,,Ferme", "BAD_SUPPLIER", "Ferme");
    let priced = "code;product_name;price;price_from;member_price";
    for (cells, reason, found) in [
        ("0;2026-01-01;", "BAD_PRICE", "0"),
        ("-1;2026-01-01;", "BAD_PRICE", "-1"),
        ("1.999;2026-01-01;", "BAD_PRICE", "1.999"),
        ("1 000;2026-01-01;", "BAD_PRICE", "1 000"),
        ("1000000.01;2026-01-01;", "BAD_PRICE", "1000000.01"),
        (";2026-01-01;", "BAD_PRICE", ""),
        (";;1", "BAD_PRICE", ""),
        ("1;2026-01-01;1.01", "BAD_PRICE", "1.01"),
        ("1;;", "BAD_DATE", ""),
        ("1;01/02/2026;", "BAD_DATE", "01/02/2026"),
        ("1;2026-02-29;", "BAD_DATE", "2026-02-29"),
        ("1;0226-02-01;", "BAD_DATE", "0226-02-01"),
        ("1;2026-02-01T00:00:00.5Z;", "BAD_DATE", "2026-02-01T00:00:00.5Z"),
    ] {
        check(priced, &format!("96385074;a;{cells}"), reason, found);
    }
}

#[test]
fn an_ampersand_that_is_no_reference_is_text() {
    for name in ["M&M's", "Sel & poivre; fin", "a &; b", "R&D 100%;", "&"] {
        assert_eq!(read(&format!("code\tproduct_name\n96385074\t{name}\n")).created.len(), 1, "{name}");
    }
}

#[test]
fn what_was_found_is_shortened() {
    let long = "a".repeat(201);
    check("code,product_name", &format!("96385074,{long}"), "BAD_ROW", &long[..80]);
}

#[test]
fn a_product_is_taken_once_and_a_bad_row_does_not_stand_in_the_way_of_a_good_one() {
    let read = read("code,product_name\n96385074,\n96385074,Stylo\n0000096385074,Crayon\n");
    assert_eq!(read.created.len(), 1);
    assert_eq!(
        reasons(&read.rejected),
        [(2, "NO_NAME", "00000096385074"), (4, "DUPLICATE_GTIN", "00000096385074")]
    );
}

#[test]
fn a_supplier_has_one_name_in_a_file_and_its_code_when_there_is_none() {
    let file = "code,product_name,supplier,supplier_name\n96385074,a,S1,\n4006381333931,b,S1,Un\n\
                036000241457,c,S1,Deux\n5901234123457,d,S2,\n";
    let first = read(file);
    assert_eq!(reasons(&first.rejected), [(4, "BAD_SUPPLIER", "Deux")]);
    let named = |code: &str, name: &str| Supplier { code: code.to_owned(), name: name.to_owned() };
    assert_eq!(first.suppliers, [named("S1", "Un"), named("S2", "S2")]);
    let again = products(&after(&first), b"code,product_name,supplier\n96385074,a,S1\n", "reduced").unwrap();
    assert_eq!((again.unchanged, again.changes_anything()), (1, false));
}

#[test]
fn what_is_there_already_is_told_from_what_is_new() {
    let first =
        read("code,product_name,price,price_from\n96385074,a,1,2026-01-01\n4006381333931,b,2,2026-01-01\n");
    let file = b"code,product_name,price,price_from\n96385074,a,1,2026-02-01\n4006381333931,B,2,2026-01-01\n036000241457,c,,\n";
    let second = products(&after(&first), file, "reduced").unwrap();
    let names =
        |products: &[Product]| products.iter().map(|product| product.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        (names(&second.created), names(&second.changed)),
        (vec!["c".to_owned()], vec!["B".to_owned()])
    );
    assert_eq!((second.unchanged, second.prices.len()), (1, 1));
}

#[test]
fn prices_are_for_products_that_are_known() {
    let before =
        after(&read("code,product_name,price,price_from\n96385074,a,1,2026-01-01\n4006381333931,b,,\n"));
    let file = b"code,price,price_from,member_price\n96385074,1,2026-01-01,\n96385074,2.50,2026-02-01,2\n\
        4006381333931,3,2026-01-01T08:00:00Z,\n036000241457,3,2026-01-01,\n96385074,9,2026-02-01,\n96385075,1,2026-01-01,\n";
    let read = prices(&before, file, None).unwrap();
    let dated: Vec<_> = read.changed.iter().map(|dated| (dated.valid_from, dated.price.unit.get())).collect();
    let expected: [(OffsetDateTime, i64); 2] =
        [(datetime!(2026-01-31 23:00 UTC), 250), (datetime!(2026-01-01 08:00 UTC), 300)];
    assert_eq!(dated, expected);
    assert_eq!((read.rows, read.unchanged), (6, 1));
    assert_eq!(
        reasons(&read.rejected),
        [
            (5, "UNKNOWN_GTIN", "00036000241457"),
            (6, "DUPLICATE_GTIN", "00000096385074"),
            (7, "BAD_CHECK_DIGIT", "96385075")
        ]
    );
}

#[test]
fn a_day_starts_at_midnight_in_summer_and_in_winter() {
    for (text, start) in [
        ("2026-01-01", datetime!(2025-12-31 23:00 UTC)),
        ("2026-07-01", datetime!(2026-06-30 22:00 UTC)),
        ("2026-03-29", datetime!(2026-03-28 23:00 UTC)),
        ("2026-07-01T00:00:00+02:00", datetime!(2026-06-30 22:00 UTC)),
    ] {
        assert_eq!(cell::valid_from(text).unwrap(), start, "{text}");
    }
}
