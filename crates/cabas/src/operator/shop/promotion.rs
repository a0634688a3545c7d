//! A promotion of the file.

use prost_types::Timestamp;
use proto::checkout::v1::{Announcement, Benefit, Promotion};
use serde::Deserialize;
use time::OffsetDateTime;

/// What stands in the file; what is left out is as in the contract when it is not set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionEntry {
    pub code: String,
    label: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    gtins: Vec<String>,
    #[serde(default)]
    stores: Vec<String>,
    #[serde(default)]
    gives: Gives,
    #[serde(default)]
    percent_basis_points: i64,
    #[serde(default)]
    amount_minor: i64,
    #[serde(default)]
    take: i64,
    #[serde(default)]
    pay: i64,
    #[serde(default)]
    at_least_minor: i64,
    #[serde(with = "time::serde::rfc3339")]
    start: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    end: OffsetDateTime,
    #[serde(default)]
    from_minute: i32,
    #[serde(default)]
    to_minute: i32,
    #[serde(default)]
    weekdays: Vec<i32>,
    #[serde(default)]
    on_claim: bool,
    #[serde(default)]
    members_only: bool,
    #[serde(default)]
    exclusive: bool,
    #[serde(default)]
    basket_limit: i64,
    #[serde(default)]
    member_limit: i64,
    #[serde(default)]
    total_limit: i64,
    #[serde(default)]
    announced: Announced,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Gives {
    #[default]
    Percent,
    Amount,
    NForM,
    Threshold,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Announced {
    #[default]
    No,
    PriorPrice,
    Perishable,
}

impl From<PromotionEntry> for Promotion {
    fn from(entry: PromotionEntry) -> Self {
        let timestamp = |at: OffsetDateTime| Some(Timestamp { seconds: at.unix_timestamp(), nanos: 0 });
        let benefit = match entry.gives {
            Gives::Percent => Benefit::Percent,
            Gives::Amount => Benefit::Amount,
            Gives::NForM => Benefit::NForM,
            Gives::Threshold => Benefit::Threshold,
        };
        let announcement = match entry.announced {
            Announced::No => Announcement::Unspecified,
            Announced::PriorPrice => Announcement::PriorPrice,
            Announced::Perishable => Announcement::Perishable,
        };
        Self {
            promotion_code: entry.code,
            label: entry.label,
            category: entry.category,
            percent_basis_points: entry.percent_basis_points,
            start_time: timestamp(entry.start),
            end_time: timestamp(entry.end),
            on_claim: entry.on_claim,
            members_only: entry.members_only,
            gtins: entry.gtins,
            store_codes: entry.stores,
            benefit: benefit.into(),
            amount_minor: entry.amount_minor,
            take: entry.take,
            pay: entry.pay,
            at_least_minor: entry.at_least_minor,
            from_minute: entry.from_minute,
            to_minute: entry.to_minute,
            weekdays: entry.weekdays,
            exclusive: entry.exclusive,
            basket_limit: entry.basket_limit,
            member_limit: entry.member_limit,
            total_limit: entry.total_limit,
            announcement: announcement.into(),
        }
    }
}
