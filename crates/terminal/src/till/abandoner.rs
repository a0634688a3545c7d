//! Tells checkout of baskets that were given up, until it has answered; the till serves the next shopper meanwhile.

use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

use super::claimant::Claim;
use crate::{
    client::{CallError, Client},
    journal::{GivenUp, Journal, JournalError},
};

/// Before checkout is told again that did not answer.
const UNANSWERED: Duration = Duration::from_secs(1);

/// Tells until it is dropped; `given_up` are the baskets of which checkout does not know.
///
/// # Errors
/// When the journal cannot be written.
pub(super) async fn run(
    client: Client,
    journal: Journal,
    given_up: watch::Sender<Vec<GivenUp>>,
    mut claim: watch::Receiver<Claim>,
) -> Result<(), JournalError> {
    let mut waiting = given_up.subscribe();
    loop {
        let next = waiting.wait_for(|waiting| !waiting.is_empty()).await.map(|waiting| waiting.clone());
        // Who is not the till says nothing in its name.
        let held = claim.wait_for(|claim| matches!(claim, Claim::Held(_))).await.is_ok();
        let (Ok(next), true) = (next, held) else { return Ok(()) };
        for basket in next {
            if !tell(&client, &basket).await {
                tokio::time::sleep(UNANSWERED.mul_f64(0.5 + rand::random::<f64>())).await;
                break;
            }
            journal.told(&basket).await?;
            given_up.send_modify(|waiting| waiting.retain(|other| other.basket_id != basket.basket_id));
        }
    }
}

/// Whether checkout has answered. Where it refuses, the basket is over or somebody else's, and stays what it is.
async fn tell(client: &Client, basket: &GivenUp) -> bool {
    let GivenUp { request_id, basket_id, cause } = *basket;
    match client.cancel_basket(request_id, basket_id, cause.into()).await {
        Ok(_) => true,
        Err(CallError::Refused(refusal)) => {
            tracing::warn!(reason = refusal.reason(), "a basket that was given up was left as it is");
            true
        }
        Err(error @ CallError::NoAnswer(_)) => {
            tracing::warn!(%error, "a basket that was given up waits for checkout");
            false
        }
    }
}

/// Whether checkout knows of a basket by now.
pub(super) fn is_told(waiting: &[GivenUp], basket_id: Uuid) -> bool {
    !waiting.iter().any(|basket| basket.basket_id == basket_id)
}
