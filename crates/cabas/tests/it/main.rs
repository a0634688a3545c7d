//! The program as an operator runs it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod configuration;
mod dead_letters;
mod fiscal;
mod load;
mod till_unit;
