//! What the card terminal needs to know of the shop, and what it says when nobody waits any more.

use std::time::Duration;

use caisse_ap::Operation;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    machine::{Machine, Stop},
    view::Notice,
};
use crate::{
    card::{Late, NothingFound, Outcome, Shop},
    journal::{Note, NoteCause},
    stage::Stage,
};

/// How long the shop is taken as it was, or as unknown.
const SHOP_HOLDS: Duration = Duration::from_mins(10);

/// What may wait for an answer of the card terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Payment,
    GivingBack,
    Refund,
}

impl Machine {
    /// Asks checkout which numbers a slip may show, while nobody pays. Without an answer the till goes on: a slip in doubt is left
    /// out, no more.
    pub(super) async fn learn_the_shop(&mut self) {
        if self.shop_asked.is_some_and(|asked| asked.elapsed() < SHOP_HOLDS) {
            return;
        }
        self.shop_asked = Some(Instant::now());
        match self.parts.client.terminal(&self.parts.code).await {
            Ok(answer) => self.parts.card.learn(Shop::of(&answer)),
            Err(error) => tracing::warn!(%error, "the till does not know which numbers a card slip may show"),
        }
    }

    /// What was asked of the card terminal and not done always has its slip: the card terminal's, or else one of the till's own.
    pub(super) fn with_slip(&self, outcome: Outcome) -> Outcome {
        let asked = match &self.stage {
            Stage::Asked { attempt } => (Operation::Debit, attempt.amount_minor),
            Stage::CreditAsked { credit, .. } => (Operation::Credit, credit.tender.amount_minor),
            Stage::Refund { refund } => match refund.asked_minor() {
                Some(asked_minor) => (Operation::Credit, asked_minor),
                None => return outcome,
            },
            _ => return outcome,
        };
        match outcome {
            Outcome::NotTaken { cause, complement, slip_text } if slip_text.is_empty() => {
                let (shop, now) = (self.parts.card.shop(), self.parts.clock.now());
                let slip_text = shop.slip_of_nothing(asked, NothingFound::ByTerminal(complement), now);
                Outcome::NotTaken { cause, complement, slip_text }
            }
            outcome => outcome,
        }
    }

    /// The slip of a payment that a person has settled as not made, or has given back: the card terminal's answer was lost, or is the
    /// slip of what went back.
    pub(super) fn slip_of_what_was_settled(&self) -> String {
        match &self.stage {
            Stage::Asked { attempt } => {
                let (asked, shop) = ((Operation::Debit, attempt.amount_minor), self.parts.card.shop());
                self.marked(shop.slip_of_nothing(asked, NothingFound::ByShop, attempt.asked_time))
            }
            Stage::Taken { payment: Some(payment), .. } => payment.slip_text.clone(),
            Stage::Refund { refund } => refund.asked_minor().map_or_else(String::new, |asked_minor| {
                let (asked, shop) = ((Operation::Credit, asked_minor), self.parts.card.shop());
                shop.slip_of_nothing(asked, NothingFound::ByShop, refund.asked_time)
            }),
            _ => String::new(),
        }
    }

    /// An answer that came after its time. It settles the payment that still waits for it; any other was settled by a person, or refused
    /// by the card terminal itself, and where it says another thing, a person looks into it.
    pub(super) async fn hear_late_answer(&mut self, late: Late) -> Result<(), Stop> {
        self.note_refused_slips().await?;
        if let Outcome::Unknown(doubt) = late.outcome {
            tracing::warn!(?doubt, "the late answer settles nothing");
            return Ok(());
        }
        if matches!(self.waits_for(&late.reference), Some(Waits::Payment | Waits::GivingBack)) {
            self.hear_what_was_said().await?;
        }
        let Some(waits) = self.waits_for(&late.reference) else { return self.compare(&late).await };
        self.notice = None;
        match waits {
            Waits::Payment => {
                tracing::info!("a late answer settles the payment that nobody knew of");
                self.trouble = None;
                self.conclude(late.outcome).await
            }
            Waits::GivingBack => {
                tracing::info!("a late answer says whether money went back");
                self.credited_late(late.outcome).await
            }
            Waits::Refund => {
                tracing::info!("a late answer says whether a refund went back");
                self.refund_answered_late(late.outcome).await
            }
        }
    }

    /// What waits for an answer under this reference.
    fn waits_for(&self, reference: &str) -> Option<Waits> {
        let (id, waits) = match &self.stage {
            Stage::Asked { attempt } => (attempt.attempt_id, Waits::Payment),
            Stage::CreditAsked { credit, .. } => (credit.credit_id, Waits::GivingBack),
            Stage::Refund { refund } if refund.is_asked() => (refund.credit_id, Waits::Refund),
            _ => return None,
        };
        (id.to_string() == reference).then_some(waits)
    }

    /// Somebody may have said a moment ago what became of it: then that comes first, as if the till had heard it in time, and the card
    /// terminal agrees with it or contradicts it. Of a refund checkout itself compares the two.
    async fn hear_what_was_said(&mut self) -> Result<(), Stop> {
        let Ok(Some(verdict)) = self.make_sure_of_the_till().await else { return Ok(()) };
        self.notice = None;
        match self.settle_as(verdict).await {
            Err(Stop::Told(notice)) => {
                self.notice = Some(notice);
                Ok(())
            }
            settled => settled,
        }
    }

    /// An answer for which nothing waits any more is held against what is known.
    async fn compare(&mut self, late: &Late) -> Result<(), Stop> {
        let (reference, asked_minor) = (&late.reference, late.amount_minor);
        let moved_minor = match &late.outcome {
            Outcome::Taken(_) if self.known.agrees(reference, true) => {
                tracing::info!("a late answer confirms what was known as made");
                return Ok(());
            }
            Outcome::NotTaken { .. } if self.known.agrees(reference, false) => {
                tracing::warn!(reference, "nothing moved, late, for what a person has settled");
                return Ok(());
            }
            Outcome::Taken(payment) | Outcome::Partial(payment) => payment.amount_minor,
            Outcome::NotTaken { .. } | Outcome::Unknown(_) => 0,
        };
        let taken_minor = moved_minor * asked_minor.signum();
        tracing::error!(
            reference,
            taken_minor,
            "the card terminal did another thing than what was settled; an attendant is called"
        );
        let note_id = reference.parse().unwrap_or_else(|_| Uuid::now_v7());
        // It belongs to another basket than the one that the till is at, unless it was asked for that.
        let here = self.stage.basket_id().filter(|here| self.known.is_not_made(note_id, *here));
        self.note(note_id, NoteCause::LateAnswer, here, (asked_minor, taken_minor)).await?;
        if taken_minor > 0 && here.is_some() { self.tell_of_money_taken().await } else { Ok(()) }
    }

    /// The shopper of the basket was told that nothing was taken, and may be about to pay again.
    async fn tell_of_money_taken(&mut self) -> Result<(), Stop> {
        match self.call_for_help().await {
            Err(broken @ Stop::Broken(_)) => Err(broken),
            // The note calls a person in any case.
            Ok(()) | Err(Stop::Told(_)) => Err(Notice::TakenAfterAll.into()),
        }
    }

    /// A slip that held a card number was left out: a person is told, and the till goes on.
    pub(super) async fn note_refused_slips(&mut self) -> Result<(), Stop> {
        if self.parts.card.take_refused_slips() == 0 {
            return Ok(());
        }
        let asked_minor = match &self.stage {
            Stage::Asked { attempt } => attempt.amount_minor,
            Stage::CreditAsked { credit, .. } => -credit.tender.amount_minor,
            Stage::Refund { refund } => -refund.asked_minor().unwrap_or(0),
            _ => 0,
        };
        let here = self.stage.basket_id();
        self.note(Uuid::now_v7(), NoteCause::SlipRefused, here, (asked_minor, 0)).await
    }

    pub(super) async fn note(
        &mut self,
        note_id: Uuid,
        cause: NoteCause,
        basket_id: Option<Uuid>,
        (asked_minor, taken_minor): (i64, i64),
    ) -> Result<(), Stop> {
        let noted_time = self.parts.clock.now();
        let note = Note { note_id, cause, basket_id, asked_minor, taken_minor, noted_time };
        self.parts.journal.note(&note).await?;
        self.notes.retain(|noted| noted.note_id != note_id);
        self.notes.push(note);
        Ok(())
    }

    /// Forgets the notes that a person has settled.
    pub(super) async fn forget_notes(&mut self, settled: &[String]) -> anyhow::Result<()> {
        let settled: Vec<Uuid> = settled.iter().filter_map(|id| id.parse().ok()).collect();
        let (over, kept): (Vec<_>, Vec<_>) =
            self.notes.iter().copied().partition(|note| settled.contains(&note.note_id));
        if !over.is_empty() {
            let over: Vec<Uuid> = over.into_iter().map(|note| note.note_id).collect();
            self.parts.journal.settle_notes(&over).await?;
            self.notes = kept;
        }
        Ok(())
    }
}
