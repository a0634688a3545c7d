//! What is given back, from the wire and back.

use money::{Cents, Quantity};
use proto::checkout::v1 as pb;

use super::convert;
use crate::{
    app::refund::Return,
    domain::{
        refund::{
            CreditNote, Payout, Reason,
            part::{Extent, GivenBack, Part},
        },
        sale::Ticket,
    },
    error::Error,
    events::timestamp,
};

const MOST_REFUNDED_LINES: usize = 200;

/// What is to be given back.
pub fn wanted(message: pb::RefundLinesRequest) -> Result<Return, Error> {
    let whole = message.line_ids.into_iter().map(|line_id| pb::RefundPart::from(Part::rest(line_id)));
    let wanted = whole.chain(message.parts).collect();
    parts(&message.sale_id, wanted, message.payout, message.reason)
}

/// Parts of the lines of a sale, for whoever asks on a shopper's behalf.
pub fn parts(sale_id: &str, parts: Vec<pb::RefundPart>, payout: i32, reason: i32) -> Result<Return, Error> {
    let parts: Vec<Part> = parts.into_iter().map(part).collect::<Result<_, _>>()?;
    Ok(Return {
        sale_id: convert::sale_id(sale_id)?,
        parts: each_line_once(parts)?,
        payout: self::payout(payout)?,
        reason: self::reason(reason)?,
    })
}

/// In the order of the lines.
fn each_line_once(mut parts: Vec<Part>) -> Result<Vec<Part>, Error> {
    if !(1..=MOST_REFUNDED_LINES).contains(&parts.len()) {
        return Err(Error::field("line_ids", format!("not 1 to {MOST_REFUNDED_LINES} lines")));
    }
    parts.sort_unstable_by_key(|part| part.line_id);
    if parts.windows(2).any(|pair| pair[0].line_id == pair[1].line_id) {
        return Err(Error::field("line_ids", "a line is named twice"));
    }
    Ok(parts)
}

fn part(part: pb::RefundPart) -> Result<Part, Error> {
    let extent = match (part.quantity_milli, part.amount_minor) {
        (0, 0) => Extent::Rest,
        (quantity @ 1.., 0) => Extent::Quantity(Quantity::new(quantity)),
        (0, amount @ 1..) => Extent::Amount(Cents::new(amount)),
        _ => return Err(Error::field("parts", "not either a quantity or an amount, above zero")),
    };
    Ok(Part { line_id: part.line_id, extent })
}

fn payout(word: i32) -> Result<Payout, Error> {
    match pb::Payout::try_from(word) {
        Ok(pb::Payout::Desk) => Ok(Payout::Desk),
        Ok(pb::Payout::StoreCredit) => Ok(Payout::StoreCredit),
        Ok(pb::Payout::Acquirer) => Ok(Payout::Acquirer),
        Ok(pb::Payout::Unspecified) | Err(_) => Err(Error::field("payout", "not a way to give money back")),
    }
}

fn reason(word: i32) -> Result<Reason, Error> {
    match pb::RefundReason::try_from(word) {
        Ok(pb::RefundReason::Unspecified) => Ok(Reason::SimpleRequest),
        Ok(pb::RefundReason::Damaged) => Ok(Reason::Damaged),
        Ok(pb::RefundReason::NotAsDescribed) => Ok(Reason::NotAsDescribed),
        Ok(pb::RefundReason::WrongPrice) => Ok(Reason::WrongPrice),
        Ok(pb::RefundReason::NotTaken) => Ok(Reason::NotTaken),
        Ok(pb::RefundReason::Recalled) => Ok(Reason::Recalled),
        Err(_) => Err(Error::field("reason", "not a reason")),
    }
}

/// A ticket with what was given back of it.
pub fn ticket(ticket: Ticket, given_back: &[GivenBack]) -> pb::Ticket {
    let is_over = |before: &&GivenBack| {
        let line = ticket.lines.iter().find(|line| line.line_id == before.line_id);
        line.is_some_and(|line| before.left_of(line).is_none())
    };
    let refunded_line_ids = given_back.iter().filter(is_over).map(|before| before.line_id).collect();
    let refunded_parts = given_back.iter().copied().map(Into::into).collect();
    pb::Ticket { refunded_line_ids, refunded_parts, ..ticket.into() }
}

impl From<Part> for pb::RefundPart {
    fn from(part: Part) -> Self {
        let (quantity_milli, amount_minor) = match part.extent {
            Extent::Rest => (0, 0),
            Extent::Quantity(quantity) => (quantity.get(), 0),
            Extent::Amount(amount) => (0, amount.get()),
        };
        Self { line_id: part.line_id, quantity_milli, amount_minor }
    }
}

impl From<GivenBack> for pb::RefundPart {
    fn from(given_back: GivenBack) -> Self {
        Self {
            line_id: given_back.line_id,
            quantity_milli: given_back.quantity.get(),
            amount_minor: given_back.amount.get(),
        }
    }
}

impl From<Payout> for pb::Payout {
    fn from(payout: Payout) -> Self {
        match payout {
            Payout::Desk => Self::Desk,
            Payout::StoreCredit => Self::StoreCredit,
            Payout::Acquirer => Self::Acquirer,
        }
    }
}

impl From<Reason> for pb::RefundReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::SimpleRequest => Self::Unspecified,
            Reason::Damaged => Self::Damaged,
            Reason::NotAsDescribed => Self::NotAsDescribed,
            Reason::WrongPrice => Self::WrongPrice,
            Reason::NotTaken => Self::NotTaken,
            Reason::Recalled => Self::Recalled,
        }
    }
}

impl From<CreditNote> for pb::CreditNote {
    fn from(note: CreditNote) -> Self {
        Self {
            refund_id: note.refund_id.to_string(),
            sale_id: note.sale_id.to_string(),
            terminal_code: note.terminal_code,
            sequence: note.sequence,
            refunded_time: Some(timestamp(note.refunded_time)),
            lines: note.lines.into_iter().map(Into::into).collect(),
            total: convert::money(note.total, note.currency),
            vat_totals: convert::vat_totals(&note.vat_totals),
            payout: pb::Payout::from(note.payout).into(),
            reason: pb::RefundReason::from(note.reason).into(),
            sale_sequence: note.sale_sequence,
            fiscal_hash: note.fiscal_hash.to_string(),
            fiscal_version: note.fiscal_version,
            deposit_minor: note.deposits.get(),
            store_credit_minor: note.to_credit.get(),
            by_hand_minor: note.by_hand.get(),
        }
    }
}
