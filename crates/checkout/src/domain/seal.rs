//! What of a ticket is sealed in the till's fiscal chain: business values, no person, no id of a database.

use fiscal::{Body, Hash, Inconsistent, Kind, Payment, Record, Reference, Sale, Sealed};
use money::VatTotal;

use crate::domain::{price::PricedLine, refund::CreditNote, sale::Ticket};

/// Seals a ticket after the till's last one; a training ticket after the last of those.
pub fn ticket(ticket: &Ticket, previous: &Hash) -> Result<Sealed, Inconsistent> {
    let lines = lines(&ticket.lines);
    let payments = ticket.paid().into_iter();
    let sale = Sale {
        currency: ticket.currency,
        line_count: lines.len(),
        lines,
        totals: totals(&ticket.vat_totals),
        outside_vat: ticket.deposits,
        total: ticket.total,
        payments: payments.map(|paid| Payment { kind: paid.kind.to_owned(), amount: paid.amount }).collect(),
        original: None,
    };
    let record = Record {
        terminal: ticket.terminal_code.clone(),
        siret: ticket.shop.siret.clone(),
        sequence: ticket.sequence,
        time: ticket.completed_time,
        body: if ticket.training { Body::Training(sale) } else { Body::Ticket(sale) },
    };
    record.seal(previous)
}

/// Seals a credit ticket after the till's last one.
pub fn credit_note(note: &CreditNote, of: &Ticket, previous: &Hash) -> Result<Sealed, Inconsistent> {
    let payments = [("card", note.to_cards()), ("store_credit", note.to_credit), ("desk", note.by_hand)];
    let payments = payments.into_iter().filter(|(_, amount)| !amount.is_zero());
    let lines = lines(&note.lines);
    let original = Reference {
        kind: Kind::Ticket,
        terminal: of.terminal_code.clone(),
        sequence: of.sequence,
        hash: of.fiscal_hash,
    };
    let sale = Sale {
        currency: note.currency,
        line_count: lines.len(),
        lines,
        totals: totals(&note.vat_totals),
        outside_vat: note.deposits,
        total: note.total,
        payments: payments.map(|(kind, amount)| Payment { kind: kind.to_owned(), amount }).collect(),
        original: Some(original),
    };
    let record = Record {
        terminal: note.terminal_code.clone(),
        siret: of.shop.siret.clone(),
        sequence: note.sequence,
        time: note.refunded_time,
        body: Body::CreditNote(sale),
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

/// Lowest rate first, as they are sealed.
fn totals(totals: &[VatTotal]) -> Vec<fiscal::RateTotal> {
    let mut totals: Vec<fiscal::RateTotal> = totals.iter().copied().map(fiscal::RateTotal::from).collect();
    totals.sort_unstable_by_key(|total| total.vat_rate_basis_points);
    totals
}
