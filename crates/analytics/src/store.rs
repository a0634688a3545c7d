//! The only SQL of the service.

mod facts;
mod figures;

pub use facts::{Refund, Review, Sale, apply_refund, apply_review, apply_sale, learn_store, touch};
pub use figures::{Totals, hours, notes, recent_reviews, store, totals, visits};
