//! Means of payment before the last one, and what the shop owes a member.

use std::time::Duration;

use proto::checkout::v1 as pb;
use uuid::Uuid;

use super::{CallError, Client, RequestId, once, present};

/// A shopper does not wait longer to learn that store credit can be offered.
const CREDIT_DEADLINE: Duration = Duration::from_millis(800);

impl Client {
    /// Lets checkout keep what was given in payment of a frozen basket.
    pub async fn take_tender(
        &self,
        id: RequestId,
        basket_id: Uuid,
        tender: pb::Tender,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::TakeTenderRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            tender: Some(tender),
        };
        let reply = self.call(request, |mut c, r| async move { c.take_tender(r).await }).await?;
        present(reply.basket)
    }

    /// Tells that it was given back.
    pub async fn return_tender(
        &self,
        id: RequestId,
        basket_id: Uuid,
        tender_id: Uuid,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::ReturnTenderRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            tender_id: tender_id.to_string(),
        };
        let reply = self.call(request, |mut c, r| async move { c.return_tender(r).await }).await?;
        present(reply.basket)
    }

    /// What the shop owes the member of a basket, in cents. Asked once: whoever asks can do without.
    pub async fn store_credit(&self, basket_id: Uuid) -> Result<i64, CallError> {
        let request = pb::GetStoreCreditRequest { basket_id: basket_id.to_string() };
        let mut checkout = self.checkout.clone();
        let deadline = CREDIT_DEADLINE.min(self.patience.deadline);
        let reply = once(deadline, request, |r| async move { checkout.get_store_credit(r).await }).await?;
        Ok(reply.balance.map_or(0, |balance| balance.amount_minor))
    }
}
