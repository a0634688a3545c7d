#![doc = include_str!("../README.md")]

mod decimal;

mod cents;
mod currency;
mod quantity;

mod rounding;
mod spread;
mod vat;

#[cfg(test)]
mod properties;

pub use cents::Cents;
pub use currency::{Currency, Money, MoneyError, NotACurrency};
pub use decimal::ParseError;
pub use quantity::Quantity;
pub use rounding::{is_price, percent, price, reduction_tenths, round_half_up, share, vat_included};
pub use spread::spread;
pub use vat::VatTotal;
