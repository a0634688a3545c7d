//! What is given in payment of a basket: by one means or by several, and what of it was given back.

use proto::checkout::v1 as pb;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::card::Payment;

/// No basket is paid by more means than checkout takes.
pub const MOST_TENDERS: usize = 5;

/// The most slips beside those of its tenders that checkout is told of a payment: the last ones.
const MOST_SLIPS: usize = 10;

/// A means of payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenderKind {
    /// A bank card.
    #[default]
    Card,
    /// A card of meal vouchers.
    MealVoucher,
    /// What the shop owes a member.
    StoreCredit,
}

/// One means given in payment, which checkout keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tender {
    /// Its identity: the attempt's that brought it.
    pub tender_id: Uuid,
    /// The means.
    pub kind: TenderKind,
    /// How much, in cents.
    pub amount_minor: i64,
    /// The card's scheme, or empty.
    pub brand: String,
    /// The last four digits of the card, or empty.
    pub pan_last4: String,
}

/// A tender that was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// What had been given.
    pub tender: Tender,
    /// How it went back.
    pub way: Way,
    /// The card terminal's slip of it, or empty.
    #[serde(default)]
    pub slip_text: String,
}

/// How money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To the card, at the card terminal.
    Card,
    /// To the member's store credit.
    StoreCredit,
    /// By a person of the store.
    Staff,
}

/// What has become of the payment of a frozen basket so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// The basket.
    pub basket_id: Uuid,
    /// What checkout keeps in payment of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Tender>,
    /// What was given back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<Returned>,
    /// The slips that checkout was not told yet, in the order they came: of payments that were not made, and of money that went back.
    /// They go with the ticket, or are told when nothing is held any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slip_texts: Vec<String>,
}

impl TenderKind {
    /// What a card payment counts as: the shopper's word, unless the card itself says that it is one of meal vouchers.
    #[must_use]
    pub fn of(self, payment: &Payment) -> Self {
        match self {
            Self::Card if payment.is_meal_voucher() => Self::MealVoucher,
            asked => asked,
        }
    }
}

impl Tender {
    /// What checkout holds, as the till writes it down; nothing where it has no readable identity.
    #[must_use]
    pub fn read(tender: &pb::Tender) -> Option<Self> {
        let (brand, pan_last4) =
            tender.card.as_ref().map(|card| (card.brand.clone(), card.pan_last4.clone())).unwrap_or_default();
        let tender_id = tender.tender_id.parse().ok()?;
        let kind = match tender.kind() {
            pb::TenderKind::Card | pb::TenderKind::Unspecified => TenderKind::Card,
            pb::TenderKind::MealVoucher => TenderKind::MealVoucher,
            pb::TenderKind::StoreCredit => TenderKind::StoreCredit,
        };
        Some(Self { tender_id, kind, amount_minor: tender.amount_minor, brand, pan_last4 })
    }
}

impl Bill {
    /// Of a basket for which nothing was given yet.
    #[must_use]
    pub const fn of(basket_id: Uuid) -> Self {
        Self { basket_id, held: Vec::new(), returned: Vec::new(), slip_texts: Vec::new() }
    }

    /// What is held, in cents.
    #[must_use]
    pub fn held_minor(&self) -> i64 {
        self.held.iter().map(|tender| tender.amount_minor).sum()
    }

    /// What is held of one kind, in cents.
    #[must_use]
    pub fn held_of(&self, kind: TenderKind) -> i64 {
        self.held.iter().filter(|tender| tender.kind == kind).map(|tender| tender.amount_minor).sum()
    }

    /// Keeps a slip until checkout is told; none is empty.
    pub(crate) fn keep_slip(&mut self, slip_text: &str) {
        if !slip_text.is_empty() {
            self.slip_texts.push(slip_text.to_owned());
            self.slip_texts.drain(..self.slip_texts.len().saturating_sub(MOST_SLIPS));
        }
    }

    /// The same with one slip more.
    #[must_use]
    pub(crate) fn with_slip(mut self, slip_text: &str) -> Self {
        self.keep_slip(slip_text);
        self
    }

    /// What is given back first: the last that came.
    #[must_use]
    pub fn last(&self) -> Option<&Tender> {
        self.held.last()
    }
}

impl From<TenderKind> for pb::TenderKind {
    fn from(kind: TenderKind) -> Self {
        match kind {
            TenderKind::Card => Self::Card,
            TenderKind::MealVoucher => Self::MealVoucher,
            TenderKind::StoreCredit => Self::StoreCredit,
        }
    }
}
