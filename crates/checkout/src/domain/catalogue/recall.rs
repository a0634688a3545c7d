//! Goods that must not be sold.

use barcode::Gtin;
use time::OffsetDateTime;
use uuid::Uuid;

/// Identity of a recall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecallId(pub Uuid);

/// A product, or one batch of it, that must not be sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recall {
    /// Its identity.
    pub recall_id: RecallId,
    /// The product.
    pub gtin: Gtin,
    /// The batch, as its code says it; empty for all.
    pub batch: String,
    /// What the shopper reads.
    pub reason: String,
    /// First instant.
    pub start: OffsetDateTime,
    /// First instant after it; `None` while it holds.
    pub end: Option<OffsetDateTime>,
}

impl Recall {
    /// Whether another one would stop nothing that this one does not: the same goods, and neither has an end.
    pub fn includes(&self, other: &Self) -> bool {
        let is_open = self.end.is_none() && other.end.is_none() && self.start <= other.start;
        is_open && self.is_of_the_same_goods(other)
    }

    /// Whether another one means the same goods.
    pub fn is_of_the_same_goods(&self, other: &Self) -> bool {
        (self.gtin, &self.batch) == (other.gtin, &other.batch)
    }

    /// Whether it forbids to sell a batch at an instant.
    pub fn stops(&self, batch: &str, now: OffsetDateTime) -> bool {
        let holds = self.start <= now && self.end.is_none_or(|end| now < end);
        holds && (self.batch.is_empty() || self.batch == batch)
    }
}
