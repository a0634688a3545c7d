#![doc = include_str!("../README.md")]

mod check_digit;

mod card;
pub mod ean13;
mod gtin;

mod article;
mod label;

mod element;
mod identifier;
mod link;

mod scan;
mod symbology;

#[cfg(test)]
mod properties;

pub use article::{Article, Batch, CouponCode, ShortDate};
pub use card::{CardNumber, CardNumberError};
pub use check_digit::check_digit;
pub use ean13::Ean13;
pub use element::{ElementError, Problem};
pub use gtin::{Gtin, GtinError};
pub use identifier::application_identifiers;
pub use label::{LabelRule, LabelRuleError, Measure, MeasureKind};
pub use link::LinkError;
pub use scan::{Scan, ScanError};

pub use scan::scan;
