//! The only SQL. Functions take a connection, so that the caller decides where a transaction begins and ends.

pub mod acquirer;
pub mod attendance;
pub mod basket;
pub mod catalogue;
pub mod claim;
pub mod degraded;
pub mod deserted;
pub mod held;
pub mod journal;
pub mod member;
pub mod promotion;
pub mod recall;
pub mod refund;
pub mod refund_budget;
pub mod refund_credit;
pub mod refund_payment;
pub mod refund_request;
pub mod sale;
pub mod sending;
pub mod store_credit;
pub mod suspended;
pub mod ticket_copy;
pub mod till;
pub mod training;
