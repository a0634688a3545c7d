#![doc = include_str!("../README.md")]

// The grammar.
mod decoder;
mod digits;
mod frame;
mod tag;

// The till's side.
mod answer;
mod card;
mod complement;
mod request;
mod slip;

// The terminal's side.
pub mod simulate;

#[cfg(test)]
mod properties;

pub use answer::{Answer, AnswerError, Outcome, Payment};
pub use card::{Aid, Brand, PanLast4};
pub use complement::Complement;
pub use decoder::{DecodeError, Decoder, MAX_BYTES};
pub use digits::{Digits, NotDigits};
pub use frame::{Field, FieldError, Frame};
pub use request::{Delay, Operation, Profile, Request, RequestError, Suffix};
pub use slip::{CardNumberInSlip, NotProven, Proof, Proven, Slip, SlipError, SlipRule, Typed, Unpaid};
pub use tag::Tag;
