//! Promotions as data: what is taken off which products, where, when and for whom. How they are weighed against each other is
//! in [`evaluate`].

use barcode::Gtin;
use money::{Cents, Quantity};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::domain::{
    catalogue::{Product, has_category},
    wall,
};

pub mod evaluate;

#[cfg(test)]
pub(crate) mod tests;

/// Code of the discount that a member price gives; no promotion may bear it.
pub const MEMBER_PRICE: &str = "MEMBER-PRICE";
/// What the ticket says of it.
pub const MEMBER_PRICE_LABEL: &str = "Prix adhérent";

/// What is taken off certain products in certain stores between two instants, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// `[A-Z0-9-]{1,24}`.
    pub code: String,
    /// On screen and ticket.
    pub label: String,
    /// Empty for all products.
    pub category: String,
    /// The products, of the category too; empty for all of it.
    pub gtins: Vec<Gtin>,
    /// The stores it runs in; empty for all.
    pub store_codes: Vec<String>,
    /// What it gives.
    pub benefit: Benefit,
    /// First instant of validity.
    pub start: OffsetDateTime,
    /// First instant after validity.
    pub end: OffsetDateTime,
    /// At which hours of the store it is given meanwhile.
    pub hours: Hours,
    /// Given only when the code is claimed.
    pub on_claim: bool,
    /// Given only to an identified member.
    pub members_only: bool,
    /// Where it applies, nothing else does, though another one would give more.
    pub exclusive: bool,
    /// How often at most.
    pub limits: Limits,
    /// Whether it is announced as a price reduction.
    pub announcement: Announcement,
}

/// What a promotion gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "gives", rename_all = "snake_case")]
pub enum Benefit {
    /// A percentage off each line.
    Percent {
        /// 1 to 10000; 1000 is 10 %.
        basis_points: i64,
    },
    /// An amount off each piece or kilogram.
    Amount {
        /// Above zero.
        off: Cents,
    },
    /// Of every `take` pieces only `pay` are paid: the cheapest of the group are free.
    NForM {
        /// Size of the group.
        take: i64,
        /// How many of it are paid.
        pay: i64,
    },
    /// An amount off the lines together, once they cost so much before discounts.
    ThresholdAmount {
        /// Before discounts.
        at_least: Cents,
        /// Above zero.
        off: Cents,
    },
    /// A percentage off the lines together, once they cost so much before discounts.
    ThresholdPercent {
        /// Before discounts.
        at_least: Cents,
        /// 1 to 10000.
        basis_points: i64,
    },
}

/// Hours of the store's day and days of its week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// Minute of the day from which it is given.
    pub from_minute: i32,
    /// First minute in which it is not given any more; 1440 for the end of the day.
    pub to_minute: i32,
    /// Bit 0 is Monday, bit 6 Sunday.
    pub weekdays: u8,
}

/// How often at most; `None` for no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Groups, pieces or baskets within one basket.
    pub basket: Option<i64>,
    /// Baskets of one member.
    pub member: Option<i64>,
    /// Baskets in all: 1 is a coupon that works once.
    pub total: Option<i64>,
}

/// Whether a promotion is announced as a price reduction, which needs the lowest price of the thirty days before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// Not beside a price.
    No,
    /// With that price.
    PriorPrice,
    /// Without it: goods that spoil quickly.
    Perishable,
}

/// A promotion as it was when it was seen: all that its weighing needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Offer {
    /// The promotion's code.
    pub code: String,
    /// Its label on the ticket.
    pub label: String,
    /// The category it is for; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// The products it is for; empty for all of the category.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gtins: Vec<Gtin>,
    /// What it gives.
    #[serde(flatten)]
    pub benefit: Benefit,
    /// Only for members.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub members_only: bool,
    /// Nothing else where it applies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclusive: bool,
    /// The most groups, pieces or baskets in one basket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basket_limit: Option<i64>,
    /// Its uses are counted: payment claims one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counted: bool,
    /// The lowest price of the thirty days before it was announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior_price: Option<Cents>,
}

/// What a rule takes off a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// The promotion's code, or [`MEMBER_PRICE`].
    pub code: String,
    /// On screen and ticket.
    pub label: String,
    /// Positive, and at most what the line costs.
    pub amount: Cents,
}

impl Promotion {
    /// Whether it is given in a store at an instant.
    pub fn runs_at(&self, store_code: &str, time_zone: &str, now: OffsetDateTime) -> bool {
        self.is_given_in(store_code)
            && self.start <= now
            && now < self.end
            && self.hours.cover(time_zone, now)
    }

    /// Whether it runs in a store at all.
    pub fn is_given_in(&self, store_code: &str) -> bool {
        self.store_codes.is_empty() || self.store_codes.iter().any(|code| code == store_code)
    }

    /// Whether everybody is asked less for each piece while it runs, as if the price were another one.
    pub fn is_reduction_for_all(&self) -> bool {
        self.benefit.is_of_a_line()
            && !self.on_claim
            && !self.members_only
            && self.limits == Limits::default()
    }

    /// Whether a product is meant.
    pub fn covers(&self, product: &Product) -> bool {
        covers(&self.category, &self.gtins, &product.category, &product.gtin)
    }

    /// What is kept of it with a line or a claim.
    pub fn offer(&self, prior_price: Option<Cents>) -> Offer {
        Offer {
            code: self.code.clone(),
            label: self.label.clone(),
            category: self.category.clone(),
            gtins: self.gtins.clone(),
            benefit: self.benefit.clone(),
            members_only: self.members_only,
            exclusive: self.exclusive,
            basket_limit: self.limits.basket,
            counted: self.limits.are_counted(),
            prior_price,
        }
    }
}

impl Offer {
    /// Whether an article of these categories and this number is meant.
    pub fn covers(&self, categories: &str, gtin: &Gtin) -> bool {
        covers(&self.category, &self.gtins, categories, gtin)
    }
}

impl Limits {
    /// Whether somebody must count the baskets.
    pub fn are_counted(&self) -> bool {
        self.member.is_some() || self.total.is_some()
    }
}

impl Hours {
    /// Always.
    pub const ALL: Self = Self { from_minute: 0, to_minute: MINUTES_OF_A_DAY, weekdays: 0b111_1111 };

    /// Whether the clock on the wall of a store is within them. A store whose zone is not known has no hours but [`Self::ALL`].
    pub fn cover(&self, time_zone: &str, now: OffsetDateTime) -> bool {
        if *self == Self::ALL {
            return true;
        }
        let Some(wall) = wall::clock(time_zone, now) else { return false };
        let minute = i32::from(wall.hour()) * 60 + i32::from(wall.minute());
        let weekday = wall.weekday().to_monday_zero_offset();
        (self.from_minute..self.to_minute).contains(&minute) && self.weekdays & (1 << weekday) != 0
    }
}

/// Minutes from midnight to midnight on the clock on the wall, also on the two odd days.
pub const MINUTES_OF_A_DAY: i32 = 24 * 60;

impl Announcement {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::PriorPrice => "prior_price",
            Self::Perishable => "perishable",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::No, Self::PriorPrice, Self::Perishable].into_iter().find(|known| known.as_str() == word)
    }
}

impl PartialOrd for Benefit {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Benefit {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.terms().cmp(&other.terms())
    }
}

impl Benefit {
    /// What tells one benefit from another, in an order that is the same everywhere.
    fn terms(&self) -> (u8, i64, i64) {
        match self {
            Self::Percent { basis_points } => (0, *basis_points, 0),
            Self::Amount { off } => (1, off.get(), 0),
            Self::NForM { take, pay } => (2, *take, *pay),
            Self::ThresholdAmount { at_least, off } => (3, at_least.get(), off.get()),
            Self::ThresholdPercent { at_least, basis_points } => (4, at_least.get(), *basis_points),
        }
    }

    /// Off each line or piece for itself, whatever else is in the basket.
    pub fn is_of_a_line(&self) -> bool {
        matches!(self, Self::Percent { .. } | Self::Amount { .. })
    }

    /// What it takes off so much of a line at this price, if it is of a line; never more than that costs.
    pub fn off_line(&self, unit_price: Cents, quantity: Quantity) -> Option<Cents> {
        self.off_gross(money::price(unit_price, quantity)?, quantity)
    }

    /// The same for so much that costs so much.
    fn off_gross(&self, gross: Cents, quantity: Quantity) -> Option<Cents> {
        let off = match self {
            Self::Percent { basis_points } => money::percent(gross, *basis_points)?,
            Self::Amount { off } => money::price(*off, quantity)?,
            Self::NForM { .. } | Self::ThresholdAmount { .. } | Self::ThresholdPercent { .. } => return None,
        };
        Some(off.min(gross))
    }
}

fn covers(category: &str, gtins: &[Gtin], categories: &str, gtin: &Gtin) -> bool {
    (category.is_empty() || has_category(categories, category)) && (gtins.is_empty() || gtins.contains(gtin))
}
