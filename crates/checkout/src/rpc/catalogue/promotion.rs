//! The message of a promotion to domain and back.

use barcode::Gtin;
use money::Cents;
use proto::checkout::v1 as pb;

use super::convert::{instant, is_text, text, timestamp};
use crate::domain::catalogue::identity::{self, PROMOTION_CODE, STORE_CODE};
use crate::domain::promotion::{
    Announcement, Benefit, Hours, Limits, MEMBER_PRICE, MINUTES_OF_A_DAY, Promotion,
};
use crate::error::Error;

const LONGEST_LABEL: usize = 60;
const LONGEST_CATEGORY: usize = 500;
const MOST_GTINS: usize = 1_000;
const MOST_STORES: usize = 1_000;
const LARGEST_AMOUNT: i64 = 100_000_000;
const LARGEST_GROUP: i64 = 100;
const LARGEST_LIMIT: i64 = 1_000_000_000;
const WHOLE: i64 = 10_000;

impl TryFrom<pb::PutPromotionRequest> for Promotion {
    type Error = Error;

    fn try_from(request: pb::PutPromotionRequest) -> Result<Self, Error> {
        let promotion = request.promotion.ok_or_else(|| Error::field("promotion", "missing"))?;
        let code = promotion.promotion_code.clone();
        if !identity::is_code(&code, PROMOTION_CODE) || code == MEMBER_PRICE {
            let problem = format!("not 1 to 24 of A-Z, 0-9 and hyphen, or {MEMBER_PRICE}, which is taken");
            return Err(Error::field("promotion.promotion_code", problem));
        }
        if !is_text(&promotion.category, 0, LONGEST_CATEGORY) {
            return Err(Error::field("promotion.category", "more than 500 characters, or not plain ones"));
        }
        let start = instant("promotion.start_time", promotion.start_time)?;
        let end = instant("promotion.end_time", promotion.end_time)?;
        if end <= start {
            return Err(Error::field("promotion.end_time", "not after the start"));
        }
        let limits = limits(&promotion)?;
        if limits.member.is_some() && !promotion.members_only {
            return Err(Error::field("promotion.member_limit", "only a promotion for members has one"));
        }
        Ok(Self {
            gtins: gtins(&promotion.gtins)?,
            store_codes: store_codes(&promotion.store_codes)?,
            benefit: benefit(&promotion)?,
            hours: hours(&promotion)?,
            limits,
            announcement: announcement(promotion.announcement)?,
            label: text("promotion.label", promotion.label, LONGEST_LABEL)?,
            code,
            category: promotion.category,
            start,
            end,
            on_claim: promotion.on_claim,
            members_only: promotion.members_only,
            exclusive: promotion.exclusive,
        })
    }
}

fn gtins(texts: &[String]) -> Result<Vec<Gtin>, Error> {
    let field = "promotion.gtins";
    if texts.len() > MOST_GTINS {
        return Err(Error::field(field, format!("more than {MOST_GTINS}")));
    }
    let read = |text: &String| Gtin::parse(text).map_err(|error| Error::field(field, error.to_string()));
    let mut gtins: Vec<Gtin> = texts.iter().map(read).collect::<Result<_, _>>()?;
    gtins.sort_unstable();
    gtins.dedup();
    Ok(gtins)
}

fn store_codes(codes: &[String]) -> Result<Vec<String>, Error> {
    if codes.len() > MOST_STORES || !codes.iter().all(|code| identity::is_code(code, STORE_CODE)) {
        return Err(Error::field("promotion.store_codes", "not at most 1000 codes of stores"));
    }
    Ok(codes.to_vec())
}

fn benefit(promotion: &pb::Promotion) -> Result<Benefit, Error> {
    let within = |field: &str, value: i64, range: std::ops::RangeInclusive<i64>| match range.contains(&value)
    {
        true => Ok(value),
        false => Err(Error::field(field, format!("not {} to {}", range.start(), range.end()))),
    };
    let percent = || within("promotion.percent_basis_points", promotion.percent_basis_points, 1..=WHOLE);
    let amount = || within("promotion.amount_minor", promotion.amount_minor, 1..=LARGEST_AMOUNT);
    let at_least = || within("promotion.at_least_minor", promotion.at_least_minor, 1..=LARGEST_AMOUNT);
    match pb::Benefit::try_from(promotion.benefit) {
        Ok(pb::Benefit::Unspecified | pb::Benefit::Percent) => {
            Ok(Benefit::Percent { basis_points: percent()? })
        }
        Ok(pb::Benefit::Amount) => Ok(Benefit::Amount { off: Cents::new(amount()?) }),
        Ok(pb::Benefit::NForM) => {
            let take = within("promotion.take", promotion.take, 2..=LARGEST_GROUP)?;
            Ok(Benefit::NForM { take, pay: within("promotion.pay", promotion.pay, 1..=take - 1)? })
        }
        Ok(pb::Benefit::Threshold) if promotion.amount_minor != 0 => {
            Ok(Benefit::ThresholdAmount { at_least: Cents::new(at_least()?), off: Cents::new(amount()?) })
        }
        Ok(pb::Benefit::Threshold) => {
            Ok(Benefit::ThresholdPercent { at_least: Cents::new(at_least()?), basis_points: percent()? })
        }
        Err(_) => Err(Error::field("promotion.benefit", "not one that is known here")),
    }
}

fn hours(promotion: &pb::Promotion) -> Result<Hours, Error> {
    let to_minute = if promotion.to_minute == 0 { MINUTES_OF_A_DAY } else { promotion.to_minute };
    let from_minute = promotion.from_minute;
    if from_minute < 0 || from_minute >= to_minute || to_minute > MINUTES_OF_A_DAY {
        return Err(Error::field("promotion.to_minute", "not after from_minute, within 1440"));
    }
    let mut weekdays = 0;
    for day in &promotion.weekdays {
        match day {
            1..=7 => weekdays |= 1 << (day - 1),
            _ => return Err(Error::field("promotion.weekdays", "not 1 to 7")),
        }
    }
    let weekdays = if weekdays == 0 { Hours::ALL.weekdays } else { weekdays };
    Ok(Hours { from_minute, to_minute, weekdays })
}

fn limits(promotion: &pb::Promotion) -> Result<Limits, Error> {
    let limit = |field: &str, value: i64| match value {
        0 => Ok(None),
        1..=LARGEST_LIMIT => Ok(Some(value)),
        _ => Err(Error::field(field, "below zero, or without end")),
    };
    Ok(Limits {
        basket: limit("promotion.basket_limit", promotion.basket_limit)?,
        member: limit("promotion.member_limit", promotion.member_limit)?,
        total: limit("promotion.total_limit", promotion.total_limit)?,
    })
}

fn announcement(value: i32) -> Result<Announcement, Error> {
    match pb::Announcement::try_from(value) {
        Ok(pb::Announcement::Unspecified) => Ok(Announcement::No),
        Ok(pb::Announcement::PriorPrice) => Ok(Announcement::PriorPrice),
        Ok(pb::Announcement::Perishable) => Ok(Announcement::Perishable),
        Err(_) => Err(Error::field("promotion.announcement", "not one that is known here")),
    }
}

impl From<Promotion> for pb::Promotion {
    fn from(promotion: Promotion) -> Self {
        let Hours { from_minute, to_minute, weekdays } = promotion.hours;
        let with_hours = Self {
            promotion_code: promotion.code,
            label: promotion.label,
            category: promotion.category,
            start_time: Some(timestamp(promotion.start)),
            end_time: Some(timestamp(promotion.end)),
            on_claim: promotion.on_claim,
            members_only: promotion.members_only,
            gtins: promotion.gtins.iter().map(ToString::to_string).collect(),
            store_codes: promotion.store_codes,
            from_minute,
            to_minute: if to_minute == MINUTES_OF_A_DAY { 0 } else { to_minute },
            weekdays: match weekdays == Hours::ALL.weekdays {
                true => Vec::new(),
                false => (1..=7).filter(|day| weekdays & (1 << (day - 1)) != 0).collect(),
            },
            exclusive: promotion.exclusive,
            basket_limit: promotion.limits.basket.unwrap_or_default(),
            member_limit: promotion.limits.member.unwrap_or_default(),
            total_limit: promotion.limits.total.unwrap_or_default(),
            announcement: match promotion.announcement {
                Announcement::No => pb::Announcement::Unspecified.into(),
                Announcement::PriorPrice => pb::Announcement::PriorPrice.into(),
                Announcement::Perishable => pb::Announcement::Perishable.into(),
            },
            ..Self::default()
        };
        with_hours.giving(&promotion.benefit)
    }
}

/// Fills the fields of a benefit in.
trait Giving {
    fn giving(self, benefit: &Benefit) -> Self;
}

impl Giving for pb::Promotion {
    fn giving(self, benefit: &Benefit) -> Self {
        match *benefit {
            Benefit::Percent { basis_points } => {
                Self { benefit: pb::Benefit::Percent.into(), percent_basis_points: basis_points, ..self }
            }
            Benefit::Amount { off } => {
                Self { benefit: pb::Benefit::Amount.into(), amount_minor: off.get(), ..self }
            }
            Benefit::NForM { take, pay } => Self { benefit: pb::Benefit::NForM.into(), take, pay, ..self },
            Benefit::ThresholdAmount { at_least, off } => Self {
                benefit: pb::Benefit::Threshold.into(),
                at_least_minor: at_least.get(),
                amount_minor: off.get(),
                ..self
            },
            Benefit::ThresholdPercent { at_least, basis_points } => Self {
                benefit: pb::Benefit::Threshold.into(),
                at_least_minor: at_least.get(),
                percent_basis_points: basis_points,
                ..self
            },
        }
    }
}
