//! The rules of the figures: pure, from facts to what the day is like.

mod day;
mod figures;

pub use day::{Moment, StoreZone, UnknownZone};
pub use figures::{Day, Hour, MemberVisits, RecentReview};
