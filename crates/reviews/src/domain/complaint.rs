//! Lines that a shopper wants to give back: asked of checkout once, answered once.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use uuid::Uuid;

use super::{ComplaintId, Purchase, SaleId, UnknownLine};

/// How the money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payout {
    /// To the same card, its holder present at the desk.
    Desk,
    /// To the member's store credit.
    StoreCredit,
    /// To the same card, by the office in the acquirer's own pages.
    Acquirer,
}

/// What a shopper asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How much of which lines, in thousandths, at least one; 0 for all that is left of a line.
    pub parts: BTreeMap<i32, i64>,
    /// How the money is to go back.
    pub payout: Payout,
    /// What was wrong; cleaned, may be empty.
    pub comment: String,
}

/// What a wish would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// What would be given back, in cents.
    pub amount_minor: i64,
    /// What of it would go to the member's store credit.
    pub store_credit_minor: i64,
    /// A person of the store would decide.
    pub deciding: bool,
    /// How the money would go back.
    pub payout: Payout,
    /// What of it a person would pay out by hand, in cents.
    pub by_hand_minor: i64,
}

/// A wish that was kept, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Its identity.
    pub complaint_id: ComplaintId,
    /// The sale.
    pub sale_id: SaleId,
    /// Code of the store.
    pub store_code: String,
    /// Currency of the amounts.
    pub currency_code: String,
    /// How much of which lines, in thousandths; 0 for all that is left of a line.
    pub parts: BTreeMap<i32, i64>,
    /// How the money is to go back or, once it was given, how it does: what the acquirer cannot give whole is the desk's.
    pub payout: Payout,
    /// The id under which checkout is asked, on every attempt.
    pub checkout_request: Uuid,
    /// When it was sent.
    pub complained: OffsetDateTime,
    /// What became of it.
    pub state: State,
}

/// What became of a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Checkout has not answered yet, or has answered that a person of the store decides.
    Asked {
        /// A person decides.
        deciding: bool,
    },
    /// The lines were given back.
    Refunded {
        /// For so much, in cents.
        amount_minor: i64,
    },
    /// Checkout does not give them back.
    Refused(Refusal),
}

/// Why checkout gives nothing back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A line was given back before.
    #[error("a line was given back already")]
    LineAlreadyRefunded,
    /// Less of a line is left than was asked for.
    #[error("less of a line is left to give back")]
    AboveLine,
    /// A person of the store has decided so.
    #[error("the store does not give it back")]
    Declined,
    /// The time for it is over.
    #[error("the time to give back is over")]
    RefundPeriodOver,
    /// There is no member whose store credit could grow.
    #[error("there is no member's store credit to pay to")]
    NoMember,
}

/// Why a wish is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WishError {
    /// The sale has no such line.
    #[error(transparent)]
    UnknownLine(#[from] UnknownLine),
    /// What checkout would say, known here already.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A line is asked for by a complaint that has no answer yet.
    #[error("the refund of a line waits for its answer")]
    Waits,
}

/// The id under which checkout is asked for a form's refund: the same however often it is asked, even by a service that has
/// forgotten asking.
pub fn checkout_request(sale_id: SaleId, request_id: Uuid) -> Uuid {
    Uuid::new_v5(&sale_id.0, request_id.as_bytes())
}

// === impl Wish ===

impl Wish {
    /// Whether it can be granted, as far as is known here.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(&self, purchase: &Purchase) -> Result<(), WishError> {
        let mut waits = false;
        for (&line_id, &quantity_milli) in &self.parts {
            let line = purchase.line(line_id).ok_or(UnknownLine(line_id))?;
            if line.refunded() {
                return Err(Refusal::LineAlreadyRefunded.into());
            }
            if quantity_milli > line.left.quantity_milli {
                return Err(Refusal::AboveLine.into());
            }
            waits |= line.waiting;
        }
        if waits {
            return Err(WishError::Waits);
        }
        if self.payout == Payout::StoreCredit && !purchase.member {
            return Err(Refusal::NoMember.into());
        }
        Ok(())
    }
}

// === impl Payout ===

impl Payout {
    /// The name under which it is asked for and kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::StoreCredit => "store_credit",
            Self::Acquirer => "acquirer",
        }
    }

    /// The payout of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Desk, Self::StoreCredit, Self::Acquirer].into_iter().find(|payout| payout.name() == name)
    }
}

// === impl Refusal ===

impl Refusal {
    /// Each of them.
    pub const ALL: [Self; 5] =
        [Self::LineAlreadyRefunded, Self::AboveLine, Self::Declined, Self::RefundPeriodOver, Self::NoMember];

    /// The name under which it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LineAlreadyRefunded => "line_already_refunded",
            Self::AboveLine => "refund_above_line",
            Self::Declined => "declined",
            Self::RefundPeriodOver => "refund_period_over",
            Self::NoMember => "no_member",
        }
    }

    /// The refusal of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::super::{Left, Line};
    use super::*;

    fn purchase(member: bool, lines: &[(i32, bool, bool)]) -> Purchase {
        let line = |&(line_id, refunded, waiting): &(i32, bool, bool)| Line {
            line_id,
            gtin: "09521234000018".to_owned(),
            name: "Maroilles".to_owned(),
            supplier_code: String::new(),
            sold_by: "unit".to_owned(),
            quantity_milli: 1000,
            total_minor: 450,
            left: Left { quantity_milli: if refunded { 0 } else { 1000 }, total_minor: 450 },
            waiting,
            written: None,
        };
        Purchase {
            sale_id: SaleId(Uuid::nil()),
            store_code: "LILLE".to_owned(),
            store_name: "Lille".to_owned(),
            time_zone: "Europe/Paris".to_owned(),
            currency_code: "EUR".to_owned(),
            completed: datetime!(2026-05-02 10:00 UTC),
            member,
            lines: lines.iter().map(line).collect(),
        }
    }

    fn wish(line_ids: &[i32], payout: Payout) -> Wish {
        Wish { parts: line_ids.iter().map(|line_id| (*line_id, 0)).collect(), payout, comment: String::new() }
    }

    #[test]
    fn a_line_is_given_back_once_and_asked_for_once() {
        let purchase = purchase(false, &[(1, false, false), (2, true, true), (3, false, true)]);
        assert_eq!(wish(&[1], Payout::Desk).check(&purchase), Ok(()));
        let refunded = Err(WishError::Refused(Refusal::LineAlreadyRefunded));
        assert_eq!(wish(&[1, 2], Payout::Desk).check(&purchase), refunded);
        assert_eq!(wish(&[1, 3], Payout::Desk).check(&purchase), Err(WishError::Waits));
        let more = Wish { parts: BTreeMap::from([(1, 1_001)]), ..wish(&[1], Payout::Desk) };
        assert_eq!(more.check(&purchase), Err(WishError::Refused(Refusal::AboveLine)));
        assert_eq!(wish(&[1, 4], Payout::Desk).check(&purchase), Err(WishError::UnknownLine(UnknownLine(4))));
    }

    #[test]
    fn store_credit_needs_a_member() {
        let lines = [(1, false, false)];
        assert_eq!(wish(&[1], Payout::StoreCredit).check(&purchase(true, &lines)), Ok(()));
        let refused = Err(WishError::Refused(Refusal::NoMember));
        assert_eq!(wish(&[1], Payout::StoreCredit).check(&purchase(false, &lines)), refused);
    }

    #[test]
    fn checkout_is_asked_under_one_id_for_each_form() {
        let (sale, form) = (SaleId(Uuid::from_u128(1)), Uuid::from_u128(2));
        assert_eq!(checkout_request(sale, form), checkout_request(sale, form));
        assert_ne!(checkout_request(sale, form), checkout_request(sale, Uuid::from_u128(3)));
        assert_ne!(checkout_request(sale, form), checkout_request(SaleId(Uuid::from_u128(3)), form));
    }

    #[test]
    fn names_are_read_back() {
        for payout in [Payout::Desk, Payout::StoreCredit, Payout::Acquirer] {
            assert_eq!(Payout::named(payout.name()), Some(payout));
        }
        assert_eq!((Payout::named("cash"), Payout::named("")), (None, None));
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::named(refusal.name()), Some(refusal));
        }
    }
}
