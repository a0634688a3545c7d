//! PayoutService: for the desk, the attendants and the tills of one store.

use platform::rpc::caller;
use proto::checkout::v1 as pb;
use proto::checkout::v1::payout_service_server::{PayoutService, PayoutServiceServer};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{convert, people, refund_credit};
use crate::{
    app::{
        App, refund_credit as app_credit,
        refund_payment::{self as app, Cashier, Page, Settlement, Wanted},
    },
    domain::refund_payment::{Method, Payer as PaidBy, RefundPayment, Task},
    error::Error,
    events::timestamp,
};

/// What acquirers call a refund is not longer.
const LONGEST_REFERENCE: usize = 40;
/// No card's number has fewer digits.
const SHORTEST_CARD_NUMBER: usize = 12;

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
        let own = people::store_of(&caller(&request)?)?;
        let message = request.into_inner();
        let (wanted, page_size) = (wanted(&message)?, convert::page_size(message.page_size)?);
        let store_code = own.unwrap_or(message.store_code);
        let page = app::list_refunds_due(&self.0, &store_code, wanted, page_size).await?;
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

    async fn settle_acquirer_refund(
        &self,
        request: Request<pb::SettleAcquirerRefundRequest>,
    ) -> Result<Response<pb::SettleAcquirerRefundResponse>, Status> {
        let payer = Payer::calls(&request, &request.get_ref().store_code)?;
        let message = request.into_inner();
        let key = convert::request_key("SettleAcquirerRefund", &message, &message.request_id)?;
        let refund_id = convert::refund_id("refund_id", &message.refund_id)?;
        let settlement = settlement(&message)?;
        let refund =
            app::settle_acquirer_refund(&self.0, payer.cashier(), key, refund_id, &settlement).await?;
        Ok(Response::new(pb::SettleAcquirerRefundResponse { refund: Some(refund.into()) }))
    }

    async fn hand_refund_to_acquirer(
        &self,
        request: Request<pb::HandRefundToAcquirerRequest>,
    ) -> Result<Response<pb::HandRefundToAcquirerResponse>, Status> {
        let payer = Payer::calls(&request, &request.get_ref().store_code)?;
        let message = request.into_inner();
        let key = convert::request_key("HandRefundToAcquirer", &message, &message.request_id)?;
        let refund_id = convert::refund_id("refund_id", &message.refund_id)?;
        let refund = app::hand_refund_to_acquirer(&self.0, payer.cashier(), key, refund_id).await?;
        Ok(Response::new(pb::HandRefundToAcquirerResponse { refund: Some(refund.into()) }))
    }

    async fn claim_refund_credit(
        &self,
        request: Request<pb::ClaimRefundCreditRequest>,
    ) -> Result<Response<pb::ClaimRefundCreditResponse>, Status> {
        refund_credit::claim(&self.0, request).await
    }

    async fn report_refund_credit(
        &self,
        request: Request<pb::ReportRefundCreditRequest>,
    ) -> Result<Response<pb::ReportRefundCreditResponse>, Status> {
        refund_credit::report(&self.0, request).await
    }

    async fn settle_refund_credit(
        &self,
        request: Request<pb::SettleRefundCreditRequest>,
    ) -> Result<Response<pb::SettleRefundCreditResponse>, Status> {
        let payer = Payer::calls(&request, &request.get_ref().store_code)?;
        let message = request.into_inner();
        let key = convert::request_key("SettleRefundCredit", &message, &message.request_id)?;
        let (credit_id, went_back) =
            (refund_credit::credit_id(&message.credit_id)?, refund_credit::went_back(&message)?);
        let cashier = payer.cashier();
        let refund = app_credit::settle_refund_credit(&self.0, cashier, key, credit_id, went_back).await?;
        Ok(Response::new(pb::SettleRefundCreditResponse { refund: Some(refund.into()) }))
    }
}

/// Who pays out: a person for the own store, an operator, who has no account, for the store that is named.
struct Payer {
    caller: String,
    staff_id: Uuid,
    store_code: String,
}

impl Payer {
    fn calls<T>(request: &Request<T>, named: &str) -> Result<Self, Status> {
        let caller = caller(request)?;
        let (staff_id, store_code) = match people::store_of(&caller)? {
            Some(own) => (people::staff_id(&people::staff(&caller)?)?, own),
            None => (Uuid::nil(), named.to_owned()),
        };
        Ok(Self { caller: caller.id(), staff_id, store_code })
    }

    fn cashier(&self) -> Cashier<'_> {
        Cashier { caller: &self.caller, staff_id: self.staff_id, store_code: &self.store_code }
    }
}

/// What the office says of a task.
fn settlement(message: &pb::SettleAcquirerRefundRequest) -> Result<Settlement, Error> {
    let task = match message.state() {
        pb::AcquirerRefundState::Sent => Task::Sent,
        pb::AcquirerRefundState::Done => Task::Done,
        pb::AcquirerRefundState::Refused => Task::Refused,
        pb::AcquirerRefundState::Unspecified | pb::AcquirerRefundState::Open => {
            return Err(Error::field("state", "neither SENT, DONE nor REFUSED"));
        }
    };
    let reference = message.reference.trim();
    let is_short = reference.chars().count() <= LONGEST_REFERENCE && reference.chars().all(convert::is_plain);
    // A number as long as a card's is not written down, whatever it is.
    let digits = reference.chars().filter(char::is_ascii_digit).count();
    if !is_short || digits >= SHORTEST_CARD_NUMBER {
        return Err(Error::field("reference", "not at most 40 plain characters with fewer than 12 digits"));
    }
    Ok(Settlement { task, reference: reference.to_owned() })
}

fn wanted(message: &pb::ListRefundsDueRequest) -> Result<Wanted, Error> {
    let after = match message.page_token.as_str() {
        "" => None,
        token => Some(convert::refund_id("page_token", token)?),
    };
    match message.credit_note_number {
        0 => Ok(Wanted::Due { method: method(message.method)?, after }),
        number @ 1.. if after.is_none() => Ok(Wanted::Numbered(number)),
        1.. => Err(Error::field("page_token", "a number has no second page")),
        _ => Err(Error::field("credit_note_number", "below zero")),
    }
}

fn method(word: i32) -> Result<Method, Error> {
    match pb::Payout::try_from(word) {
        Ok(pb::Payout::Unspecified | pb::Payout::Desk) => Ok(Method::Desk),
        Ok(pb::Payout::Acquirer) => Ok(Method::Acquirer),
        Ok(pb::Payout::StoreCredit) | Err(_) => Err(Error::field("method", "nothing is due this way")),
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
        let given_minor = refund.given().get();
        let RefundPayment {
            credit_note,
            sale_completed,
            payments,
            method,
            task,
            reference,
            mut credits,
            paid_out,
        } = refund;
        let total = convert::money(credit_note.at_desk(), credit_note.currency);
        let (paid_out_by, paid_out_terminal_code) = match paid_out.as_ref().map(|paid_out| &paid_out.by) {
            Some(PaidBy::Person(staff_id)) => (staff_id.to_string(), String::new()),
            Some(PaidBy::Till(terminal_code)) => (String::new(), terminal_code.clone()),
            None => (String::new(), String::new()),
        };
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
            by_hand_minor: note.by_hand_minor,
            method: match method {
                Method::Desk => pb::Payout::Desk.into(),
                Method::Acquirer => pb::Payout::Acquirer.into(),
            },
            acquirer_state: match task {
                None => pb::AcquirerRefundState::Unspecified.into(),
                Some(Task::Open) => pb::AcquirerRefundState::Open.into(),
                Some(Task::Sent) => pb::AcquirerRefundState::Sent.into(),
                Some(Task::Done) => pb::AcquirerRefundState::Done.into(),
                Some(Task::Refused) => pb::AcquirerRefundState::Refused.into(),
            },
            acquirer_reference: reference,
            paid_out_time: paid_out.map(|paid_out| timestamp(paid_out.at)),
            paid_out_by,
            paid_out_terminal_code,
            given_minor,
            credit: credits.pop().map(|credit| refund_credit::shown(credit, &payments)),
            payments: payments.into_iter().map(Into::into).collect(),
        }
    }
}
