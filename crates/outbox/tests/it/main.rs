//! The promises of the outbox, on a real PostgreSQL and a real nats-server.

mod bus;
mod consume;
mod dead_letter;
mod follow;
mod outage;
mod reconcile;
mod relay;
mod request;
mod retention;
mod world;
