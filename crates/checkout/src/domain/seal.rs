//! What of a ticket is sealed in the till's fiscal chain: business values, no person, no id of a database.

use fiscal::{Hash, Head, Inconsistent, Kind, Original, Payment, Record, Sealed};
use money::VatTotal;

use crate::domain::{price::PricedLine, refund::CreditNote, sale::Ticket};

/// Where every chain begins.
pub const START: Head = Head { sequence: 0, hash: fiscal::GENESIS };

/// Seals a ticket after the till's last one; a training ticket after the last of those.
pub fn ticket(ticket: &Ticket, previous: &Hash) -> Result<Sealed, Inconsistent> {
    let record = Record {
        terminal: ticket.terminal_code.clone(),
        siret: ticket.shop.siret.clone(),
        kind: if ticket.training { Kind::Training } else { Kind::Ticket },
        sequence: ticket.sequence,
        time: ticket.completed_time,
        currency: ticket.currency,
        lines: lines(&ticket.lines),
        totals: totals(&ticket.vat_totals),
        total: ticket.total,
        outside_vat: ticket.deposits,
        payments: ticket
            .paid()
            .into_iter()
            .map(|paid| Payment { kind: paid.kind.to_owned(), amount: paid.amount })
            .collect(),
        original: None,
    };
    record.seal(previous)
}

/// Seals a credit ticket after the till's last one.
pub fn credit_note(note: &CreditNote, of: &Ticket, previous: &Hash) -> Result<Sealed, Inconsistent> {
    let payments = [("card", note.at_desk()), ("store_credit", note.to_credit)];
    let payments = payments.into_iter().filter(|(_, amount)| !amount.is_zero());
    let record = Record {
        terminal: note.terminal_code.clone(),
        siret: of.shop.siret.clone(),
        kind: Kind::CreditNote,
        sequence: note.sequence,
        time: note.refunded_time,
        currency: note.currency,
        lines: lines(&note.lines),
        totals: totals(&note.vat_totals),
        total: note.total,
        outside_vat: note.deposits,
        payments: payments.map(|(kind, amount)| Payment { kind: kind.to_owned(), amount }).collect(),
        original: Some(Original {
            terminal: of.terminal_code.clone(),
            sequence: of.sequence,
            hash: of.fiscal_hash,
        }),
    };
    record.seal(previous)
}

fn lines(lines: &[PricedLine]) -> Vec<fiscal::Line> {
    let line = |line: &PricedLine| fiscal::Line {
        label: line.name.clone(),
        gtin: Some(line.gtin),
        quantity: line.quantity,
        unit_price: line.unit_price,
        total_ttc: line.total,
        vat_rate_basis_points: (!line.kind.is_outside_vat()).then_some(line.vat_rate_basis_points),
    };
    lines.iter().map(line).collect()
}

fn totals(totals: &[VatTotal]) -> Vec<fiscal::RateTotal> {
    totals.iter().copied().map(fiscal::RateTotal::from).collect()
}
