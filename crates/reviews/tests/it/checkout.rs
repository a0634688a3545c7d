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
        AnswerRefundRequestRequest, AnswerRefundRequestResponse, CreditNote, Line, ListRefundRequestsRequest,
        ListRefundRequestsResponse, Payout, PreviewRefundRequest, PreviewRefundResponse, RefundCause,
        RefundPart, RefundRequestState, RequestRefundRequest, RequestRefundResponse,
        refund_service_server::{RefundService, RefundServiceServer},
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
    /// A person decides.
    Deciding,
    /// A person has refused it.
    Declined,
    /// It is the desk's to pay, however it was asked for.
    ByHand,
}

/// What was asked and given; every line costs as many euros as its number, for each piece asked for.
#[derive(Clone, Default)]
pub struct Checkout(Arc<Mutex<Books>>);

#[derive(Default)]
struct Books {
    asked: Vec<RequestRefundRequest>,
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
        let routes = Routes::new(RefundServiceServer::new(self.clone()));
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
    pub fn asked(&self) -> Vec<RequestRefundRequest> {
        self.0.lock().unwrap().asked.clone()
    }

    /// How many refunds were given.
    pub fn given(&self) -> usize {
        self.0.lock().unwrap().given.len()
    }
}

fn euros(parts: &[RefundPart]) -> Option<Money> {
    let euros: i64 = parts.iter().map(|part| i64::from(part.line_id) * pieces(part)).sum();
    Some(Money { currency_code: "EUR".to_owned(), amount_minor: euros * 100 })
}

fn pieces(part: &RefundPart) -> i64 {
    (part.quantity_milli / 1_000).max(1)
}

/// A line that comes back whole, whatever was bought of it, unless pieces of it are asked for.
fn line(part: &RefundPart) -> Line {
    let quantity_milli = if part.quantity_milli == 0 { 999_999 } else { part.quantity_milli };
    let total_minor = i64::from(part.line_id) * 100 * pieces(part);
    Line { line_id: part.line_id, quantity_milli, total_minor, ..Line::default() }
}

/// How it goes back that was asked for in one way.
fn payout(next: Option<Next>, asked: i32) -> i32 {
    if let Some(Next::ByHand) = next { Payout::Desk.into() } else { asked }
}

fn state(state: RefundRequestState) -> Response<RequestRefundResponse> {
    Response::new(RequestRefundResponse { state: state.into(), ..RequestRefundResponse::default() })
}

#[tonic::async_trait]
impl RefundService for Checkout {
    async fn request_refund(
        &self,
        request: Request<RequestRefundRequest>,
    ) -> Result<Response<RequestRefundResponse>, Status> {
        let asked = request.into_inner();
        let mut books = self.0.lock().unwrap();
        books.asked.push(asked.clone());
        let next = books.next.pop_front();
        match next {
            Some(Next::Refused(reason)) => {
                return Err(refusal("checkout", Code::FailedPrecondition, reason, "not given"));
            }
            Some(Next::Deciding) => return Ok(state(RefundRequestState::Waiting)),
            Some(Next::Declined) => return Ok(state(RefundRequestState::Refused)),
            Some(Next::LostReply | Next::ByHand) | None => {}
        }
        let payout = payout(next, asked.payout);
        let note = books.given.entry(asked.request_id).or_insert_with(|| CreditNote {
            refund_id: uuid::Uuid::now_v7().to_string(),
            sale_id: asked.sale_id,
            payout,
            total: euros(&asked.parts),
            lines: asked.parts.iter().map(line).collect(),
            ..CreditNote::default()
        });
        if let Some(Next::LostReply) = next {
            return Err(Status::unavailable("the connection broke"));
        }
        let credit_note = Some(note.clone());
        let given = state(RefundRequestState::Given).into_inner();
        Ok(Response::new(RequestRefundResponse { credit_note, ..given }))
    }

    async fn preview_refund(
        &self,
        request: Request<PreviewRefundRequest>,
    ) -> Result<Response<PreviewRefundResponse>, Status> {
        let asked = request.into_inner();
        let next = self.0.lock().unwrap().next.pop_front();
        let cause = match next {
            Some(Next::Refused(reason)) => {
                return Err(refusal("checkout", Code::FailedPrecondition, reason, "not given"));
            }
            Some(Next::Deciding) => RefundCause::Budget,
            Some(Next::LostReply | Next::Declined | Next::ByHand) | None => RefundCause::Unspecified,
        };
        Ok(Response::new(PreviewRefundResponse {
            total: euros(&asked.parts),
            store_credit_minor: 0,
            cause: cause.into(),
            payout: payout(next, asked.payout),
            by_hand_minor: if let Some(Next::ByHand) = next { 100 } else { 0 },
        }))
    }

    async fn list_refund_requests(
        &self,
        _: Request<ListRefundRequestsRequest>,
    ) -> Result<Response<ListRefundRequestsResponse>, Status> {
        Err(Status::unimplemented("not played here"))
    }

    async fn answer_refund_request(
        &self,
        _: Request<AnswerRefundRequestRequest>,
    ) -> Result<Response<AnswerRefundRequestResponse>, Status> {
        Err(Status::unimplemented("not played here"))
    }
}
