//! A till, with every verb in one line; each call has a request id of its own unless a test says otherwise.

use platform::peer::Peer;
use proto::checkout::v1 as pb;
use proto::checkout::v1::checkout_service_client::CheckoutServiceClient;
use tonic::Status;

use crate::shop::new_id;

type Answer<T> = Result<T, Status>;

#[derive(Clone)]
pub struct Till {
    pub client: CheckoutServiceClient<Peer>,
}

impl Till {
    pub async fn open(&self) -> pb::Basket {
        let request = pb::OpenBasketRequest { request_id: new_id(), ..Default::default() };
        self.client.clone().open_basket(request).await.unwrap().into_inner().basket.unwrap()
    }

    pub async fn get(&self, basket_id: &str) -> Answer<pb::Basket> {
        let request = pb::GetBasketRequest { basket_id: basket_id.to_owned() };
        Ok(self.client.clone().get_basket(request).await?.into_inner().basket.unwrap())
    }

    pub async fn scan(&self, basket_id: &str, code: &str) -> Answer<pb::Basket> {
        self.scan_some(basket_id, code, 0).await
    }

    pub async fn scan_some(&self, basket_id: &str, code: &str, quantity_milli: i64) -> Answer<pb::Basket> {
        Ok(self.send_scan(scan(basket_id, code, quantity_milli)).await?.basket.unwrap())
    }

    pub async fn send_scan(&self, request: pb::ScanItemRequest) -> Answer<pb::ScanItemResponse> {
        Ok(self.client.clone().scan_item(request).await?.into_inner())
    }

    pub async fn set(&self, basket_id: &str, line_id: i32, quantity_milli: i64) -> Answer<pb::Basket> {
        let request = pb::SetQuantityRequest {
            request_id: new_id(),
            basket_id: basket_id.to_owned(),
            line_id,
            quantity_milli,
            basket_version: 0,
        };
        Ok(self.client.clone().set_quantity(request).await?.into_inner().basket.unwrap())
    }

    pub async fn remove(&self, basket_id: &str, line_id: i32) -> Answer<pb::Basket> {
        let request = pb::RemoveItemRequest {
            request_id: new_id(),
            basket_id: basket_id.to_owned(),
            line_id,
            basket_version: 0,
        };
        Ok(self.client.clone().remove_item(request).await?.into_inner().basket.unwrap())
    }

    pub async fn identify(&self, basket_id: &str, card_number: &str) -> Answer<pb::Basket> {
        let request = pb::IdentifyMemberRequest {
            request_id: new_id(),
            basket_id: basket_id.to_owned(),
            card_number: card_number.to_owned(),
            basket_version: 0,
        };
        Ok(self.client.clone().identify_member(request).await?.into_inner().basket.unwrap())
    }

    pub async fn claim(&self, basket_id: &str, promotion_code: &str) -> Answer<pb::Basket> {
        let request = pb::ApplyDiscountRequest {
            request_id: new_id(),
            basket_id: basket_id.to_owned(),
            promotion_code: promotion_code.to_owned(),
            basket_version: 0,
        };
        Ok(self.client.clone().apply_discount(request).await?.into_inner().basket.unwrap())
    }

    pub async fn unidentify(&self, basket_id: &str) -> Answer<pb::Basket> {
        let request = pb::UnidentifyMemberRequest {
            request_id: new_id(),
            basket_id: basket_id.to_owned(),
            basket_version: 0,
        };
        Ok(self.client.clone().unidentify_member(request).await?.into_inner().basket.unwrap())
    }

    pub async fn resolve(&self, basket_id: &str, line_id: i32, code: &str) -> Answer<pb::Basket> {
        self.resolve_some(basket_id, line_id, code, 0).await
    }

    pub async fn resolve_some(
        &self,
        basket_id: &str,
        line_id: i32,
        code: &str,
        quantity_milli: i64,
    ) -> Answer<pb::Basket> {
        let request = pb::ResolveCodeRequest {
            request_id: new_id(),
            basket_id: basket_id.to_owned(),
            line_id,
            code: code.to_owned(),
            quantity_milli,
            basket_version: 0,
        };
        Ok(self.client.clone().resolve_code(request).await?.into_inner().basket.unwrap())
    }

    /// Takes so many empties back.
    pub async fn take_back(&self, basket_id: &str, code: &str, pieces: i64) -> Answer<pb::Basket> {
        let request = pb::ReturnDepositRequest {
            request_id: new_id(),
            basket_id: basket_id.to_owned(),
            code: code.to_owned(),
            quantity_milli: pieces * 1_000,
            basket_version: 0,
        };
        Ok(self.client.clone().return_deposit(request).await?.into_inner().basket.unwrap())
    }

    pub async fn record(&self, request: pb::RecordAuditRequest) -> Answer<pb::RecordAuditResponse> {
        Ok(self.client.clone().record_audit(request).await?.into_inner())
    }

    pub async fn choose(&self, request: pb::ChooseReceiptRequest) -> Answer<pb::Basket> {
        Ok(self.client.clone().choose_receipt(request).await?.into_inner().basket.unwrap())
    }

    pub async fn print(&self, request: &pb::PrintTicketRequest) -> Answer<pb::PrintTicketResponse> {
        Ok(self.client.clone().print_ticket(request.clone()).await?.into_inner())
    }

    /// Begins the payment of a basket and completes it: without a card when nothing is to be paid.
    pub async fn pay(&self, basket: &pb::Basket) -> Answer<pb::Ticket> {
        let frozen = self.begin(&basket.basket_id, basket.basket_version).await?;
        let request = completion(&frozen);
        let tender = request.tender.clone().filter(|_| frozen.due_minor > 0);
        self.complete(pb::CompleteSaleRequest { tender, ..request }).await
    }

    pub async fn take(&self, request: pb::TakeTenderRequest) -> Answer<pb::Basket> {
        Ok(self.client.clone().take_tender(request).await?.into_inner().basket.unwrap())
    }

    pub async fn give_back(&self, request: pb::ReturnTenderRequest) -> Answer<pb::Basket> {
        Ok(self.client.clone().return_tender(request).await?.into_inner().basket.unwrap())
    }

    /// The store credit of the basket's member, in cents.
    pub async fn store_credit(&self, basket_id: &str) -> Answer<i64> {
        let request = pb::GetStoreCreditRequest { basket_id: basket_id.to_owned() };
        let answer = self.client.clone().get_store_credit(request).await?.into_inner();
        Ok(answer.balance.unwrap().amount_minor)
    }

    pub async fn begin(&self, basket_id: &str, basket_version: i64) -> Answer<pb::Basket> {
        let request = pb::BeginPaymentRequest {
            request_id: new_id(),
            basket_id: basket_id.to_owned(),
            basket_version,
            ..Default::default()
        };
        Ok(self.client.clone().begin_payment(request).await?.into_inner().basket.unwrap())
    }

    pub async fn abandon(&self, basket_id: &str) -> Answer<pb::Basket> {
        let request = pb::AbandonPaymentRequest {
            request_id: new_id(),
            basket_id: basket_id.to_owned(),
            outcome: "REFUSED".to_owned(),
            ..Default::default()
        };
        Ok(self.client.clone().abandon_payment(request).await?.into_inner().basket.unwrap())
    }

    pub async fn cancel(&self, basket_id: &str) -> Answer<pb::Basket> {
        self.give_up(basket_id, pb::CancelCause::Shopper).await
    }

    pub async fn give_up(&self, basket_id: &str, cause: pb::CancelCause) -> Answer<pb::Basket> {
        let request = pb::CancelBasketRequest {
            request_id: new_id(),
            basket_id: basket_id.to_owned(),
            cause: cause.into(),
            ..Default::default()
        };
        Ok(self.client.clone().cancel_basket(request).await?.into_inner().basket.unwrap())
    }

    pub async fn complete(&self, request: pb::CompleteSaleRequest) -> Answer<pb::Ticket> {
        Ok(self.client.clone().complete_sale(request).await?.into_inner().ticket.unwrap())
    }

    pub async fn sale(&self, request: pb::GetSaleRequest) -> Answer<pb::Ticket> {
        Ok(self.client.clone().get_sale(request).await?.into_inner().ticket.unwrap())
    }

    /// A basket with these articles.
    pub async fn fill(&self, codes: &[&str]) -> pb::Basket {
        let mut basket = self.open().await;
        for code in codes {
            basket = self.scan(&basket.basket_id, code).await.unwrap();
        }
        basket
    }

    /// A basket with these articles whose payment has begun.
    pub async fn freeze(&self, codes: &[&str]) -> pb::Basket {
        let basket = self.fill(codes).await;
        self.begin(&basket.basket_id, basket.basket_version).await.unwrap()
    }

    /// A sale of these articles, from the first scan to the ticket.
    pub async fn sell(&self, codes: &[&str]) -> pb::Ticket {
        let basket = self.freeze(codes).await;
        self.complete(completion(&basket)).await.unwrap()
    }
}

pub fn scan(basket_id: &str, code: &str, quantity_milli: i64) -> pb::ScanItemRequest {
    pb::ScanItemRequest {
        request_id: new_id(),
        basket_id: basket_id.to_owned(),
        code: code.to_owned(),
        quantity_milli,
        basket_version: 0,
        tare_milli: 0,
    }
}

/// What the card terminal answers when it took all that is due; what was due of a basket that is no sale yet is its total.
pub fn completion(basket: &pb::Basket) -> pb::CompleteSaleRequest {
    let due = if basket.state() == pb::BasketState::Frozen { basket.due_minor } else { total(basket) };
    pb::CompleteSaleRequest {
        request_id: new_id(),
        basket_id: basket.basket_id.clone(),
        tender: Some(by_card(due)),
        slip_texts: Vec::new(),
    }
}

/// A card payment.
pub fn by_card(amount_minor: i64) -> pb::Tender {
    pb::Tender {
        tender_id: new_id(),
        kind: pb::TenderKind::Card.into(),
        amount_minor,
        card: Some(pb::CardPayment {
            amount_minor,
            brand: "CB".to_owned(),
            pan_last4: "6368".to_owned(),
            application_id: "A0000000421010".to_owned(),
            authorisation: "184117".to_owned(),
            contactless: true,
            slip_text: "CARTE BANCAIRE\n############6368\nMONTANT 10,00 EUR".to_owned(),
        }),
    }
}

/// Holds a tender.
pub fn take(basket: &pb::Basket, tender: pb::Tender) -> pb::TakeTenderRequest {
    pb::TakeTenderRequest { request_id: new_id(), basket_id: basket.basket_id.clone(), tender: Some(tender) }
}

/// Lets a tender go.
pub fn give_back(basket: &pb::Basket, tender_id: &str) -> pb::ReturnTenderRequest {
    pb::ReturnTenderRequest {
        request_id: new_id(),
        basket_id: basket.basket_id.clone(),
        tender_id: tender_id.to_owned(),
    }
}

/// The card of a completion.
pub fn card_of(request: &mut pb::CompleteSaleRequest) -> &mut pb::CardPayment {
    request.tender.as_mut().unwrap().card.as_mut().unwrap()
}

pub fn total(basket: &pb::Basket) -> i64 {
    basket.total.as_ref().unwrap().amount_minor
}
