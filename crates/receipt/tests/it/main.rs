//! The service as it runs: real PostgreSQL, real NATS, real TLS, a mail server that misbehaves on demand, and its two peers played at
//! the wire.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod choices;
mod crash;
mod facts;
mod log;
mod mail;
mod moment;
mod outcomes;
mod peers;
mod privacy;
mod rpc;
mod tls;
mod trace;
mod world;
