//! The way to a service, which may be out of reach; and when it leads to a store, the refusal says so.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tonic::{Code, Status, body::Body, codegen::StdError, transport::Channel};
use tower::Service;

use crate::{status::refusal, stores::STORE_OUT_OF_REACH};

/// A connection, and whose it is.
#[derive(Clone, Debug)]
pub struct Reach {
    /// None leads to a store that nobody told us where to find.
    channel: Option<Channel>,
    store_code: Option<Arc<str>>,
}

type Answer = Pin<Box<dyn Future<Output = Result<http::Response<Body>, StdError>> + Send>>;

impl Reach {
    /// To a service that is the same for every store: its failures are told as they are.
    pub(crate) fn anywhere(channel: Channel) -> Self {
        Self { channel: Some(channel), store_code: None }
    }

    /// To the checkout of a store. Whoever asks while there is no way is refused at once or at the deadline, with a reason.
    pub(crate) fn store(store_code: &str, channel: Option<Channel>) -> Self {
        Self { channel, store_code: Some(store_code.into()) }
    }

    fn told(store_code: Option<&str>, failure: StdError) -> StdError {
        match store_code {
            Some(store_code) => {
                tracing::warn!(store_code, failure, "a store's checkout does not answer");
                out_of_reach(store_code).into()
            }
            None => failure,
        }
    }
}

/// What was asked may have happened or not: it is asked again, under the same request id.
fn out_of_reach(store_code: &str) -> Status {
    let message = format!("the checkout of the store {store_code} does not answer: ask again");
    refusal("checkout", Code::Unavailable, STORE_OUT_OF_REACH, message)
}

impl Service<http::Request<Body>> for Reach {
    type Response = http::Response<Body>;
    type Error = StdError;
    type Future = Answer;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), StdError>> {
        let store_code = self.store_code.as_deref();
        match &mut self.channel {
            Some(channel) => {
                channel.poll_ready(context).map_err(|failure| Self::told(store_code, failure.into()))
            }
            None => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, request: http::Request<Body>) -> Answer {
        let store_code = self.store_code.clone();
        let answer = self.channel.as_mut().map(|channel| channel.call(request));
        Box::pin(async move {
            match answer {
                Some(answer) => {
                    answer.await.map_err(|failure| Self::told(store_code.as_deref(), failure.into()))
                }
                None => Err(Self::told(store_code.as_deref(), "no address of it is known".into())),
            }
        })
    }
}
