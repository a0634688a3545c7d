//! Member prices and percentages off: of all that apply to a line, the best one counts, and never two.

use std::collections::BTreeSet;

use money::{Cents, Quantity};

use crate::domain::catalogue::{Price, Promotion};

#[cfg(test)]
mod tests;

/// Code of the discount that a member price gives; no promotion may bear it.
pub const MEMBER_PRICE: &str = "MEMBER-PRICE";
/// What the ticket says of it.
const MEMBER_PRICE_LABEL: &str = "Prix adhérent";

/// A line before discounts.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The price per piece or kilogram when the line was scanned, with the price for members.
    pub price: Price,
    /// How much of it.
    pub quantity: Quantity,
    /// What the line costs without any discount.
    pub gross: Cents,
    /// The product's categories.
    pub category: &'a str,
}

/// Who buys, as far as discounts care.
#[derive(Clone, Copy, Debug)]
pub struct Buyer<'a> {
    /// A member is identified.
    pub is_member: bool,
    /// The codes that were claimed.
    pub claimed: &'a BTreeSet<String>,
}

/// What a rule takes off a line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Discount {
    /// The promotion's code, or [`MEMBER_PRICE`].
    pub code: String,
    /// On screen and ticket.
    pub label: String,
    /// Positive, and at most what the line costs.
    pub amount: Cents,
}

/// The largest discount of a line, of the promotions that run now, in any order; among equals the first code of the alphabet, so
/// that every replica answers alike.
pub fn best(line: &Line<'_>, promotions: &[&Promotion], buyer: Buyer<'_>) -> Option<Discount> {
    let percentages =
        promotions.iter().filter(|promotion| applies(promotion, line, buyer)).filter_map(|promotion| {
            Some((
                money::percent(line.gross, promotion.percent_basis_points)?,
                &*promotion.code,
                &*promotion.label,
            ))
        });
    member_price(line, buyer)
        .into_iter()
        .chain(percentages)
        .filter(|(amount, ..)| *amount > Cents::ZERO)
        .max_by(|(one, one_code, _), (other, other_code, _)| {
            one.cmp(other).then_with(|| other_code.cmp(one_code))
        })
        .map(|(amount, code, label)| Discount {
            code: code.to_owned(),
            label: label.to_owned(),
            amount: amount.min(line.gross),
        })
}

fn applies(promotion: &Promotion, line: &Line<'_>, buyer: Buyer<'_>) -> bool {
    promotion.covers(line.category)
        && (!promotion.members_only || buyer.is_member)
        && (!promotion.on_claim || buyer.claimed.contains(&promotion.code))
}

fn member_price(line: &Line<'_>, buyer: Buyer<'_>) -> Option<(Cents, &'static str, &'static str)> {
    let price = line.price.member.filter(|_| buyer.is_member)?;
    let saved = line.gross.checked_sub(money::price(price, line.quantity)?)?;
    Some((saved, MEMBER_PRICE, MEMBER_PRICE_LABEL))
}
