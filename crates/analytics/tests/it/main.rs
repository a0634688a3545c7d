//! The service as it runs: real PostgreSQL, real NATS, real TLS.

mod figures;
mod redelivery;
mod service;
