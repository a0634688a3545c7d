#![doc = include_str!("../README.md")]

mod backoff;
pub mod bus;
pub mod consume;
mod dead_letter;
mod event;
mod metrics;
mod purge;
mod record;
pub mod relay;
pub mod request;
mod waiting;

pub use bus::{Bus, BusConfig, BusError, StreamSpec, follow_line};
pub use consume::{ConsumeError, ConsumerSpec, Handle, HandleError, Progress, consume};
pub use dead_letter::{DeadLetter, ReplayError, Replayed, dead_letters, replay_dead_letter};
pub use event::{Event, NewEvent};
pub use purge::{keep_tidy, purge};
pub use record::{RecordError, record};
pub use relay::{Relay, RelayConfig, RelayError, Wake};
pub use waiting::waiting_since;

/// The reference schema, which each service carries as its own migration `0002_outbox.sql`.
pub const SCHEMA: &str = include_str!("../migrations/0001_outbox.sql");

/// The reference schema alone, for tests of code that needs no other table.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
