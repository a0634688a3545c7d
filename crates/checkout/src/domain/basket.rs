//! What is being scanned: a log of edits that is only ever appended to, and the basket that follows from it.

use money::Quantity;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    id::{Fingerprint, MemberId, RequestKey, SaleId},
    item::{Item, LARGEST_QUANTITY, Offer},
    price::Priced,
};

#[cfg(test)]
pub(crate) mod tests;

/// Scans, claims and cards that a basket takes.
pub const MOST_ENTRIES: i64 = 500;
/// Edits that a basket takes in all: a full one can still be corrected, paid and given up.
pub const MOST_CORRECTIONS: i64 = 1_000;

/// The most bytes of names, categories and the like that the lines may hold: the event of the sale must fit into a message.
const MOST_WORDS: usize = 250_000;

/// Where a basket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being scanned.
    Open,
    /// Payment has begun: nothing changes until it ends.
    Frozen,
    /// A sale.
    Paid,
    /// Given up.
    Cancelled,
}

/// An edit with who asked for it and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The command's id, so that a repeat is found in the basket itself.
    pub request_id: Uuid,
    /// What the command said.
    pub fingerprint: Fingerprint,
    /// When it was carried out.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
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
    /// A line has another quantity.
    SetQuantity {
        /// The line.
        line_id: i32,
        /// The new quantity.
        quantity: Quantity,
    },
    /// A line is taken out.
    Remove {
        /// The line.
        line_id: i32,
    },
    /// A member's card was read.
    Identify {
        /// Whose it is.
        member_id: MemberId,
    },
    /// A discount was claimed.
    ClaimDiscount {
        /// What it gives.
        offer: Offer,
    },
    /// Payment begins.
    BeginPayment,
    /// The card terminal surely took nothing.
    AbandonPayment {
        /// Why.
        outcome: Outcome,
    },
    /// The basket is given up.
    Cancel,
    /// A sale was made of it.
    Pay {
        /// The sale.
        sale_id: SaleId,
    },
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

/// A line of the basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number: given at the first scan, never given again.
    pub line_id: i32,
    /// The article.
    pub item: Item,
    /// How much of it.
    pub quantity: Quantity,
}

/// What follows from a log of edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basket {
    /// Where it stands.
    pub state: State,
    /// Grows by one with every edit; 1 when new.
    pub version: i64,
    /// The lines, in the order of their first scan.
    pub lines: Vec<Line>,
    /// The member, if a card was read.
    pub member_id: Option<MemberId>,
    /// What was claimed, in the order of the claims.
    pub claimed: Vec<Offer>,
    /// The line that the last edit added or grew; 0 when it was no scan.
    pub touched_line: i32,
    lines_ever: i32,
}

/// What a basket does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BasketError {
    /// It is paid or cancelled.
    #[error("the basket is paid or cancelled")]
    Closed,
    /// Its payment has begun.
    #[error("the payment of the basket has begun")]
    Frozen,
    /// Its payment has not begun.
    #[error("the payment of the basket has not begun")]
    NotFrozen,
    /// Nothing is in it.
    #[error("the basket is empty")]
    Empty,
    /// Its total is zero, and nothing is sold for nothing.
    #[error("the total is zero: there is nothing to pay")]
    NothingToPay,
    /// It takes no more.
    #[error("a basket takes no more than {MOST_ENTRIES} scans")]
    Full,
    /// The till holds another version.
    #[error("the basket has changed: its version is {current}")]
    Stale {
        /// The version it has.
        current: i64,
    },
    /// Not a quantity that can be sold of this article.
    #[error(
        "a line takes 1 to {LARGEST_QUANTITY} thousandths: whole pieces, or grams where no label says them"
    )]
    QuantityOutOfRange,
    /// No line has this number.
    #[error("no line has this number")]
    UnknownLine,
    /// No member is known by this card.
    #[error("this card is not known, or blocked: please ask at the desk")]
    UnknownCard,
    /// No promotion can be claimed by this code now.
    #[error("no discount can be claimed by this code now")]
    UnknownDiscount,
}

impl Basket {
    /// An empty one.
    pub fn new() -> Self {
        Self {
            state: State::Open,
            version: 1,
            lines: Vec::new(),
            member_id: None,
            claimed: Vec::new(),
            touched_line: 0,
            lines_ever: 0,
        }
    }

    /// The basket after these edits.
    pub fn after(entries: &[Entry]) -> Result<Self, BasketError> {
        let mut basket = Self::new();
        for entry in entries {
            basket.apply(&entry.edit)?;
        }
        Ok(basket)
    }

    /// Changes the basket, or tells why not; then nothing of it may be kept.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), BasketError> {
        if !edit.allowed_in().contains(&self.state) {
            return Err(edit.refused_in(self.state));
        }
        if self.version > edit.room() {
            return Err(BasketError::Full);
        }
        self.touched_line = 0;
        match edit {
            Edit::Scan { item, quantity } => self.touched_line = self.scan(item, *quantity)?,
            Edit::SetQuantity { line_id, quantity } => {
                let line = self.line(*line_id)?;
                if line.item.measured {
                    return Err(BasketError::QuantityOutOfRange);
                }
                line.quantity = line.item.sellable(*quantity).ok_or(BasketError::QuantityOutOfRange)?;
            }
            Edit::Remove { line_id } => {
                self.line(*line_id)?;
                self.lines.retain(|line| line.line_id != *line_id);
            }
            Edit::Identify { member_id } => self.member_id = Some(*member_id),
            Edit::ClaimDiscount { offer } => match self.claimed.iter_mut().find(|old| old.code == offer.code)
            {
                Some(old) => *old = offer.clone(),
                None => self.claimed.push(offer.clone()),
            },
            Edit::BeginPayment if self.lines.is_empty() => return Err(BasketError::Empty),
            Edit::BeginPayment if Priced::of(self)?.total.is_zero() => return Err(BasketError::NothingToPay),
            Edit::BeginPayment | Edit::AbandonPayment { .. } | Edit::Cancel | Edit::Pay { .. } => {}
        }
        self.state = edit.leads_to();
        self.version += 1;
        Ok(())
    }

    /// Adds to the line of the very same article, price and offers; anything else is a line of its own, so that every
    /// article is sold at the price that was shown when it was scanned.
    fn scan(&mut self, item: &Item, quantity: Quantity) -> Result<i32, BasketError> {
        let same = |line: &&mut Line| line.item.can_grow() && line.item == *item;
        if let Some(line) = self.lines.iter_mut().find(same) {
            let sum = line.quantity.checked_add(quantity).ok_or(BasketError::QuantityOutOfRange)?;
            line.quantity = item.sellable(sum).ok_or(BasketError::QuantityOutOfRange)?;
            return Ok(line.line_id);
        }
        let quantity = item.sellable(quantity).ok_or(BasketError::QuantityOutOfRange)?;
        if self.lines.iter().map(|line| line.item.words()).sum::<usize>() + item.words() > MOST_WORDS {
            return Err(BasketError::Full);
        }
        self.lines_ever += 1;
        self.lines.push(Line { line_id: self.lines_ever, item: item.clone(), quantity });
        Ok(self.lines_ever)
    }

    fn line(&mut self, line_id: i32) -> Result<&mut Line, BasketError> {
        self.lines.iter_mut().find(|line| line.line_id == line_id).ok_or(BasketError::UnknownLine)
    }
}

impl Default for Basket {
    fn default() -> Self {
        Self::new()
    }
}

impl Edit {
    /// The states in which it may happen.
    pub fn allowed_in(&self) -> &'static [State] {
        match self {
            Self::AbandonPayment { .. } | Self::Pay { .. } => &[State::Frozen],
            Self::Cancel => &[State::Open, State::Frozen],
            Self::Scan { .. }
            | Self::SetQuantity { .. }
            | Self::Remove { .. }
            | Self::Identify { .. }
            | Self::ClaimDiscount { .. }
            | Self::BeginPayment => &[State::Open],
        }
    }

    /// The state it leaves behind.
    pub fn leads_to(&self) -> State {
        match self {
            Self::BeginPayment => State::Frozen,
            Self::Cancel => State::Cancelled,
            Self::Pay { .. } => State::Paid,
            Self::Scan { .. }
            | Self::SetQuantity { .. }
            | Self::Remove { .. }
            | Self::Identify { .. }
            | Self::ClaimDiscount { .. }
            | Self::AbandonPayment { .. } => State::Open,
        }
    }

    /// How many edits a basket may have before this one.
    pub fn room(&self) -> i64 {
        match self {
            Self::Scan { .. } | Self::Identify { .. } | Self::ClaimDiscount { .. } => MOST_ENTRIES,
            Self::SetQuantity { .. } | Self::Remove { .. } | Self::BeginPayment => MOST_CORRECTIONS,
            // What ends a payment or a basket must never be refused for want of room.
            Self::AbandonPayment { .. } | Self::Cancel | Self::Pay { .. } => i64::MAX,
        }
    }

    /// Whether an acknowledged one must survive a crash of the database. The others are replayed by the till, which
    /// sees by the version that they are gone.
    pub fn is_durable(&self) -> bool {
        !matches!(
            self,
            Self::Scan { .. }
                | Self::SetQuantity { .. }
                | Self::Remove { .. }
                | Self::Identify { .. }
                | Self::ClaimDiscount { .. }
        )
    }

    /// Why it is refused in a state where it is not allowed.
    fn refused_in(&self, state: State) -> BasketError {
        match state {
            State::Open => BasketError::NotFrozen,
            State::Frozen => BasketError::Frozen,
            State::Paid | State::Cancelled => BasketError::Closed,
        }
    }
}

impl Entry {
    /// An edit asked for by `request`.
    pub fn new(request: RequestKey, time: OffsetDateTime, edit: Edit) -> Self {
        Self { request_id: request.request_id, fingerprint: request.fingerprint, time, edit }
    }
}
