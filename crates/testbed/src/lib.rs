#![doc = include_str!("../README.md")]

mod child;
mod database;
mod folder;
mod line;
mod nats;
mod port;
mod postgres;
mod process;
mod smtp;
mod tool;
mod wait;

pub use database::{TestDatabase, database};
pub use line::Line;
pub use nats::{Certificate, NATS_USERS, Nats, Place};
pub use port::free_port;
pub use postgres::{Durability, Postgres};
pub use process::Process;
pub use smtp::{Behaviour, Door, Encryption, Mail, Mechanism, SignIn, SmtpSink, Stage};
pub use tool::{postgres_program, program};
pub use wait::{Outcome, eventually};

/// Runs work that blocks (starting, stopping, waiting for a child) where it holds up no other task.
async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await?
}
