//! Commands are carried out once, however often they are sent.

use anyhow::Context;
use outbox::request::{self, Claim};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// What tells a command from every other one of its sender.
#[derive(Clone, Debug)]
pub struct Command {
    /// Its id.
    pub request_id: Uuid,
    /// Of its content, to tell a repeat from another command under the same id.
    pub fingerprint: [u8; 32],
}

/// A command that was carried out before, with the answer that was kept of it.
pub struct Before(Option<Vec<u8>>);

impl Before {
    /// The number that was answered first.
    pub fn stored(self) -> Result<i32, Error> {
        let bytes = self.0.and_then(|reply| reply.try_into().ok()).context("a reply that is not a number")?;
        Ok(i32::from_be_bytes(bytes))
    }
}

impl Command {
    /// Claims the id for its sender in this transaction; tells when the command was carried out before.
    ///
    /// # Errors
    /// When the id stands for another command.
    pub async fn claim(&self, tx: &mut PgConnection, sender: &str) -> Result<Option<Before>, Error> {
        match request::claim(tx, sender, self.request_id, self.fingerprint).await? {
            Claim::First => Ok(None),
            Claim::Repeat { reply } => Ok(Some(Before(reply))),
            Claim::Reused => Err(Error::RequestIdReused),
        }
    }

    /// Keeps the answer for repeats.
    pub async fn answered(&self, tx: &mut PgConnection, sender: &str, reply: &[u8]) -> Result<(), Error> {
        Ok(request::save_reply(tx, sender, self.request_id, reply).await?)
    }
}
