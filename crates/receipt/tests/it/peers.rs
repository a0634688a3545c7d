//! Checkout and membership, played at the wire with scripted answers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use platform::{Clock, Shutdown, config::GrpcArgs, pki, rpc};
use proto::{
    checkout::v1::{
        AbandonPaymentRequest, AbandonPaymentResponse, ApplyDiscountRequest, ApplyDiscountResponse,
        BeginPaymentRequest, BeginPaymentResponse, CancelBasketRequest, CancelBasketResponse,
        ChooseReceiptRequest, ChooseReceiptResponse, CompleteSaleRequest, CompleteSaleResponse,
        DownloadTicketRequest, DownloadTicketResponse, GetBasketRequest, GetBasketResponse,
        GetCardSlipRequest, GetCardSlipResponse, GetSaleRequest, GetSaleResponse, GetStoreCreditRequest,
        GetStoreCreditResponse, IdentifyMemberRequest, IdentifyMemberResponse, OpenBasketRequest,
        OpenBasketResponse, PrintTicketRequest, PrintTicketResponse, RecordAuditRequest, RecordAuditResponse,
        RefundLinesRequest, RefundLinesResponse, RemoveItemRequest, RemoveItemResponse, ResolveCodeRequest,
        ResolveCodeResponse, ReturnDepositRequest, ReturnDepositResponse, ReturnTenderRequest,
        ReturnTenderResponse, ScanItemRequest, ScanItemResponse, SetQuantityRequest, SetQuantityResponse,
        TakeTenderRequest, TakeTenderResponse, Ticket, UnidentifyMemberRequest, UnidentifyMemberResponse,
        checkout_service_server::{CheckoutService, CheckoutServiceServer},
    },
    membership::v1::{
        BlockCardRequest, BlockCardResponse, FindMembersRequest, FindMembersResponse,
        ForgetGuestContactRequest, ForgetGuestContactResponse, GetContactRequest, GetContactResponse,
        GetGreetingRequest, GetGreetingResponse, GetGuestContactRequest, GetGuestContactResponse,
        GetMemberRequest, GetMemberResponse, IssueCardRequest, IssueCardResponse, KeepGuestContactRequest,
        KeepGuestContactResponse, RegisterMemberRequest, RegisterMemberResponse, UpdateMemberRequest,
        UpdateMemberResponse,
        membership_service_server::{MembershipService, MembershipServiceServer},
    },
};
use tokio::sync::watch;
use tonic::{Request, Response, Status, service::Routes};
use url::Url;

/// What the two answer now. Clones answer the same.
#[derive(Clone, Default)]
pub struct Peers {
    script: Arc<Mutex<Script>>,
    asked: watch::Sender<u64>,
    /// Answers wait while this is set.
    held: watch::Sender<bool>,
}

#[derive(Default)]
struct Script {
    contacts: HashMap<String, (String, String)>,
    slips: HashMap<String, String>,
    /// Numbers of copies by request.
    copies: HashMap<String, i64>,
    checkout_away: bool,
    membership_away: bool,
}

impl Peers {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// Where the member's mail goes from now on.
    pub fn moves(&self, member_id: &str, email: &str, first_name: &str) {
        let contact = (email.to_owned(), first_name.to_owned());
        self.script().contacts.insert(member_id.to_owned(), contact);
    }

    /// The member is erased.
    pub fn leaves(&self, member_id: &str) {
        self.script().contacts.remove(member_id);
    }

    pub fn has_slip(&self, sale_id: &str, text: &str) {
        self.script().slips.insert(sale_id.to_owned(), text.to_owned());
    }

    pub fn checkout_is_away(&self, away: bool) {
        self.script().checkout_away = away;
    }

    pub fn membership_is_away(&self, away: bool) {
        self.script().membership_away = away;
    }

    /// Whether answers are held back.
    pub fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// Waits until one of the two was asked that often in all.
    pub async fn asked(&self, times: u64) {
        self.asked.subscribe().wait_for(|asked| *asked >= times).await.unwrap();
    }

    /// Serves as `name` and says where.
    pub fn serve(&self, name: &'static str, folder: &std::path::Path, clock: &Clock, stop: &Shutdown) -> Url {
        let args = GrpcArgs {
            grpc_addr: "127.0.0.1:0".parse().unwrap(),
            staff_public_key: folder.join("staff.pub"),
            tls: pki::identity(folder, name),
        };
        let routes = match name {
            "checkout" => Routes::new(CheckoutServiceServer::new(self.clone())),
            _ => Routes::new(MembershipServiceServer::new(self.clone())),
        };
        let listener = rpc::bind(args.grpc_addr).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
        let (clock, stop) = (clock.clone(), stop.clone());
        tokio::spawn(
            async move { rpc::serve(name, listener, &args, None, clock, routes, stop).await.unwrap() },
        );
        url
    }

    fn slip(&self, request: GetCardSlipRequest) -> Result<Response<GetCardSlipResponse>, Status> {
        let script = self.script();
        if script.checkout_away {
            return Err(Status::unavailable("away"));
        }
        // That of money which went back is kept under its own id.
        let of = if request.credit_id.is_empty() { &request.sale_id } else { &request.credit_id };
        let slip = script.slips.get(of).cloned();
        let slip = slip.ok_or_else(|| Status::not_found("no such sale"))?;
        Ok(Response::new(GetCardSlipResponse { slip_texts: vec![slip], ..Default::default() }))
    }

    fn contact(&self, id: &str) -> Result<Response<GetContactResponse>, Status> {
        let script = self.script();
        if script.membership_away {
            return Err(Status::unavailable("away"));
        }
        let (email, first_name) =
            script.contacts.get(id).cloned().ok_or_else(|| Status::not_found("no such member"))?;
        Ok(Response::new(GetContactResponse { email, first_name }))
    }

    fn guest(&self, request: &GetGuestContactRequest) -> Result<Response<GetGuestContactResponse>, Status> {
        let contact = self.contact(&request.guest_contact_id)?.into_inner();
        Ok(Response::new(GetGuestContactResponse { email: contact.email }))
    }

    /// One more copy for each request.
    fn download(&self, request: DownloadTicketRequest) -> Result<Response<DownloadTicketResponse>, Status> {
        let mut script = self.script();
        if script.checkout_away {
            return Err(Status::unavailable("away"));
        }
        let slip_texts = script.slips.get(&request.sale_id).cloned().into_iter().collect();
        let next = i64::try_from(script.copies.len()).unwrap();
        let copy = *script.copies.entry(request.request_id).or_insert(next);
        let (sale_id, member_id) = (request.sale_id, "0192f3a0-0000-7000-8000-000000000003".to_owned());
        let ticket = Some(Ticket { sale_id, member_id, sequence: 41, ..Ticket::default() });
        Ok(Response::new(DownloadTicketResponse { ticket, copy, slip_texts, ..Default::default() }))
    }
}

/// A service of which a few RPCs are played; what is never called here is refused.
macro_rules! play {
    (
        $service:ident: $($played:ident($request:ident) -> $response:ident { $answer:expr })+;
        $($other:ident($other_request:ident) -> $other_response:ident;)*
    ) => {
        #[tonic::async_trait]
        impl $service for Peers {
            $(async fn $played(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                let answer: fn(&Peers, $request) -> Result<Response<$response>, Status> = $answer;
                self.asked.send_modify(|asked| *asked += 1);
                self.held.subscribe().wait_for(|held| !held).await.unwrap();
                answer(self, request.into_inner())
            })+
            $(async fn $other(&self, _: Request<$other_request>) -> Result<Response<$other_response>, Status> {
                Err(Status::unimplemented("not played"))
            })*
        }
    };
}

play! {
    CheckoutService: get_card_slip(GetCardSlipRequest) -> GetCardSlipResponse { |peers, request| peers.slip(request) }
    download_ticket(DownloadTicketRequest) -> DownloadTicketResponse { |peers, request| peers.download(request) };
    get_sale(GetSaleRequest) -> GetSaleResponse;
    open_basket(OpenBasketRequest) -> OpenBasketResponse;
    get_basket(GetBasketRequest) -> GetBasketResponse;
    identify_member(IdentifyMemberRequest) -> IdentifyMemberResponse;
    scan_item(ScanItemRequest) -> ScanItemResponse;
    set_quantity(SetQuantityRequest) -> SetQuantityResponse;
    unidentify_member(UnidentifyMemberRequest) -> UnidentifyMemberResponse;
    resolve_code(ResolveCodeRequest) -> ResolveCodeResponse;
    return_deposit(ReturnDepositRequest) -> ReturnDepositResponse;
    remove_item(RemoveItemRequest) -> RemoveItemResponse;
    apply_discount(ApplyDiscountRequest) -> ApplyDiscountResponse;
    record_audit(RecordAuditRequest) -> RecordAuditResponse;
    begin_payment(BeginPaymentRequest) -> BeginPaymentResponse;
    abandon_payment(AbandonPaymentRequest) -> AbandonPaymentResponse;
    take_tender(TakeTenderRequest) -> TakeTenderResponse;
    return_tender(ReturnTenderRequest) -> ReturnTenderResponse;
    get_store_credit(GetStoreCreditRequest) -> GetStoreCreditResponse;
    complete_sale(CompleteSaleRequest) -> CompleteSaleResponse;
    cancel_basket(CancelBasketRequest) -> CancelBasketResponse;
    choose_receipt(ChooseReceiptRequest) -> ChooseReceiptResponse;
    print_ticket(PrintTicketRequest) -> PrintTicketResponse;
    refund_lines(RefundLinesRequest) -> RefundLinesResponse;
}

play! {
    MembershipService: get_contact(GetContactRequest) -> GetContactResponse { |peers, request| peers.contact(&request.member_id) }
    get_guest_contact(GetGuestContactRequest) -> GetGuestContactResponse { |peers, request| peers.guest(&request) };
    register_member(RegisterMemberRequest) -> RegisterMemberResponse;
    update_member(UpdateMemberRequest) -> UpdateMemberResponse;
    get_member(GetMemberRequest) -> GetMemberResponse;
    find_members(FindMembersRequest) -> FindMembersResponse;
    issue_card(IssueCardRequest) -> IssueCardResponse;
    block_card(BlockCardRequest) -> BlockCardResponse;
    get_greeting(GetGreetingRequest) -> GetGreetingResponse;
    keep_guest_contact(KeepGuestContactRequest) -> KeepGuestContactResponse;
    forget_guest_contact(ForgetGuestContactRequest) -> ForgetGuestContactResponse;
}
