//! The played checkout: the generated trait over the books.
//!
//! A product's code is its price: `item-250` costs 2,50 € a piece, `gram-990` 9,90 € a kilogram; nobody knows `unknown-1`.

use prost::Message;
use proto::checkout::v1::checkout_service_server::CheckoutService;
use proto::checkout::v1::{self as pb, BasketState::Frozen, BasketState::Open};
use tonic::{Request, Response, Status};

use crate::books::{Books, Fault, refused};
use crate::catalogue::scan;
use crate::wire::Wire;

/// The one card that is known.
pub const CARD: &str = "2900000000421";

pub struct PlayedCheckout {
    pub books: Books,
    pub wire: Wire,
}

impl PlayedCheckout {
    /// Carries a call out, or lets it go wrong as it was told to.
    pub async fn play<T>(
        &self,
        rpc: &'static str,
        carry_out: impl FnOnce(&mut crate::books::Shelf) -> Result<T, Status>,
    ) -> Result<Response<T>, Status> {
        let fault = self.books.called(rpc);
        match fault {
            Some(Fault::Unavailable) => return Err(Status::unavailable("the database is away")),
            Some(Fault::Refuse(reason)) => return Err(refused(reason)),
            Some(Fault::LoseReply) | None => {}
        }
        let answer = carry_out(&mut self.books.shelf());
        self.books.carried_out();
        if fault == Some(Fault::LoseReply) {
            self.wire.cut().await;
        }
        answer.map(Response::new)
    }
}

#[tonic::async_trait]
impl CheckoutService for PlayedCheckout {
    async fn open_basket(
        &self,
        request: Request<pb::OpenBasketRequest>,
    ) -> Result<Response<pb::OpenBasketResponse>, Status> {
        let request = request.into_inner();
        let open = |shelf: &mut crate::books::Shelf| {
            shelf.generations.push(request.generation);
            Ok(pb::OpenBasketResponse { basket: Some(shelf.open(&request.request_id)) })
        };
        self.play("OpenBasket", open).await
    }

    async fn get_basket(
        &self,
        request: Request<pb::GetBasketRequest>,
    ) -> Result<Response<pb::GetBasketResponse>, Status> {
        let request = request.into_inner();
        self.play("GetBasket", |shelf| {
            let kept = shelf.baskets.get(&request.basket_id).ok_or_else(|| refused("NOT_FOUND"))?;
            Ok(pb::GetBasketResponse { basket: Some(kept.now().clone()) })
        })
        .await
    }

    async fn identify_member(
        &self,
        request: Request<pb::IdentifyMemberRequest>,
    ) -> Result<Response<pb::IdentifyMemberResponse>, Status> {
        let q = request.into_inner();
        self.play("IdentifyMember", |shelf| {
            let identify = |basket: &mut pb::Basket| {
                basket.member_identified = true;
                if q.card_number == CARD { Ok(()) } else { Err(refused("UNKNOWN_CARD")) }
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, q.basket_version, &[Open], identify)?);
            Ok(pb::IdentifyMemberResponse { basket })
        })
        .await
    }

    async fn scan_item(
        &self,
        request: Request<pb::ScanItemRequest>,
    ) -> Result<Response<pb::ScanItemResponse>, Status> {
        let q = request.into_inner();
        self.play("ScanItem", |shelf| {
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket =
                Some(shelf.edit(id, &q.basket_id, q.basket_version, &[Open], |basket| scan(basket, &q))?);
            Ok(pb::ScanItemResponse { basket, ..Default::default() })
        })
        .await
    }

    async fn unidentify_member(
        &self,
        request: Request<pb::UnidentifyMemberRequest>,
    ) -> Result<Response<pb::UnidentifyMemberResponse>, Status> {
        let q = request.into_inner();
        self.play("UnidentifyMember", |shelf| {
            let forget = |basket: &mut pb::Basket| {
                basket.member_identified = false;
                Ok(())
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, q.basket_version, &[Open], forget)?);
            Ok(pb::UnidentifyMemberResponse { basket })
        })
        .await
    }

    async fn resolve_code(
        &self,
        request: Request<pb::ResolveCodeRequest>,
    ) -> Result<Response<pb::ResolveCodeResponse>, Status> {
        let q = request.into_inner();
        self.play("ResolveCode", |shelf| {
            let resolve = |basket: &mut pb::Basket| {
                basket.unknown_codes.retain(|unknown| unknown.line_id != q.line_id);
                let (code, quantity_milli) = (q.code.clone(), q.quantity_milli);
                scan(basket, &pb::ScanItemRequest { code, quantity_milli, ..Default::default() })
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, q.basket_version, &[Open], resolve)?);
            Ok(pb::ResolveCodeResponse { basket, line_id: 0 })
        })
        .await
    }

    async fn return_deposit(
        &self,
        request: Request<pb::ReturnDepositRequest>,
    ) -> Result<Response<pb::ReturnDepositResponse>, Status> {
        let q = request.into_inner();
        self.play("ReturnDeposit", |shelf| {
            let bring_back = |basket: &mut pb::Basket| {
                scan(basket, &pb::ScanItemRequest { code: q.code.clone(), ..Default::default() })?;
                let line = basket.lines.last_mut().ok_or_else(|| refused("NOT_A_DEPOSIT"))?;
                line.set_kind(pb::LineKind::DepositReturn);
                (line.unit_price_minor, line.total_minor) = (-line.unit_price_minor, -line.total_minor);
                Ok(())
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, q.basket_version, &[Open], bring_back)?);
            Ok(pb::ReturnDepositResponse { basket, line_id: 0 })
        })
        .await
    }

    async fn set_quantity(
        &self,
        request: Request<pb::SetQuantityRequest>,
    ) -> Result<Response<pb::SetQuantityResponse>, Status> {
        let q = request.into_inner();
        self.play("SetQuantity", |shelf| {
            let change = |basket: &mut pb::Basket| {
                let mut lines = basket.lines.iter_mut();
                let line = lines.find(|line| line.line_id == q.line_id);
                let line = line.ok_or_else(|| refused("UNKNOWN_LINE"))?;
                line.quantity_milli = q.quantity_milli;
                line.total_minor = line.unit_price_minor * line.quantity_milli / 1_000;
                Ok(())
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, q.basket_version, &[Open], change)?);
            Ok(pb::SetQuantityResponse { basket })
        })
        .await
    }

    async fn remove_item(
        &self,
        request: Request<pb::RemoveItemRequest>,
    ) -> Result<Response<pb::RemoveItemResponse>, Status> {
        let q = request.into_inner();
        self.play("RemoveItem", |shelf| {
            let remove = |basket: &mut pb::Basket| {
                basket.lines.retain(|line| line.line_id != q.line_id);
                Ok(())
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, q.basket_version, &[Open], remove)?);
            Ok(pb::RemoveItemResponse { basket })
        })
        .await
    }

    async fn apply_discount(
        &self,
        request: Request<pb::ApplyDiscountRequest>,
    ) -> Result<Response<pb::ApplyDiscountResponse>, Status> {
        let q = request.into_inner();
        self.play("ApplyDiscount", |shelf| {
            let claim = |basket: &mut pb::Basket| {
                basket.claimed_codes.push(q.promotion_code.clone());
                if q.promotion_code == "MERCI" { Ok(()) } else { Err(refused("UNKNOWN_DISCOUNT")) }
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, q.basket_version, &[Open], claim)?);
            Ok(pb::ApplyDiscountResponse { basket })
        })
        .await
    }

    async fn begin_payment(
        &self,
        request: Request<pb::BeginPaymentRequest>,
    ) -> Result<Response<pb::BeginPaymentResponse>, Status> {
        let q = request.into_inner();
        self.play("BeginPayment", |shelf| {
            shelf.generations.push(q.generation);
            let freeze = |basket: &mut pb::Basket| {
                if basket.lines.is_empty() {
                    return Err(refused("BASKET_EMPTY"));
                }
                if !basket.unknown_codes.is_empty() {
                    return Err(refused("CODES_UNRESOLVED"));
                }
                basket.set_state(Frozen);
                Ok(())
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, q.basket_version, &[Open], freeze)?);
            Ok(pb::BeginPaymentResponse { basket })
        })
        .await
    }

    async fn abandon_payment(
        &self,
        request: Request<pb::AbandonPaymentRequest>,
    ) -> Result<Response<pb::AbandonPaymentResponse>, Status> {
        let q = request.into_inner();
        self.play("AbandonPayment", |shelf| {
            if q.never_asked && shelf.is_unknown(&q.basket_id) {
                return Err(refused("BASKET_FROZEN"));
            }
            let thaw = |basket: &mut pb::Basket| {
                if !basket.tenders.is_empty() {
                    return Err(refused("TENDERS_HELD"));
                }
                basket.set_state(Open);
                let is_known = ["REFUSED", "ABANDONED", "TIMED_OUT"].contains(&q.outcome.as_str());
                if is_known { Ok(()) } else { Err(refused("INVALID_FIELD")) }
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, 0, &[Frozen], thaw)?);
            shelf.unpaid_slips.extend(q.slip_texts.clone());
            Ok(pb::AbandonPaymentResponse { basket })
        })
        .await
    }

    async fn record_audit(
        &self,
        request: Request<pb::RecordAuditRequest>,
    ) -> Result<Response<pb::RecordAuditResponse>, Status> {
        let q = request.into_inner();
        self.play("RecordAudit", |shelf| {
            let looked = |basket: &mut pb::Basket| {
                basket.audit_waits = false;
                Ok(())
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, q.basket_version, &[Open], looked)?);
            let found = i64::try_from(q.codes.len()).unwrap();
            Ok(pb::RecordAuditResponse { basket, found, missing: 1, not_scanned: 2 })
        })
        .await
    }

    async fn choose_receipt(
        &self,
        request: Request<pb::ChooseReceiptRequest>,
    ) -> Result<Response<pb::ChooseReceiptResponse>, Status> {
        self.play("ChooseReceipt", |shelf| crate::tickets::choose(shelf, &request.into_inner())).await
    }

    async fn print_ticket(
        &self,
        request: Request<pb::PrintTicketRequest>,
    ) -> Result<Response<pb::PrintTicketResponse>, Status> {
        self.play("PrintTicket", |shelf| crate::tickets::print(shelf, &request.into_inner())).await
    }

    async fn complete_sale(
        &self,
        request: Request<pb::CompleteSaleRequest>,
    ) -> Result<Response<pb::CompleteSaleResponse>, Status> {
        let q = request.into_inner();
        self.play("CompleteSale", |shelf| {
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let ticket = shelf.complete(id, &q.basket_id, q.tender.clone())?;
            shelf.unpaid_slips.extend(q.slip_texts.clone());
            Ok(pb::CompleteSaleResponse { ticket: Some(ticket) })
        })
        .await
    }

    async fn cancel_basket(
        &self,
        request: Request<pb::CancelBasketRequest>,
    ) -> Result<Response<pb::CancelBasketResponse>, Status> {
        let q = request.into_inner();
        self.play("CancelBasket", |shelf| {
            if q.never_asked && shelf.is_unknown(&q.basket_id) {
                return Err(refused("BASKET_FROZEN"));
            }
            let cancel = |basket: &mut pb::Basket| {
                if !basket.tenders.is_empty() {
                    return Err(refused("TENDERS_HELD"));
                }
                basket.set_state(pb::BasketState::Cancelled);
                Ok(())
            };
            let id = (q.request_id.as_str(), q.encode_to_vec());
            let basket = Some(shelf.edit(id, &q.basket_id, 0, &[Open, Frozen], cancel)?);
            shelf.causes.push(q.cause());
            Ok(pb::CancelBasketResponse { basket })
        })
        .await
    }

    async fn get_sale(
        &self,
        request: Request<pb::GetSaleRequest>,
    ) -> Result<Response<pb::GetSaleResponse>, Status> {
        let q = request.into_inner();
        self.play("GetSale", |shelf| {
            let found = shelf.sales.iter().find(|ticket| ticket.basket_id == q.basket_id);
            let ticket = found.cloned().ok_or_else(|| refused("NOT_FOUND"))?;
            Ok(pb::GetSaleResponse { ticket: Some(ticket) })
        })
        .await
    }

    async fn take_tender(
        &self,
        request: Request<pb::TakeTenderRequest>,
    ) -> Result<Response<pb::TakeTenderResponse>, Status> {
        self.play("TakeTender", |shelf| crate::tenders::take(shelf, &request.into_inner())).await
    }

    async fn return_tender(
        &self,
        request: Request<pb::ReturnTenderRequest>,
    ) -> Result<Response<pb::ReturnTenderResponse>, Status> {
        self.play("ReturnTender", |shelf| crate::tenders::give_back(shelf, &request.into_inner())).await
    }

    async fn get_store_credit(
        &self,
        request: Request<pb::GetStoreCreditRequest>,
    ) -> Result<Response<pb::GetStoreCreditResponse>, Status> {
        let basket_id = request.into_inner().basket_id;
        self.play("GetStoreCredit", |shelf| crate::tenders::credit(shelf, &basket_id)).await
    }

    async fn get_card_slip(
        &self,
        _: Request<pb::GetCardSlipRequest>,
    ) -> Result<Response<pb::GetCardSlipResponse>, Status> {
        Err(Status::unimplemented("no till asks for slips"))
    }

    async fn download_ticket(
        &self,
        _: Request<pb::DownloadTicketRequest>,
    ) -> Result<Response<pb::DownloadTicketResponse>, Status> {
        Err(Status::unimplemented("not played"))
    }

    async fn refund_lines(
        &self,
        _: Request<pb::RefundLinesRequest>,
    ) -> Result<Response<pb::RefundLinesResponse>, Status> {
        Err(Status::unimplemented("no till refunds"))
    }
}
