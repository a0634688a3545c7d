//! What of a ticket is sealed in the till's fiscal chain: business values, no person, no id of a database.

use fiscal::{Body, Hash, Inconsistent, Kind, Payment, Record, Reference, Sale, Sealed};
use money::{Cents, VatTotal};

use crate::domain::{
    id::TenderId, payment::Tender, price::PricedLine, refund::CreditNote, refund_credit::spread, sale::Ticket,
};

#[cfg(test)]
mod tests;

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

/// Seals a credit ticket after the till's last one. So much of the sale went back to its cards before.
pub fn credit_note(
    note: &CreditNote,
    of: &Ticket,
    before: Cents,
    previous: &Hash,
) -> Result<Sealed, Inconsistent> {
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
        payments: paid_back(note, &of.payments, before),
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

/// What goes back by which kind of payment. The cards are taken in the order of the sale's tenders, after what went back to them before: so
/// a sale that is given back whole leaves nothing of any kind of payment.
fn paid_back(note: &CreditNote, payments: &[Tender], before: Cents) -> Vec<Payment> {
    let moved = spread(before, payments, &[]);
    let moved: Vec<(TenderId, Cents)> =
        moved.into_iter().map(|(tender, amount)| (tender.tender_id, amount)).collect();
    let cards = spread(note.to_cards(), payments, &moved);
    let cards = cards.into_iter().map(|(tender, amount)| (tender.means.as_str(), amount));
    let others = [("store_credit", note.to_credit), ("desk", note.by_hand)];
    let others = others.into_iter().filter(|(_, amount)| !amount.is_zero());
    cards.chain(others).map(|(kind, amount)| Payment { kind: kind.to_owned(), amount }).collect()
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
