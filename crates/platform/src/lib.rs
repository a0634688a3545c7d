#![doc = include_str!("../README.md")]

pub mod access;
pub mod clock;
pub mod config;
pub mod database;
pub mod health;
pub mod identity;
pub mod peer;
pub mod pki;
pub mod rpc;
pub mod status;
pub mod stores;
pub mod supervise;
pub mod telemetry;

pub use clock::Clock;
pub use identity::{Caller, Role, Staff};
pub use supervise::run_all;
/// The signal to stop: cancelled once, seen by every task.
pub type Shutdown = tokio_util::sync::CancellationToken;
