use super::*;

#[test]
fn a_card_number_is_seen_in_one_piece_and_in_embossed_groups() {
    for text in [
        "4970101234567893",
        "PAN 4970101234567893 EXP",
        "4970 1012 3456 7893",
        "le 12 4970-1012-3456-7893 fin",
        "4970\u{a0}1012\u{a0}3456\u{a0}7893",
        "378282246310005",
        "3782 822463 10005",
        "2223003122003222",
        "CARTE:4970101234567893\nTICKET CLIENT",
    ] {
        assert!(shows_card_number(text), "{text}");
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
        "20260218123040",
        "0000000000000000",
    ] {
        assert!(!shows_card_number(text), "{text}");
    }
}
