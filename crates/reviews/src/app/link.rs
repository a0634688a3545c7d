//! Opening a link, which consumes nothing.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::App;
use crate::{
    domain::{LinkError, Purchase, Purpose, SaleId, TokenHash},
    error::Error,
    store,
};

/// What a link shows.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The sale behind it.
    pub purchase: Purchase,
    /// When the link ends.
    pub expiry: OffsetDateTime,
}

impl App {
    /// Shows the sale behind a link.
    pub async fn open(&self, purpose: Purpose, token: TokenHash) -> Result<Opened, Error> {
        let mut db = self.db.acquire().await?;
        let (sale_id, expiry) = self.follow(&mut db, purpose, token).await?;
        let purchase = store::purchase::find(&mut db, sale_id).await?.ok_or(Error::SaleOnItsWay)?;
        Ok(Opened { purchase, expiry })
    }

    /// The sale behind a link that has not ended, and when it will. The link may be known before the sale is, for the two are told in
    /// different streams.
    pub(super) async fn follow(
        &self,
        db: &mut PgConnection,
        purpose: Purpose,
        token: TokenHash,
    ) -> Result<(SaleId, OffsetDateTime), Error> {
        let found = store::link::find(db, purpose, token).await?.ok_or(LinkError::Unknown)?;
        let completed = found.completed.ok_or(Error::SaleOnItsWay)?;
        Ok((found.link.sale_id, found.link.open(completed, self.now())?))
    }

    /// The sale behind a link, which nobody else changes until the transaction ends.
    pub(super) async fn locked(&self, tx: &mut PgConnection, sale_id: SaleId) -> Result<Purchase, Error> {
        store::purchase::lock(tx, sale_id).await?;
        store::purchase::find(tx, sale_id).await?.ok_or(Error::SaleOnItsWay)
    }
}

/// The scope of the request ids of a sale's forms: a shopper is known by a link alone, and a sale may have several.
pub(super) fn sender(sale_id: SaleId) -> String {
    format!("link/{}", sale_id.0)
}
