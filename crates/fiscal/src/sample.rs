//! Records for the tests.

use money::{Cents, Currency, Quantity, VatTotal};
use time::macros::datetime;

use crate::{Kind, Line, Original, Payment, Record};

/// What the first ticket of the samples has been, and must be, written as.
pub(crate) const GOLDEN_PAYLOAD: &str = concat!(
    r#"{"format":2,"terminal":"LILLE-01","siret":"99999999800019","kind":"ticket","sequence":1,"#,
    r#""time":"2026-02-18T12:30:45Z","currency":"EUR","lines":["#,
    r#"{"label":"Pommes \"Reinette\" vrac","gtin":"02112345000008","quantity_milli":1200,"unit_price":712,"total_ttc":854,"vat_rate_bp":550},"#,
    r#"{"label":"Huile d’olive & thym","gtin":null,"quantity_milli":1000,"unit_price":1300,"total_ttc":1200,"vat_rate_bp":2000}],"#,
    r#""totals":[{"vat_rate_bp":550,"ttc":854,"ht":809,"vat":45},{"vat_rate_bp":2000,"ttc":1200,"ht":1000,"vat":200}],"#,
    r#""outside_vat":0,"total":2054,"payments":[{"kind":"card","amount":2054}],"original":null,"line_count":2}"#,
);

/// The seal of [`GOLDEN_PAYLOAD`] after the genesis.
pub(crate) const GOLDEN_HASH: &str = "614fdf86f43ad24acf62daefea3a549c9d5db49d5e724cb4d301cee62faad940";

fn line(label: &str, gtin: Option<&str>, milli: i64, unit_price: i64, total: i64, rate: i64) -> Line {
    Line {
        label: label.to_owned(),
        gtin: gtin.map(|gtin| gtin.parse().unwrap()),
        quantity: Quantity::new(milli),
        unit_price: Cents::new(unit_price),
        total_ttc: Cents::new(total),
        vat_rate_basis_points: Some(rate),
    }
}

/// A record of these lines, paid in one go.
pub(crate) fn record(kind: Kind, sequence: i64, lines: Vec<Line>) -> Record {
    let taxed = lines.iter().filter_map(|line| Some((line.vat_rate_basis_points?, line.total_ttc)));
    let by_rate = VatTotal::by_rate(taxed).unwrap();
    let outside_vat = lines.iter().filter(|line| line.vat_rate_basis_points.is_none());
    let outside_vat = Cents::checked_sum(outside_vat.map(|line| line.total_ttc)).unwrap();
    let total = Cents::checked_sum(lines.iter().map(|line| line.total_ttc)).unwrap();
    Record {
        terminal: "LILLE-01".to_owned(),
        siret: "99999999800019".to_owned(),
        kind,
        sequence,
        time: datetime!(2026-02-18 12:30:45 UTC),
        currency: Currency::EUR,
        lines,
        totals: by_rate.into_iter().map(Into::into).collect(),
        outside_vat,
        total,
        payments: vec![Payment { kind: "card".to_owned(), amount: total }],
        original: None,
    }
}

/// Apples by weight and a discounted bottle.
pub(crate) fn ticket(sequence: i64) -> Record {
    let apples = line("Pommes \"Reinette\" vrac", Some("02112345000008"), 1_200, 712, 854, 550);
    let oil = line("Huile d’olive & thym", None, 1_000, 1_300, 1_200, 2_000);
    record(Kind::Ticket, sequence, vec![apples, oil])
}

/// The apples of the first ticket given back.
pub(crate) fn credit_note(sequence: i64) -> Record {
    let apples = ticket(1).lines.swap_remove(0);
    let hash = GOLDEN_HASH.parse().unwrap();
    let original = Some(Original { terminal: "LILLE-01".to_owned(), sequence: 1, hash });
    Record { original, ..record(Kind::CreditNote, sequence, vec![apples]) }
}
