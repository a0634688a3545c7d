//! Several codes, deposits, tiles, local prices, and prices that wait for a person.

use std::collections::HashSet;

use super::*;
use crate::domain::catalogue::{Price, ProductCode, Store};
use crate::domain::item::LineKind;

const FULL: &str =
    "code;product_name;line_kind;deposit;codes;tile;tare;meal_voucher;perishable;legal_guarantee";

#[test]
fn a_row_says_what_a_product_is_and_by_which_codes_it_is_known() {
    let read = read(&format!(
        "{FULL}\n96385074;Consigne;deposit;;;;;;;\n4006381333931;Cidre;goods;96385074;15901234123454x6 036000241457;Boissons;350;yes;no;yes\n"
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
        (&*cider.tile, cider.tare.get(), cider.meal_voucher, cider.perishable, cider.legal_guarantee),
        ("Boissons", 350, true, false, true)
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
    with_prices(Vec::new())
}

/// The same with further prices.
fn with_prices(further: Vec<DatedPrice>) -> Catalogue {
    let mut contents = contents();
    contents.prices.extend(further);
    Catalogue::from(contents)
}

fn contents() -> Contents {
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
        closed_hours: Vec::new(),
        refund_policy: crate::domain::refund::policy::Policy::OF_THE_HOUSE,
    };
    Contents { stores: vec![lille], products: read.created, prices: read.prices, ..Contents::default() }
}

#[test]
fn a_price_that_is_fifty_times_its_yesterday_or_a_fiftieth_is_held() {
    let held = |rows: &str| {
        let file = format!("code,price,price_from,member_price,store\n{rows}\n");
        let read = prices(&shop(), file.as_bytes(), None).unwrap();
        assert_eq!(read.rejected, []);
        let previous = read.held.iter().map(|suspect| suspect.previous.get()).collect::<Vec<_>>();
        (read.changed.len(), previous)
    };
    assert_eq!(held("96385074,99.99,2026-02-01,,"), (1, vec![]));
    assert_eq!(held("96385074,0.05,2026-02-01,,"), (1, vec![]));
    for slip in ["100", "196", "202", "400", "0.04", "0.01"] {
        let row = format!("96385074,{slip},2026-02-01,,");
        assert_eq!(held(&row), (0, vec![200]), "{slip}: a slip of the unit beside a small change");
    }
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
fn a_held_price_says_which_of_the_two_is_suspect_and_how_far() {
    let suspicion = |unit: i64, member: Option<i64>| {
        let price = Price { unit: money::Cents::new(unit), member: member.map(money::Cents::new) };
        price.suspicion_after(money::Cents::new(200)).map(|it| (it.unit, it.member, it.times))
    };
    assert_eq!(suspicion(9_999, None), None);
    assert_eq!(suspicion(19_600, None), Some((true, false, 98)));
    assert_eq!(suspicion(19_600, Some(180)), Some((true, false, 98)));
    assert_eq!(suspicion(210, Some(2)), Some((false, true, 100)));
    assert_eq!(suspicion(20_000, Some(1)), Some((true, true, 200)), "of the one that is farther off");
}

#[test]
fn no_detour_takes_a_price_fifty_times_as_far() {
    let header = "code,price,price_from,store";
    let held = |before: &str, rows: &str| {
        let before = prices(&shop(), format!("{header}\n{before}\n").as_bytes(), None).unwrap();
        let shop = with_prices(before.changed);
        let read = prices(&shop, format!("{header}\n{rows}\n").as_bytes(), None).unwrap();
        assert_eq!(read.rejected, []);
        read.held.iter().map(|suspect| suspect.previous.get()).collect::<Vec<_>>()
    };
    let local = "96385074,200,2025-12-01,LILLE";
    assert_eq!(held("", local), [200], "back-dated, it displaces what is in force now");
    assert_eq!(held("96385074,2.10,2025-12-15,LILLE", local), [200], "though another one follows it");
    assert_eq!(held("", "96385074,99,2025-12-01,LILLE"), [0; 0]);
    let older = "96385074,90,2025-06-01,";
    assert_eq!(held(older, "96385074,200,2025-07-01,LILLE"), [200], "nor do older prices hide it");
    let steps = "96385074,3,2026-02-01,\n96385074,90,2026-03-01,\n96385074,2000,2026-04-01,";
    assert_eq!(held("", steps), [300], "step by step");
    let both = "96385074,3,2026-02-01,\n96385074,300,2026-03-01,LILLE";
    assert_eq!(held("", both), [300], "by one store and all");
    let day_before = "96385074,20,2026-03-01,";
    assert_eq!(
        held(day_before, "96385074,200,2026-03-02,"),
        [200],
        "nor by a price of one day in a file before"
    );
    assert_eq!(held(day_before, "96385074,200,2026-04-30,"), [0; 0], "what is long over is no yesterday");
}

#[test]
fn a_first_price_of_a_store_or_of_all_is_compared_with_what_the_other_asks() {
    let header = "code,price,price_from,store";
    let only_local = |rows: &str| {
        let local =
            prices(&shop(), format!("{header}\n96385074,2,2026-01-02,LILLE\n").as_bytes(), None).unwrap();
        let mut shop = contents();
        shop.prices = local.changed;
        let read = prices(&Catalogue::from(shop), format!("{header}\n{rows}\n").as_bytes(), None).unwrap();
        (read.changed.len(), read.held.len())
    };
    assert_eq!(only_local("96385074,200,2026-02-01,"), (0, 1));
    assert_eq!(only_local("96385074,90,2026-02-01,"), (1, 0));
    assert_eq!(only_local("96385074,200,2025-12-01,"), (0, 1));
}

#[test]
fn a_column_that_is_missing_leaves_what_is_known_and_an_empty_cell_takes_it_away() {
    let columns = "brands,category,quantity,sold_by,vat_code,supplier,line_kind,deposit,codes,tile,tare,meal_voucher,perishable";
    let first = read(&format!(
        "code,product_name,{columns},price,price_from,member_price\n\
         4006381333931,Consigne,,,,,,,deposit,,,,,,,,,\n\
         96385074,Cidre,Aulne,Boissons,75 cl,kg,normal,AULNE,goods,4006381333931,15901234123454x6,Vrac,350,yes,yes,2,2026-01-01,1.80\n"
    ));
    assert_eq!(first.rejected, []);
    let before = after(&first);
    let again = |file: &str| products(&before, file.as_bytes(), "reduced").unwrap();
    let renamed = again("code,product_name\n96385074,Cidre doux\n4006381333931,Consigne\n");
    assert_eq!((renamed.rejected.len(), renamed.unchanged), (0, 1));
    let known = before.product(&renamed.changed[0].gtin).unwrap().clone();
    assert_eq!(renamed.changed, [Product { name: "Cidre doux".to_owned(), ..known.clone() }]);
    let repriced = again("code,product_name,price,price_from\n96385074,Cidre,2.10,2026-01-01\n");
    assert_eq!((repriced.unchanged, repriced.prices[0].price.member), (1, Some(money::Cents::new(180))));
    let lower = prices(&before, b"code,price,price_from\n96385074,1.70,2026-01-01\n", None).unwrap();
    assert_eq!(lower.changed[0].price.member, None, "no member pays more than others");
    let empty = again(&format!("code,product_name,{columns}\n96385074,Cidre,,,,,,,,,,,,,\n"));
    let plain = read("code,product_name\n96385074,Cidre\n").created;
    assert_eq!(empty.changed, plain);
}

#[test]
fn a_file_is_the_same_whatever_its_line_ends_and_its_byte_order_mark() {
    let text = text_of(b"code,price\n\n1,\"a\nb\"\n");
    for other in [
        "code,price\r\n\r\n1,\"a\r\nb\"\r\n",
        "\u{feff}code,price\r\r1,\"a\rb\"",
        "\u{feff}code,price\n\n1,\"a\nb\"\n",
    ] {
        assert_eq!(text_of(other.as_bytes()), text, "{other:?}");
    }
    assert_ne!(text_of(b"code,price\n1,\"a\nb\"\n"), text, "each line has its number");
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
fn what_a_newer_word_overtook_is_told_and_changes_nothing() {
    let mut corrected = contents();
    corrected.overtaken.clone_from(&corrected.prices);
    corrected.prices[0].price.unit = money::Cents::new(210);
    corrected.prices[0].price.member = Some(money::Cents::new(190));
    let before = Catalogue::from(corrected);
    let again = |file: &str| {
        let read = products(&before, file.as_bytes(), "").unwrap();
        assert_eq!(read.rejected, []);
        (read.prices.len(), read.overtaken)
    };
    assert_eq!(again("code,product_name,price,price_from\n96385074,a,2,2026-01-01\n"), (0, 1));
    let header = "code,product_name,price,price_from,member_price";
    assert_eq!(again(&format!("{header}\n96385074,a,2,2026-01-01,\n")), (0, 1));
    assert_eq!(again(&format!("{header}\n96385074,a,2,2026-01-01,1.80\n")), (1, 0), "members pay less now");
    assert_eq!(again(&format!("{header}\n96385074,a,2.10,2026-01-01,1.90\n")), (0, 0), "it is in force");
    assert_eq!(again(&format!("{header}\n96385074,a,2,2026-02-01,\n")), (1, 0), "another start");
    let file = b"code,price,price_from\n96385074,2,2026-01-01\n";
    let resent = prices(&before, file, Some(&HashSet::new())).unwrap();
    assert_eq!((resent.changed.len(), resent.unchanged, resent.overtaken), (0, 0, 1));
    assert_eq!(prices(&before, file, None).unwrap().changed.len(), 1, "a new file is a new word");
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
