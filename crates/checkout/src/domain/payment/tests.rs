use super::*;

const SIRET: &str = "73282932000074";

#[test]
fn a_card_number_is_seen_in_one_run_and_in_embossed_groups() {
    for text in [
        "4970101234567893",
        "PAN 4970101234567893 EXP",
        "4970 1012 3456 7893",
        "4970-1012-3456-7893",
        "3782 822463 10005",
        "le 4970 1012 3456 7893.",
        "CARTE:4970101234567893\nTICKET CLIENT",
    ] {
        assert!(shows_card_number(text, SIRET), "{text}");
    }
}

#[test]
fn what_a_slip_shows_anyway_is_no_card_number() {
    for text in [
        "",
        "CARTE BANCAIRE\nSANS CONTACT\nA0000000041010\n############6368\nD6C691E12B70AC40",
        "1234567 73282932000074 30004",
        "Le 19/12/2022 a 13:57:22",
        "005 001 000010 C @\nNUM AUTO : 184117\nMONTANT : 123,45 EUR",
        "4970101234567894",
        "49701012345678930000000",
        "4970  1012  3456  7893 wide gaps are columns",
    ] {
        assert!(!shows_card_number(text, SIRET), "{text}");
    }
}

#[test]
fn another_siret_is_not_excused() {
    assert!(shows_card_number("73282932000074", "40483304800022"));
}
