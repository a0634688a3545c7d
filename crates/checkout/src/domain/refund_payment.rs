//! What a refund owes the shopper: paid once, at the desk.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{payment::Tender, refund::CreditNote};

/// How the money of a refund is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// At the desk, to the cards that paid, their holder present.
    Desk,
}

/// A refund as the desk sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundPayment {
    /// Its credit ticket.
    pub credit_note: CreditNote,
    /// When the sale was made.
    pub sale_completed: OffsetDateTime,
    /// How the sale was paid: the money goes back to these cards, to each no more than it paid.
    pub payments: Vec<Tender>,
    /// How it is paid.
    pub method: Method,
    /// That it was paid; nothing while it is due.
    pub paid_out: Option<PaidOut>,
}

/// Who paid a refund out, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidOut {
    /// A staff account, whom only membership knows.
    pub by: Uuid,
    /// When.
    pub at: OffsetDateTime,
}

/// The money was given already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the refund was paid out already")]
pub struct AlreadyPaidOut;

impl RefundPayment {
    /// Decides whether it may be paid out now.
    ///
    /// # Errors
    /// When it was before, by whomever.
    pub fn pay_out(&self, by: Uuid, now: OffsetDateTime) -> Result<PaidOut, AlreadyPaidOut> {
        match self.paid_out {
            None => Ok(PaidOut { by, at: now }),
            Some(_) => Err(AlreadyPaidOut),
        }
    }
}

impl Method {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
        }
    }

    /// The method of this word.
    pub fn named(word: &str) -> Option<Self> {
        Some(Self::Desk).filter(|method| method.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use fiscal::GENESIS;
    use money::{Cents, Currency};
    use time::macros::datetime;

    use super::*;
    use crate::domain::{
        id::{RefundId, SaleId},
        refund::Payout,
    };

    fn due() -> RefundPayment {
        RefundPayment {
            credit_note: CreditNote {
                refund_id: RefundId(Uuid::from_u128(1)),
                sale_id: SaleId(Uuid::from_u128(2)),
                terminal_code: "LILLE-01".to_owned(),
                sequence: 3,
                refunded_time: datetime!(2026-05-02 10:00 UTC),
                currency: Currency::EUR,
                lines: Vec::new(),
                total: Cents::new(450),
                vat_totals: Vec::new(),
                deposits: Cents::ZERO,
                payout: Payout::Desk,
                to_credit: Cents::ZERO,
                sale_sequence: 41,
                fiscal_hash: GENESIS,
            },
            sale_completed: datetime!(2026-05-02 09:00 UTC),
            payments: Vec::new(),
            method: Method::Desk,
            paid_out: None,
        }
    }

    #[test]
    fn a_refund_is_paid_out_once_by_whomever() {
        let (first, second) = (Uuid::from_u128(7), Uuid::from_u128(8));
        let now = datetime!(2026-05-02 11:00 UTC);
        let paid_out = due().pay_out(first, now).unwrap();
        assert_eq!(paid_out, PaidOut { by: first, at: now });
        let paid = RefundPayment { paid_out: Some(paid_out), ..due() };
        for by in [first, second] {
            assert_eq!(paid.pay_out(by, now), Err(AlreadyPaidOut));
        }
    }

    #[test]
    fn a_method_is_read_back() {
        assert_eq!(Method::named(Method::Desk.as_str()), Some(Method::Desk));
        assert_eq!(Method::named("store_credit"), None);
    }
}
