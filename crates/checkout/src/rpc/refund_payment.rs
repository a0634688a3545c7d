//! PayoutService: for the desk and the attendants of one store.

use platform::rpc::caller;
use proto::checkout::v1 as pb;
use proto::checkout::v1::payout_service_server::{PayoutService, PayoutServiceServer};
use tonic::{Request, Response, Status};

use super::{convert, people};
use crate::{
    app::{
        App,
        refund_payment::{self as app, Cashier, Page, Wanted},
    },
    domain::refund_payment::{Method, RefundPayment},
    error::Error,
    events::timestamp,
};

/// The service, to be added to the routes.
pub fn server(app: App) -> PayoutServiceServer<Payouts> {
    PayoutServiceServer::new(Payouts(app))
}

/// Answers what is due, and records what was paid.
#[derive(Clone)]
pub struct Payouts(App);

#[tonic::async_trait]
impl PayoutService for Payouts {
    async fn list_refunds_due(
        &self,
        request: Request<pb::ListRefundsDueRequest>,
    ) -> Result<Response<pb::ListRefundsDueResponse>, Status> {
        let staff = people::staff(&caller(&request)?)?;
        let message = request.into_inner();
        let (wanted, page_size) = (wanted(&message)?, convert::page_size(message.page_size)?);
        let page = app::list_refunds_due(&self.0, &staff.store_code, wanted, page_size).await?;
        Ok(Response::new(page.into()))
    }

    async fn pay_out_refund(
        &self,
        request: Request<pb::PayOutRefundRequest>,
    ) -> Result<Response<pb::PayOutRefundResponse>, Status> {
        let caller = caller(&request)?;
        let staff = people::staff(&caller)?;
        let staff_id = people::staff_id(&staff)?;
        let message = request.into_inner();
        let key = convert::request_key("PayOutRefund", &message, &message.request_id)?;
        let refund_id = convert::refund_id("refund_id", &message.refund_id)?;
        let cashier = Cashier { caller: &caller.id(), staff_id, store_code: &staff.store_code };
        let refund = app::pay_out_refund(&self.0, cashier, key, refund_id).await?;
        Ok(Response::new(pb::PayOutRefundResponse { refund: Some(refund.into()) }))
    }
}

fn wanted(message: &pb::ListRefundsDueRequest) -> Result<Wanted, Error> {
    let after = match message.page_token.as_str() {
        "" => None,
        token => Some(convert::refund_id("page_token", token)?),
    };
    match message.credit_note_number {
        0 => Ok(Wanted::Due { after }),
        number @ 1.. if after.is_none() => Ok(Wanted::Numbered(number)),
        1.. => Err(Error::field("page_token", "a number has no second page")),
        _ => Err(Error::field("credit_note_number", "below zero")),
    }
}

impl From<Page> for pb::ListRefundsDueResponse {
    fn from(page: Page) -> Self {
        let last = page.refunds.last().filter(|last| page.has_more && last.paid_out.is_none());
        Self {
            next_page_token: last.map(|last| last.credit_note.refund_id.to_string()).unwrap_or_default(),
            refunds: page.refunds.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<RefundPayment> for pb::RefundPayment {
    fn from(refund: RefundPayment) -> Self {
        let RefundPayment { credit_note, sale_completed, payments, method, paid_out } = refund;
        let total = convert::money(credit_note.at_desk(), credit_note.currency);
        let note = pb::CreditNote::from(credit_note);
        Self {
            refund_id: note.refund_id,
            terminal_code: note.terminal_code,
            sequence: note.sequence,
            refunded_time: note.refunded_time,
            sale_sequence: note.sale_sequence,
            sale_completed_time: Some(timestamp(sale_completed)),
            lines: note.lines,
            total,
            method: match method {
                Method::Desk => pb::Payout::Desk.into(),
            },
            paid_out_time: paid_out.map(|paid_out| timestamp(paid_out.at)),
            paid_out_by: paid_out.map(|paid_out| paid_out.by.to_string()).unwrap_or_default(),
            payments: payments.into_iter().map(Into::into).collect(),
        }
    }
}
