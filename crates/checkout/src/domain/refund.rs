//! Lines of a sale given back: the whole line, once, within thirty days.

use std::collections::BTreeSet;

use fiscal::{Hash, Head, Inconsistent, Sealed};
use money::{Cents, Currency, VatTotal};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::domain::{
    id::{RefundId, SaleId},
    item::LineKind,
    payment::Means,
    price::{Priced, PricedLine, vat_rows},
    sale::Ticket,
    seal,
};

#[cfg(test)]
mod tests;

/// How long after the sale lines can be given back.
pub const PERIOD: Duration = Duration::days(30);

/// How the money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payout {
    /// To the same card, its holder present at the desk.
    Desk,
    /// To the member's store credit.
    StoreCredit,
}

/// A credit ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditNote {
    /// The refund.
    pub refund_id: RefundId,
    /// The sale.
    pub sale_id: SaleId,
    /// The till of the sale, in whose chain it stands.
    pub terminal_code: String,
    /// The till's number for it, without gaps.
    pub sequence: i64,
    /// When it was given.
    #[serde(with = "time::serde::rfc3339")]
    pub refunded_time: OffsetDateTime,
    /// Of every amount.
    pub currency: Currency,
    /// The lines, as they were sold.
    pub lines: Vec<PricedLine>,
    /// What is given back.
    pub total: Cents,
    /// The tax given back, highest rate first.
    #[serde(with = "vat_rows")]
    pub vat_totals: Vec<VatTotal>,
    /// Deposits given back: outside VAT.
    #[serde(default)]
    pub deposits: Cents,
    /// How the money goes back.
    pub payout: Payout,
    /// What of it goes to the member's store credit; the desk pays the rest.
    #[serde(default)]
    pub to_credit: Cents,
    /// The number of the ticket.
    pub sale_sequence: i64,
    /// The seal of the fiscal record.
    pub fiscal_hash: Hash,
}

/// What is asked for, with everything it depends on.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The identity of the refund to be.
    pub refund_id: RefundId,
    /// The ticket.
    pub ticket: &'a Ticket,
    /// The lines that were given back before.
    pub refunded: &'a [i32],
    /// The lines to give back.
    pub line_ids: &'a [i32],
    /// How the money goes back.
    pub payout: Payout,
    /// What earlier refunds of the sale gave to the desk to pay.
    pub at_desk: Cents,
    /// Where the till's chain of credit tickets ends.
    pub head: &'a Head,
    /// When.
    pub now: OffsetDateTime,
}

/// A refund to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// Its credit ticket.
    pub credit_note: CreditNote,
    /// Its fiscal record, the new end of the till's chain.
    pub sealed: Sealed,
}

/// Why lines are not given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefundError {
    /// Too late.
    #[error("the sale is more than thirty days old")]
    PeriodOver,
    /// The ticket has no such line.
    #[error("the ticket has no line {0}")]
    UnknownLine(i32),
    /// Once is enough.
    #[error("line {0} was given back already")]
    AlreadyRefunded(i32),
    /// An empty that came back is not bought back.
    #[error("line {0} is an empty that came back: there is nothing to give back for it")]
    DepositReturn(i32),
    /// Store credit needs somebody who has it.
    #[error("the sale has no member whose store credit could grow")]
    NoMember,
    /// The credit ticket contradicts itself, and nothing that does is ever sealed.
    #[error("the credit ticket cannot be sealed: {0}")]
    Unsealable(#[from] Inconsistent),
}

/// Decides whether the lines are given back, and with which credit ticket.
pub fn refund(claim: Claim<'_>) -> Result<Refunded, RefundError> {
    let ticket = claim.ticket;
    if claim.now > ticket.completed_time + PERIOD {
        return Err(RefundError::PeriodOver);
    }
    let lines: Vec<PricedLine> =
        claim.line_ids.iter().map(|line_id| line(claim, *line_id).cloned()).collect::<Result<_, _>>()?;
    if claim.payout == Payout::StoreCredit && ticket.member_id.is_none() {
        return Err(RefundError::NoMember);
    }
    let vat_totals = vat_given_back(claim).expect("a part of a ticket whose sums fit has sums that fit");
    let given_back = Priced::sum(lines).expect("a part of a ticket whose sums fit has sums that fit");
    let to_credit = to_credit(claim, given_back.total).expect("a part of a ticket has sums that fit");
    let mut credit_note = CreditNote {
        refund_id: claim.refund_id,
        sale_id: ticket.sale_id,
        terminal_code: ticket.terminal_code.clone(),
        sequence: claim.head.sequence + 1,
        refunded_time: claim.now,
        currency: ticket.currency,
        lines: given_back.lines,
        total: given_back.total,
        vat_totals,
        deposits: given_back.deposits,
        payout: claim.payout,
        to_credit,
        sale_sequence: ticket.sequence,
        fiscal_hash: fiscal::GENESIS,
    };
    let sealed = seal::credit_note(&credit_note, ticket, &claim.head.hash)?;
    credit_note.fiscal_hash = sealed.hash;
    Ok(Refunded { credit_note, sealed })
}

/// What of a refund goes to store credit. No money is made of it: what store credit paid of a sale comes back as store credit, whatever
/// payout is asked for, and the desk pays no more than the other tenders paid, to their cards: meal vouchers too go back to the card
/// of meal vouchers, and never into money. The desk comes first, so that nobody waits for its share until all is given back.
fn to_credit(claim: Claim<'_>, total: Cents) -> Option<Cents> {
    if claim.payout == Payout::StoreCredit {
        return Some(total);
    }
    let by_credit = claim.ticket.payments.iter().filter(|paid| paid.means == Means::StoreCredit);
    let by_credit = Cents::checked_sum(by_credit.map(|paid| paid.amount))?;
    let sold = claim.ticket.lines.iter().filter(|line| line.kind != LineKind::DepositReturn);
    let sold = Cents::checked_sum(sold.map(|line| line.total))?;
    let left = sold.checked_sub(by_credit)?.checked_sub(claim.at_desk)?;
    total.checked_sub(total.min(left.max(Cents::ZERO)))
}

/// What the sale's tax falls by, rate by rate, highest first. Were each credit ticket rounded for itself, those of one sale could
/// add up to another tax than the sale's own.
fn vat_given_back(claim: Claim<'_>) -> Option<Vec<VatTotal>> {
    let kept = |line: &&PricedLine| !claim.refunded.contains(&line.line_id);
    let before: Vec<&PricedLine> = claim.ticket.lines.iter().filter(kept).collect();
    let after = before.iter().filter(|line| !claim.line_ids.contains(&line.line_id));
    let by_rate = |lines: &mut dyn Iterator<Item = &&PricedLine>| {
        let taxed = lines.filter(|line| !line.kind.is_outside_vat());
        VatTotal::by_rate(taxed.map(|line| (line.vat_rate_basis_points, line.total)))
    };
    let after = by_rate(&mut after.into_iter())?;
    let is_given_back =
        |line: &&PricedLine| claim.line_ids.contains(&line.line_id) && !line.kind.is_outside_vat();
    let given_back = claim.ticket.lines.iter().filter(is_given_back);
    let rates: BTreeSet<i64> = given_back.map(|line| line.vat_rate_basis_points).collect();
    let total = |totals: &[VatTotal], rate: i64| {
        let found = totals.iter().find(|total| total.rate_basis_points() == rate);
        found.map_or((Cents::ZERO, Cents::ZERO), |total| (total.ttc(), total.vat()))
    };
    let before = by_rate(&mut before.iter())?;
    rates
        .into_iter()
        .rev()
        .map(|rate| {
            let ((ttc, vat), (ttc_kept, vat_kept)) = (total(&before, rate), total(&after, rate));
            VatTotal::from_parts(rate, ttc.checked_sub(ttc_kept)?, vat.checked_sub(vat_kept)?)
        })
        .collect()
}

fn line<'a>(claim: Claim<'a>, line_id: i32) -> Result<&'a PricedLine, RefundError> {
    if claim.refunded.contains(&line_id) {
        return Err(RefundError::AlreadyRefunded(line_id));
    }
    let line = claim.ticket.lines.iter().find(|line| line.line_id == line_id);
    match line.ok_or(RefundError::UnknownLine(line_id))? {
        line if line.kind == LineKind::DepositReturn => Err(RefundError::DepositReturn(line_id)),
        line => Ok(line),
    }
}

impl CreditNote {
    /// What the desk pays.
    pub fn at_desk(&self) -> Cents {
        self.total.checked_sub(self.to_credit).expect("no more goes to store credit than is given back")
    }
}

impl Payout {
    /// The word in events and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::StoreCredit => "store_credit",
        }
    }
}
