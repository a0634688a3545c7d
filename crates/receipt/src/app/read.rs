//! Whoever has a token reads the ticket behind it, for a while. Each reading is a copy, which checkout numbers and seals.

use proto::checkout::v1::Ticket;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{App, slip::shown};
use crate::{error::Error, peers::Download, store};

/// What stands behind a token.
pub struct Read {
    /// The ticket, without the member.
    pub ticket: Ticket,
    /// The card slips.
    pub slip_texts: Vec<String>,
    /// Until when.
    pub expiry: OffsetDateTime,
    /// 0 is the original, n the n-th duplicate.
    pub copy: i64,
}

impl App {
    /// Reads the ticket behind a token; a repeat reads the same copy. What is over, and what never was, is not there: nobody learns which.
    #[tracing::instrument(skip_all)]
    pub async fn read(&self, request_id: Uuid, token: &str) -> Result<Read, Error> {
        let hash = Sha256::digest(token.as_bytes()).into();
        let readable = {
            let mut connection = self.db.acquire().await?;
            store::behind(&mut connection, &hash, self.clock.now()).await?.ok_or(Error::NotFound)?
        };
        let downloaded = self.post.peers.download(&readable.store_code, readable.sale_id, request_id).await;
        let downloaded = downloaded.map_err(|unanswered| Error::Unavailable(unanswered.into()))?;
        let Download { ticket, slips, copy } = downloaded.ok_or(Error::NotFound)?;
        let siret = ticket.store.as_ref().map_or("", |store| &store.siret);
        let slip_texts = shown(&slips, siret);
        Ok(Read {
            // Who bought is of no concern to whoever holds the code.
            ticket: Ticket { member_id: String::new(), ..ticket },
            slip_texts,
            expiry: readable.expiry,
            copy,
        })
    }

    /// Forgets the codes that are over.
    pub async fn forget_tokens(&self) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        store::forget_tokens(&mut tx, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}
