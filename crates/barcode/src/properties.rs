//! What holds for every number, not only for the examples.

use proptest::prelude::*;

use crate::{
    CardNumber, Ean13, Gtin, GtinError, LabelRule, Measure, Scan, ScanError, ShortDate, check_digit, ean13,
    scan,
};

fn complete(body: &str) -> String {
    format!("{body}{}", check_digit(body).unwrap())
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{7}", "[0-9]{11}", "[0-9]{12}", "[0-9]{13}"].prop_map(|body| complete(&body))
}

proptest! {
    #[test]
    fn leading_zeros_change_nothing(number in number()) {
        let gtin = Gtin::parse(&number).unwrap();
        prop_assert_eq!(gtin.as_str(), format!("{number:0>14}"));
        prop_assert_eq!(Gtin::parse(gtin.as_str()), Ok(gtin));
    }

    #[test]
    fn one_wrong_digit_is_always_noticed(number in number(), place in any::<prop::sample::Index>(), shift in 1..10_u8) {
        let mut digits = number.into_bytes();
        let place = place.index(digits.len());
        digits[place] = b'0' + (digits[place] - b'0' + shift) % 10;
        let misread = String::from_utf8(digits).unwrap();
        let noticed = matches!(Gtin::parse(&misread), Err(GtinError::BadCheckDigit { .. }));
        prop_assert!(noticed);
    }

    #[test]
    fn scanning_any_text_never_panics(raw in any::<String>(), number in "\\]?[A-Za-z]?[0-9]{0,16}\r?") {
        let rules = ["21.....V{NNDD} price".parse::<LabelRule>().unwrap()];
        let _ = scan(&raw, &rules);
        let _ = scan(&number, &rules);
    }

    #[test]
    fn element_strings_and_links_of_any_make_never_panic(
        parts in "(\\]C1|\\]d2|https://x/)?((01|10|17|3103|3922|21|8200|/|=|&|%)[0-9A-Za-z%\u{1d}]{0,20}){0,6}",
    ) {
        let _ = scan(&parts, &[]);
    }

    #[test]
    fn what_a_code_is_made_of_is_what_is_read(
        // Any number but that of a card, which stays a card wherever it is printed.
        body in "(0[013-9]|[1-9][0-9])[0-9]{11}", batch in "[A-Z0-9a-z]{1,20}", grams in 1..1_000_000_i64,
        year in 0..100_u8, month in 1..13_u8, day in 0..29_u8,
    ) {
        let gtin = complete(&body);
        let expiry = format!("{year:02}{month:02}{day:02}");
        let elements = format!("]C101{gtin}3103{grams:06}17{expiry}10{batch}");
        let link = format!("https://shop.example/p/01/{gtin}/10/{batch}?17={expiry}&3103={grams:06}&colour=red");
        let separated = format!("\u{1d}10{batch}\u{1d}01{gtin}17{expiry}3103{grams:06}\u{1d}\r\n");
        for code in [elements, link, format!("]d2{separated}"), separated] {
            match scan(&code, &[]) {
                Ok(Scan::Measured { article, value }) => {
                    prop_assert_eq!(article.gtin.as_str(), &gtin, "{}", code);
                    prop_assert_eq!(article.batch.map(|batch| batch.to_string()), Some(batch.clone()));
                    prop_assert_eq!(article.expiry, ShortDate::parse(&expiry));
                    prop_assert_eq!(value, Measure::Grams(grams));
                }
                other => prop_assert!(false, "{}: {:?}", code, other),
            }
        }
    }

    #[test]
    fn a_missing_separator_is_no_guess(batch in "[A-Z]{1,10}") {
        // The batch swallows what follows, as the standard says; what would not fit into one is refused.
        let code = format!("]C1010952123454321310{batch}31030001953103000196");
        prop_assert!(matches!(scan(&code, &[]), Err(ScanError::Element(_))));
    }

    #[test]
    fn every_label_of_an_article_has_one_lookup_number(item in "[0-9]{5}", grams in 1..100_000_i64, others in 1..100_000_i64) {
        let rules = ["21.....{NNDDD} weight".parse::<LabelRule>().unwrap()];
        let read = |grams: i64| match scan(&complete(&format!("21{item}{grams:05}")), &rules) {
            Ok(Scan::Measured { article, value }) => (article.gtin, value),
            other => panic!("{other:?}"),
        };
        let (one, other) = (read(grams), read(others));
        prop_assert_eq!(one.0, other.0);
        prop_assert_eq!(one.1, Measure::Grams(grams));
        prop_assert_eq!(one.0.as_str(), format!("0{}", complete(&format!("21{item}00000"))));
    }

    #[test]
    fn a_card_is_scanned_back_to_its_serial(serial in 0..CardNumber::SERIALS) {
        let card = CardNumber::from_serial(serial).unwrap();
        prop_assert_eq!(card.serial(), serial);
        prop_assert_eq!(scan(card.as_str(), &[]), Ok(Scan::MemberCard(card)));
    }

    #[test]
    fn bars_are_read_back_as_the_digits_they_carry(body in "[0-9]{12}") {
        let code = Ean13::with_check_digit(&body).unwrap();
        prop_assert_eq!(read_bars(&ean13::modules(code)), code.as_str());
    }
}

/// A reader made from the published widths of bars and spaces, not from the tables of the writer.
fn read_bars(modules: &[bool; 95]) -> String {
    const WIDTHS: [[usize; 4]; 10] = [
        [3, 2, 1, 1],
        [2, 2, 2, 1],
        [2, 1, 2, 2],
        [1, 4, 1, 1],
        [1, 1, 3, 2],
        [1, 2, 3, 1],
        [1, 1, 1, 4],
        [1, 3, 1, 2],
        [1, 2, 1, 3],
        [3, 1, 1, 2],
    ];
    const PARITIES: [&str; 10] =
        ["OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE", "OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO"];
    let runs: Vec<usize> = modules.chunk_by(|one, next| one == next).map(<[bool]>::len).collect();
    assert_eq!((&runs[..3], &runs[27..32], &runs[56..]), (&[1; 3][..], &[1; 5][..], &[1; 3][..]));
    let mut parities = String::new();
    let mut digits = String::new();
    for (index, widths) in runs[3..27].chunks(4).chain(runs[32..56].chunks(4)).enumerate() {
        let reversed: Vec<usize> = widths.iter().rev().copied().collect();
        let (digit, parity) = (0..10)
            .find_map(|digit| match WIDTHS[digit] {
                odd if odd == widths => Some((digit, 'O')),
                odd if odd == *reversed => Some((digit, 'E')),
                _ => None,
            })
            .unwrap();
        digits.push_str(&digit.to_string());
        if index < 6 {
            parities.push(parity);
        }
    }
    let first = PARITIES.iter().position(|pattern| *pattern == parities).unwrap();
    format!("{first}{digits}")
}
