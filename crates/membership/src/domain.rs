//! The rules on people, cards and staff. Pure: no clock, no chance, no database, no wire.

pub mod allowance;
pub mod card;
pub mod code;
pub mod contact;
pub mod id;
pub mod member;
pub mod password;
pub mod search;
pub mod session;
pub mod staff;
pub mod text;
