//! Money of a refund of an earlier sale that goes back to its card here, and the moves of it.
//!
//! ```text
//!         claiming                asked            answered
//!   Idle ──────────▶ Claiming ─────────▶ Asked ──────────────▶ Given | NotGiven ──▶ Idle
//!                        └──────────────── not begun ─────────────▲
//! ```
//!
//! `Asked` without an answer is *unknown*: no move leads from it to another request. A person leads it to `Given` or `NotGiven`.

use caisse_ap::Complement;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{IllegalMove, Stage};
use crate::{card::Outcome, client::RequestId, tender::Tender};

/// Money of a refund that goes back to a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Its identity, sent along as reference where the card terminal takes one.
    pub credit_id: Uuid,
    /// The number of the credit note.
    pub number: i64,
    /// The till of the credit note; empty where the number says enough.
    pub terminal_code: String,
    /// When it was begun, for the person who may have to look for it.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_time: OffsetDateTime,
    /// How far it is.
    pub step: Step,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Checkout is asked for it; the card terminal surely was not.
    Claiming {
        /// Identity of the request that asks checkout.
        request_id: RequestId,
    },
    /// The card terminal may have got the request, and no answer is known.
    Asked {
        /// What goes back, to which card of the sale.
        tender: Tender,
    },
    /// It went back, or a part of it; checkout may not know yet.
    Given {
        /// What was to go back.
        tender: Tender,
        /// How much did, in cents.
        given_minor: i64,
        /// The scheme of the card that it went to, or empty.
        brand: String,
        /// Its last four digits, or empty.
        pan_last4: String,
        /// The card terminal's slip, or empty.
        slip_text: String,
        /// Identity of the request that tells checkout.
        request_id: RequestId,
    },
    /// Surely nothing went back; checkout may not know yet.
    NotGiven {
        /// The two digits of the card terminal's own reason, or empty.
        complement: String,
        /// The slip that says so, or empty where no card terminal was asked.
        slip_text: String,
        /// What the card terminal was asked to give back, in cents; 0 where it was not asked.
        #[serde(default)]
        asked_minor: i64,
        /// Identity of the request that tells checkout.
        request_id: RequestId,
    },
}

impl Refund {
    /// The card terminal may have got the request, and no answer is known.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        matches!(self.step, Step::Asked { .. })
    }

    /// What was asked of the card terminal, in cents, while no answer is known.
    #[must_use]
    pub const fn asked_minor(&self) -> Option<i64> {
        match &self.step {
            Step::Asked { tender } => Some(tender.amount_minor),
            _ => None,
        }
    }

    fn at(&self, step: Step) -> Stage {
        Stage::Refund { refund: Self { step, ..self.clone() } }
    }
}

impl Stage {
    /// Checkout is about to be asked for a refund.
    pub fn refund_claiming(&self, refund: Refund) -> Result<Self, IllegalMove> {
        match (self, &refund.step) {
            (Self::Idle, Step::Claiming { .. }) => Ok(Self::Refund { refund }),
            _ => Err(self.illegal("giving a refund back")),
        }
    }

    /// It is this till's, and the card terminal is about to be asked.
    pub fn refund_asked(&self, tender: Tender, terminal_code: String) -> Result<Self, IllegalMove> {
        match self {
            Self::Refund { refund: refund @ Refund { step: Step::Claiming { .. }, .. } }
                if tender.amount_minor > 0 =>
            {
                Ok(Refund { terminal_code, ..refund.clone() }.at(Step::Asked { tender }))
            }
            _ => Err(self.illegal("asked to give a refund back")),
        }
    }

    /// The card terminal was never asked.
    pub fn refund_not_begun(&self, request_id: RequestId) -> Result<Self, IllegalMove> {
        match self {
            Self::Refund { refund: refund @ Refund { step: Step::Claiming { .. }, .. } } => {
                let (complement, slip_text) = (String::new(), String::new());
                Ok(refund.at(Step::NotGiven { complement, slip_text, asked_minor: 0, request_id }))
            }
            _ => Err(self.illegal("not begun")),
        }
    }

    /// The card terminal's outcome. An unknown one changes nothing here either.
    pub fn refund_answered(&self, outcome: Outcome, request_id: RequestId) -> Result<Self, IllegalMove> {
        let Self::Refund { refund: refund @ Refund { step: Step::Asked { tender }, .. } } = self else {
            return Err(self.illegal("answered"));
        };
        let asked_minor = tender.amount_minor;
        Ok(match outcome {
            Outcome::Taken(payment) | Outcome::Partial(payment) => refund.at(Step::Given {
                tender: tender.clone(),
                given_minor: payment.amount_minor,
                brand: payment.brand,
                pan_last4: payment.pan_last4,
                slip_text: payment.slip_text,
                request_id,
            }),
            Outcome::NotTaken { complement, slip_text, .. } => {
                let complement = complement.map(Complement::code).unwrap_or_default();
                refund.at(Step::NotGiven { complement, slip_text, asked_minor, request_id })
            }
            Outcome::Unknown(_) => self.clone(),
        })
    }

    /// A person has seen whether the whole of it went back; nobody knows its slip any more.
    pub fn refund_settled(
        &self,
        went_back: bool,
        slip_text: String,
        request_id: RequestId,
    ) -> Result<Self, IllegalMove> {
        let Self::Refund { refund: refund @ Refund { step: Step::Asked { tender }, .. } } = self else {
            return Err(self.illegal("settled"));
        };
        if went_back {
            return Ok(refund.at(Step::Given {
                given_minor: tender.amount_minor,
                brand: tender.brand.clone(),
                pan_last4: tender.pan_last4.clone(),
                tender: tender.clone(),
                slip_text,
                request_id,
            }));
        }
        let (complement, asked_minor) = (String::new(), tender.amount_minor);
        Ok(refund.at(Step::NotGiven { complement, slip_text, asked_minor, request_id }))
    }

    /// Checkout knows what became of it, or never let this till have it.
    pub fn refund_over(&self) -> Result<Self, IllegalMove> {
        match self {
            Self::Refund { refund } if !refund.is_asked() => Ok(Self::Idle),
            _ => Err(self.illegal("done with a refund")),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{
        card::{Doubt, NotTaken, Payment},
        tender::TenderKind,
    };

    fn claiming() -> Stage {
        let refund = Refund {
            credit_id: Uuid::from_u128(1),
            number: 3,
            terminal_code: String::new(),
            asked_time: datetime!(2026-05-02 10:00 UTC),
            step: Step::Claiming { request_id: RequestId::fresh() },
        };
        Stage::Idle.refund_claiming(refund).unwrap()
    }

    fn tender(amount_minor: i64) -> Tender {
        Tender {
            tender_id: Uuid::from_u128(2),
            kind: TenderKind::Card,
            amount_minor,
            brand: "CB".to_owned(),
            pan_last4: "6368".to_owned(),
        }
    }

    fn asked() -> Stage {
        claiming().refund_asked(tender(450), "LILLE-02".to_owned()).unwrap()
    }

    #[test]
    fn an_unknown_refund_leads_to_no_other_request_and_to_no_idle_till() {
        let unknown = asked().refund_answered(Outcome::Unknown(Doubt::NoAnswer), RequestId::fresh()).unwrap();
        assert_eq!(unknown, asked());
        assert!(unknown.refund_asked(tender(450), String::new()).is_err());
        assert!(unknown.refund_not_begun(RequestId::fresh()).is_err());
        assert!(unknown.refund_over().is_err());
        for went_back in [true, false] {
            let settled = unknown.refund_settled(went_back, String::new(), RequestId::fresh()).unwrap();
            assert_eq!(settled.refund_over(), Ok(Stage::Idle));
        }
    }

    #[test]
    fn a_refund_is_claimed_before_the_card_terminal_is_asked_and_told_before_the_till_is_idle() {
        assert!(Stage::Idle.refund_asked(tender(450), String::new()).is_err());
        assert!(claiming().refund_asked(tender(0), String::new()).is_err());
        assert_eq!(claiming().refund_over(), Ok(Stage::Idle), "checkout refused");
        let payment = Payment {
            amount_minor: 450,
            brand: "CB".to_owned(),
            pan_last4: "6368".to_owned(),
            application_id: String::new(),
            authorisation: String::new(),
            contactless: false,
            slip_text: "REMBOURSEMENT".to_owned(),
        };
        let given = asked().refund_answered(Outcome::Taken(payment), RequestId::fresh()).unwrap();
        let kept: Stage = serde_json::from_str(&serde_json::to_string(&given).unwrap()).unwrap();
        assert_eq!(kept, given, "a journal gives it back");
        let refused = Outcome::not_taken(NotTaken::Refused);
        let refused = asked().refund_answered(refused, RequestId::fresh()).unwrap();
        assert_eq!((given.refund_over(), refused.refund_over()), (Ok(Stage::Idle), Ok(Stage::Idle)));
    }
}
