//! A sale as its links show it.

use time::OffsetDateTime;

use super::{SaleId, Written};

/// A sale, with what has been said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The sale.
    pub sale_id: SaleId,
    /// Code of the store.
    pub store_code: String,
    /// Name of the store.
    pub store_name: String,
    /// IANA time zone of the store.
    pub time_zone: String,
    /// Currency of the amounts.
    pub currency_code: String,
    /// When it was made.
    pub completed: OffsetDateTime,
    /// A member made it.
    pub member: bool,
    /// Its lines, by number.
    pub lines: Vec<Line>,
}

/// A line of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Number on the ticket.
    pub line_id: i32,
    /// The product.
    pub gtin: String,
    /// Name on the ticket.
    pub name: String,
    /// Supplier, or empty.
    pub supplier_code: String,
    /// `unit` or `kg`.
    pub sold_by: String,
    /// Quantity in thousandths.
    pub quantity_milli: i64,
    /// What was paid, in cents.
    pub total_minor: i64,
    /// It was given back.
    pub refunded: bool,
    /// A complaint asks for it and has no answer yet.
    pub waiting: bool,
    /// What was said of it.
    pub written: Option<Written>,
}

impl Purchase {
    /// The line of this number.
    pub fn line(&self, line_id: i32) -> Option<&Line> {
        self.lines.iter().find(|line| line.line_id == line_id)
    }
}
