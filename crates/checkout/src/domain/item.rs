//! An article as it was scanned: its words, prices and offers of that moment, which no later change of the catalogue reaches.

use barcode::Gtin;
use money::{Cents, Quantity};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::domain::catalogue::{Price, Promotion, SoldBy};

/// The largest quantity of a line, in thousandths.
pub const LARGEST_QUANTITY: i64 = 999_999;

/// An article as it was when it was scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number.
    pub gtin: Gtin,
    /// Its name.
    pub name: String,
    /// Its categories, or empty.
    pub category: String,
    /// Its supplier, or empty.
    pub supplier_code: String,
    /// By the piece or by the kilogram.
    pub sold_by: SoldBy,
    /// The price per piece or kilogram.
    pub unit_price: Cents,
    /// The price for members, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_price: Option<Cents>,
    /// The code of its VAT rate.
    pub vat_code: String,
    /// The rate then in force, in basis points.
    pub vat_rate_basis_points: i64,
    /// A label said how much or for how much: nobody may say otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub measured: bool,
    /// The promotions that ran for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
}

/// A promotion as it was when it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The promotion's code.
    pub code: String,
    /// Its label on the ticket.
    pub label: String,
    /// The category it is for; empty for all.
    pub category: String,
    /// How much, in basis points.
    pub percent_basis_points: i64,
    /// Only for members.
    pub members_only: bool,
}

impl Item {
    /// The prices together.
    pub fn price(&self) -> Price {
        Price { unit: self.unit_price, member: self.member_price }
    }

    /// How many bytes of text it carries.
    pub fn words(&self) -> usize {
        self.name.len() + self.category.len() + self.supplier_code.len()
    }

    /// Whether another scan of it grows the line: goods by the piece do, a weighing stands for itself.
    pub fn can_grow(&self) -> bool {
        self.sold_by == SoldBy::Unit && !self.measured
    }

    /// The quantity, if so much of the article can be sold in one line.
    pub fn sellable(&self, quantity: Quantity) -> Option<Quantity> {
        let whole = self.sold_by == SoldBy::Kilogram || quantity.whole().is_some();
        (whole && (1..=LARGEST_QUANTITY).contains(&quantity.get())).then_some(quantity)
    }
}

impl From<&Promotion> for Offer {
    fn from(promotion: &Promotion) -> Self {
        Self {
            code: promotion.code.clone(),
            label: promotion.label.clone(),
            category: promotion.category.clone(),
            percent_basis_points: promotion.percent_basis_points,
            members_only: promotion.members_only,
        }
    }
}

impl Offer {
    /// The promotion again, for the rules that know promotions. That it ran, and was claimed where
    /// it must be, was seen to when it was taken in.
    pub fn promotion(&self) -> Promotion {
        Promotion {
            code: self.code.clone(),
            label: self.label.clone(),
            category: self.category.clone(),
            percent_basis_points: self.percent_basis_points,
            start: OffsetDateTime::UNIX_EPOCH,
            end: OffsetDateTime::UNIX_EPOCH,
            on_claim: false,
            members_only: self.members_only,
        }
    }
}
