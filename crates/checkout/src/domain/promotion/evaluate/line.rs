//! A line as promotions see it.

use std::cmp::Reverse;

use barcode::Gtin;
use money::{Cents, Quantity};

use crate::domain::promotion::Benefit;

/// A line before discounts, as far as promotions care.
#[derive(Clone, Debug)]
pub struct Line {
    /// The article.
    pub gtin: Gtin,
    /// Per piece or kilogram.
    pub unit_price: Cents,
    /// What a member pays per piece or kilogram, if that differs.
    pub member_price: Option<Cents>,
    /// How much of it.
    pub quantity: Quantity,
    /// By the kilogram, a round number of them too.
    pub is_weighed: bool,
    /// What it costs without any discount, which a label may have said; the sum of all lines fits.
    pub gross: Cents,
    /// Its rate, which only keeps the order of lines from mattering.
    pub vat_rate_basis_points: i64,
    /// What may apply to it: places in the list of offers, ascending.
    pub offers: Vec<usize>,
}

impl Line {
    /// Dearest first; then whatever tells two lines apart, but never when they were scanned.
    pub(super) fn rank(&self) -> impl Ord {
        let (much, rate) = ((self.quantity, self.gross), self.vat_rate_basis_points);
        (Reverse(self.unit_price), self.gtin, much, self.member_price, rate, &self.offers)
    }

    /// How many pieces promotions see: a weighing is one, and cannot be divided.
    pub(super) fn pieces(&self) -> i64 {
        self.quantity.whole().filter(|pieces| *pieces > 0 && !self.is_weighed).unwrap_or(1)
    }

    /// So many of its pieces.
    fn part(&self, pieces: i64) -> Quantity {
        match pieces == self.pieces() {
            true => self.quantity,
            false => Quantity::units(pieces).unwrap_or(self.quantity),
        }
    }

    /// What so many of its pieces cost without any discount; the whole line where that does not fit.
    fn cost(&self, pieces: i64) -> Cents {
        match pieces == self.pieces() {
            true => self.gross,
            false => money::price(self.unit_price, self.part(pieces)).unwrap_or(self.gross),
        }
    }

    /// What a benefit takes off so many of its pieces; all they cost where that does not fit.
    pub(super) fn off(&self, benefit: &Benefit, pieces: i64) -> i64 {
        let cost = self.cost(pieces);
        benefit.off_gross(cost, self.part(pieces)).unwrap_or(cost).get()
    }

    /// What the member price takes off so many of its pieces.
    pub(super) fn off_for_members(&self, pieces: i64) -> i64 {
        let cost = self.cost(pieces);
        let for_members = |member: Cents| match money::price(self.unit_price, self.part(pieces)) {
            Some(price) if price == cost => money::price(member, self.part(pieces)),
            // A label's price, in proportion.
            _ => {
                let parts = i128::from(cost.get()) * i128::from(member.get());
                money::round_half_up(parts, i128::from(self.unit_price.get())).map(Cents::new)
            }
        };
        self.member_price.map_or(0, |member| (cost.get() - for_members(member).unwrap_or(cost).get()).max(0))
    }
}
