#![doc = include_str!("../README.md")]

mod check_digit;

mod card;
pub mod ean13;
mod gtin;

mod label;
mod scan;
mod symbology;

#[cfg(test)]
mod properties;

pub use card::{CardNumber, CardNumberError};
pub use check_digit::check_digit;
pub use ean13::Ean13;
pub use gtin::{Gtin, GtinError};
pub use label::{LabelRule, LabelRuleError, Measure, MeasureKind};
pub use scan::{Scan, ScanError};
pub use symbology::Format;

pub use scan::scan;
