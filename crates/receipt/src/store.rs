//! The only SQL of the service.

mod listing;
mod queue;
mod row;
mod token;

pub use listing::{Scope, list, resolve, unknown_for_update};
pub use queue::{Begun, Ending, Taken, begin_sending, enqueue, give_up_lost, settle, take};
pub use token::{behind, forget_tokens};
