//! Parts of lines. A part by quantity gives back its share of what is left to give back, and the last one all of it: so the parts of a
//! line are what was paid for it, to the cent, however many there are and in whatever order they come. What promotions took off goes
//! with the pieces. A part by amount gives money back, and the goods stay with the shopper.

use money::{Cents, Quantity};
use serde::{Deserialize, Serialize};

use crate::domain::{
    catalogue::SoldBy, item::LineKind, price::PricedLine, promotion::Discount, refund::RefundError,
};

#[cfg(test)]
mod tests;

/// A part of a line that is to be given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The line.
    pub line_id: i32,
    /// How much of it.
    pub extent: Extent,
}

/// How much of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All that is left of it.
    Rest,
    /// So many pieces, or so much by weight.
    Quantity(Quantity),
    /// So much money; the goods stay.
    Amount(Cents),
}

/// What was given back of a line before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBack {
    /// The line.
    pub line_id: i32,
    /// How much of the goods.
    pub quantity: Quantity,
    /// How much of the money.
    pub amount: Cents,
}

impl Part {
    /// All that is left of a line.
    pub fn rest(line_id: i32) -> Self {
        Self { line_id, extent: Extent::Rest }
    }

    /// The line of the credit ticket: this part of a line as it was sold, after what was given back of it before.
    pub fn of(self, line: &PricedLine, before: GivenBack) -> Result<PricedLine, RefundError> {
        if line.kind == LineKind::DepositReturn {
            return Err(RefundError::DepositReturn(line.line_id));
        }
        let left = before.left_of(line).ok_or(RefundError::AlreadyRefunded(line.line_id))?;
        let above = RefundError::AboveLine(line.line_id);
        match self.extent {
            Extent::Rest => pieces(line, before, left, left.quantity).ok_or(above),
            Extent::Quantity(quantity) if !is_measure(line, quantity) => {
                Err(RefundError::Quantity(line.line_id))
            }
            Extent::Quantity(quantity) => pieces(line, before, left, quantity).ok_or(above),
            Extent::Amount(amount) if amount > Cents::ZERO && amount <= left.amount => {
                Ok(only_money(line, amount))
            }
            Extent::Amount(_) => Err(above),
        }
    }
}

impl GivenBack {
    /// Nothing of a line.
    pub fn nothing(line_id: i32) -> Self {
        Self { line_id, quantity: Quantity::ZERO, amount: Cents::ZERO }
    }

    /// What can still be given back of the line; nothing when that is over: all of the goods came back, or all of the money went.
    pub fn left_of(self, line: &PricedLine) -> Option<Self> {
        let quantity = line.quantity.get().checked_sub(self.quantity.get()).map(Quantity::new)?;
        let amount = line.total.checked_sub(self.amount)?;
        let is_over = quantity <= Quantity::ZERO || (amount <= Cents::ZERO && line.total > Cents::ZERO);
        (!is_over).then_some(Self { line_id: self.line_id, quantity, amount })
    }
}

/// Whether so much of the article can be handed over a counter.
fn is_measure(line: &PricedLine, quantity: Quantity) -> bool {
    quantity > Quantity::ZERO && (line.sold_by == SoldBy::Kilogram || quantity.whole().is_some())
}

fn pieces(line: &PricedLine, before: GivenBack, left: GivenBack, quantity: Quantity) -> Option<PricedLine> {
    let total = money::share(left.amount, quantity, left.quantity)?;
    let given = Quantity::new(before.quantity.get().checked_add(quantity.get())?);
    let mut discounts = Vec::new();
    for discount in &line.discounts {
        let so_far = money::share(discount.amount, before.quantity, line.quantity)?;
        let amount = money::share(discount.amount, given, line.quantity)?.checked_sub(so_far)?;
        if !amount.is_zero() {
            discounts.push(Discount { amount, ..discount.clone() });
        }
    }
    let off = Cents::checked_sum(discounts.iter().map(|discount| discount.amount))?;
    let tare = if quantity == line.quantity { line.tare } else { Quantity::ZERO };
    Some(PricedLine { quantity, gross: total.checked_add(off)?, discounts, total, tare, ..line.clone() })
}

fn only_money(line: &PricedLine, amount: Cents) -> PricedLine {
    PricedLine {
        quantity: Quantity::ZERO,
        gross: amount,
        discounts: Vec::new(),
        total: amount,
        tare: Quantity::ZERO,
        ..line.clone()
    }
}
