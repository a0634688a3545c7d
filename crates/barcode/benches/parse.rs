//! How long it takes to read one code of each kind, with the label rules of a store at hand.

use std::hint::black_box;

use barcode::{LabelRule, Scan, ScanError, scan};
use criterion::Criterion;

const RULES: [&str; 6] = [
    "26.....{NNDDD} weight",
    "22.....V{NNDD} price",
    "27.....{NNNDD} price",
    "28........{NN} units",
    "23.....{NNNDD} price rate=100000/655957",
    "98.......... coupon",
];

/// What the code of a benchmark must be: one that were refused at the door would be read in no time.
type Expected = fn(&Result<Scan, ScanError>) -> bool;

const IS_PRODUCT: Expected = |read| matches!(read, Ok(Scan::Product(_)));
const IS_MEASURED: Expected = |read| matches!(read, Ok(Scan::Measured { .. }));
const IS_CARD: Expected = |read| matches!(read, Ok(Scan::MemberCard(_)));
const IS_COUPON: Expected = |read| matches!(read, Ok(Scan::Coupon(_)));
const IS_MISREAD: Expected = |read| matches!(read, Err(ScanError::BadCheckDigit { .. }));

const CODES: [(&str, &str, Expected); 14] = [
    ("EAN-13", "]E04006381333931", IS_PRODUCT),
    ("EAN-8", "]E496385074", IS_PRODUCT),
    ("UPC-A", "036000241457", IS_PRODUCT),
    ("UPC-E", "04252614", IS_PRODUCT),
    ("GTIN-14", "]I109521234543213", IS_PRODUCT),
    ("weight label", "2612345012341", IS_MEASURED),
    ("price label with verifier", "2212345928750", IS_MEASURED),
    ("price label in francs", "2312345065605", IS_MEASURED),
    ("member card", "2900000000421", IS_CARD),
    ("coupon", "9812345678902", IS_COUPON),
    ("DataBar with weight", "]e001095212345432133103000195", IS_MEASURED),
    (
        "DataMatrix with seven elements",
        "]d201095212345432133103000420172612051526120510LOT-7/B\u{1d}3922499\u{1d}21A1",
        IS_MEASURED,
    ),
    (
        "Digital Link",
        "]Q1https://ferme.example/01/09521234543213/10/LOT-7%2FB?17=261205&3103=000420&3922=499",
        IS_MEASURED,
    ),
    ("misread EAN-13", "]E04006381333930", IS_MISREAD),
];

fn main() {
    let rules = RULES.map(|rule| rule.parse::<LabelRule>().expect("the rules above are well formed"));
    let mut criterion = Criterion::default().configure_from_args();
    for (name, code, is_expected) in CODES {
        let read = scan(code, &rules);
        assert!(is_expected(&read), "{name}: {read:?}");
        criterion.bench_function(name, |bencher| bencher.iter(|| scan(black_box(code), black_box(&rules))));
    }
    criterion.final_summary();
}
