//! Lines of a sale given back, whole or in part: never more than was paid for a line.

pub mod part;
pub mod policy;

use std::collections::BTreeMap;

use fiscal::{Hash, Head, Inconsistent, Sealed};
use money::{Cents, Currency, VatTotal};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::domain::{
    id::{RefundId, SaleId},
    price::{Priced, PricedLine, vat_rows},
    refund::part::{GivenBack, Part},
    sale::Ticket,
    seal,
};

#[cfg(test)]
mod tests;

/// How the money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payout {
    /// To the same card, its holder present at the desk.
    Desk,
    /// To the member's store credit.
    StoreCredit,
    /// To the same card, by the office in the acquirer's own pages.
    Acquirer,
}

/// Why lines are given back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// On simple request: nobody asks why.
    #[default]
    SimpleRequest,
    /// Broken, spoiled or past its date.
    Damaged,
    /// Not what the shelf or the packet says.
    NotAsDescribed,
    /// Another price was charged than was shown.
    WrongPrice,
    /// Scanned, and not taken along.
    NotTaken,
    /// Recalled.
    Recalled,
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
    /// The parts of the lines, with what was paid for them.
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
    /// What of it a person pays out at the desk, and no card terminal: that of a guest's which no card paid, because empties did.
    #[serde(default)]
    pub by_hand: Cents,
    /// The number of the ticket.
    pub sale_sequence: i64,
    /// Why.
    #[serde(default)]
    pub reason: Reason,
    /// The seal of the fiscal record.
    pub fiscal_hash: Hash,
    /// The fiscal version that sealed it; empty when none was kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fiscal_version: String,
}

/// What is asked for, with everything it depends on.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The identity of the refund to be.
    pub refund_id: RefundId,
    /// The ticket.
    pub ticket: &'a Ticket,
    /// What was given back before, a line at most once.
    pub given_back: &'a [GivenBack],
    /// What is to be given back, a line at most once.
    pub parts: &'a [Part],
    /// Why.
    pub reason: Reason,
    /// How the money goes back.
    pub payout: Payout,
    /// What earlier refunds of the sale give back to its cards, paid or not.
    pub to_cards: Cents,
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
    /// The ticket has no such line.
    #[error("the ticket has no line {0}")]
    UnknownLine(i32),
    /// Once is enough.
    #[error("line {0} was given back already")]
    AlreadyRefunded(i32),
    /// No more is given back than is left of what was paid.
    #[error("line {0} has less left to give back")]
    AboveLine(i32),
    /// Goods by the piece come back in pieces.
    #[error("line {0} is not given back in such a quantity")]
    Quantity(i32),
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
    let lines: Vec<PricedLine> =
        claim.parts.iter().map(|part| claim.line(*part)).collect::<Result<_, _>>()?;
    if claim.payout == Payout::StoreCredit && ticket.member_id.is_none() {
        return Err(RefundError::NoMember);
    }
    let vat_totals =
        vat_given_back(claim, &lines).expect("a part of a ticket whose sums fit has sums that fit");
    let given_back = Priced::sum(lines).expect("a part of a ticket whose sums fit has sums that fit");
    let (to_credit, by_hand) =
        beside_cards(claim, given_back.total).expect("a part of a ticket has sums that fit");
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
        // The acquirer gives to cards alone: what goes to none in part waits at the desk, all of it.
        payout: if by_hand.is_zero() { claim.payout } else { Payout::Desk },
        to_credit,
        by_hand,
        sale_sequence: ticket.sequence,
        reason: claim.reason,
        fiscal_hash: fiscal::GENESIS,
        fiscal_version: fiscal::VERSION.to_owned(),
    };
    let sealed = seal::credit_note(&credit_note, ticket, claim.to_cards, &claim.head.hash)?;
    credit_note.fiscal_hash = sealed.hash;
    Ok(Refunded { credit_note, sealed })
}

/// What of a refund goes to store credit, and what of it a person pays out by hand. No money is made of it: the cards of the sale are given
/// back no more than they paid, whatever payout is asked for, and meal vouchers too go back to their card and never into money. What store
/// credit paid, and what empties paid that came back with the purchase, goes to the store credit of the member; a guest has none, and is
/// paid at the desk, as for empties alone. The cards come first, so that nobody waits for their share until all is given back.
fn beside_cards(claim: Claim<'_>, total: Cents) -> Option<(Cents, Cents)> {
    if claim.payout == Payout::StoreCredit {
        return Some((total, Cents::ZERO));
    }
    let by_card = claim.ticket.payments.iter().filter(|paid| paid.means.card().is_some());
    let by_card = Cents::checked_sum(by_card.map(|paid| paid.amount))?;
    let left = by_card.checked_sub(claim.to_cards)?.max(Cents::ZERO);
    let beside = total.checked_sub(total.min(left))?;
    let has_member = claim.ticket.member_id.is_some();
    Some(if has_member { (beside, Cents::ZERO) } else { (Cents::ZERO, beside) })
}

/// The promotions of which a sale keeps nothing: of each line that carried one all of the goods came back, or all of the money went.
pub fn undone<'a>(ticket: &'a Ticket, given_back: &[GivenBack]) -> Vec<&'a str> {
    let is_over = |line: &PricedLine| {
        given_back.iter().any(|before| before.line_id == line.line_id && before.left_of(line).is_none())
    };
    let discounts = ticket.lines.iter().flat_map(|line| &line.discounts);
    let mut codes: Vec<&str> = discounts.map(|discount| discount.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.retain(|code| {
        let carries = |line: &&PricedLine| line.discounts.iter().any(|discount| discount.code == *code);
        ticket.lines.iter().filter(carries).all(is_over)
    });
    codes
}

/// What the sale's tax falls by, rate by rate, highest first. Were each credit ticket rounded for itself, those of one sale could
/// add up to another tax than the sale's own.
fn vat_given_back(claim: Claim<'_>, parts: &[PricedLine]) -> Option<Vec<VatTotal>> {
    let mut kept = BTreeMap::<i64, Cents>::new();
    for line in claim.ticket.lines.iter().filter(|line| !line.kind.is_outside_vat()) {
        let left = line.total.checked_sub(claim.before(line.line_id).amount)?;
        let sum = kept.entry(line.vat_rate_basis_points).or_default();
        *sum = sum.checked_add(left)?;
    }
    let mut going = BTreeMap::<i64, Cents>::new();
    for part in parts.iter().filter(|part| !part.kind.is_outside_vat()) {
        let sum = going.entry(part.vat_rate_basis_points).or_default();
        *sum = sum.checked_add(part.total)?;
    }
    let falls = |(rate, going): (i64, Cents)| {
        let before = kept.get(&rate).copied().unwrap_or_default();
        let vat = |ttc| VatTotal::of(rate, ttc).map(|total| total.vat());
        VatTotal::from_parts(rate, going, vat(before)?.checked_sub(vat(before.checked_sub(going)?)?)?)
    };
    going.into_iter().rev().map(falls).collect()
}

impl Claim<'_> {
    fn line(&self, part: Part) -> Result<PricedLine, RefundError> {
        let line = self.ticket.lines.iter().find(|line| line.line_id == part.line_id);
        part.of(line.ok_or(RefundError::UnknownLine(part.line_id))?, self.before(part.line_id))
    }

    fn before(&self, line_id: i32) -> GivenBack {
        let before = self.given_back.iter().find(|before| before.line_id == line_id);
        before.copied().unwrap_or(GivenBack::nothing(line_id))
    }
}

impl CreditNote {
    /// What is paid out: to cards, or by hand.
    pub fn at_desk(&self) -> Cents {
        self.total.checked_sub(self.to_credit).expect("no more goes to store credit than is given back")
    }

    /// What goes back to the cards of the sale.
    pub fn to_cards(&self) -> Cents {
        self.at_desk().checked_sub(self.by_hand).expect("no more is paid by hand than is paid out")
    }
}

impl Payout {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Desk, Self::StoreCredit, Self::Acquirer];

    /// The word in events and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::StoreCredit => "store_credit",
            Self::Acquirer => "acquirer",
        }
    }

    /// The way of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|payout| payout.as_str() == word)
    }
}

impl Reason {
    /// Each of them.
    pub const ALL: [Self; 6] = [
        Self::SimpleRequest,
        Self::Damaged,
        Self::NotAsDescribed,
        Self::WrongPrice,
        Self::NotTaken,
        Self::Recalled,
    ];

    /// The word in events and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SimpleRequest => "simple_request",
            Self::Damaged => "damaged",
            Self::NotAsDescribed => "not_as_described",
            Self::WrongPrice => "wrong_price",
            Self::NotTaken => "not_taken",
            Self::Recalled => "recalled",
        }
    }

    /// The reason of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}
