//! The edits of a basket: what is asked, in which states, and what of it must survive a crash.

use money::{Cents, Quantity};
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    audit::Recount,
    basket::{
        BasketError, MOST_CORRECTIONS, MOST_ENTRIES, State,
        receipt::{Language, Receipt},
    },
    id::{MemberId, RequestKey, SaleId, TenderId},
    item::Item,
    payment::{Given, Means},
    promotion::Offer,
};

/// An edit with who asked for it and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The command that asked for it, so that its repeat is found in the basket itself; none for what follows from the rules.
    #[serde(flatten)]
    pub request: Option<RequestKey>,
    /// When it was carried out.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// A person of the store asked for it, on a page of the store.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub attended: bool,
    /// What changes.
    #[serde(flatten)]
    pub edit: Edit,
}

/// What changes. An edit holds what it needs of the catalogue, so that it means the same for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// An article was scanned.
    Scan {
        /// The article with its price of the moment.
        item: Box<Item>,
        /// How much of it.
        quantity: Quantity,
    },
    /// A code was scanned that nobody knows: it waits for the attendant.
    ScanUnknown {
        /// The number of its article.
        code: String,
        /// All that the scanner sent; empty in baskets of the time when only the number was kept.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        scanned: String,
    },
    /// The attendant said which article an unknown code is.
    Resolve {
        /// The number of the unknown code.
        line_id: i32,
        /// The article with its price of the moment.
        item: Box<Item>,
        /// How much of it.
        quantity: Quantity,
    },
    /// An empty came back.
    ReturnDeposit {
        /// Its deposit, with a negative price.
        item: Box<Item>,
        /// How many.
        quantity: Quantity,
        /// The most that empties may bring back in one basket of this store.
        limit: Cents,
    },
    /// A line has another quantity.
    SetQuantity {
        /// The line.
        line_id: i32,
        /// The new quantity.
        quantity: Quantity,
    },
    /// A line or an unknown code is taken out.
    Remove {
        /// The line.
        line_id: i32,
    },
    /// A member's card was read.
    Identify {
        /// Whose it is.
        member_id: MemberId,
        /// The promotions that the member has used as often as they are given.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        used_up: Vec<String>,
    },
    /// It was the wrong card: the basket is nobody's again.
    Unidentify,
    /// A discount was claimed.
    ClaimDiscount {
        /// What it gives.
        offer: Box<Offer>,
    },
    /// A promotion turned out to be used up: it is given no more in this basket. Nobody asks for it: it follows from a payment
    /// that could not begin.
    WithdrawOffer {
        /// Its code.
        promotion_code: String,
        /// The member who has used it up, to whom alone it is given no more; everybody without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        member_id: Option<MemberId>,
    },
    /// The shopper said how the ticket is wanted.
    ChooseReceipt {
        /// How.
        receipt: Receipt,
        /// In which language.
        #[serde(default, skip_serializing_if = "Language::is_french")]
        language: Language,
    },
    /// Payment begins.
    BeginPayment {
        /// Prices that have fallen since their lines were scanned: the shopper pays the lower ones.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lowered: Vec<Lowered>,
    },
    /// A part of the total was paid.
    TakeTender {
        /// With what.
        given: Box<Given>,
    },
    /// A part of the total was given back.
    ReturnTender {
        /// Which.
        tender_id: TenderId,
    },
    /// The card terminal surely took nothing.
    AbandonPayment {
        /// Why.
        outcome: Outcome,
        /// The slips that the shopper got meanwhile.
        #[serde(
            default,
            alias = "slip_text",
            deserialize_with = "one_or_many",
            skip_serializing_if = "Vec::is_empty"
        )]
        slip_texts: Vec<String>,
    },
    /// The shopper leaves the till, and comes back at this one or another of the store.
    Suspend {
        /// The till that is left.
        terminal_code: String,
        /// SHA-256 of the code that brings it back.
        code_sha256: String,
    },
    /// The shopper has come back.
    Resume {
        /// To this till.
        terminal_code: String,
    },
    /// The basket is given up.
    Cancel,
    /// Nobody is there any more.
    Abandon,
    /// The store's day ended, and nobody had come back for it.
    Expire,
    /// A person has looked at the shopper: goods up to this age may be paid.
    Approve {
        /// The age in years.
        minimum_age: u8,
        /// The staff account.
        by: Uuid,
    },
    /// The basket was drawn: somebody looks at some of its lines before payment.
    BeginAudit {
        /// The lines.
        lines: Vec<i32>,
    },
    /// Somebody has looked.
    EndAudit {
        /// It is as it was scanned.
        clean: bool,
        /// The staff account; nobody where it was done at the till, by the attendants' code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Uuid>,
        /// What was scanned again at the till.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recount: Option<Recount>,
    },
    /// A person has looked at the shopper: the goods that are not for everybody are taken out.
    RefuseGoods {
        /// The staff account.
        by: Uuid,
    },
    /// A sale was made of it.
    Pay {
        /// The sale.
        sale_id: SaleId,
    },
}

/// A price that has fallen since its line was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lowered {
    /// The line.
    pub line_id: i32,
    /// Its price now, never above that of the scan.
    pub unit_price: Cents,
    /// The price for members now, never above that of the scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_price: Option<Cents>,
}

/// Why a card payment took nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The bank or the card terminal said no.
    Refused,
    /// The shopper gave up.
    Abandoned,
    /// Nobody presented a card.
    TimedOut,
}

impl Edit {
    /// The states in which it may happen.
    pub fn allowed_in(&self) -> &'static [State] {
        self.moves().0
    }

    /// The state it leaves behind.
    pub fn leads_to(&self) -> State {
        self.moves().1
    }

    /// The table of moves: from where, and to where. Without a rest, so that no new edit is allowed somewhere unthought.
    fn moves(&self) -> (&'static [State], State) {
        match self {
            Self::Scan { .. }
            | Self::ScanUnknown { .. }
            | Self::Resolve { .. }
            | Self::ReturnDeposit { .. }
            | Self::SetQuantity { .. }
            | Self::Remove { .. }
            | Self::Identify { .. }
            | Self::Unidentify
            | Self::ClaimDiscount { .. }
            | Self::WithdrawOffer { .. }
            | Self::ChooseReceipt { .. }
            | Self::Approve { .. }
            | Self::RefuseGoods { .. }
            | Self::BeginAudit { .. }
            | Self::EndAudit { .. } => (&[State::Open], State::Open),
            Self::BeginPayment { .. } => (&[State::Open], State::Frozen),
            Self::TakeTender { .. } | Self::ReturnTender { .. } => (&[State::Frozen], State::Frozen),
            Self::AbandonPayment { .. } => (&[State::Frozen], State::Open),
            Self::Pay { .. } => (&[State::Frozen], State::Paid),
            Self::Suspend { .. } => (&[State::Open], State::Suspended),
            Self::Resume { .. } => (&[State::Suspended], State::Open),
            Self::Expire => (&[State::Suspended], State::Abandoned),
            // A till that never learned that the payment began has nothing to abandon but the basket.
            Self::Abandon => (&[State::Open, State::Frozen], State::Abandoned),
            Self::Cancel => (&[State::Open, State::Frozen], State::Cancelled),
        }
    }

    /// How many edits a basket may have before this one.
    pub fn room(&self) -> i64 {
        match self {
            Self::Scan { .. }
            | Self::ScanUnknown { .. }
            | Self::ReturnDeposit { .. }
            | Self::Identify { .. }
            | Self::ClaimDiscount { .. } => MOST_ENTRIES,
            Self::Resolve { .. }
            | Self::SetQuantity { .. }
            | Self::Remove { .. }
            | Self::Unidentify
            | Self::WithdrawOffer { .. }
            | Self::ChooseReceipt { .. }
            | Self::Suspend { .. }
            | Self::BeginPayment { .. } => MOST_CORRECTIONS,
            Self::TakeTender { given } if given.tender.means == Means::StoreCredit => MOST_CORRECTIONS,
            // What a card has paid, what ends a payment or a basket, what brings it back, and what a person decides, must never be
            // refused for want of room.
            Self::TakeTender { .. }
            | Self::ReturnTender { .. }
            | Self::AbandonPayment { .. }
            | Self::Resume { .. }
            | Self::Cancel
            | Self::Abandon
            | Self::Expire
            | Self::Approve { .. }
            | Self::RefuseGoods { .. }
            | Self::BeginAudit { .. }
            | Self::EndAudit { .. }
            | Self::Pay { .. } => i64::MAX,
        }
    }

    /// Whether it may bring something into the basket that a person of the store looks at.
    pub fn may_wait_for_a_person(&self) -> bool {
        match self {
            Self::ScanUnknown { .. } => true,
            Self::Scan { item, .. } | Self::Resolve { item, .. } => item.minimum_age > 0,
            _ => false,
        }
    }

    /// Whether an acknowledged one must survive a crash of the database. The others are replayed by the till, which
    /// sees by the version that they are gone.
    pub fn is_durable(&self) -> bool {
        matches!(
            self,
            Self::BeginPayment { .. }
                | Self::TakeTender { .. }
                | Self::ReturnTender { .. }
                | Self::AbandonPayment { .. }
                | Self::Suspend { .. }
                | Self::Resume { .. }
                | Self::Cancel
                | Self::Abandon
                | Self::Expire
                | Self::Approve { .. }
                | Self::RefuseGoods { .. }
                | Self::BeginAudit { .. }
                | Self::EndAudit { .. }
                | Self::Pay { .. }
        )
    }

    /// Why it is refused in a state where it is not allowed.
    pub(super) fn refused_in(&self, state: State) -> BasketError {
        match (state, self) {
            (State::Paid | State::Abandoned | State::Cancelled, _) => BasketError::Closed,
            (State::Open | State::Frozen, Self::Resume { .. } | Self::Expire) => BasketError::NotSuspended,
            (State::Open, _) => BasketError::NotFrozen,
            (State::Frozen, _) => BasketError::Frozen,
            (State::Suspended, _) => BasketError::Suspended,
        }
    }
}

impl Entry {
    /// An edit asked for by `request`.
    pub fn new(request: RequestKey, time: OffsetDateTime, edit: Edit) -> Self {
        Self { request: Some(request), time, attended: false, edit }
    }

    /// An edit that a person of the store asked for by `request`, on a page of the store.
    pub fn attended(request: RequestKey, time: OffsetDateTime, edit: Edit) -> Self {
        Self { attended: true, ..Self::new(request, time, edit) }
    }

    /// An edit that follows from the rules: nobody asked for it.
    pub fn unasked(time: OffsetDateTime, edit: Edit) -> Self {
        Self { request: None, time, attended: false, edit }
    }
}

/// Reads the slips of an entry; one that was written when there was one slip at most has it by itself.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Slips {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Slips::deserialize(deserializer)? {
        Slips::One(text) => vec![text],
        Slips::Many(texts) => texts,
    })
}
