//! The card terminal of a till that trains: nothing is asked of the real one, and an assistant says on the screen what it answers.

use std::{sync::Arc, time::Duration};

use money::Cents;
use tokio::{sync::watch, time::timeout};

use crate::card::{NotTaken, Outcome, Payment};

/// Nobody says anything: the card is accepted.
const BY_ITSELF: Duration = Duration::from_secs(10);

/// The word that stands on everything that looks like a payment and is none.
pub const MARK: &str = "FACTICE";

/// A card terminal that is not there. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Practice(Arc<watch::Sender<Card>>);

/// What becomes of the card that is practised with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    /// No payment is practised.
    Away,
    /// It is the assistant's turn.
    Waits,
    /// The assistant has said whether it is accepted.
    Said(bool),
}

/// What is played.
#[derive(Clone, Copy, Debug)]
enum Played {
    Debit,
    Credit,
}

impl Default for Practice {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Card::Away)))
    }
}

impl Practice {
    /// Says what the card terminal answers, if a payment is practised now; whether it was.
    pub(crate) fn say(&self, accepted: bool) -> bool {
        self.0.send_if_modified(|card| {
            let waits = *card == Card::Waits;
            if waits {
                *card = Card::Said(accepted);
            }
            waits
        })
    }

    /// Plays a payment. No money is anywhere near.
    pub(crate) async fn debit(&self, amount_minor: i64) -> Outcome {
        self.play(amount_minor, Played::Debit).await
    }

    /// Plays that money goes back to the card.
    pub(crate) async fn credit(&self, amount_minor: i64) -> Outcome {
        self.play(amount_minor, Played::Credit).await
    }

    async fn play(&self, amount_minor: i64, played: Played) -> Outcome {
        let mut card = self.0.subscribe();
        self.0.send_replace(Card::Waits);
        let said = timeout(BY_ITSELF, card.wait_for(|card| matches!(card, Card::Said(_)))).await;
        let refused = matches!(said.ok().and_then(Result::ok).as_deref(), Some(Card::Said(false)));
        self.0.send_replace(Card::Away);
        let slip_text = slip(amount_minor, played, !refused);
        if refused {
            return Outcome::NotTaken { cause: NotTaken::Refused, complement: None, slip_text };
        }
        Outcome::Taken(Payment {
            amount_minor,
            brand: MARK.to_owned(),
            pan_last4: "0000".to_owned(),
            application_id: String::new(),
            authorisation: String::new(),
            contactless: false,
            slip_text,
        })
    }
}

/// What the card terminal would have printed.
fn slip(amount_minor: i64, played: Played, accepted: bool) -> String {
    let answer = match (played, accepted) {
        (Played::Debit, true) => "CARTE ACCEPTEE",
        (Played::Debit, false) => "PAIEMENT REFUSE",
        (Played::Credit, true) => "REMBOURSEMENT ACCEPTE",
        (Played::Credit, false) => "REMBOURSEMENT REFUSE",
    };
    let amount = Cents::new(amount_minor).plain().replace('.', ",");
    format!(
        "{MARK} - FORMATION\nCARTE DE FORMATION ****0000\nMONTANT {amount} EUR\n{answer}\n{MARK} - AUCUN PAIEMENT"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_card_is_accepted_when_nobody_says_otherwise_and_the_slip_says_that_nothing_was_paid() {
        let practice = Practice::default();
        let Outcome::Taken(payment) = practice.debit(1_240).await else { panic!("not taken") };
        assert_eq!(
            (payment.amount_minor, payment.brand.as_str(), payment.pan_last4.as_str()),
            (1_240, MARK, "0000")
        );
        assert!(payment.slip_text.contains("MONTANT 12,40 EUR"), "{}", payment.slip_text);
        assert_eq!(payment.slip_text.matches(MARK).count(), 2, "{}", payment.slip_text);
        assert!(caisse_ap::SlipRule::default().check(&payment.slip_text).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_assistant_says_counts_once_and_only_while_a_payment_is_practised() {
        let practice = Practice::default();
        assert!(!practice.say(false), "no payment is practised");
        let paying = tokio::spawn({
            let practice = practice.clone();
            async move { practice.debit(250).await }
        });
        let mut card = practice.0.subscribe();
        card.wait_for(|card| *card == Card::Waits).await.unwrap();
        drop(card);
        assert!(practice.say(false));
        assert!(!practice.say(true), "it was said already");
        let Outcome::NotTaken { cause, slip_text, .. } = paying.await.unwrap() else { panic!("taken") };
        assert_eq!(cause, NotTaken::Refused);
        assert!(slip_text.starts_with("FACTICE") && slip_text.contains("REFUSE"), "{slip_text}");
        // The next one begins anew.
        assert!(matches!(practice.debit(250).await, Outcome::Taken(_)));
    }
}
