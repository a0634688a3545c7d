//! What the shops sell: changed by operators, read from memory by everybody.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use platform::Shutdown;
use sqlx::PgPool;

use crate::domain::catalogue::Catalogue;
use crate::store::catalogue as store;

mod change;
mod import;
mod progress;
mod read;
mod recall;

#[cfg(test)]
mod tests;

pub use change::{Command, put_promotion, put_store, put_terminal, remove_terminal};
pub(super) use import::{earlier_report, save_report};
pub use import::{import_catalogue, import_prices, list_held_prices, settle_held_price};
pub use progress::{Imports, Progress};
pub use read::{
    Page, Scope, TerminalInStore, find_products, get_terminal, get_tiles, list_products, list_stores,
};
pub use recall::{RecallSale, list_recall_sales, list_recalls, put_recall};

/// How often a replica asks whether another one has changed the catalogue.
const POLL: Duration = Duration::from_millis(500);

/// The catalogue as this replica knows it. Clones hold the same one.
#[derive(Clone, Debug, Default)]
pub struct CatalogueCell(Arc<RwLock<Arc<Catalogue>>>);

impl From<Catalogue> for CatalogueCell {
    fn from(catalogue: Catalogue) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(catalogue))))
    }
}

impl CatalogueCell {
    /// Reads the catalogue for the first time.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn load(db: &PgPool) -> sqlx::Result<Self> {
        Ok(Self::from(snapshot(db).await?))
    }

    /// The catalogue now. One answer should be made of one catalogue: call it once a verb.
    pub fn current(&self) -> Arc<Catalogue> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the catalogue anew. Of two readers that overtake each other, the later version stays.
    ///
    /// # Errors
    /// When the database is out of reach; the catalogue stays as it was.
    pub async fn reload(&self, db: &PgPool) -> sqlx::Result<()> {
        let read = Arc::new(snapshot(db).await?);
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if read.version() > current.version() {
            *current = read;
        }
        Ok(())
    }

    /// Follows the changes of other replicas until `shutdown`. While the database is out of reach the catalogue stays as it was.
    pub async fn follow(self, db: PgPool, shutdown: Shutdown) {
        let mut ticks = tokio::time::interval(POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(error) = self.catch_up(&db).await {
                tracing::warn!(%error, "cannot see whether the catalogue has changed");
            }
        }
    }

    async fn catch_up(&self, db: &PgPool) -> sqlx::Result<()> {
        let version = store::version(&mut *db.acquire().await?).await?;
        if version > self.current().version() { self.reload(db).await } else { Ok(()) }
    }
}

/// The catalogue as one snapshot of the database shows it.
async fn snapshot(db: &PgPool) -> sqlx::Result<Catalogue> {
    let mut tx = db.begin_with("begin isolation level repeatable read read only").await?;
    let catalogue = store::load(&mut tx).await?;
    tx.commit().await?;
    Ok(catalogue)
}
