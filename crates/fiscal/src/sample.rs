//! Records for the tests.

use jiff::civil::date;
use money::{Cents, Currency, Quantity, VatTotal};
use time::macros::datetime;

use crate::{
    Archived, ArchivedChain, Authority, Body, Books, Calendar, Copy, Event, Head, Kind, Line, Means, Payment,
    Record, Reference, START, Sale,
};

/// What the first ticket of the samples has been, and must be, written as.
pub(crate) const GOLDEN_PAYLOAD: &str = concat!(
    r#"{"format":3,"algorithm":"sha256-ed25519","terminal":"LILLE-01","siret":"99999999800019","sequence":1,"#,
    r#""time":"2026-02-18T12:30:45Z","record":{"ticket":{"currency":"EUR","lines":["#,
    r#"{"label":"Pommes \"Reinette\" vrac","gtin":"02112345000008","quantity_milli":1200,"unit_price":712,"total_ttc":854,"vat_rate_bp":550},"#,
    r#"{"label":"Huile d’olive & thym","gtin":null,"quantity_milli":1000,"unit_price":1300,"total_ttc":1200,"vat_rate_bp":2000}],"#,
    r#""line_count":2,"totals":[{"vat_rate_bp":550,"ttc":854,"ht":809,"vat":45},{"vat_rate_bp":2000,"ttc":1200,"ht":1000,"vat":200}],"#,
    r#""outside_vat":0,"total":2054,"payments":[{"kind":"card","amount":2054}],"original":null}}}"#,
);

/// The seal of [`GOLDEN_PAYLOAD`] after the genesis.
pub(crate) const GOLDEN_HASH: &str = "47ec1d5c13cc85220c64b17a306ae8f4f8c8ccee536d56b2a99a9815f6c47328";

/// The establishment of the samples.
pub(crate) const SIRET: &str = "99999999800019";

/// The till of the samples.
pub(crate) const TERMINAL: &str = "LILLE-01";

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

/// A sale of these lines, paid in one go.
pub(crate) fn sale(lines: Vec<Line>) -> Sale {
    let taxed = lines.iter().filter_map(|line| Some((line.vat_rate_basis_points?, line.total_ttc)));
    let by_rate = VatTotal::by_rate(taxed).unwrap();
    let outside_vat = lines.iter().filter(|line| line.vat_rate_basis_points.is_none());
    let outside_vat = Cents::checked_sum(outside_vat.map(|line| line.total_ttc)).unwrap();
    let total = Cents::checked_sum(lines.iter().map(|line| line.total_ttc)).unwrap();
    Sale {
        currency: Currency::EUR,
        line_count: lines.len(),
        lines,
        totals: by_rate.into_iter().map(Into::into).collect(),
        outside_vat,
        total,
        payments: vec![Payment { kind: "card".to_owned(), amount: total }],
        original: None,
    }
}

/// A record of the till of the samples.
pub(crate) fn record(sequence: i64, body: Body) -> Record {
    let time = datetime!(2026-02-18 12:30:45 UTC);
    Record { terminal: TERMINAL.to_owned(), siret: SIRET.to_owned(), sequence, time, body }
}

/// Apples by weight and a discounted bottle.
pub(crate) fn ticket(sequence: i64) -> Record {
    let apples = line("Pommes \"Reinette\" vrac", Some("02112345000008"), 1_200, 712, 854, 550);
    let oil = line("Huile d’olive & thym", None, 1_000, 1_300, 1_200, 2_000);
    record(sequence, Body::Ticket(sale(vec![apples, oil])))
}

/// The apples of the first ticket given back.
pub(crate) fn credit_note(sequence: i64) -> Record {
    let apples = ticket(1).body.sale().unwrap().lines[0].clone();
    let original = Some(first_ticket());
    record(sequence, Body::CreditNote(Sale { original, ..sale(vec![apples]) }))
}

fn first_ticket() -> Reference {
    let hash = GOLDEN_HASH.parse().unwrap();
    Reference { kind: Kind::Ticket, terminal: TERMINAL.to_owned(), sequence: 1, hash }
}

/// A record of each kind.
pub(crate) fn one_of_each() -> Vec<Record> {
    let training = Body::Training(ticket(1).body.sale().unwrap().clone());
    let copy = Body::Copy(Copy { document: first_ticket(), means: Means::Sending, number: 0 });
    let mut books = Books::new(Calendar::new("Europe/Paris", 1).unwrap(), Currency::EUR);
    books.open(ticket(1).time);
    let due = books.due(datetime!(2026-02-19 12:00 UTC)).unwrap();
    let mut day = books.count(due);
    let head = Head { sequence: 1, hash: GOLDEN_HASH.parse().unwrap() };
    let record_of = ticket(1);
    day.enter(Kind::Ticket, head, record_of.time, record_of.body.sale().unwrap()).unwrap();
    let closing = Body::Closing(Box::new(books.close_day(day).unwrap()));
    let archived = Body::Archive(Archived {
        from: date(2026, 1, 1),
        until: date(2027, 1, 1),
        manifest: head.hash,
        chains: vec![ArchivedChain { kind: Kind::Ticket, last: head }],
    });
    let event = Body::Event(Event::of(START, "cabas 0.0.0"));
    let bodies = [copy, closing, archived, event, training];
    let others = bodies.into_iter().map(|body| record(1, body));
    [ticket(7), credit_note(3)].into_iter().chain(others).collect()
}

/// The authority of the samples.
pub(crate) fn authority() -> Authority {
    Authority::from_seed([7; 32])
}
