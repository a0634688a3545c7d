//! The rules of the shop: values in, decision out. No clock, no database, no wire.

pub mod announcement;
pub mod catalogue;
pub mod import;
pub mod promotion;

pub mod id;
pub mod item;
pub mod measure;
pub mod scan;
pub mod search;
pub mod wall;

pub mod allowance;
pub mod attendance;
pub mod audit;
pub mod basket;
pub mod claim;
pub mod finding;
pub mod history;
pub mod log;
pub mod price;

pub mod acquirer;
pub mod flaw;
pub mod payment;
pub mod sale;
pub mod seal;
pub mod training;

pub mod refund;
pub mod refund_credit;
pub mod refund_payment;
pub mod refund_request;
