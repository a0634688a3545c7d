//! Notes and comments on purchased lines: one a line, replaced by its author as often as wanted.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::{Line, Purchase, ReviewId, TextError, clean};

/// What a shopper says of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Number of the line.
    pub line_id: i32,
    /// 1 to 5.
    pub rating: i16,
    /// Cleaned; may be empty.
    pub comment: String,
}

/// A form with at least one note, and at most one for each line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form(Vec<Note>);

/// What is kept of the review of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its identity.
    pub review_id: ReviewId,
    /// 1 to 5.
    pub rating: i16,
    /// The comment.
    pub comment: String,
    /// 1 for the first writing.
    pub revision: i32,
    /// When it was first sent.
    pub first_submitted: OffsetDateTime,
}

/// A note that is new, or differs from what was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision<'a> {
    /// What is said now.
    pub note: &'a Note,
    /// Of what.
    pub line: &'a Line,
    /// 1 for the first writing.
    pub number: i32,
}

/// A review as those see it who may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its identity.
    pub review_id: ReviewId,
    /// The product.
    pub gtin: String,
    /// Name on the ticket.
    pub product_name: String,
    /// Supplier, or empty.
    pub supplier_code: String,
    /// Store of the purchase.
    pub store_code: String,
    /// 1 to 5.
    pub rating: i16,
    /// The comment.
    pub comment: String,
    /// The day of the purchase: when it began in the store.
    pub purchased: OffsetDateTime,
    /// When it was first sent.
    pub first_submitted: OffsetDateTime,
    /// When this revision was sent.
    pub submitted: OffsetDateTime,
    /// The answer of the shop or the supplier.
    pub reply: Option<Reply>,
    /// Grows with every change.
    pub revision: i32,
    /// The line was given back.
    pub refunded: bool,
}

/// An answer to a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The answer.
    pub text: String,
    /// When it was written.
    pub replied: OffsetDateTime,
}

/// Whose reviews a caller sees; never all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// Those of purchases in a store.
    Store(String),
    /// Those of a supplier's products.
    Supplier(String),
}

/// Where a listing goes on: after this review, the newest being first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When it was first sent.
    pub first_submitted: OffsetDateTime,
    /// Which it was.
    pub review_id: ReviewId,
}

/// Why a form is not taken; the number is that of the entry in the form, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Nothing is said of any line.
    #[error("nothing is said")]
    Empty,
    /// A note outside 1 to 5, or a comment without a note.
    #[error("a note is 1 to 5")]
    Rating(usize),
    /// A comment that is not taken.
    #[error("{1}")]
    Comment(usize, TextError),
    /// A line of which something is said already.
    #[error("something is said of this line already")]
    Twice(usize),
}

/// The sale has no such line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sale has no line {0}")]
pub struct UnknownLine(pub i32);

// === impl Form ===

impl Form {
    /// Reads a form: number of the line, note, comment. An entry with neither note nor comment says nothing and is left out.
    ///
    /// # Errors
    /// When an entry is wrong, or all of them say nothing.
    pub fn read<'a>(entries: impl IntoIterator<Item = (i32, i32, &'a str)>) -> Result<Self, FormError> {
        let mut notes = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, (line_id, rating, comment)) in entries.into_iter().enumerate() {
            let comment = clean(comment).map_err(|error| FormError::Comment(index, error))?;
            if rating == 0 && comment.is_empty() {
                continue;
            }
            let rating = i16::try_from(rating).ok().filter(|rating| (1..=5).contains(rating));
            let rating = rating.ok_or(FormError::Rating(index))?;
            if !seen.insert(line_id) {
                return Err(FormError::Twice(index));
            }
            notes.push(Note { line_id, rating, comment });
        }
        if notes.is_empty() { Err(FormError::Empty) } else { Ok(Self(notes)) }
    }

    /// What the form changes of what was said before.
    ///
    /// # Errors
    /// When the sale has not all of its lines.
    pub fn revise<'a>(&'a self, purchase: &'a Purchase) -> Result<Vec<Revision<'a>>, UnknownLine> {
        let mut revisions = Vec::new();
        for note in &self.0 {
            let line = purchase.line(note.line_id).ok_or(UnknownLine(note.line_id))?;
            let number = match &line.written {
                None => 1,
                Some(written) if written.rating == note.rating && written.comment == note.comment => continue,
                Some(written) => written.revision + 1,
            };
            revisions.push(Revision { note, line, number });
        }
        Ok(revisions)
    }
}

// === impl View ===

impl View {
    /// Whether the review is in it.
    pub fn shows(&self, review: &Review) -> bool {
        match self {
            Self::Store(code) => review.store_code == *code,
            Self::Supplier(code) => review.supplier_code == *code,
        }
    }
}

#[cfg(test)]
mod tests;
