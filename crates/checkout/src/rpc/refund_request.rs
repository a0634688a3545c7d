//! RefundService: for the service of the shoppers' links, and for the people of a store who decide.

use platform::rpc::{caller, has_ended};
use proto::checkout::v1 as pb;
use proto::checkout::v1::refund_service_server::{RefundService, RefundServiceServer};
use tonic::{Request, Response, Status};

use super::{convert, giving_back, people, scope};
use crate::{
    app::{
        App,
        attendance::Attendant,
        refund_request::{self as app, Page, Wanted},
    },
    domain::{
        id::RefundRequestId,
        refund::policy::Cause,
        refund_request::{Answer, Answered, History, RefundRequest, State},
    },
    error::Error,
    events::timestamp,
};

/// The service, to be added to the routes.
pub fn server(app: App) -> RefundServiceServer<Refunds> {
    RefundServiceServer::new(Refunds(app))
}

/// Takes requests, and the answers of people.
#[derive(Clone)]
pub struct Refunds(App);

#[tonic::async_trait]
impl RefundService for Refunds {
    async fn preview_refund(
        &self,
        request: Request<pb::PreviewRefundRequest>,
    ) -> Result<Response<pb::PreviewRefundResponse>, Status> {
        let scope = scope(&caller(&request)?)?;
        let pb::PreviewRefundRequest { sale_id, parts, payout } = request.into_inner();
        let reason = pb::RefundReason::Unspecified.into();
        let wanted = giving_back::parts(&sale_id, parts, payout, reason)?;
        let (note, cause) = app::preview_refund(&self.0, &scope, &wanted).await?;
        Ok(Response::new(pb::PreviewRefundResponse {
            total: convert::money(note.total, note.currency),
            store_credit_minor: note.to_credit.get(),
            cause: self::cause(cause),
            payout: pb::Payout::from(note.payout).into(),
            by_hand_minor: note.by_hand.get(),
        }))
    }

    async fn request_refund(
        &self,
        request: Request<pb::RequestRefundRequest>,
    ) -> Result<Response<pb::RequestRefundResponse>, Status> {
        let caller = caller(&request)?;
        let message = request.into_inner();
        let key = convert::request_key("RequestRefund", &message, &message.request_id)?;
        let pb::RequestRefundRequest { sale_id, parts, payout, reason, .. } = message;
        let wanted = giving_back::parts(&sale_id, parts, payout, reason)?;
        let (asked, note) = app::request_refund(&self.0, &caller.id(), key, &wanted).await?;
        Ok(Response::new(pb::RequestRefundResponse {
            state: pb::RefundRequestState::from(asked.state).into(),
            credit_note: note.map(Into::into),
            refund_request_id: asked.refund_request_id.to_string(),
        }))
    }

    async fn list_refund_requests(
        &self,
        request: Request<pb::ListRefundRequestsRequest>,
    ) -> Result<Response<pb::ListRefundRequestsResponse>, Status> {
        let staff = people::staff(&caller(&request)?)?;
        let message = request.into_inner();
        let after = match message.page_token.as_str() {
            "" => None,
            token => Some(request_id("page_token", token)?),
        };
        let page_size = convert::page_size(message.page_size)?;
        let wanted = if message.answered { Wanted::Answered } else { Wanted::Waiting };
        let page = app::list_refund_requests(&self.0, &staff.store_code, wanted, after, page_size).await?;
        Ok(Response::new(page.into()))
    }

    async fn answer_refund_request(
        &self,
        request: Request<pb::AnswerRefundRequestRequest>,
    ) -> Result<Response<pb::AnswerRefundRequestResponse>, Status> {
        let caller = caller(&request)?;
        let staff = people::staff(&caller)?;
        let (staff_id, has_ended) = (people::staff_id(&staff)?, has_ended(&request));
        let message = request.into_inner();
        let key = convert::request_key("AnswerRefundRequest", &message, &message.request_id)?;
        let asked = request_id("refund_request_id", &message.refund_request_id)?;
        let (caller, store_code) = (&caller.id(), &staff.store_code);
        let attendant = Attendant { caller, staff_id, store_code, has_ended };
        let answered = app::answer_refund_request(&self.0, attendant, key, asked, answer(&message)?).await?;
        Ok(Response::new(pb::AnswerRefundRequestResponse { request: Some(told(answered)) }))
    }
}

fn request_id(field: &str, text: &str) -> Result<RefundRequestId, Error> {
    convert::uuid(field, text).map(RefundRequestId)
}

fn answer(message: &pb::AnswerRefundRequestRequest) -> Result<Answer, Error> {
    match message.answer() {
        pb::RefundRequestState::Given => Ok(Answer::Give),
        pb::RefundRequestState::Refused => Ok(Answer::Refuse),
        pb::RefundRequestState::Unspecified | pb::RefundRequestState::Waiting => {
            Err(Error::field("answer", "neither GIVEN nor REFUSED"))
        }
    }
}

impl From<Page> for pb::ListRefundRequestsResponse {
    fn from(page: Page) -> Self {
        let last = page.requests.last().filter(|_| page.has_more);
        Self {
            next_page_token: last.map(|(last, _)| last.refund_request_id.to_string()).unwrap_or_default(),
            requests: page.requests.into_iter().map(told).collect(),
        }
    }
}

/// A request with what there is to know before deciding.
fn told((asked, history): (RefundRequest, History)) -> pb::RefundRequest {
    let answered = match asked.state {
        State::Waiting => None,
        State::Given { answered, .. } => answered,
        State::Refused(answered) => Some(answered),
    };
    let of_member = history.of_member.unwrap_or_default();
    pb::RefundRequest {
        refund_request_id: asked.refund_request_id.to_string(),
        parts: asked.parts.into_iter().map(Into::into).collect(),
        payout: pb::Payout::from(asked.payout).into(),
        reason: pb::RefundReason::from(asked.reason).into(),
        total: convert::money(asked.total, asked.ticket.currency),
        requested_time: Some(timestamp(asked.requested)),
        cause: cause(asked.cause),
        state: pb::RefundRequestState::from(asked.state).into(),
        answered_time: answered.map(|answered| timestamp(answered.at)),
        answered_by: answered.map(|Answered { by, .. }| by.to_string()).unwrap_or_default(),
        credit_notes: history.notes.into_iter().map(Into::into).collect(),
        member_refunds: of_member.refunds,
        member_refunds_minor: of_member.total.get(),
        sale: Some(giving_back::ticket(asked.ticket, &history.given_back)),
    }
}

impl From<State> for pb::RefundRequestState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Given { .. } => Self::Given,
            State::Refused(_) => Self::Refused,
        }
    }
}

fn cause(cause: Option<Cause>) -> i32 {
    let cause = match cause {
        None => pb::RefundCause::Unspecified,
        Some(Cause::TooLate) => pb::RefundCause::TooLate,
        Some(Cause::Amount) => pb::RefundCause::Amount,
        Some(Cause::Budget) => pb::RefundCause::Budget,
    };
    cause.into()
}
