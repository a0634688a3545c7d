//! A basket that leaves the till, and one that comes to it.

use proto::checkout::v1 as pb;
use proto::checkout::v1::resume_basket_request::Way;
use tonic::Request;
use uuid::Uuid;

use super::{CallError, Client, RequestId, present};
use crate::suspension::SuspensionCode;

/// By what a shopper is known again.
#[derive(Clone, Copy, Debug)]
pub enum Shown {
    /// The code that was noted.
    Code(SuspensionCode),
    /// The card of the basket's member.
    Card(barcode::CardNumber),
}

impl Client {
    /// Takes the basket off the till.
    pub async fn suspend_basket(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
        code: &SuspensionCode,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::SuspendBasketRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            basket_version: version,
            code_sha256: code.sha256(),
        };
        let send = |message: Request<pb::SuspendBasketRequest>| {
            let mut suspensions = self.suspensions.clone();
            async move { suspensions.suspend_basket(message).await }
        };
        present(self.until_answered(request, send).await?.basket)
    }

    /// Brings a suspended basket to the till. With nothing shown it asks what became of the earlier request with this id.
    pub async fn resume_basket(&self, id: RequestId, shown: Option<&Shown>) -> Result<pb::Basket, CallError> {
        let way = shown.map(|shown| match shown {
            Shown::Code(code) => Way::CodeSha256(code.sha256()),
            Shown::Card(card) => Way::CardNumber(card.as_str().to_owned()),
        });
        let request = pb::ResumeBasketRequest { request_id: id.to_string(), way };
        let send = |message: Request<pb::ResumeBasketRequest>| {
            let mut suspensions = self.suspensions.clone();
            async move { suspensions.resume_basket(message).await }
        };
        present(self.until_answered(request, send).await?.basket)
    }
}
