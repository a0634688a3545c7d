//! What the card terminal needs to know of the shop, and what it says when nobody waits any more.

use std::time::Duration;

use tokio::time::Instant;

use super::machine::{Machine, Stop};
use crate::{
    card::{Late, Outcome, Shop},
    stage::Stage,
};

/// How long the shop is taken as it was, or as unknown.
const SHOP_HOLDS: Duration = Duration::from_mins(10);

impl Machine {
    /// Asks checkout which numbers a slip may show, while nobody pays. Without an answer the till goes on: a slip in doubt is left
    /// out, no more.
    pub(super) async fn learn_the_shop(&mut self) {
        if self.shop_asked.is_some_and(|asked| asked.elapsed() < SHOP_HOLDS) {
            return;
        }
        self.shop_asked = Some(Instant::now());
        match self.parts.client.terminal(&self.parts.code).await {
            Ok(answer) => self.parts.card.learn(Shop::of(&answer, self.parts.card.contracts())),
            Err(error) => tracing::warn!(%error, "the till does not know which numbers a card slip may show"),
        }
    }

    /// A payment that was not made always has its slip: the card terminal's, or else one of the till's own.
    pub(super) fn with_slip(&self, outcome: Outcome) -> Outcome {
        match (outcome, &self.stage) {
            (Outcome::NotTaken { cause, complement, slip_text }, Stage::Asked { attempt })
                if slip_text.is_empty() =>
            {
                let (card, now) = (self.parts.card.shop(), self.parts.clock.now());
                let slip_text = card.slip_of_nothing(attempt.amount_minor, complement, now);
                Outcome::NotTaken { cause, complement, slip_text }
            }
            (outcome, _) => outcome,
        }
    }

    /// An answer that came after its time. It settles the payment that still waits for it; any other was settled by a person, and
    /// what it says is kept for one.
    pub(super) async fn hear_late_answer(&mut self, late: Late) -> Result<(), Stop> {
        let is_known = self.paid.is_some_and(|paid| paid.to_string() == late.reference);
        let waits = match &self.stage {
            Stage::Asked { attempt } => attempt.attempt_id.to_string() == late.reference,
            _ => false,
        };
        match late.outcome {
            Outcome::Unknown(doubt) => {
                tracing::warn!(?doubt, "the late answer settles nothing");
                Ok(())
            }
            outcome if waits => {
                tracing::info!("a late answer settles the payment that nobody knew of");
                self.notice = None;
                self.trouble = None;
                self.conclude(outcome).await
            }
            Outcome::Taken(_) if is_known => {
                tracing::info!("a late answer confirms the payment that was known as made");
                Ok(())
            }
            outcome => {
                let taken_minor = match &outcome {
                    Outcome::Taken(payment) | Outcome::Partial(payment) => payment.amount_minor,
                    Outcome::NotTaken { .. } | Outcome::Unknown(_) => 0,
                };
                if taken_minor > 0 {
                    let reference = &late.reference;
                    tracing::error!(
                        reference,
                        taken_minor,
                        "money was taken for a payment that was settled otherwise; look into it"
                    );
                } else {
                    let reference = &late.reference;
                    tracing::warn!(reference, "nothing was taken for a payment that a person has settled");
                }
                self.parts.journal.keep_late_answer(&late.reference, late.amount_minor, taken_minor).await?;
                Ok(())
            }
        }
    }
}
