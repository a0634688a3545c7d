//! Complaints as those see them who may: what was wrong is for people, as soon as it is written.

use time::OffsetDateTime;

use super::{ComplaintId, Refusal, View};

/// A complaint as it is shown. Its author is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grievance {
    /// The complaint.
    pub complaint_id: ComplaintId,
    /// Store of the purchase.
    pub store_code: String,
    /// What it is about; never empty.
    pub products: Vec<Product>,
    /// What was wrong; may be empty.
    pub comment: Comment,
    /// The day of the purchase: when it began in the store.
    pub purchased: OffsetDateTime,
    /// When it was sent.
    pub complained: OffsetDateTime,
    /// What became of the refund.
    pub progress: Progress,
    /// What was given back in cents, for who may know.
    pub amount_minor: Option<i64>,
    /// Currency of the amount.
    pub currency_code: String,
}

/// A product of a complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its number.
    pub gtin: String,
    /// Name on the ticket.
    pub name: String,
    /// Supplier, or empty.
    pub supplier_code: String,
}

/// What was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comment {
    /// As it was written.
    Shown(String),
    /// It is about the products of others too, and for the store alone.
    Withheld,
}

/// What became of the refund of a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Checkout has not answered yet.
    Asked,
    /// It was given.
    Refunded,
    /// It was not.
    Refused(Refusal),
}

/// Where a listing of complaints goes on: after this one, the newest being first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComplaintCursor {
    /// When it was sent.
    pub complained: OffsetDateTime,
    /// Which it was.
    pub complaint_id: ComplaintId,
}

// === impl Grievance ===

impl Grievance {
    /// What of it is in the view. The store sees all; a supplier its own products, never an amount, and the comment only when the
    /// complaint is about nobody else's products: a form has one comment for all of its lines.
    pub fn within(&self, view: &View) -> Option<Self> {
        match view {
            View::Store(code) => (self.store_code == *code).then(|| self.clone()),
            View::Supplier(code) => {
                let own: Vec<Product> =
                    self.products.iter().filter(|product| product.supplier_code == *code).cloned().collect();
                if own.is_empty() {
                    return None;
                }
                let about_others = own.len() < self.products.len();
                let comment = match &self.comment {
                    Comment::Shown(text) if about_others && !text.is_empty() => Comment::Withheld,
                    comment => comment.clone(),
                };
                Some(Self { products: own, comment, amount_minor: None, ..self.clone() })
            }
        }
    }
}

// === impl Progress ===

impl Progress {
    /// The name under which it is kept and told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Refunded => "refunded",
            Self::Refused(_) => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    fn grievance(suppliers: &[&str]) -> Grievance {
        let product = |code: &&str| Product {
            gtin: "09521234000018".to_owned(),
            name: format!("Article de {code}"),
            supplier_code: (*code).to_owned(),
        };
        Grievance {
            complaint_id: ComplaintId(Uuid::from_u128(1)),
            store_code: "LILLE".to_owned(),
            products: suppliers.iter().map(product).collect(),
            comment: Comment::Shown("Trop salé".to_owned()),
            purchased: datetime!(2026-05-01 22:00 UTC),
            complained: datetime!(2026-05-02 10:00 UTC),
            progress: Progress::Refunded,
            amount_minor: Some(450),
            currency_code: "EUR".to_owned(),
        }
    }

    #[test]
    fn the_store_of_the_purchase_sees_all_and_another_nothing() {
        let complaint = grievance(&["FERME", ""]);
        assert_eq!(complaint.within(&View::Store("LILLE".to_owned())), Some(complaint.clone()));
        assert_eq!(complaint.within(&View::Store("ARRAS".to_owned())), None);
    }

    #[test]
    fn a_supplier_sees_its_own_products_and_no_amount() {
        let seen = grievance(&["FERME", "FERME"]).within(&View::Supplier("FERME".to_owned())).unwrap();
        assert_eq!((seen.products.len(), seen.amount_minor), (2, None));
        assert_eq!(seen.comment, Comment::Shown("Trop salé".to_owned()));
        assert_eq!(grievance(&["FERME"]).within(&View::Supplier("MER".to_owned())), None);
    }

    #[test]
    fn a_comment_about_the_products_of_several_is_for_the_store_alone() {
        for others in ["MER", ""] {
            let seen = grievance(&["FERME", others]).within(&View::Supplier("FERME".to_owned())).unwrap();
            assert_eq!((seen.products.len(), seen.comment), (1, Comment::Withheld), "{others}");
        }
        let silent = Grievance { comment: Comment::Shown(String::new()), ..grievance(&["FERME", "MER"]) };
        let seen = silent.within(&View::Supplier("FERME".to_owned())).unwrap();
        assert_eq!(seen.comment, Comment::Shown(String::new()), "nothing was said, and nothing is withheld");
    }
}
