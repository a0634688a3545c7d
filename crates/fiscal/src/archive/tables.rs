//! Sealed records as tables for whoever reads without programs: one CSV per subject, with semicolons, amounts in cents.

use csv::{Writer, WriterBuilder};

use crate::payload::write_time;
use crate::{Body, CODES, Closing, Hash, Kind, Period, RateTotal, Record, Sale, Totals};

type Table = (&'static str, Writer<Vec<u8>>);

/// The tables of one part of a chain.
pub(super) struct Tables(Vec<Table>);

const DOCUMENT: [&str; 9] = [
    "sequence",
    "time",
    "currency",
    "total",
    "outside_vat",
    "line_count",
    "original_terminal",
    "original_sequence",
    "hash",
];
const LINE: [&str; 8] =
    ["sequence", "line", "gtin", "label", "quantity_milli", "unit_price", "total_ttc", "vat_rate_bp"];
const RATE: [&str; 5] = ["sequence", "vat_rate_bp", "ttc", "ht", "vat"];
const PAYMENT: [&str; 3] = ["sequence", "kind", "amount"];
const COPY: [&str; 7] =
    ["sequence", "time", "document_kind", "document_terminal", "document_sequence", "means", "number"];
const CLOSING: [&str; 14] = [
    "sequence",
    "time",
    "period",
    "from",
    "until",
    "currency",
    "tickets",
    "first_ticket",
    "last_ticket",
    "credit_notes",
    "last_credit_note",
    "total",
    "year_to_date",
    "perpetual",
];
const CLOSING_RATE: [&str; 6] = ["sequence", "totals", "vat_rate_bp", "ttc", "ht", "vat"];
const CLOSING_PAYMENT: [&str; 4] = ["sequence", "totals", "kind", "amount"];
const ARCHIVE: [&str; 5] = ["sequence", "time", "from", "until", "manifest"];
const EVENT: [&str; 5] = ["sequence", "time", "code", "meaning", "detail"];

impl Tables {
    /// Those of a kind, with their headings.
    pub(super) fn of(kind: Kind) -> Self {
        let headings: &[(&'static str, &[&str])] = match kind {
            Kind::Ticket | Kind::CreditNote | Kind::Training => {
                &[("documents", &DOCUMENT), ("lines", &LINE), ("vat", &RATE), ("payments", &PAYMENT)]
            }
            Kind::Copy => &[("copies", &COPY)],
            Kind::Closing => {
                &[("closings", &CLOSING), ("vat", &CLOSING_RATE), ("payments", &CLOSING_PAYMENT)]
            }
            Kind::Archive => &[("archives", &ARCHIVE)],
            Kind::Event => &[("events", &EVENT)],
        };
        let table = |(name, heading): &(&'static str, &[&str])| {
            let mut writer = WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
            write(&mut writer, heading.iter());
            (*name, writer)
        };
        Self(headings.iter().map(table).collect())
    }

    /// Adds a record.
    pub(super) fn push(&mut self, record: &Record, hash: &Hash) {
        let sequence = record.sequence.to_string();
        let time = write_time(record.time).unwrap_or_default();
        match &record.body {
            Body::Ticket(sale) | Body::CreditNote(sale) | Body::Training(sale) => {
                self.sale(&sequence, &time, sale, hash);
            }
            Body::Copy(copy) => {
                let document = &copy.document;
                let number = [document.sequence.to_string(), copy.number.to_string()];
                let kind = document.kind.as_str();
                let terminal = document.terminal.as_str();
                let row = [&sequence, &time, kind, terminal, &number[0], copy.means.as_str(), &number[1]];
                write(&mut self.0[0].1, row);
            }
            Body::Closing(closing) => self.closing(&sequence, &time, closing),
            Body::Archive(archived) => {
                let texts =
                    [archived.from.to_string(), archived.until.to_string(), archived.manifest.to_string()];
                write_of(&mut self.0[0].1, &[&sequence, &time], &texts);
            }
            Body::Event(event) => {
                let meaning = CODES.iter().find(|code| code.number == event.code);
                let meaning = meaning.map_or("", |code| code.french);
                let code = event.code.to_string();
                write(&mut self.0[0].1, [&sequence, &time, &code, meaning, &event.detail]);
            }
        }
    }

    fn sale(&mut self, sequence: &str, time: &str, sale: &Sale, hash: &Hash) {
        let original = sale.original.as_ref();
        let document = [
            sale.currency.code().to_owned(),
            sale.total.get().to_string(),
            sale.outside_vat.get().to_string(),
            sale.line_count.to_string(),
            original.map(|original| original.terminal.clone()).unwrap_or_default(),
            original.map(|original| original.sequence.to_string()).unwrap_or_default(),
            hash.to_string(),
        ];
        write_of(&mut self.0[0].1, &[sequence, time], &document);
        for (index, line) in sale.lines.iter().enumerate() {
            let cells = [
                (index + 1).to_string(),
                line.gtin.map(|gtin| gtin.to_string()).unwrap_or_default(),
                line.label.clone(),
                line.quantity.get().to_string(),
                line.unit_price.get().to_string(),
                line.total_ttc.get().to_string(),
                line.vat_rate_basis_points.map(|rate| rate.to_string()).unwrap_or_default(),
            ];
            write_of(&mut self.0[1].1, &[sequence], &cells);
        }
        for rate in &sale.totals {
            write_of(&mut self.0[2].1, &[sequence], &rate_cells(rate));
        }
        for payment in &sale.payments {
            write(&mut self.0[3].1, [sequence, &payment.kind, &payment.amount.get().to_string()]);
        }
    }

    fn closing(&mut self, sequence: &str, time: &str, closing: &Closing) {
        let (tickets, credit_notes) = (&closing.tickets, &closing.credit_notes);
        let cells = [
            closing.period.as_str().to_owned(),
            closing.from.to_string(),
            closing.until.to_string(),
            closing.currency.code().to_owned(),
            tickets.count.to_string(),
            tickets.first.map(|first| first.sequence.to_string()).unwrap_or_default(),
            tickets.last.sequence.to_string(),
            credit_notes.count.to_string(),
            credit_notes.last.sequence.to_string(),
            closing.totals.total.get().to_string(),
            closing.year_to_date.total.get().to_string(),
            closing.perpetual.total.get().to_string(),
        ];
        write_of(&mut self.0[0].1, &[sequence, time], &cells);
        for (name, totals) in named(closing) {
            for rate in &totals.rates {
                write_of(&mut self.0[1].1, &[sequence, name], &rate_cells(rate));
            }
            for payment in &totals.payments {
                let amount = payment.amount.get().to_string();
                write(&mut self.0[2].1, [sequence, name, &payment.kind, &amount]);
            }
        }
    }

    /// The name and the bytes of each.
    pub(super) fn finish(self) -> Vec<(&'static str, Vec<u8>)> {
        let bytes = |writer: Writer<Vec<u8>>| writer.into_inner().expect("memory takes what is written");
        self.0.into_iter().map(|(name, writer)| (name, bytes(writer))).collect()
    }
}

/// The totals of a closing by the words of its tables; a year's are those to date.
fn named(closing: &Closing) -> Vec<(&'static str, &Totals)> {
    let mut named = vec![("period", &closing.totals), ("perpetual", &closing.perpetual)];
    if closing.period != Period::Year {
        named.insert(1, ("year_to_date", &closing.year_to_date));
    }
    named
}

fn rate_cells(rate: &RateTotal) -> [String; 4] {
    [rate.vat_rate_basis_points, rate.ttc.get(), rate.ht.get(), rate.vat.get()].map(|cell| cell.to_string())
}

/// A row that begins with what it belongs to.
fn write_of(writer: &mut Writer<Vec<u8>>, of: &[&str], cells: &[String]) {
    write(writer, of.iter().copied().chain(cells.iter().map(String::as_str)));
}

fn write<C: AsRef<[u8]>>(writer: &mut Writer<Vec<u8>>, row: impl IntoIterator<Item = C>) {
    writer.write_record(row).expect("memory takes what is written, and rows are as long as their heading");
}
