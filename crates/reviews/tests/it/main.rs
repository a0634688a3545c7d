//! The service as it runs: real PostgreSQL, real NATS, real TLS, and a checkout that is played.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod checkout;
mod complaints;
mod facts;
mod feed;
mod forms;
mod grievances;
mod hostile;
mod links;
mod outage;
mod parts;
mod service;
mod staff;
