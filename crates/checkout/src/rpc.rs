//! Protobuf to domain and back. A handler makes three moves: read the message, call the verb, write the answer.

use money::Quantity;
use platform::{Caller, Role, rpc::caller, status::refusal};
use prost::Message;
use proto::checkout::v1 as pb;
use proto::checkout::v1::checkout_service_server::{CheckoutService, CheckoutServiceServer};
use tonic::{Code, Request, Response, Status};

use crate::{
    app::{App, basket, basket::Command, payment, refund, refund::Asker, sale},
    error::Error,
    store::sale::Scope,
};

pub mod acquirer;
pub mod attendance;
mod audit;
pub mod catalogue;
mod convert;
mod giving_back;
mod history;
pub mod journal;
mod people;
mod receipt;
mod refund_credit;
pub mod refund_payment;
pub mod refund_request;
mod status;
pub mod suspension;
mod tender;
pub mod till;
pub mod training;

/// The largest message of a till: the card slips of a payment, and a little around them.
const LARGEST_MESSAGE: usize = 64 << 10;

/// The service, to be added to the routes.
pub fn server(app: App) -> CheckoutServiceServer<Checkout> {
    CheckoutServiceServer::new(Checkout(app)).max_decoding_message_size(LARGEST_MESSAGE)
}

/// Answers from the first scan to the refund.
#[derive(Clone)]
pub struct Checkout(App);

#[tonic::async_trait]
impl CheckoutService for Checkout {
    async fn open_basket(
        &self,
        request: Request<pb::OpenBasketRequest>,
    ) -> Result<Response<pb::OpenBasketResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let key = convert::request_key("OpenBasket", &message, &message.request_id)?;
        let shown = basket::open_basket(&self.0, &till.code, key, message.generation).await?;
        Ok(Response::new(pb::OpenBasketResponse { basket: Some(shown.into()) }))
    }

    async fn get_basket(
        &self,
        request: Request<pb::GetBasketRequest>,
    ) -> Result<Response<pb::GetBasketResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let basket_id = convert::basket_id(&message.basket_id)?;
        let shown = basket::get_basket(&self.0, &till.code, basket_id).await?;
        Ok(Response::new(pb::GetBasketResponse { basket: Some(shown.into()) }))
    }

    async fn identify_member(
        &self,
        request: Request<pb::IdentifyMemberRequest>,
    ) -> Result<Response<pb::IdentifyMemberResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::IdentifyMemberRequest { request_id, basket_id, card_number, basket_version } = &message;
        let command = till.command("IdentifyMember", &message, request_id, basket_id, *basket_version)?;
        let card_number = convert::short("card_number", card_number, 64)?;
        let shown = basket::identify_member(&self.0, command, card_number).await?;
        Ok(Response::new(pb::IdentifyMemberResponse { basket: Some(shown.into()) }))
    }

    async fn scan_item(
        &self,
        request: Request<pb::ScanItemRequest>,
    ) -> Result<Response<pb::ScanItemResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::ScanItemRequest { request_id, basket_id, code, basket_version, .. } = &message;
        let command = till.command("ScanItem", &message, request_id, basket_id, *basket_version)?;
        let code = convert::short("code", code, 256)?;
        let shown = basket::scan_item(&self.0, command, code, convert::wanted_of(&message)?).await?;
        Ok(Response::new(shown.into()))
    }

    async fn unidentify_member(
        &self,
        request: Request<pb::UnidentifyMemberRequest>,
    ) -> Result<Response<pb::UnidentifyMemberResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::UnidentifyMemberRequest { request_id, basket_id, basket_version } = &message;
        let command = till.command("UnidentifyMember", &message, request_id, basket_id, *basket_version)?;
        let shown = basket::unidentify_member(&self.0, command).await?;
        Ok(Response::new(pb::UnidentifyMemberResponse { basket: Some(shown.into()) }))
    }

    async fn resolve_code(
        &self,
        request: Request<pb::ResolveCodeRequest>,
    ) -> Result<Response<pb::ResolveCodeResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::ResolveCodeRequest { request_id, basket_id, line_id, code, quantity_milli, basket_version } =
            &message;
        let command = till.command("ResolveCode", &message, request_id, basket_id, *basket_version)?;
        let code = convert::short("code", code, 256)?;
        let quantity = Quantity::new(*quantity_milli);
        let shown = basket::resolve_code(&self.0, command, *line_id, code, quantity).await?;
        let line_id = shown.basket.touched_line;
        Ok(Response::new(pb::ResolveCodeResponse { basket: Some(shown.into()), line_id }))
    }

    async fn return_deposit(
        &self,
        request: Request<pb::ReturnDepositRequest>,
    ) -> Result<Response<pb::ReturnDepositResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::ReturnDepositRequest { request_id, basket_id, code, quantity_milli, basket_version } =
            &message;
        let command = till.command("ReturnDeposit", &message, request_id, basket_id, *basket_version)?;
        let code = convert::short("code", code, 256)?;
        let shown = basket::return_deposit(&self.0, command, code, Quantity::new(*quantity_milli)).await?;
        let line_id = shown.basket.touched_line;
        Ok(Response::new(pb::ReturnDepositResponse { basket: Some(shown.into()), line_id }))
    }

    async fn set_quantity(
        &self,
        request: Request<pb::SetQuantityRequest>,
    ) -> Result<Response<pb::SetQuantityResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::SetQuantityRequest { request_id, basket_id, line_id, quantity_milli, basket_version } =
            &message;
        let command = till.command("SetQuantity", &message, request_id, basket_id, *basket_version)?;
        let shown = basket::set_quantity(&self.0, command, *line_id, Quantity::new(*quantity_milli)).await?;
        Ok(Response::new(pb::SetQuantityResponse { basket: Some(shown.into()) }))
    }

    async fn remove_item(
        &self,
        request: Request<pb::RemoveItemRequest>,
    ) -> Result<Response<pb::RemoveItemResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::RemoveItemRequest { request_id, basket_id, line_id, basket_version } = &message;
        let command = till.command("RemoveItem", &message, request_id, basket_id, *basket_version)?;
        let shown = basket::remove_item(&self.0, command, *line_id).await?;
        Ok(Response::new(pb::RemoveItemResponse { basket: Some(shown.into()) }))
    }

    async fn apply_discount(
        &self,
        request: Request<pb::ApplyDiscountRequest>,
    ) -> Result<Response<pb::ApplyDiscountResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::ApplyDiscountRequest { request_id, basket_id, promotion_code, basket_version } = &message;
        let command = till.command("ApplyDiscount", &message, request_id, basket_id, *basket_version)?;
        let code = convert::short("promotion_code", promotion_code, 24)?;
        let shown = basket::apply_discount(&self.0, command, code).await?;
        Ok(Response::new(pb::ApplyDiscountResponse { basket: Some(shown.into()) }))
    }

    async fn choose_receipt(
        &self,
        request: Request<pb::ChooseReceiptRequest>,
    ) -> Result<Response<pb::ChooseReceiptResponse>, Status> {
        receipt::choose(&self.0, request).await
    }

    async fn record_audit(
        &self,
        request: Request<pb::RecordAuditRequest>,
    ) -> Result<Response<pb::RecordAuditResponse>, Status> {
        audit::record(&self.0, request).await
    }

    async fn begin_payment(
        &self,
        request: Request<pb::BeginPaymentRequest>,
    ) -> Result<Response<pb::BeginPaymentResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::BeginPaymentRequest { request_id, basket_id, basket_version, generation } = &message;
        let version = convert::needed_version(*basket_version)?;
        let command = till.command("BeginPayment", &message, request_id, basket_id, version)?;
        let command = Command { generation: Some(*generation), ..command };
        let shown = payment::begin_payment(&self.0, command).await?;
        Ok(Response::new(pb::BeginPaymentResponse { basket: Some(shown.into()) }))
    }

    async fn abandon_payment(
        &self,
        request: Request<pb::AbandonPaymentRequest>,
    ) -> Result<Response<pb::AbandonPaymentResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::AbandonPaymentRequest { request_id, basket_id, outcome, slip_texts, .. } = &message;
        let command = till.command("AbandonPayment", &message, request_id, basket_id, 0)?;
        let (outcome, slip_texts) = (convert::outcome(outcome)?, convert::slips(slip_texts)?);
        let shown = payment::abandon_payment(&self.0, command, outcome, slip_texts.to_vec()).await?;
        Ok(Response::new(pb::AbandonPaymentResponse { basket: Some(shown.into()) }))
    }

    async fn take_tender(
        &self,
        request: Request<pb::TakeTenderRequest>,
    ) -> Result<Response<pb::TakeTenderResponse>, Status> {
        tender::take(&self.0, request).await
    }

    async fn return_tender(
        &self,
        request: Request<pb::ReturnTenderRequest>,
    ) -> Result<Response<pb::ReturnTenderResponse>, Status> {
        tender::give_back(&self.0, request).await
    }

    async fn get_store_credit(
        &self,
        request: Request<pb::GetStoreCreditRequest>,
    ) -> Result<Response<pb::GetStoreCreditResponse>, Status> {
        tender::store_credit(&self.0, request).await
    }

    async fn complete_sale(
        &self,
        request: Request<pb::CompleteSaleRequest>,
    ) -> Result<Response<pb::CompleteSaleResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::CompleteSaleRequest { request_id, basket_id, tender, slip_texts } = &message;
        let command = till.command("CompleteSale", &message, request_id, basket_id, 0)?;
        let last = tender.clone().map(tender::given).transpose()?;
        let slip_texts = convert::slips(slip_texts)?;
        let ticket = sale::complete_sale(&self.0, &till.caller, command, last.as_ref(), slip_texts).await?;
        Ok(Response::new(pb::CompleteSaleResponse { ticket: Some(ticket.into()) }))
    }

    async fn cancel_basket(
        &self,
        request: Request<pb::CancelBasketRequest>,
    ) -> Result<Response<pb::CancelBasketResponse>, Status> {
        let (till, message) = Till::calls(request)?;
        let pb::CancelBasketRequest { request_id, basket_id, .. } = &message;
        let command = till.command("CancelBasket", &message, request_id, basket_id, 0)?;
        let shown = payment::cancel_basket(&self.0, command, convert::ending(&message)?).await?;
        Ok(Response::new(pb::CancelBasketResponse { basket: Some(shown.into()) }))
    }

    async fn get_sale(
        &self,
        request: Request<pb::GetSaleRequest>,
    ) -> Result<Response<pb::GetSaleResponse>, Status> {
        let scope = scope(&caller(&request)?)?;
        let key = convert::sale_key(request.get_ref())?;
        let (ticket, given_back) = sale::get_sale(&self.0, &scope, key).await?;
        let ticket = giving_back::ticket(ticket, &given_back);
        Ok(Response::new(pb::GetSaleResponse { ticket: Some(ticket) }))
    }

    async fn get_card_slip(
        &self,
        request: Request<pb::GetCardSlipRequest>,
    ) -> Result<Response<pb::GetCardSlipResponse>, Status> {
        let pb::GetCardSlipRequest { sale_id, credit_id } = request.get_ref();
        let sale_id = convert::sale_id(sale_id)?;
        let slip_texts = match credit_id.as_str() {
            "" => sale::get_card_slip(&self.0, sale_id).await?,
            credit_id => {
                let credit_id = refund_credit::credit_id(credit_id)?;
                crate::app::refund_credit::get_credit_slip(&self.0, sale_id, credit_id).await?
            }
        };
        let card_contracts = self.0.card_contracts.to_vec();
        Ok(Response::new(pb::GetCardSlipResponse { card_contracts, slip_texts }))
    }

    async fn print_ticket(
        &self,
        request: Request<pb::PrintTicketRequest>,
    ) -> Result<Response<pb::PrintTicketResponse>, Status> {
        receipt::print(&self.0, request).await
    }

    async fn download_ticket(
        &self,
        request: Request<pb::DownloadTicketRequest>,
    ) -> Result<Response<pb::DownloadTicketResponse>, Status> {
        receipt::download(&self.0, request).await
    }

    async fn refund_lines(
        &self,
        request: Request<pb::RefundLinesRequest>,
    ) -> Result<Response<pb::RefundLinesResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let key = convert::request_key("RefundLines", &message, &message.request_id)?;
        let wanted = giving_back::wanted(message)?;
        let asker = match caller {
            Caller::Staff(_) => Asker::Person,
            Caller::Service(_) | Caller::Terminal(_) | Caller::Operator => Asker::Shopper,
        };
        let scope = scope(&caller)?;
        let note = refund::refund_lines(&self.0, &caller.id(), asker, key, &scope, &wanted).await?;
        Ok(Response::new(pb::RefundLinesResponse { credit_note: Some(note.into()) }))
    }
}

/// The till that calls, known by its certificate.
struct Till {
    code: String,
    caller: String,
}

impl Till {
    fn calls<T>(request: Request<T>) -> Result<(Self, T), Status> {
        let caller = caller(&request)?;
        let id = caller.id();
        match caller {
            Caller::Terminal(code) => Ok((Self { code, caller: id }, request.into_inner())),
            Caller::Service(_) | Caller::Operator | Caller::Staff(_) => Err(not_allowed()),
        }
    }

    fn command(
        &self,
        rpc: &'static str,
        message: &impl Message,
        request_id: &str,
        basket_id: &str,
        version: i64,
    ) -> Result<Command<'_>, Error> {
        Ok(Command {
            terminal_code: &self.code,
            basket_id: convert::basket_id(basket_id)?,
            version: convert::version(version)?,
            request: convert::request_key(rpc, message, request_id)?,
            generation: None,
        })
    }
}

/// A till sees its own sales, a person those of the own store, the service of the shoppers' links any.
fn scope(caller: &Caller) -> Result<Scope, Status> {
    match caller {
        Caller::Terminal(code) => Ok(Scope::Terminal(code.clone())),
        Caller::Staff(staff) if !staff.store_code.is_empty() => Ok(Scope::Store(staff.store_code.clone())),
        Caller::Service(Role::Reviews) => Ok(Scope::Everywhere),
        Caller::Staff(_) | Caller::Service(_) | Caller::Operator => Err(not_allowed()),
    }
}

fn not_allowed() -> Status {
    refusal("checkout", Code::PermissionDenied, "NOT_ALLOWED", "this role may not call this RPC")
}
