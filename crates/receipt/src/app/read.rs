//! Whoever has a token reads the ticket behind it, for a while.

use proto::checkout::v1::Ticket;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{App, slip::shown};
use crate::{error::Error, store};

/// What stands behind a token.
pub struct Read {
    /// The ticket, without the member.
    pub ticket: Ticket,
    /// The card slips.
    pub slip_texts: Vec<String>,
    /// Until when.
    pub expiry: OffsetDateTime,
}

impl App {
    /// Reads the ticket behind a token. What is over, and what never was, is not there: nobody learns which.
    #[tracing::instrument(skip_all)]
    pub async fn read(&self, token: &str) -> Result<Read, Error> {
        let hash = Sha256::digest(token.as_bytes()).into();
        let readable = {
            let mut connection = self.db.acquire().await?;
            store::behind(&mut connection, &hash, self.clock.now()).await?.ok_or(Error::NotFound)?
        };
        let peers = &self.post.peers;
        let (store_code, sale_id) = (readable.store_code.as_str(), readable.sale_id);
        let (ticket, slips) =
            tokio::join!(peers.ticket(store_code, sale_id), peers.card_slips(store_code, sale_id, None));
        let ticket = ticket.map_err(|unanswered| Error::Unavailable(unanswered.into()))?;
        let slips = slips.map_err(|unanswered| Error::Unavailable(unanswered.into()))?.unwrap_or_default();
        let ticket = ticket.ok_or(Error::NotFound)?;
        let siret = ticket.store.as_ref().map_or("", |store| &store.siret);
        let slip_texts = shown(&slips, siret);
        Ok(Read {
            // Who bought is of no concern to whoever holds the code.
            ticket: Ticket { member_id: String::new(), ..ticket },
            slip_texts,
            expiry: readable.expiry,
        })
    }

    /// Forgets the codes that are over.
    pub async fn forget_tokens(&self) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        store::forget_tokens(&mut tx, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}
