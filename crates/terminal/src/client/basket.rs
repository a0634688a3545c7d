//! The edits of a basket.

use proto::checkout::v1 as pb;
use uuid::Uuid;

use super::{CallError, Client, RequestId, present};

/// What a scanner sent, with how much of it.
#[derive(Clone, Copy, Debug)]
pub struct Scanned<'a> {
    /// As it came.
    pub code: &'a str,
    /// Zero stands for one piece, or for what the label says.
    pub quantity_milli: i64,
    /// What the container weighed that was taken off a weighing.
    pub tare_milli: i64,
}

impl Client {
    /// Opens an empty basket.
    pub async fn open_basket(&self, id: RequestId) -> Result<pb::Basket, CallError> {
        let request = pb::OpenBasketRequest { request_id: id.to_string(), generation: self.generation() };
        let reply = self.call(request, |mut c, r| async move { c.open_basket(r).await }).await?;
        present(reply.basket)
    }

    /// Reads a basket.
    pub async fn get_basket(&self, basket_id: Uuid) -> Result<pb::Basket, CallError> {
        let request = pb::GetBasketRequest { basket_id: basket_id.to_string() };
        let reply = self.call(request, |mut c, r| async move { c.get_basket(r).await }).await?;
        present(reply.basket)
    }

    /// Presents a member's card.
    pub async fn identify_member(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
        card: &barcode::CardNumber,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::IdentifyMemberRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            card_number: card.as_str().to_owned(),
            basket_version: version,
        };
        let reply = self.call(request, |mut c, r| async move { c.identify_member(r).await }).await?;
        present(reply.basket)
    }

    /// Adds what was scanned.
    pub async fn scan_item(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
        scanned: Scanned<'_>,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::ScanItemRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            code: scanned.code.to_owned(),
            quantity_milli: scanned.quantity_milli,
            basket_version: version,
            tare_milli: scanned.tare_milli,
        };
        let reply = self.call(request, |mut c, r| async move { c.scan_item(r).await }).await?;
        present(reply.basket)
    }

    /// Changes the quantity of a line.
    pub async fn set_quantity(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
        line_id: i32,
        quantity_milli: i64,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::SetQuantityRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            line_id,
            quantity_milli,
            basket_version: version,
        };
        let reply = self.call(request, |mut c, r| async move { c.set_quantity(r).await }).await?;
        present(reply.basket)
    }

    /// Takes a line out.
    pub async fn remove_item(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
        line_id: i32,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::RemoveItemRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            line_id,
            basket_version: version,
        };
        let reply = self.call(request, |mut c, r| async move { c.remove_item(r).await }).await?;
        present(reply.basket)
    }

    /// Claims a discount.
    pub async fn apply_discount(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
        promotion_code: &str,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::ApplyDiscountRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            promotion_code: promotion_code.to_owned(),
            basket_version: version,
        };
        let reply = self.call(request, |mut c, r| async move { c.apply_discount(r).await }).await?;
        present(reply.basket)
    }

    /// Forgets the member.
    pub async fn unidentify_member(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::UnidentifyMemberRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            basket_version: version,
        };
        let reply = self.call(request, |mut c, r| async move { c.unidentify_member(r).await }).await?;
        present(reply.basket)
    }

    /// Says which product an unknown code is, and how much of it where no label says it.
    pub async fn resolve_code(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
        line_id: i32,
        named: Scanned<'_>,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::ResolveCodeRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            line_id,
            code: named.code.to_owned(),
            quantity_milli: named.quantity_milli,
            basket_version: version,
        };
        let reply = self.call(request, |mut c, r| async move { c.resolve_code(r).await }).await?;
        present(reply.basket)
    }

    /// Ends the look at a drawn basket by what was scanned again.
    pub async fn record_audit(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
        codes: Vec<String>,
    ) -> Result<pb::RecordAuditResponse, CallError> {
        let request = pb::RecordAuditRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            codes,
            basket_version: version,
        };
        self.call(request, |mut c, r| async move { c.record_audit(r).await }).await
    }

    /// Takes an empty back.
    pub async fn return_deposit(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
        code: &str,
        quantity_milli: i64,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::ReturnDepositRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            code: code.to_owned(),
            quantity_milli,
            basket_version: version,
        };
        let reply = self.call(request, |mut c, r| async move { c.return_deposit(r).await }).await?;
        present(reply.basket)
    }
}
