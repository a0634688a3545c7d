//! The last sale, until its shopper is gone: a till that dies after it still owes the paper, or the code, that was asked for.

use redb::WriteTransaction;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Journal, JournalError, TILL, put_stage};
use crate::{stage::Stage, till::Sale};

/// Key of the last sale in the table of the till.
pub(super) const LAST_SALE: &str = "last_sale";

/// The last sale, and how far a paper of it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSale {
    /// The sale.
    #[serde(flatten)]
    pub sale: Sale,
    /// When its shopper was thanked first.
    #[serde(with = "time::serde::rfc3339")]
    pub thanked_time: OffsetDateTime,
    /// A paper was begun, and is not known to have come out whole.
    #[serde(default)]
    pub paper_begun: bool,
    /// Its shopper is gone, and only a paper of it is still waited for.
    #[serde(default)]
    pub left: bool,
}

impl Journal {
    /// Writes in one step that the basket is a sale, of which this is owed, and that the till serves nobody any more.
    pub async fn sold(&self, last: Option<&LastSale>) -> Result<(), JournalError> {
        let idle = serde_json::to_vec(&Stage::Idle)?;
        let last = last.map(serde_json::to_vec).transpose()?;
        self.write(move |tx| {
            put_stage(tx, &idle, true)?;
            put(tx, last.as_deref())
        })
        .await
    }

    /// Writes in one step that a basket is open, and what is left of the last sale: a code of it never meets the next shopper.
    pub async fn opened(&self, stage: &Stage, last: Option<&LastSale>) -> Result<(), JournalError> {
        let stage = serde_json::to_vec(stage)?;
        let last = last.map(serde_json::to_vec).transpose()?;
        self.write(move |tx| {
            put_stage(tx, &stage, false)?;
            put(tx, last.as_deref())
        })
        .await
    }

    /// Writes how far the paper of the last sale has come; or forgets the sale.
    pub async fn keep_sale(&self, last: Option<&LastSale>) -> Result<(), JournalError> {
        let last = last.map(serde_json::to_vec).transpose()?;
        self.write(move |tx| put(tx, last.as_deref())).await
    }
}

fn put(tx: &WriteTransaction, last: Option<&[u8]>) -> Result<(), redb::Error> {
    let mut till = tx.open_table(TILL)?;
    match last {
        Some(last) => drop(till.insert(LAST_SALE, last)?),
        None => drop(till.remove(LAST_SALE)?),
    }
    Ok(())
}
