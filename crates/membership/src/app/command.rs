//! Commands are carried out once, however often they are sent.

use anyhow::Context;
use outbox::request::{self, Claim};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// A request that changes something.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who sent it: the scope of its id.
    pub caller: String,
    /// Its id.
    pub request_id: Uuid,
    /// What tells it from another command under the same id.
    pub fingerprint: [u8; 32],
}

/// What was kept of a command that was carried out before: an id at most, for replies are read anew.
pub struct Before(Option<Vec<u8>>);

impl Command {
    /// Claims the id in this transaction; answers what is known when the command was carried out before.
    ///
    /// # Errors
    /// When the id stands for another command.
    pub async fn claim(&self, tx: &mut PgConnection) -> Result<Option<Before>, Error> {
        match request::claim(tx, &self.caller, self.request_id, self.fingerprint).await? {
            Claim::First => Ok(None),
            Claim::Repeat { reply } => Ok(Some(Before(reply))),
            Claim::Reused => Err(Error::RequestIdReused),
        }
    }

    /// Keeps the id of what the command made.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn made(&self, tx: &mut PgConnection, id: &str) -> Result<(), Error> {
        Ok(request::save_reply(tx, &self.caller, self.request_id, id.as_bytes()).await?)
    }
}

impl Before {
    /// The id of what the command made.
    ///
    /// # Errors
    /// When none was kept, which is a fault of ours.
    pub fn id(self) -> Result<String, Error> {
        let kept = self.0.context("a command that made something kept no id")?;
        Ok(String::from_utf8(kept).context("an id is text")?)
    }
}
