//! Giving back what is held: store credit by checkout, a card by the card terminal while its holder is there, or else a person.

use uuid::Uuid;

use super::{
    known::Fate,
    machine::{Machine, Stop},
    proof::Verdict,
    view::{Notice, Screen},
};
use crate::{
    card::{Doubt, NotTaken, Outcome},
    client::{CallError, RequestId},
    stage::{Credit, Stage},
    tender::{Returned, TenderKind},
};

impl Machine {
    /// Gives everything back that is held, the last first; then the basket is open again, and the shopper is told how.
    pub(super) async fn give_back(&mut self) -> Result<(), Stop> {
        let given = self.give_all_back().await;
        self.read_how(given)
    }

    /// All went back: that is what was asked for, and the shopper reads how.
    fn read_how(&mut self, given: Result<(), Stop>) -> Result<(), Stop> {
        match given {
            Err(Stop::Told(notice @ Notice::NotPaid(NotTaken::GivenBack))) => {
                self.notice = Some(notice);
                Ok(())
            }
            given => given,
        }
    }

    async fn give_all_back(&mut self) -> Result<(), Stop> {
        while matches!(self.stage, Stage::Held { .. }) {
            self.make_sure_of_the_bill().await?;
            let Stage::Held { bill, .. } = &self.stage else { break };
            let tender = bill.last().cloned().ok_or(Notice::NoBasket)?;
            if tender.kind == TenderKind::StoreCredit {
                self.advance(self.stage.returned(RequestId::fresh())).await?;
            } else {
                let credit = Credit { credit_id: Uuid::now_v7(), tender, asked_time: self.parts.clock.now() };
                if self.can_credit() {
                    self.ask_to_give_back(credit).await?;
                } else {
                    self.advance(self.stage.owed(credit)).await?;
                }
            }
            self.tell().await?;
        }
        Ok(())
    }

    /// Asks the card terminal, whose answer is written down before anything else happens.
    async fn ask_to_give_back(&mut self, credit: Credit) -> Result<(), Stop> {
        let (reference, tender) = (credit.credit_id.to_string(), credit.tender.clone());
        self.advance(self.stage.credit_asked(credit)).await?;
        let amount_minor = tender.amount_minor;
        self.show_screen(Screen::GivingBack { tender });
        let outcome = self.give_by(amount_minor, &reference).await;
        self.credited(outcome).await
    }

    async fn credited(&mut self, outcome: Outcome) -> Result<(), Stop> {
        self.note_refused_slips().await?;
        let outcome = self.with_slip(outcome);
        let doubt = outcome.doubt();
        if let Stage::CreditAsked { bill, credit, .. } = &self.stage {
            let fate = match outcome {
                Outcome::Taken(_) => Some(Fate::Made),
                Outcome::NotTaken { .. } => Some(Fate::NotMade),
                Outcome::Partial(_) | Outcome::Unknown(_) => None,
            };
            if let Some(fate) = fate {
                self.known.keep(credit.credit_id, Some(bill.basket_id), fate);
            }
        }
        self.advance(self.stage.credited(outcome, RequestId::fresh())).await?;
        doubt.map_or(Ok(()), |doubt| Err(doubt_of_credit(doubt)))
    }

    /// An answer that came after its time.
    pub(super) async fn credited_late(&mut self, outcome: Outcome) -> Result<(), Stop> {
        self.credited(outcome).await?;
        self.tell().await?;
        self.give_back().await
    }

    /// Tells checkout that a tender went back, until it knows.
    pub(super) async fn tell_returned(
        &mut self,
        basket_id: Uuid,
        tender_id: Uuid,
        request_id: RequestId,
    ) -> Result<(), Stop> {
        loop {
            match self.parts.client.return_tender(request_id, basket_id, tender_id).await {
                Ok(basket) => self.basket = Some(basket),
                // Whatever checkout thinks of it: the money went back.
                Err(CallError::Refused(refusal)) => {
                    tracing::error!(refusal = refusal.reason(), "checkout did not hold what was given back");
                }
                Err(error @ CallError::NoAnswer(_)) => {
                    tracing::warn!(%error, "money that was given back waits for checkout");
                    self.pause().await?;
                    continue;
                }
            }
            let now = self.parts.clock.now();
            self.advance(self.stage.returned_told(now, RequestId::fresh())).await?;
            return self.leave_unpaid().await;
        }
    }

    /// What the shopper is to read: while the payment goes on, and once when it is over.
    pub(super) fn shown_returned(&self) -> Vec<Returned> {
        match &self.stage {
            Stage::Held { bill, .. } => bill.returned.clone(),
            Stage::Scanning { .. } if self.notice == Some(Notice::NotPaid(NotTaken::GivenBack)) => {
                self.returned.clone()
            }
            _ => Vec::new(),
        }
    }

    /// What a person says of money that has to go back.
    pub(super) async fn settle_debt(&mut self, verdict: Verdict) -> Result<(), Stop> {
        match verdict {
            Verdict::NotPaid => {
                if let Stage::CreditAsked { bill, credit, .. } = &self.stage {
                    self.known.keep(credit.credit_id, Some(bill.basket_id), Fate::GivenBack);
                }
                self.advance(self.stage.settled_as_given_back(RequestId::fresh())).await?;
            }
            Verdict::TryAgain => match self.stage.clone() {
                Stage::Owed { credit, owed_minor, .. } if credit.tender.amount_minor == owed_minor => {
                    if let Some(Verdict::NotPaid) = self.make_sure_of_the_till().await? {
                        // A person has given it back meanwhile: the card terminal does not as well.
                        self.advance(self.stage.settled_as_given_back(RequestId::fresh())).await?;
                    } else {
                        let (credit_id, asked_time) = (Uuid::now_v7(), self.parts.clock.now());
                        self.ask_to_give_back(Credit { credit_id, asked_time, ..credit }).await?;
                    }
                }
                _ => return Err(Notice::GiveBackUnknown.into()),
            },
            Verdict::Paid(_) => return Err(Notice::NeedsAttendant.into()),
        }
        tracing::info!("an attendant settled money that had to go back");
        match self.tell().await {
            Ok(()) => self.give_back().await,
            told => self.read_how(told),
        }
    }
}

/// Nobody knows whether the money went back: it is not asked for again.
pub(super) fn doubt_of_credit(doubt: Doubt) -> Stop {
    tracing::error!(?doubt, "nobody knows whether money was given back; an attendant is called");
    Notice::GiveBackUnknown.into()
}
