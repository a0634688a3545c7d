//! The promises of the outbox, on a real PostgreSQL and a real nats-server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod bus;
mod consume;
mod dead_letter;
mod follow;
mod outage;
mod reconcile;
mod relay;
mod request;
mod retention;
mod shops;
mod world;
