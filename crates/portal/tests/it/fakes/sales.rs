use platform::status::refusal;
use proto::checkout::v1::{checkout_service_server::CheckoutService, *};
use tonic::{Code, Request, Response, Status};

use super::{Fakes, SALE, at, refunds::eur, unasked};

impl Fakes {
    fn found(&self, request: &Request<GetSaleRequest>) -> Result<Response<GetSaleResponse>, Status> {
        let asked = request.get_ref();
        if asked.sale_id.is_empty() && asked.sequence != 41 {
            return Err(refusal("checkout", Code::NotFound, "NOT_FOUND", "not known"));
        }
        self.answer("GetSale", request, |_| GetSaleResponse { ticket: Some(self.sold()) })
    }

    fn given_back(
        &self,
        request: &Request<RefundLinesRequest>,
    ) -> Result<Response<RefundLinesResponse>, Status> {
        self.answer("RefundLines", request, |asked| {
            // Empties had paid a part of the third line, and no card did.
            let (total_minor, store_credit_minor, by_hand_minor) = match &asked.parts[..] {
                [RefundPart { line_id: 3, amount_minor: 300, .. }] => (300, 0, 300),
                [RefundPart { line_id: 3, .. }] => (890, 0, 300),
                _ => (602, 120, 0),
            };
            let credit_note = CreditNote {
                sale_id: SALE.to_owned(),
                terminal_code: "LILLE-01".to_owned(),
                sequence: 12,
                sale_sequence: 41,
                refunded_time: at(14, 30),
                lines: self.sold().lines.into_iter().take(2).collect(),
                total: eur(total_minor),
                store_credit_minor,
                by_hand_minor,
                payout: if by_hand_minor > 0 { Payout::Desk.into() } else { asked.payout },
                reason: asked.reason,
                ..CreditNote::default()
            };
            RefundLinesResponse { credit_note: Some(credit_note) }
        })
    }

    fn printed(
        &self,
        request: &Request<PrintTicketRequest>,
    ) -> Result<Response<PrintTicketResponse>, Status> {
        self.answer("PrintTicket", request, |_| PrintTicketResponse {
            ticket: Some(self.sold()),
            copy: 1,
            slip_texts: vec!["CARTE BANCAIRE\n############0674\nDEBIT".to_owned()],
        })
    }
}

/// The service of the tills, of which pages ask for three things.
macro_rules! play {
    (
        $($played:ident($request:ident) -> $response:ident { $answer:expr })+;
        $($other:ident($other_request:ident) -> $other_response:ident;)+
    ) => {
        #[tonic::async_trait]
        impl CheckoutService for Fakes {
            $(async fn $played(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                let answer: fn(&Fakes, &Request<$request>) -> Result<Response<$response>, Status> = $answer;
                answer(self, &request)
            })+
            $(async fn $other(&self, _: Request<$other_request>) -> Result<Response<$other_response>, Status> {
                unasked()
            })+
        }
    };
}

play! {
    get_sale(GetSaleRequest) -> GetSaleResponse { Fakes::found }
    refund_lines(RefundLinesRequest) -> RefundLinesResponse { Fakes::given_back }
    print_ticket(PrintTicketRequest) -> PrintTicketResponse { Fakes::printed };
    open_basket(OpenBasketRequest) -> OpenBasketResponse;
    get_basket(GetBasketRequest) -> GetBasketResponse;
    identify_member(IdentifyMemberRequest) -> IdentifyMemberResponse;
    scan_item(ScanItemRequest) -> ScanItemResponse;
    set_quantity(SetQuantityRequest) -> SetQuantityResponse;
    remove_item(RemoveItemRequest) -> RemoveItemResponse;
    unidentify_member(UnidentifyMemberRequest) -> UnidentifyMemberResponse;
    resolve_code(ResolveCodeRequest) -> ResolveCodeResponse;
    return_deposit(ReturnDepositRequest) -> ReturnDepositResponse;
    apply_discount(ApplyDiscountRequest) -> ApplyDiscountResponse;
    choose_receipt(ChooseReceiptRequest) -> ChooseReceiptResponse;
    record_audit(RecordAuditRequest) -> RecordAuditResponse;
    begin_payment(BeginPaymentRequest) -> BeginPaymentResponse;
    abandon_payment(AbandonPaymentRequest) -> AbandonPaymentResponse;
    take_tender(TakeTenderRequest) -> TakeTenderResponse;
    return_tender(ReturnTenderRequest) -> ReturnTenderResponse;
    get_store_credit(GetStoreCreditRequest) -> GetStoreCreditResponse;
    complete_sale(CompleteSaleRequest) -> CompleteSaleResponse;
    cancel_basket(CancelBasketRequest) -> CancelBasketResponse;
    get_card_slip(GetCardSlipRequest) -> GetCardSlipResponse;
    download_ticket(DownloadTicketRequest) -> DownloadTicketResponse;
}
