//! The servers, for real.

mod analysts;
mod connection;
mod database;
mod death;
mod nats;
mod postgres;
mod process;
mod services;
mod smtp;
