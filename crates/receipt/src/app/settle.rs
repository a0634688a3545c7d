//! A person settles a mail of which nobody knows whether it arrived.

use outbox::request::{self, Claim};
use uuid::Uuid;

use super::App;
use crate::{
    domain::{Delivery, DeliveryId},
    error::Error,
    events,
    store::{self, Scope},
};

/// What a person found at the mail server.
pub struct Settlement {
    /// Identity of the request.
    pub request_id: Uuid,
    /// Of its content.
    pub fingerprint: [u8; 32],
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// It arrived; otherwise it did not, and is queued again.
    pub arrived: bool,
}

impl App {
    /// Settles an unknown delivery: it arrived, or it is sent again under the same Message-ID.
    #[tracing::instrument(skip_all)]
    pub async fn settle(
        &self,
        caller: &str,
        scope: &Scope,
        settlement: Settlement,
    ) -> Result<Delivery, Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let claim = request::claim(&mut tx, caller, settlement.request_id, settlement.fingerprint).await?;
        match claim {
            Claim::First => {}
            Claim::Repeat { reply: Some(reply) } => return Ok(serde_json::from_slice(&reply)?),
            Claim::Repeat { reply: None } => {
                return Err(Error::Internal(anyhow::anyhow!("a request was claimed without its reply")));
            }
            Claim::Reused => return Err(Error::RequestIdReused),
        }
        let unknown = store::unknown_for_update(&mut tx, scope, settlement.delivery_id).await?;
        if !unknown.ok_or(Error::NotFound)? {
            return Err(Error::NotUnknown);
        }
        let delivery = store::resolve(&mut tx, settlement.delivery_id, settlement.arrived, now).await?;
        if let Some(event) = events::settled(&delivery, now)? {
            outbox::record(&mut tx, &event).await?;
        }
        let reply = serde_json::to_vec(&delivery)?;
        request::save_reply(&mut tx, caller, settlement.request_id, &reply).await?;
        tx.commit().await?;
        self.wake.wake();
        self.queue.wake();
        Ok(delivery)
    }
}
