//! Baskets that were given up at this till, until checkout has answered that it knows.

use proto::checkout::v1::CancelCause;
use redb::TableDefinition;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Journal, JournalError, put_stage};
use crate::{client::RequestId, stage::Stage};

/// What checkout is still to be told, by the basket.
pub(super) const GIVEN_UP: TableDefinition<u128, &[u8]> = TableDefinition::new("given_up");

/// A basket that was given up, as it is told: a repeat must have the same content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// Identity of the request that tells checkout.
    pub request_id: RequestId,
    /// The basket.
    pub basket_id: Uuid,
    /// Why.
    pub cause: Cause,
}

/// Why a basket was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Its shopper wanted it so.
    Shopper,
    /// Nobody touched the till any more.
    Idle,
}

impl Journal {
    /// Writes in one step that the basket was given up, and that the till serves nobody any more.
    pub async fn give_up(&self, given_up: &GivenUp) -> Result<(), JournalError> {
        let (key, given_up) = (given_up.basket_id.as_u128(), serde_json::to_vec(given_up)?);
        let idle = serde_json::to_vec(&Stage::Idle)?;
        self.write(move |tx| {
            put_stage(tx, &idle, true)?;
            tx.open_table(GIVEN_UP)?.insert(key, given_up.as_slice())?;
            Ok(())
        })
        .await
    }

    /// Checkout knows of a basket that was given up.
    pub async fn told(&self, given_up: &GivenUp) -> Result<(), JournalError> {
        let key = given_up.basket_id.as_u128();
        self.write(move |tx| {
            tx.open_table(GIVEN_UP)?.remove(key)?;
            Ok(())
        })
        .await
    }
}

impl From<Cause> for CancelCause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Shopper => Self::Shopper,
            Cause::Idle => Self::Idle,
        }
    }
}
