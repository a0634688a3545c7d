//! What an answer means for the till.

use std::sync::{
    LazyLock,
    atomic::{AtomicUsize, Ordering},
};

use caisse_ap::{Answer, AnswerError, Complement, Outcome as Answered, Request, Slip, SlipError, SlipRule};
use opentelemetry::metrics::Counter;

use super::{Doubt, Health, NotTaken, Outcome, Payment};

static SLIPS_REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    opentelemetry::global::meter("terminal")
        .u64_counter("slips.refused")
        .with_unit("{slip}")
        .with_description("Card slips left out because they held a card number")
        .build()
});

/// What became of a payment. A slip that holds a card number is left out and counted.
pub(super) fn outcome(
    answer: &Answer,
    request: &Request,
    rule: &SlipRule,
    slips_refused: &AtomicUsize,
) -> Outcome {
    let not_taken = |cause, complement| {
        let slip_text = kept(answer.slip(rule), slips_refused);
        Outcome::NotTaken { cause, complement: Some(complement), slip_text }
    };
    match answer.outcome(request, rule) {
        Ok(Answered::Approved(payment)) => Outcome::Taken(made(payment, slips_refused)),
        Ok(Answered::Partial(payment)) => Outcome::Partial(made(payment, slips_refused)),
        Ok(Answered::Refused) => not_taken(NotTaken::Refused, Complement::Refused),
        Ok(Answered::Abandoned) => not_taken(NotTaken::Abandoned, answer.complement()),
        Ok(Answered::TimedOut) => not_taken(NotTaken::TimedOut, Complement::InputTimeOut),
        Ok(Answered::NotDone(complement)) => {
            tracing::warn!(?complement, "the card terminal did not do what it was asked");
            not_taken(NotTaken::NotDone, complement)
        }
        Ok(Answered::InProgress) => Outcome::Unknown(Doubt::NoAnswer),
        Ok(Answered::Identified) => Outcome::Unknown(Doubt::Unreadable),
        Err(failure @ (AnswerError::NoStatus | AnswerError::Mismatch(_))) => {
            tracing::warn!(%failure, "the card terminal's answer settles nothing");
            Outcome::Unknown(Doubt::Unreadable)
        }
    }
}

/// The payment of an answer, with the slip as far as it may be kept.
fn made(payment: caisse_ap::Payment, slips_refused: &AtomicUsize) -> Payment {
    Payment {
        amount_minor: payment.amount.get(),
        brand: payment.brand.name().to_owned(),
        pan_last4: payment.pan_last4.map(|digits| digits.to_string()).unwrap_or_default(),
        application_id: payment.aid.map(|aid| aid.as_str().to_owned()).unwrap_or_default(),
        authorisation: payment.authorisation.unwrap_or_default(),
        contactless: payment.contactless,
        slip_text: kept(payment.slip, slips_refused),
    }
}

/// What the answer to an identification says.
pub(super) fn health(answer: &Answer, request: &Request) -> Health {
    match answer.outcome(request, &SlipRule::default()) {
        Ok(Answered::Identified) => Health::Ready,
        Ok(Answered::Refused | Answered::Abandoned | Answered::TimedOut | Answered::NotDone(_)) => {
            Health::NotReady(answer.complement())
        }
        Ok(Answered::Approved(_) | Answered::Partial(_) | Answered::InProgress) | Err(_) => {
            Health::Unreadable
        }
    }
}

/// The slip as far as it may be kept. What holds a card number is alarmed, and never repeated.
fn kept(slip: Result<Option<Slip>, SlipError>, slips_refused: &AtomicUsize) -> String {
    let slip = slip.unwrap_or_else(|failure| {
        tracing::error!(%failure, "the card slip is left out");
        if matches!(failure, SlipError::CardNumber(_)) {
            SLIPS_REFUSED.add(1, &[]);
            slips_refused.fetch_add(1, Ordering::Relaxed);
        }
        None
    });
    slip.map(|slip| slip.text().to_owned()).unwrap_or_default()
}
