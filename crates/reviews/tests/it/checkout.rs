//! Checkout as reviews sees it: answers refunds, once for each request id, and fails as it is told to.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use platform::{Clock, Shutdown, config::GrpcArgs, pki, rpc, status::refusal};
use proto::{
    checkout::v1::{
        AbandonPaymentRequest, AbandonPaymentResponse, ApplyDiscountRequest, ApplyDiscountResponse,
        BeginPaymentRequest, BeginPaymentResponse, CancelBasketRequest, CancelBasketResponse,
        ChooseReceiptRequest, ChooseReceiptResponse, CompleteSaleRequest, CompleteSaleResponse, CreditNote,
        GetBasketRequest, GetBasketResponse, GetCardSlipRequest, GetCardSlipResponse, GetSaleRequest,
        GetSaleResponse, GetStoreCreditRequest, GetStoreCreditResponse, IdentifyMemberRequest,
        IdentifyMemberResponse, OpenBasketRequest, OpenBasketResponse, PrintTicketRequest,
        PrintTicketResponse, RecordAuditRequest, RecordAuditResponse, RefundLinesRequest,
        RefundLinesResponse, RemoveItemRequest, RemoveItemResponse, ResolveCodeRequest, ResolveCodeResponse,
        ReturnDepositRequest, ReturnDepositResponse, ReturnTenderRequest, ReturnTenderResponse,
        ScanItemRequest, ScanItemResponse, SetQuantityRequest, SetQuantityResponse, TakeTenderRequest,
        TakeTenderResponse, UnidentifyMemberRequest, UnidentifyMemberResponse,
        checkout_service_server::{CheckoutService, CheckoutServiceServer},
    },
    r#type::v1::Money,
};
use tonic::{Code, Request, Response, Status, service::Routes};

/// What the next refund comes to.
#[derive(Clone, Copy)]
pub enum Next {
    /// It is given, and the answer is lost on its way.
    LostReply,
    /// It is refused for this reason.
    Refused(&'static str),
}

/// What was asked and given; every line costs as many euros as its number.
#[derive(Clone, Default)]
pub struct Checkout(Arc<Mutex<Books>>);

#[derive(Default)]
struct Books {
    asked: Vec<RefundLinesRequest>,
    given: HashMap<String, CreditNote>,
    next: VecDeque<Next>,
}

impl Checkout {
    /// Answers on `address` until `shutdown`.
    pub fn serve(&self, address: SocketAddr, folder: &Path, shutdown: &Shutdown) -> SocketAddr {
        let listener = rpc::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let args = GrpcArgs {
            grpc_addr: address,
            staff_public_key: folder.join("staff.pub"),
            tls: pki::identity(folder, "checkout"),
        };
        let routes = Routes::new(CheckoutServiceServer::new(self.clone()));
        let stop = shutdown.clone();
        tokio::spawn(async move {
            rpc::serve("checkout", listener, &args, None, Clock::system(), routes, stop).await.unwrap();
        });
        address
    }

    /// Lets the next refund end otherwise.
    pub fn next(&self, next: Next) {
        self.0.lock().unwrap().next.push_back(next);
    }

    /// Everything that was asked.
    pub fn asked(&self) -> Vec<RefundLinesRequest> {
        self.0.lock().unwrap().asked.clone()
    }

    /// How many refunds were given.
    pub fn given(&self) -> usize {
        self.0.lock().unwrap().given.len()
    }
}

type Answer<T> = Result<Response<T>, Status>;

fn not_played<T>() -> Answer<T> {
    Err(Status::unimplemented("not played here"))
}

#[tonic::async_trait]
impl CheckoutService for Checkout {
    async fn refund_lines(&self, request: Request<RefundLinesRequest>) -> Answer<RefundLinesResponse> {
        let asked = request.into_inner();
        let mut books = self.0.lock().unwrap();
        books.asked.push(asked.clone());
        let next = books.next.pop_front();
        if let Some(Next::Refused(reason)) = next {
            return Err(refusal("checkout", Code::FailedPrecondition, reason, "not given"));
        }
        let euros: i32 = asked.line_ids.iter().sum();
        let note = books.given.entry(asked.request_id).or_insert_with(|| CreditNote {
            sale_id: asked.sale_id,
            payout: asked.payout,
            total: Some(Money { currency_code: "EUR".to_owned(), amount_minor: i64::from(euros) * 100 }),
            ..CreditNote::default()
        });
        if let Some(Next::LostReply) = next {
            return Err(Status::unavailable("the connection broke"));
        }
        Ok(Response::new(RefundLinesResponse { credit_note: Some(note.clone()) }))
    }

    async fn open_basket(&self, _: Request<OpenBasketRequest>) -> Answer<OpenBasketResponse> {
        not_played()
    }
    async fn get_basket(&self, _: Request<GetBasketRequest>) -> Answer<GetBasketResponse> {
        not_played()
    }
    async fn identify_member(&self, _: Request<IdentifyMemberRequest>) -> Answer<IdentifyMemberResponse> {
        not_played()
    }
    async fn scan_item(&self, _: Request<ScanItemRequest>) -> Answer<ScanItemResponse> {
        not_played()
    }
    async fn set_quantity(&self, _: Request<SetQuantityRequest>) -> Answer<SetQuantityResponse> {
        not_played()
    }
    async fn remove_item(&self, _: Request<RemoveItemRequest>) -> Answer<RemoveItemResponse> {
        not_played()
    }
    async fn record_audit(&self, _: Request<RecordAuditRequest>) -> Answer<RecordAuditResponse> {
        not_played()
    }
    async fn apply_discount(&self, _: Request<ApplyDiscountRequest>) -> Answer<ApplyDiscountResponse> {
        not_played()
    }
    async fn begin_payment(&self, _: Request<BeginPaymentRequest>) -> Answer<BeginPaymentResponse> {
        not_played()
    }
    async fn abandon_payment(&self, _: Request<AbandonPaymentRequest>) -> Answer<AbandonPaymentResponse> {
        not_played()
    }
    async fn take_tender(&self, _: Request<TakeTenderRequest>) -> Answer<TakeTenderResponse> {
        not_played()
    }
    async fn return_tender(&self, _: Request<ReturnTenderRequest>) -> Answer<ReturnTenderResponse> {
        not_played()
    }
    async fn get_store_credit(&self, _: Request<GetStoreCreditRequest>) -> Answer<GetStoreCreditResponse> {
        not_played()
    }
    async fn complete_sale(&self, _: Request<CompleteSaleRequest>) -> Answer<CompleteSaleResponse> {
        not_played()
    }
    async fn cancel_basket(&self, _: Request<CancelBasketRequest>) -> Answer<CancelBasketResponse> {
        not_played()
    }
    async fn get_sale(&self, _: Request<GetSaleRequest>) -> Answer<GetSaleResponse> {
        not_played()
    }
    async fn get_card_slip(&self, _: Request<GetCardSlipRequest>) -> Answer<GetCardSlipResponse> {
        not_played()
    }
    async fn choose_receipt(&self, _: Request<ChooseReceiptRequest>) -> Answer<ChooseReceiptResponse> {
        not_played()
    }
    async fn print_ticket(&self, _: Request<PrintTicketRequest>) -> Answer<PrintTicketResponse> {
        not_played()
    }
    async fn unidentify_member(
        &self,
        _: Request<UnidentifyMemberRequest>,
    ) -> Answer<UnidentifyMemberResponse> {
        not_played()
    }
    async fn resolve_code(&self, _: Request<ResolveCodeRequest>) -> Answer<ResolveCodeResponse> {
        not_played()
    }
    async fn return_deposit(&self, _: Request<ReturnDepositRequest>) -> Answer<ReturnDepositResponse> {
        not_played()
    }
}
