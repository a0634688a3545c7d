//! What is asked of a card terminal: to take, or to give back.

use proto::checkout::v1 as pb;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    card::Payment,
    tender::{Bill, Tender, TenderKind},
};

/// One payment: asked of the card terminal, or drawn from what the shop owes the member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its identity, sent along as reference where the card terminal takes one.
    pub attempt_id: Uuid,
    /// What is paid for, and what was given for it before.
    #[serde(flatten)]
    pub bill: Bill,
    /// By which means.
    #[serde(default)]
    pub kind: TenderKind,
    /// How much, in cents.
    pub amount_minor: i64,
    /// What is still to be paid after all of it was taken, in cents.
    #[serde(default)]
    pub rest_minor: i64,
    /// When it was asked, for the person who may have to look for it.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_time: OffsetDateTime,
}

/// Money that the card terminal is asked to give back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Its identity, sent along as reference where the card terminal takes one.
    pub credit_id: Uuid,
    /// What goes back.
    pub tender: Tender,
    /// When it was asked.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_time: OffsetDateTime,
}

impl Attempt {
    /// A payment of which nobody knows what became, as checkout was told of it, for a basket as checkout has it; nothing where it does not
    /// fit the basket.
    #[must_use]
    pub fn found(unknown: &pb::Intervention, basket: &pb::Basket) -> Option<Self> {
        let held: Option<Vec<Tender>> = basket.tenders.iter().map(Tender::read).collect();
        let bill = Bill { held: held?, ..Bill::of(basket.basket_id.parse().ok()?) };
        let named = unknown.attempt_id.parse::<Uuid>();
        let attempt_id = named.or_else(|_| unknown.intervention_id.parse::<Uuid>()).ok()?;
        let kind = match unknown.tender_kind() {
            pb::TenderKind::MealVoucher => TenderKind::MealVoucher,
            pb::TenderKind::Card | pb::TenderKind::StoreCredit | pb::TenderKind::Unspecified => {
                TenderKind::Card
            }
        };
        let amount_minor = unknown.amount_minor;
        let rest_minor = basket.due_minor - amount_minor;
        let asked = unknown.asked_time?;
        let second = OffsetDateTime::from_unix_timestamp(asked.seconds).ok()?;
        let asked_time = second.replace_nanosecond(u32::try_from(asked.nanos).ok()?).ok()?;
        let fits = amount_minor > 0 && rest_minor >= 0;
        fits.then_some(Self { attempt_id, bill, kind, amount_minor, rest_minor, asked_time })
    }

    /// What is to be paid before it.
    #[must_use]
    pub const fn due_minor(&self) -> i64 {
        self.amount_minor + self.rest_minor
    }

    /// What is to be paid after it.
    #[must_use]
    pub fn due_after(&self, payment: Option<&Payment>) -> i64 {
        self.due_minor() - payment.map_or(self.amount_minor, |payment| payment.amount_minor)
    }

    /// Whether a sale was paid by it.
    #[must_use]
    pub fn is_in(&self, ticket: &pb::Ticket) -> bool {
        let own = self.attempt_id.to_string();
        ticket.payments.iter().any(|tender| tender.tender_id == own)
    }

    /// What it gives, as checkout keeps it: what the card terminal took, or the store credit.
    #[must_use]
    pub fn tender(&self, payment: Option<&Payment>) -> Tender {
        let (tender_id, kind, amount_minor) = (self.attempt_id, self.kind, self.amount_minor);
        match payment {
            Some(payment) => Tender {
                tender_id,
                kind: kind.of(payment),
                amount_minor: payment.amount_minor,
                brand: payment.brand.clone(),
                pan_last4: payment.pan_last4.clone(),
            },
            None => Tender { tender_id, kind, amount_minor, brand: String::new(), pan_last4: String::new() },
        }
    }
}
