//! How the shopper wants the ticket, and its papers.

use proto::checkout::v1 as pb;
use uuid::Uuid;

use super::{CallError, Client, RequestId, present};
use crate::receipt::{Language, Receipt};

impl Client {
    /// Says how the shopper wants the ticket, and in which language. Of a token only its hash is told.
    pub async fn choose_receipt(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
        receipt: &Receipt,
        language: Language,
    ) -> Result<pb::Basket, CallError> {
        let (guest_contact_id, token_sha256) = match receipt {
            Receipt::TypedEmail { guest_contact_id } => (guest_contact_id.to_string(), String::new()),
            Receipt::Qr { token } => (String::new(), token.sha256()),
            Receipt::CardEmail | Receipt::Paper | Receipt::Nothing => (String::new(), String::new()),
        };
        let request = pb::ChooseReceiptRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            choice: receipt.choice().into(),
            guest_contact_id,
            token_sha256,
            basket_version: version,
            language: language.tag().to_owned(),
        };
        let reply = self.call(request, |mut c, r| async move { c.choose_receipt(r).await }).await?;
        present(reply.basket)
    }

    /// Takes a number for a paper of a ticket, with everything that is printed on it.
    pub async fn print_ticket(
        &self,
        id: RequestId,
        sale_id: Uuid,
    ) -> Result<pb::PrintTicketResponse, CallError> {
        let request = pb::PrintTicketRequest { request_id: id.to_string(), sale_id: sale_id.to_string() };
        self.call(request, |mut c, r| async move { c.print_ticket(r).await }).await
    }
}
