//! The servers, for real.

#![expect(clippy::unwrap_used, reason = "clippy knows tests, but not the functions they call")]

mod analysts;
mod connection;
mod database;
mod death;
mod nats;
mod postgres;
mod process;
mod services;
mod smtp;
