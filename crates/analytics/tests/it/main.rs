//! The service as it runs: real PostgreSQL, real NATS, real TLS.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod figures;
mod redelivery;
mod service;
