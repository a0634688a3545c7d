//! Asks checkout to be the one machine that is this till: at every start, and again when another one has become it.

use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::{
    client::{CallError, Client, Refusal},
    journal::{Journal, JournalError},
};

/// Before a refused till asks again: an operator may have released it, or its former self is silent by now.
const REFUSED: Duration = Duration::from_secs(3);
/// Before checkout is asked again that did not answer.
const UNANSWERED: Duration = Duration::from_secs(1);

/// Whether this machine is the till.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Claim {
    /// It asks.
    #[default]
    Asking,
    /// It asks, and checkout does not answer.
    Unanswered,
    /// It is, by this generation.
    Held(i64),
    /// It is not, and sells nothing.
    Refused(Refusal),
}

/// Asks until it is dropped; `lost` tells that another machine has become the till.
///
/// # Errors
/// When the journal cannot be read or written.
pub(super) async fn run(
    client: Client,
    journal: Journal,
    place: String,
    claim: watch::Sender<Claim>,
    lost: &Notify,
) -> Result<(), JournalError> {
    loop {
        let (identity, asking) = journal.ask().await?;
        match client.claim_till(asking, &identity, &place).await {
            Ok(generation) => {
                journal.granted(identity, generation).await?;
                client.hold(generation);
                claim.send_replace(Claim::Held(generation));
                lost.notified().await;
                tracing::error!(generation, "another machine has become this till");
                claim.send_replace(Claim::Asking);
            }
            Err(CallError::Refused(refusal)) => {
                if claim.send_replace(Claim::Refused(refusal)) != Claim::Refused(refusal) {
                    tracing::error!(reason = refusal.reason(), "this machine may not be the till");
                }
                tokio::time::sleep(REFUSED).await;
            }
            Err(CallError::NoAnswer(code)) => {
                tracing::warn!(?code, "the till cannot start: checkout does not answer");
                claim.send_if_modified(|claim| {
                    // What was refused stays refused.
                    let is_news = *claim == Claim::Asking;
                    if is_news {
                        *claim = Claim::Unanswered;
                    }
                    is_news
                });
                tokio::time::sleep(UNANSWERED.mul_f64(0.5 + rand::random::<f64>())).await;
            }
        }
    }
}
