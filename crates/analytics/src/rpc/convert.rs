//! Protobuf to domain and back.

use prost_types::Timestamp;
use proto::analytics::v1::{DayFigures, GetDayRequest, GetTotalsResponse, HourFigures, RecentReview};
use time::{Date, macros::format_description};

use crate::{domain, error::Error, store::Totals};

/// The store and, if given, the day of a request.
pub fn get_day(request: GetDayRequest) -> Result<(String, Option<Date>), Error> {
    let store_code = store_code(request.store_code)?;
    if request.day.is_empty() {
        return Ok((store_code, None));
    }
    let day = Date::parse(&request.day, format_description!("[year]-[month]-[day]"))
        .map_err(|_| Error::InvalidField { field: "day", why: "a day is YYYY-MM-DD" })?;
    Ok((store_code, Some(day)))
}

/// A store's code: `[A-Z0-9-]{1,16}`.
pub fn store_code(text: String) -> Result<String, Error> {
    let fits = (1..=16).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
    if fits {
        Ok(text)
    } else {
        Err(Error::InvalidField { field: "store_code", why: "a store code is [A-Z0-9-]{1,16}" })
    }
}

impl From<domain::Day> for DayFigures {
    fn from(day: domain::Day) -> Self {
        let total = day.total();
        Self {
            day: day.day.to_string(),
            sales: total.sales,
            revenue_minor: total.revenue_minor(),
            refunded_minor: total.refunded_minor,
            refunds: total.refunds,
            average_basket_minor: day.average_basket_minor(),
            self_share_basis_points: day.self_share_basis_points(),
            active_members: day.visits.active,
            purchase_days_per_member_milli: day.visits.days_per_member_milli(),
            days_between_purchases_milli: day.visits.days_between_milli(),
            average_rating_milli: day.average_rating_milli(),
            review_count: day.review_count,
            revision: day.revision,
            hours: day.hours.iter().map(Into::into).collect(),
            reviews: day.reviews.into_iter().map(Into::into).collect(),
            store_code: day.store_code,
            currency_code: day.currency_code,
        }
    }
}

impl From<&domain::Hour> for HourFigures {
    fn from(hour: &domain::Hour) -> Self {
        Self {
            hour: i32::from(hour.hour),
            sales: hour.sales,
            revenue_minor: hour.revenue_minor(),
            self_sales: hour.self_sales,
        }
    }
}

impl From<domain::RecentReview> for RecentReview {
    fn from(review: domain::RecentReview) -> Self {
        Self {
            product_name: review.product_name,
            rating: i32::from(review.rating),
            comment: review.comment,
            submitted_time: Some(Timestamp { seconds: review.submitted_time.unix_timestamp(), nanos: 0 }),
        }
    }
}

impl From<Totals> for GetTotalsResponse {
    fn from(totals: Totals) -> Self {
        Self {
            sales: totals.sales,
            revenue_minor: totals.sold_minor - totals.refunded_minor,
            refunds: totals.refunds,
            reviews: totals.reviews,
        }
    }
}
