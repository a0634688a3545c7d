//! The client library of checkout, as tills use it.
//!
//! A call that changes something carries a request id of its own. When no answer comes, the same id is sent again until the bound
//! of [`Patience`]: checkout answers a repeat as it answered the first time, so that nothing happens twice. What is still not
//! answered then is unknown, never "did not happen".

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use platform::{peer::Peer, status::reason};
use proto::checkout::v1 as pb;
use proto::checkout::v1::{
    catalogue_service_client::CatalogueServiceClient, checkout_service_client::CheckoutServiceClient,
    payout_service_client::PayoutServiceClient, suspension_service_client::SuspensionServiceClient,
    till_service_client::TillServiceClient,
};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

mod attendance;
mod basket;
mod receipt;
mod refund;
mod refusal;
mod shelf;
mod suspension;
mod tender;

pub use basket::Scanned;
pub use refund::StillDue;
pub use refusal::{RefundRefusal, Refusal};
pub use suspension::Shown;

/// A basket of the longest names, or all tiles.
const LARGEST_ANSWER: usize = 4 << 20;

/// Identity of a request: the same for every repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct RequestId(Uuid);

/// How long a call is tried.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Deadline of each try.
    pub deadline: Duration,
    /// No try begins after this.
    pub total: Duration,
    /// Pause before the second try; each further one is twice as long.
    pub first_pause: Duration,
    /// No pause is longer.
    pub longest_pause: Duration,
}

/// Why there is no answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Checkout refused: nothing has changed.
    #[error("refused: {}", .0.reason())]
    Refused(Refusal),
    /// No answer within the bound. **Unknown:** it may have happened.
    #[error("no answer from checkout ({0:?}): the outcome is unknown")]
    NoAnswer(Code),
}

/// A client of checkout under the till's own certificate. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    checkout: CheckoutServiceClient<Peer>,
    catalogue: CatalogueServiceClient<Peer>,
    tills: TillServiceClient<Peer>,
    suspensions: SuspensionServiceClient<Peer>,
    payouts: PayoutServiceClient<Peer>,
    patience: Patience,
    /// What the till was granted: said where money begins.
    generation: Arc<AtomicI64>,
}

impl RequestId {
    /// An id that no request had before.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::now_v7())
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(5),
            total: Duration::from_secs(15),
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(1),
        }
    }
}

impl CallError {
    /// A status with a reason is a refusal; but the codes that a broken line or a fault may give say nothing of what happened, whatever
    /// reason comes with them.
    fn of(status: &Status) -> Self {
        match (reason(status), status.code()) {
            (
                _,
                code @ (Code::Unavailable
                | Code::DeadlineExceeded
                | Code::Cancelled
                | Code::Unknown
                | Code::Internal
                | Code::ResourceExhausted),
            )
            | (None, code @ Code::Aborted) => Self::NoAnswer(code),
            (Some(reason), _) => {
                let refusal = Refusal::of(&reason);
                if refusal == Refusal::Other {
                    tracing::warn!(reason, "checkout refused for a reason that a shopper cannot change");
                }
                Self::Refused(refusal)
            }
            (None, code) => {
                tracing::warn!(?code, "checkout refused without a reason");
                Self::Refused(Refusal::Other)
            }
        }
    }
}

impl Client {
    /// A client over a channel to checkout.
    #[must_use]
    pub fn new(checkout: Peer, patience: Patience) -> Self {
        Self {
            catalogue: CatalogueServiceClient::new(checkout.clone())
                .max_decoding_message_size(LARGEST_ANSWER),
            tills: TillServiceClient::new(checkout.clone()),
            payouts: PayoutServiceClient::new(checkout.clone()),
            suspensions: SuspensionServiceClient::new(checkout.clone())
                .max_decoding_message_size(LARGEST_ANSWER),
            checkout: CheckoutServiceClient::new(checkout).max_decoding_message_size(LARGEST_ANSWER),
            patience,
            generation: Arc::default(),
        }
    }

    /// The till was granted this generation; every clone says it from now on.
    pub(crate) fn hold(&self, generation: i64) {
        self.generation.store(generation, Ordering::Relaxed);
    }

    pub(crate) fn generation(&self) -> i64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Freezes the basket; its total is the amount to ask of the card terminal.
    pub async fn begin_payment(
        &self,
        id: RequestId,
        basket_id: Uuid,
        version: i64,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::BeginPaymentRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            basket_version: version,
            generation: self.generation(),
        };
        let reply = self.call(request, |mut c, r| async move { c.begin_payment(r).await }).await?;
        present(reply.basket)
    }

    /// Tells that the card terminal surely took nothing, or that all went back, and the slips that say so: the basket is open again.
    pub async fn abandon_payment(
        &self,
        id: RequestId,
        basket_id: Uuid,
        (outcome, slip_texts): (&str, Vec<String>),
    ) -> Result<pb::Basket, CallError> {
        let request = pb::AbandonPaymentRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            outcome: outcome.to_owned(),
            slip_texts,
            never_asked: false,
        };
        let reply = self.call(request, |mut c, r| async move { c.abandon_payment(r).await }).await?;
        present(reply.basket)
    }

    /// Tells that the till knows of no payment of a basket that it found frozen: it is open again, unless nobody knows of one.
    pub async fn thaw_basket(&self, id: RequestId, basket_id: Uuid) -> Result<pb::Basket, CallError> {
        let request = pb::AbandonPaymentRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            outcome: "ABANDONED".to_owned(),
            slip_texts: Vec::new(),
            never_asked: true,
        };
        let reply = self.call(request, |mut c, r| async move { c.abandon_payment(r).await }).await?;
        present(reply.basket)
    }

    /// Tells what was given last, if anything was, with the slips that were not told before, and gets the ticket.
    pub async fn complete_sale(
        &self,
        id: RequestId,
        basket_id: Uuid,
        (tender, slip_texts): (Option<pb::Tender>, Vec<String>),
    ) -> Result<pb::Ticket, CallError> {
        let (request_id, basket_id) = (id.to_string(), basket_id.to_string());
        let request = pb::CompleteSaleRequest { request_id, basket_id, tender, slip_texts };
        let reply = self.call(request, |mut c, r| async move { c.complete_sale(r).await }).await?;
        present(reply.ticket)
    }

    /// Gives up a basket that the till scans: it knows of no payment of it.
    pub async fn cancel_basket(
        &self,
        id: RequestId,
        basket_id: Uuid,
        cause: pb::CancelCause,
    ) -> Result<pb::Basket, CallError> {
        let request = pb::CancelBasketRequest {
            request_id: id.to_string(),
            basket_id: basket_id.to_string(),
            cause: cause.into(),
            never_asked: true,
        };
        let reply = self.call(request, |mut c, r| async move { c.cancel_basket(r).await }).await?;
        present(reply.basket)
    }

    /// The ticket of a basket, if it was paid.
    pub async fn sale_of(&self, basket_id: Uuid) -> Result<Option<pb::Ticket>, CallError> {
        let request =
            pb::GetSaleRequest { basket_id: basket_id.to_string(), ..pb::GetSaleRequest::default() };
        match self.call(request, |mut c, r| async move { c.get_sale(r).await }).await {
            Ok(reply) => present(reply.ticket).map(Some),
            Err(CallError::Refused(Refusal::NotFound)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The till and its store, as checkout knows them. Asked once: whoever asks can do without.
    pub async fn terminal(&self, code: &str) -> Result<pb::GetTerminalResponse, CallError> {
        let request = pb::GetTerminalRequest { terminal_code: code.to_owned() };
        let mut catalogue = self.catalogue.clone();
        once(self.patience.deadline, request, |r| async move { catalogue.get_terminal(r).await }).await
    }

    /// Sends a request until it is answered, or until patience is over.
    async fn call<Q: Clone, R, F>(
        &self,
        request: Q,
        send: impl Fn(CheckoutServiceClient<Peer>, Request<Q>) -> F,
    ) -> Result<R, CallError>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        self.until_answered(request, |message| send(self.checkout.clone(), message)).await
    }

    /// The same for any of checkout's services.
    async fn until_answered<Q: Clone, R, F>(
        &self,
        request: Q,
        send: impl Fn(Request<Q>) -> F,
    ) -> Result<R, CallError>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let started = Instant::now();
        let mut pause = self.patience.first_pause;
        loop {
            let error = match once(self.patience.deadline, request.clone(), &send).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            let is_over = started.elapsed() + pause >= self.patience.total;
            if is_over || matches!(error, CallError::Refused(_)) {
                return Err(error);
            }
            // Tills that lost checkout at the same moment must not come back at the same moment.
            tokio::time::sleep(pause.mul_f64(0.5 + rand::random::<f64>() / 2.0)).await;
            pause = (pause * 2).min(self.patience.longest_pause);
        }
    }
}

/// Sends a request one time, and waits for its answer no longer than that.
async fn once<Q, R, F>(
    deadline: Duration,
    request: Q,
    send: impl FnOnce(Request<Q>) -> F,
) -> Result<R, CallError>
where
    F: Future<Output = Result<Response<R>, Status>>,
{
    let mut message = Request::new(request);
    message.set_timeout(deadline);
    match tokio::time::timeout(deadline, send(message)).await {
        Ok(Ok(reply)) => Ok(reply.into_inner()),
        Ok(Err(status)) => Err(CallError::of(&status)),
        Err(_) => Err(CallError::NoAnswer(Code::DeadlineExceeded)),
    }
}

/// An answer without its content is none.
fn present<T>(content: Option<T>) -> Result<T, CallError> {
    content.ok_or(CallError::NoAnswer(Code::Internal))
}

#[cfg(test)]
mod tests {
    use platform::status::refusal;

    use super::*;

    #[test]
    fn a_reason_is_a_refusal_and_a_broken_line_is_not() {
        let frozen = refusal("checkout", Code::FailedPrecondition, "BASKET_FROZEN", "frozen");
        assert_eq!(CallError::of(&frozen), CallError::Refused(Refusal::BasketFrozen));
        for code in
            [Code::Unavailable, Code::DeadlineExceeded, Code::Cancelled, Code::Unknown, Code::Internal]
        {
            assert_eq!(CallError::of(&Status::new(code, "")), CallError::NoAnswer(code));
        }
        let refused = CallError::of(&Status::new(Code::PermissionDenied, ""));
        assert_eq!(refused, CallError::Refused(Refusal::Other));
        // A fault of checkout's own has a reason too, and is no refusal for it.
        for (code, reason) in [(Code::Unavailable, "UNAVAILABLE"), (Code::Internal, "INTERNAL")] {
            let told = CallError::of(&platform::status::refusal("checkout", code, reason, "not now"));
            assert_eq!(told, CallError::NoAnswer(code));
        }
    }
}
