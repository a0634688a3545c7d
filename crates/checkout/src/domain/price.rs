//! From lines to what the shopper pays, and the tax in it.

use std::collections::BTreeSet;

use barcode::Gtin;
use money::{Cents, Quantity, VatTotal};
use serde::{Deserialize, Serialize};

use crate::domain::{
    basket::{Basket, BasketError, Line},
    catalogue::{Promotion, SoldBy},
    promotion::{self, Buyer, Discount},
};

#[cfg(test)]
mod tests;

/// A line with every price; on a ticket it stays like this for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedLine {
    /// Number of the line.
    pub line_id: i32,
    /// The article.
    pub gtin: Gtin,
    /// Its name.
    pub name: String,
    /// Its categories, or empty.
    pub category: String,
    /// Its supplier, or empty.
    pub supplier_code: String,
    /// By the piece or by the kilogram.
    pub sold_by: SoldBy,
    /// How much of it.
    pub quantity: Quantity,
    /// The price per piece or kilogram.
    pub unit_price: Cents,
    /// Before discounts.
    pub gross: Cents,
    /// What was taken off, one entry a rule.
    pub discounts: Vec<Discount>,
    /// What is paid for it.
    pub total: Cents,
    /// The code of the VAT rate.
    pub vat_code: String,
    /// The rate, in basis points.
    pub vat_rate_basis_points: i64,
}

/// Lines with their sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// The lines, in the order of their first scan.
    pub lines: Vec<PricedLine>,
    /// What is paid.
    pub total: Cents,
    /// What was taken off in all.
    pub discount: Cents,
    /// Pieces, and one for each weighing.
    pub article_count: i64,
    /// The tax, highest rate first.
    pub vat_totals: Vec<VatTotal>,
}

impl Priced {
    /// The prices of a basket. Refused when they do not fit: then some quantity is absurd.
    pub fn of(basket: &Basket) -> Result<Self, BasketError> {
        let lines: Option<Vec<PricedLine>> = basket.lines.iter().map(|line| priced(basket, line)).collect();
        lines.and_then(Self::sum).ok_or(BasketError::QuantityOutOfRange)
    }

    /// The sums of lines that have their prices; `None` when they do not fit.
    pub fn sum(lines: Vec<PricedLine>) -> Option<Self> {
        let total = Cents::checked_sum(lines.iter().map(|line| line.total))?;
        let discounts = lines.iter().flat_map(|line| &line.discounts).map(|discount| discount.amount);
        let discount = Cents::checked_sum(discounts)?;
        let mut vat_totals =
            VatTotal::by_rate(lines.iter().map(|line| (line.vat_rate_basis_points, line.total)))?;
        vat_totals.reverse();
        let article_count = lines.iter().map(PricedLine::articles).sum();
        Some(Self { lines, total, discount, article_count, vat_totals })
    }
}

impl PricedLine {
    fn articles(&self) -> i64 {
        match self.sold_by {
            SoldBy::Unit => self.quantity.whole().unwrap_or(1),
            SoldBy::Kilogram => 1,
        }
    }
}

fn priced(basket: &Basket, line: &Line) -> Option<PricedLine> {
    let item = &line.item;
    let gross = money::price(item.unit_price, line.quantity)?;
    let discount = discount(basket, line, gross);
    let off = discount.as_ref().map_or(Cents::ZERO, |discount| discount.amount);
    Some(PricedLine {
        line_id: line.line_id,
        gtin: item.gtin,
        name: item.name.clone(),
        category: item.category.clone(),
        supplier_code: item.supplier_code.clone(),
        sold_by: item.sold_by,
        quantity: line.quantity,
        unit_price: item.unit_price,
        gross,
        discounts: discount.into_iter().collect(),
        total: gross.checked_sub(off)?,
        vat_code: item.vat_code.clone(),
        vat_rate_basis_points: item.vat_rate_basis_points,
    })
}

/// The best of what ran when the line was scanned and what was claimed since.
fn discount(basket: &Basket, line: &Line, gross: Cents) -> Option<Discount> {
    let seen = line.item.offers.iter().chain(&basket.claimed);
    let promotions: Vec<Promotion> = seen.map(|offer| offer.promotion()).collect();
    let promotions: Vec<&Promotion> = promotions.iter().collect();
    let buyer = Buyer { is_member: basket.member_id.is_some(), claimed: &BTreeSet::new() };
    let line = promotion::Line {
        price: line.item.price(),
        quantity: line.quantity,
        gross,
        category: &line.item.category,
    };
    promotion::best(&line, &promotions, buyer)
}

/// Keeps totals per rate as they were given, rather than computing them again.
pub mod vat_rows {
    use money::{Cents, VatTotal};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[derive(Serialize, Deserialize)]
    struct Row {
        rate_basis_points: i64,
        ttc: Cents,
        vat: Cents,
    }

    /// Writes rate, total and tax; the rest follows.
    pub fn serialize<S: Serializer>(totals: &[VatTotal], serializer: S) -> Result<S::Ok, S::Error> {
        let row = |total: &VatTotal| Row {
            rate_basis_points: total.rate_basis_points(),
            ttc: total.ttc(),
            vat: total.vat(),
        };
        serializer.collect_seq(totals.iter().map(row))
    }

    /// Reads them back.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<VatTotal>, D::Error> {
        let rows = Vec::<Row>::deserialize(deserializer)?;
        let total = |row: Row| VatTotal::from_parts(row.rate_basis_points, row.ttc, row.vat);
        let totals: Option<Vec<VatTotal>> = rows.into_iter().map(total).collect();
        totals.ok_or_else(|| D::Error::custom("a total that does not fit"))
    }
}
