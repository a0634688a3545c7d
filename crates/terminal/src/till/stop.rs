//! Why a command of the till comes to no answer.

use super::view::Notice;
use crate::{client::CallError, journal::JournalError, stage::IllegalMove};

/// Why a command has no answer.
#[derive(Debug)]
pub(super) enum Stop {
    /// The shopper is told why; the till goes on.
    Told(Notice),
    /// The till cannot go on: nothing may be asked of a card terminal without a journal.
    Broken(anyhow::Error),
}

impl From<Notice> for Stop {
    fn from(notice: Notice) -> Self {
        Self::Told(notice)
    }
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        Self::Told(error.into())
    }
}

impl From<JournalError> for Stop {
    fn from(error: JournalError) -> Self {
        Self::Broken(error.into())
    }
}

impl From<IllegalMove> for Stop {
    fn from(error: IllegalMove) -> Self {
        Self::Broken(error.into())
    }
}
