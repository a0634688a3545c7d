//! The service as its callers meet it: the real `run`, over TLS, on a database and a nats-server of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where by its panic")]

mod access;
mod cards;
mod events;
mod fixture;
mod guests;
mod malformed;
mod members;
mod outages;
mod repeats;
mod search;
mod secrecy;
mod service;
mod sign_in;
mod staff;
