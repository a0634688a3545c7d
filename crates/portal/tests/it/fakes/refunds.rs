use proto::{
    checkout::v1::{
        AnswerRefundRequestRequest, AnswerRefundRequestResponse, CreditNote, Line, ListRefundRequestsRequest,
        ListRefundRequestsResponse, Payout, PreviewRefundRequest, PreviewRefundResponse, RefundCause,
        RefundPart, RefundRequest, RefundRequestState, RequestRefundRequest, RequestRefundResponse, SoldBy,
        Ticket, refund_service_server::RefundService,
    },
    r#type::v1::Money,
};
use tonic::{Request, Response, Status};

use super::{Fakes, REFUND_REQUEST, SALE, at, unasked};

pub fn eur(amount_minor: i64) -> Option<Money> {
    Some(Money { currency_code: "EUR".to_owned(), amount_minor })
}

fn part(line_id: i32, quantity_milli: i64, amount_minor: i64) -> RefundPart {
    RefundPart { line_id, quantity_milli, amount_minor }
}

impl Fakes {
    /// A request of a member that is above the budget of the month.
    fn refund_request(&self) -> RefundRequest {
        RefundRequest {
            refund_request_id: REFUND_REQUEST.to_owned(),
            sale: Some(self.sold()),
            parts: vec![part(2, 0, 0), part(3, 0, 100)],
            payout: Payout::Desk.into(),
            total: eur(390),
            requested_time: at(12, 15),
            cause: RefundCause::Budget.into(),
            state: RefundRequestState::Waiting.into(),
            credit_notes: vec![CreditNote {
                sequence: 11,
                refunded_time: at(11, 0),
                total: eur(290),
                ..CreditNote::default()
            }],
            member_refunds: 3,
            member_refunds_minor: 9_750,
            ..RefundRequest::default()
        }
    }

    /// A sale to a member, of which a piece came back before.
    pub fn sold(&self) -> Ticket {
        let line = |line_id, name: String, quantity_milli, total_minor, sold_by: SoldBy| Line {
            line_id,
            name,
            quantity_milli,
            total_minor,
            sold_by: sold_by.into(),
            ..Line::default()
        };
        Ticket {
            sale_id: SALE.to_owned(),
            terminal_code: "LILLE-01".to_owned(),
            sequence: 41,
            completed_time: at(9, 41),
            member_id: "01970000-0000-7000-8000-000000000001".to_owned(),
            lines: vec![
                line(1, self.words().product, 1250, 312, SoldBy::Kilogram),
                line(2, "Jus de pomme 1 L".to_owned(), 2000, 580, SoldBy::Unit),
                line(3, "Maroilles fermier".to_owned(), 1000, 890, SoldBy::Unit),
            ],
            refunded_parts: vec![part(2, 1000, 290)],
            ..Ticket::default()
        }
    }
}

#[tonic::async_trait]
impl RefundService for Fakes {
    async fn preview_refund(
        &self,
        request: Request<PreviewRefundRequest>,
    ) -> Result<Response<PreviewRefundResponse>, Status> {
        self.answer("PreviewRefund", &request, |asked| match &asked.parts[..] {
            // Empties had paid a part of it, and no card did.
            [RefundPart { line_id: 3, .. }] => PreviewRefundResponse {
                total: eur(890),
                payout: Payout::Desk.into(),
                by_hand_minor: 300,
                ..PreviewRefundResponse::default()
            },
            _ => PreviewRefundResponse {
                total: eur(602),
                store_credit_minor: 120,
                cause: RefundCause::TooLate.into(),
                payout: asked.payout,
                by_hand_minor: 0,
            },
        })
    }

    async fn request_refund(
        &self,
        _: Request<RequestRefundRequest>,
    ) -> Result<Response<RequestRefundResponse>, Status> {
        unasked()
    }

    async fn list_refund_requests(
        &self,
        request: Request<ListRefundRequestsRequest>,
    ) -> Result<Response<ListRefundRequestsResponse>, Status> {
        self.answer("ListRefundRequests", &request, |asked| {
            let refused = RefundRequest {
                state: RefundRequestState::Refused.into(),
                answered_time: at(13, 5),
                ..self.refund_request()
            };
            let (requests, next_page_token) = match (asked.answered, asked.page_token.as_str()) {
                (false, "") => (vec![self.refund_request()], REFUND_REQUEST.to_owned()),
                (true, _) => (vec![refused], String::new()),
                _ => (Vec::new(), String::new()),
            };
            ListRefundRequestsResponse { requests, next_page_token }
        })
    }

    async fn answer_refund_request(
        &self,
        request: Request<AnswerRefundRequestRequest>,
    ) -> Result<Response<AnswerRefundRequestResponse>, Status> {
        self.answer("AnswerRefundRequest", &request, |_| AnswerRefundRequestResponse {
            request: Some(self.refund_request()),
        })
    }
}
