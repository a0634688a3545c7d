//! Which refunds are given to whoever asks, and which a person decides.

use money::Cents;
use time::{Duration, OffsetDateTime};

/// What a store gives back without a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// For so many days after the sale.
    pub days: u16,
    /// So much of one sale, all its refunds together.
    pub of_sale: Cents,
    /// So much to one member in a month of the store's calendar.
    pub of_month: Cents,
}

/// What a refund is measured by.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// When the sale was made.
    pub sold: OffsetDateTime,
    /// When.
    pub now: OffsetDateTime,
    /// What is given back of the sale: this refund and those before it.
    pub of_sale: Cents,
    /// What the member is given back without a person in this month, this refund included; nothing for a guest, of whose refunds
    /// nobody could tell which are one's.
    pub of_month: Option<Cents>,
}

/// Why a person decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The sale is too long ago.
    TooLate,
    /// It is too much of one sale.
    Amount,
    /// The member has had so much in this month already.
    Budget,
}

impl Policy {
    /// Where nothing else is said.
    pub const OF_THE_HOUSE: Self =
        Self { days: 30, of_sale: Cents::new(5_000), of_month: Cents::new(10_000) };

    /// Why a person decides; nothing when the refund is given to whoever asks.
    pub fn needs_person(&self, measured: Measured) -> Option<Cause> {
        if measured.now > measured.sold + Duration::days(i64::from(self.days)) {
            Some(Cause::TooLate)
        } else if measured.of_sale > self.of_sale {
            Some(Cause::Amount)
        } else if measured.of_month.is_some_and(|of_month| of_month > self.of_month) {
            Some(Cause::Budget)
        } else {
            None
        }
    }
}

impl Cause {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLate => "too_late",
            Self::Amount => "amount",
            Self::Budget => "budget",
        }
    }

    /// The cause of this word.
    pub fn named(word: &str) -> Option<Self> {
        [Self::TooLate, Self::Amount, Self::Budget].into_iter().find(|cause| cause.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const POLICY: Policy = Policy { days: 14, of_sale: Cents::new(2_000), of_month: Cents::new(3_000) };

    fn measured() -> Measured {
        let sold = datetime!(2026-05-02 09:00 UTC);
        Measured {
            sold,
            now: sold + Duration::days(14),
            of_sale: Cents::new(2_000),
            of_month: Some(Cents::new(3_000)),
        }
    }

    #[test]
    fn up_to_the_days_the_amount_and_the_budget_nobody_is_asked_and_above_each_a_person_is() {
        assert_eq!(POLICY.needs_person(measured()), None);
        let later = Measured { now: measured().now + Duration::SECOND, ..measured() };
        assert_eq!(POLICY.needs_person(later), Some(Cause::TooLate));
        let more = Measured { of_sale: Cents::new(2_001), ..measured() };
        assert_eq!(POLICY.needs_person(more), Some(Cause::Amount));
        let often = Measured { of_month: Some(Cents::new(3_001)), ..measured() };
        assert_eq!(POLICY.needs_person(often), Some(Cause::Budget));
        assert_eq!(POLICY.needs_person(Measured { of_month: None, ..measured() }), None, "a guest");
    }

    #[test]
    fn a_cause_is_read_back() {
        for cause in [Cause::TooLate, Cause::Amount, Cause::Budget] {
            assert_eq!(Cause::named(cause.as_str()), Some(cause));
        }
        assert_eq!(Cause::named(""), None);
    }
}
