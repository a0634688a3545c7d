//! From sums to figures: shares, averages and frequencies, in integers.

use time::{Date, OffsetDateTime};

/// The sums of one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hour {
    /// Hour on the wall.
    pub hour: i16,
    /// Sales.
    pub sales: i64,
    /// Sales at self-checkouts.
    pub self_sales: i64,
    /// Sold, with tax, in cents.
    pub sold_minor: i64,
    /// Refunds.
    pub refunds: i64,
    /// Given back, in cents, positive.
    pub refunded_minor: i64,
}

/// How often members come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberVisits {
    /// Members who bought on the day.
    pub active: i64,
    /// Members who bought in the last 30 days.
    pub recent_members: i64,
    /// Their purchase days, summed.
    pub recent_days: i64,
    /// Days between first and last purchase day in the last 365 days, summed over members with two or more.
    pub spans: i64,
    /// Intervals in those spans: purchase days less one, summed.
    pub intervals: i64,
}

/// A review as the dashboard shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentReview {
    /// The product.
    pub product_name: String,
    /// 1 to 5.
    pub rating: i16,
    /// The comment.
    pub comment: String,
    /// When this revision was sent.
    pub submitted_time: OffsetDateTime,
}

/// What a store's day is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The store.
    pub store_code: String,
    /// Its currency.
    pub currency_code: String,
    /// The day in the store.
    pub day: Date,
    /// The hours that have sums, in order.
    pub hours: Vec<Hour>,
    /// How often members come.
    pub visits: MemberVisits,
    /// The last reviews, newest first.
    pub reviews: Vec<RecentReview>,
    /// Reviews first sent that day.
    pub review_count: i64,
    /// Their notes, summed.
    pub rating_sum: i64,
    /// Grows with every fact of the store.
    pub revision: i64,
}

impl Hour {
    /// Sold less given back, in cents.
    #[must_use]
    pub fn revenue_minor(&self) -> i64 {
        self.sold_minor - self.refunded_minor
    }
}

impl Day {
    /// The day with the number and the sum of its notes.
    #[must_use]
    pub fn with_notes(self, (review_count, rating_sum): (i64, i64)) -> Self {
        Self { review_count, rating_sum, ..self }
    }

    /// The sums of the whole day.
    #[must_use]
    pub fn total(&self) -> Hour {
        self.hours.iter().fold(Hour::default(), |sum, hour| Hour {
            hour: 0,
            sales: sum.sales + hour.sales,
            self_sales: sum.self_sales + hour.self_sales,
            sold_minor: sum.sold_minor + hour.sold_minor,
            refunds: sum.refunds + hour.refunds,
            refunded_minor: sum.refunded_minor + hour.refunded_minor,
        })
    }

    /// What a sale is worth before refunds, in cents, rounded half up; 0 without sales.
    #[must_use]
    pub fn average_basket_minor(&self) -> i64 {
        let total = self.total();
        ratio(total.sold_minor, 1, total.sales)
    }

    /// Share of sales at self-checkouts in basis points; 0 without sales.
    #[must_use]
    pub fn self_share_basis_points(&self) -> i64 {
        let total = self.total();
        ratio(total.self_sales, 10_000, total.sales)
    }

    /// Average note in thousandths; 0 without reviews.
    #[must_use]
    pub fn average_rating_milli(&self) -> i64 {
        ratio(self.rating_sum, 1000, self.review_count)
    }
}

impl MemberVisits {
    /// Purchase days of a member in 30 days, in thousandths; 0 without members.
    #[must_use]
    pub fn days_per_member_milli(&self) -> i64 {
        ratio(self.recent_days, 1000, self.recent_members)
    }

    /// Days between two purchase days of a member, in thousandths; 0 when nobody came twice.
    #[must_use]
    pub fn days_between_milli(&self) -> i64 {
        ratio(self.spans, 1000, self.intervals)
    }
}

/// `number * scale / of`, rounded half up; 0 when there is nothing to share.
fn ratio(number: i64, scale: i64, of: i64) -> i64 {
    money::round_half_up(i128::from(number) * i128::from(scale), i128::from(of)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn day(hours: Vec<Hour>) -> Day {
        Day {
            store_code: "LILLE".to_owned(),
            currency_code: "EUR".to_owned(),
            day: date!(2026 - 05 - 02),
            hours,
            visits: MemberVisits::default(),
            reviews: Vec::new(),
            review_count: 0,
            rating_sum: 0,
            revision: 0,
        }
    }

    #[test]
    fn a_day_without_sales_has_no_share_and_no_average() {
        let empty = day(Vec::new());
        assert_eq!((empty.average_basket_minor(), empty.self_share_basis_points()), (0, 0));
        assert_eq!((empty.average_rating_milli(), empty.visits.days_between_milli()), (0, 0));
    }

    #[test]
    fn shares_and_averages_round_half_up() {
        let three =
            Hour { hour: 9, sales: 3, self_sales: 2, sold_minor: 1000, refunds: 1, refunded_minor: 400 };
        let day = day(vec![three]);
        assert_eq!(day.average_basket_minor(), 333);
        assert_eq!(day.self_share_basis_points(), 6667);
        assert_eq!(day.total().revenue_minor(), 600);
        let visits = MemberVisits { active: 1, recent_members: 2, recent_days: 3, spans: 7, intervals: 2 };
        assert_eq!((visits.days_per_member_milli(), visits.days_between_milli()), (1500, 3500));
    }

    proptest! {
        #[test]
        fn the_day_is_the_sum_of_its_hours(sums in prop::collection::vec((0..1000_i64, 0..1_000_000_i64), 0..24)) {
            let hours: Vec<Hour> = sums.iter().map(|&(sales, sold_minor)| Hour { sales, sold_minor, ..Hour::default() }).collect();
            let total = day(hours).total();
            prop_assert_eq!(total.sales, sums.iter().map(|sum| sum.0).sum::<i64>());
            prop_assert_eq!(total.sold_minor, sums.iter().map(|sum| sum.1).sum::<i64>());
        }
    }
}
