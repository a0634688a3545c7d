//! Several codes, deposits, tiles, local prices, and prices that wait for a person.

use std::collections::HashSet;

use super::*;
use crate::domain::catalogue::{Price, ProductCode, Store};
use crate::domain::item::LineKind;

const FULL: &str = "code;product_name;line_kind;deposit;codes;tile;tare;meal_voucher;perishable";

#[test]
fn a_row_says_what_a_product_is_and_by_which_codes_it_is_known() {
    let read = read(&format!(
        "{FULL}\n96385074;Consigne;deposit;;;;;;\n4006381333931;Cidre;goods;96385074;15901234123454x6 036000241457;Boissons;350;yes;no\n"
    ));
    assert_eq!(read.rejected, []);
    let [deposit, cider] = &read.created[..] else { panic!("two products") };
    assert_eq!(
        (deposit.kind, cider.kind, cider.deposit),
        (LineKind::Deposit, LineKind::Goods, Some(deposit.gtin))
    );
    let codes: Vec<(&str, i64)> =
        cider.codes.iter().map(|ProductCode { code, pieces }| (code.as_str(), *pieces)).collect();
    assert_eq!(codes, [("00036000241457", 1), ("15901234123454", 6)]);
    assert_eq!(
        (&*cider.tile, cider.tare.get(), cider.meal_voucher, cider.perishable),
        ("Boissons", 350, true, false)
    );
}

#[test]
fn a_code_that_two_products_claim_is_told_at_import() {
    let header = "code,product_name,codes";
    for (rows, line, found) in [
        ("96385074,a,036000241457\n4006381333931,b,036000241457", 3, "00036000241457"),
        ("96385074,a,\n4006381333931,b,96385074", 3, "00000096385074"),
        ("96385074,a,4006381333931\n4006381333931,b,", 3, "04006381333931"),
        ("96385074,a,96385074", 2, "00000096385074"),
        ("96385074,a,036000241457 036000241457x6", 2, "00036000241457"),
    ] {
        let read = read(&format!("{header}\n{rows}\n"));
        assert_eq!(reasons(&read.rejected), [(line, "CODE_CLAIMED_TWICE", found)], "{rows}");
    }
    let before = after(&read(&format!("{header}\n96385074,a,036000241457\n")));
    let later =
        products(&before, format!("{header}\n4006381333931,b,036000241457\n").as_bytes(), "reduced").unwrap();
    assert_eq!(reasons(&later.rejected), [(2, "CODE_CLAIMED_TWICE", "00036000241457")]);
    let own =
        products(&before, format!("{header}\n96385074,a,036000241457x2\n").as_bytes(), "reduced").unwrap();
    assert_eq!((own.changed.len(), own.rejected.len()), (1, 0));
}

#[test]
fn each_further_reason_is_given_with_what_was_found() {
    check("code,product_name,codes", "96385074,a,036000241457x0", "BAD_PIECES", "036000241457x0");
    check("code,product_name,codes", "96385074,a,036000241457xsix", "BAD_PIECES", "036000241457xsix");
    check("code,product_name,codes", "96385074,a,036000241458", "BAD_CHECK_DIGIT", "036000241458");
    check("code,product_name,deposit", "96385074,a,4006381333931", "UNKNOWN_DEPOSIT", "04006381333931");
    check("code,product_name,line_kind", "96385074,a,deposit_return", "BAD_ROW", "deposit_return");
    check("code,product_name,tare", "96385074,a,1.5", "BAD_ROW", "1.5");
    check("code,product_name,meal_voucher", "96385074,a,oui", "BAD_ROW", "oui");
}

/// A product at 2.00 since January, and the store of Lille.
fn shop() -> Catalogue {
    let read = read("code,product_name,price,price_from\n96385074,a,2,2026-01-01\n");
    let lille = Store {
        code: "LILLE".to_owned(),
        name: "Lille".to_owned(),
        address_lines: Vec::new(),
        siret: "73282932000074".to_owned(),
        vat_number: String::new(),
        time_zone: "Europe/Paris".to_owned(),
        currency: money::Currency::EUR,
        label_rules: Vec::new(),
        bag: None,
        deposit_return_limit: money::Cents::new(5_000),
        audit_rate_basis_points: 0,
    };
    Catalogue::from(Contents {
        stores: vec![lille],
        products: read.created,
        prices: read.prices,
        ..Contents::default()
    })
}

#[test]
fn a_price_that_is_a_hundred_times_its_yesterday_is_held() {
    let held = |rows: &str| {
        let file = format!("code,price,price_from,member_price,store\n{rows}\n");
        let read = prices(&shop(), file.as_bytes(), None).unwrap();
        assert_eq!(read.rejected, []);
        let previous = read.held.iter().map(|suspect| suspect.previous.get()).collect::<Vec<_>>();
        (read.changed.len(), previous)
    };
    assert_eq!(held("96385074,199.99,2026-02-01,,"), (1, vec![]));
    assert_eq!(held("96385074,200,2026-02-01,,"), (0, vec![200]));
    assert_eq!(held("96385074,0.02,2026-02-01,,"), (0, vec![200]));
    assert_eq!(held("96385074,2,2026-02-01,0.02,"), (0, vec![200]), "a member's price as well");
    assert_eq!(held("96385074,200,2026-02-01,,LILLE"), (0, vec![200]), "in one store as in all");
    assert_eq!(held("96385074,200,2026-01-01,,"), (0, vec![200]), "in the place of another one");
    assert_eq!(held("96385074,3,2026-02-01,,\n96385074,300,2026-03-01,,"), (1, vec![300]), "within a file");
    let first = "code,product_name,price,price_from\n4006381333931,b,500,2026-01-01\n";
    assert_eq!(read(first).prices.len(), 1, "a first price has no yesterday");
}

#[test]
fn a_price_may_be_that_of_one_store() {
    let file = b"code,price,price_from,store\n96385074,2.50,2026-01-01,LILLE\n96385074,2,2026-01-01,\n96385074,3,2026-01-01,ARRAS\n";
    let read = prices(&shop(), file, None).unwrap();
    let [dated] = &read.changed[..] else { panic!("one price") };
    assert_eq!(
        (&*dated.store_code, dated.price),
        ("LILLE", Price { unit: money::Cents::new(250), member: None })
    );
    assert_eq!((read.unchanged, reasons(&read.rejected)), (1, vec![(4, "UNKNOWN_STORE", "ARRAS")]));
}

#[test]
fn of_a_file_that_comes_again_only_what_was_refused_is_looked_at() {
    let file = b"code,price,price_from\n96385074,2.50,2026-02-01\n4006381333931,3,2026-02-01\n";
    let first = prices(&shop(), file, None).unwrap();
    assert_eq!(
        (first.changed.len(), reasons(&first.rejected)),
        (1, vec![(3, "UNKNOWN_GTIN", "04006381333931")])
    );
    let again = prices(&shop(), file, Some(&HashSet::from([3]))).unwrap();
    assert_eq!((again.changed.len(), again.unchanged, again.rejected), (0, 1, first.rejected));
}
