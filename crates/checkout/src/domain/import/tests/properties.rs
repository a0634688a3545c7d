//! What holds for every file.

use proptest::prelude::*;

use super::*;

/// Cells that are often right, often wrong, and sometimes out of this world.
fn any_cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "96385074", "4006381333931", "036000241457", "96385075", "2600101003500", "Stylo", "", "kg", "unit", "reduced",
            "1.95", "2,10", "210.00", "yes", "goods", "deposit", "4006381333931x6", "2026-01-01", "2026-13-01", "FERME", "Ferme", "a&amp;b", "\"", "\"a,b\"", "\"a\nb\"", "\r\n", "\u{202e}",
        ])
        .prop_map(str::to_owned),
        1 => ".{0,12}",
    ]
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let columns = prop::sample::select(vec![
        "code,product_name",
        "code;product_name;brands;category;quantity;sold_by",
        "product_name\tcode\tprice\tprice_from\tmember_price",
        "code,product_name,vat_code,supplier,supplier_name,price,price_from",
        "code,price,price_from",
        "code,product_name,line_kind,deposit,codes,tile,tare,meal_voucher",
    ]);
    (columns, prop::collection::vec(prop::collection::vec(any_cell(), 1..8), 0..20), prop::bool::ANY)
        .prop_map(|(header, rows, has_mark)| {
            let separator = header.chars().find(|character| ",;\t".contains(*character)).unwrap().to_string();
            let rows = rows.into_iter().map(|cells| cells.join(&separator));
            let lines: Vec<_> = std::iter::once(header.to_owned()).chain(rows).collect();
            let mark = if has_mark { "\u{feff}" } else { "" };
            format!("{mark}{}", lines.join("\n")).into_bytes()
        })
}

fn check_products(file: &[u8]) {
    let Ok(first) = products(&empty(), file, "reduced") else { return };
    let Products { rows, created, changed, unchanged, rejected, .. } = &first;
    let taken = created.len() + changed.len() + rejected.len();
    assert_eq!(*rows, i64::try_from(taken).unwrap() + unchanged);
    assert!(rejected.is_sorted_by(|one, other| one.line < other.line));
    assert!(rejected.iter().all(|row| row.line > 1 && row.found.chars().count() <= 80));

    let again = products(&after(&first), file, "reduced").unwrap();
    assert!(!again.changes_anything(), "{again:?}");
    assert_eq!((&again.rejected, again.rows), (rejected, *rows));
}

fn check_prices(file: &[u8]) {
    let before = after(&read("code,product_name\n96385074,a\n4006381333931,b\n"));
    let Ok(Prices { rows, changed, unchanged, overtaken, held, rejected }) = prices(&before, file, None)
    else {
        return;
    };
    let taken = changed.len() + held.len() + rejected.len();
    assert_eq!(rows, i64::try_from(taken).unwrap() + unchanged + overtaken);
}

proptest! {
    #[test]
    fn every_row_is_counted_once_and_a_second_import_changes_nothing(file in any_file()) {
        check_products(&file);
        check_prices(&file);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), with_header: bool) {
        let header: &[u8] = if with_header { b"code,product_name,price,price_from\n" } else { b"" };
        let file = [header, &bytes[..]].concat();
        check_products(&file);
        check_prices(&file);
    }
}
