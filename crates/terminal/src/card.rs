//! The driver of a card payment terminal that speaks Caisse-AP over IP.
//!
//! One connection per payment, one payment at a time. What is not surely "not taken" is unknown: from the first byte of a request
//! on, only a readable answer tells what happened.

use std::{io, time::Duration};

use caisse_ap::{Answer, AnswerError, Decoder, Outcome as Answered, Profile, Request, Suffix};
use money::Cents;
use proto::checkout::v1::CardPayment;
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Mutex, watch},
    time::{Instant, timeout, timeout_at},
};

#[cfg(test)]
mod tests;

/// Where a card terminal is, and how it wants to be spoken to.
#[derive(Clone, Debug)]
pub struct Line {
    /// Host and port.
    pub address: String,
    /// The fields it knows.
    pub profile: Profile,
    /// What follows a request.
    pub suffix: Suffix,
    /// How long to wait.
    pub patience: Patience,
}

/// How long to wait for a card terminal.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// For the answer, from the request on.
    pub answer: Duration,
    /// For more of an answer that looks complete; the protocol has no end mark.
    pub silence: Duration,
}

/// The driver of one card terminal.
#[derive(Debug)]
pub struct CardTerminal {
    line: Line,
    turn: Mutex<()>,
    phase: watch::Sender<Phase>,
}

/// What the driver is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing.
    Idle,
    /// Reaching the card terminal.
    Connecting,
    /// The request is on its way, or the shopper's turn has come.
    Waiting,
}

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The whole amount was taken.
    Taken(Payment),
    /// Less than the amount was taken: it completes nothing.
    Partial(Payment),
    /// Surely nothing was taken.
    NotTaken(NotTaken),
    /// The shopper may have paid.
    Unknown(Doubt),
}

/// Why nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotTaken {
    /// The bank or the card refused.
    Refused,
    /// The shopper gave up.
    Abandoned,
    /// Nobody presented a card in time.
    TimedOut,
    /// Not done, for another reason the card terminal has.
    NotDone,
    /// The card terminal could not be reached: it never got the request.
    Unreachable,
    /// A person looked and says so.
    SettledByStaff,
}

/// Why it is not known whether the shopper paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// No answer in time.
    NoAnswer,
    /// The connection was lost.
    ConnectionLost,
    /// The answer could not be read, or does not fit the request.
    Unreadable,
    /// The till was restarted meanwhile.
    Restarted,
}

/// Money that a card terminal took. No card number, no person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// How much, in cents.
    pub amount_minor: i64,
    /// The card's scheme.
    pub brand: String,
    /// The last four digits, or empty.
    pub pan_last4: String,
    /// The card's application, or empty.
    pub application_id: String,
    /// The bank's authorisation, or empty.
    pub authorisation: String,
    /// Whether the card was held against the terminal.
    pub contactless: bool,
    /// The slip, or empty.
    pub slip_text: String,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(90),
            silence: Duration::from_millis(250),
        }
    }
}

impl CardTerminal {
    /// The driver of the card terminal at the end of `line`.
    #[must_use]
    pub fn new(line: Line) -> Self {
        Self { line, turn: Mutex::new(()), phase: watch::Sender::new(Phase::Idle) }
    }

    /// What the driver is doing, as it changes.
    #[must_use]
    pub fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Takes `amount_minor` cents from a card. The caller has written down that it asks.
    pub async fn debit(&self, amount_minor: i64, reference: &str) -> Outcome {
        let _turn = self.turn.lock().await;
        let Ok(request) = self.line.profile.debit(Cents::new(amount_minor), Some(reference)) else {
            return Outcome::NotTaken(NotTaken::NotDone);
        };
        let outcome = self.converse(&request).await;
        self.phase.send_replace(Phase::Idle);
        outcome
    }

    async fn converse(&self, request: &Request) -> Outcome {
        self.phase.send_replace(Phase::Connecting);
        let patience = self.line.patience;
        let mut stream = match timeout(patience.connect, TcpStream::connect(&self.line.address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(failure)) => {
                tracing::warn!(%failure, "the card terminal cannot be reached");
                return Outcome::NotTaken(NotTaken::Unreachable);
            }
            Err(_) => {
                tracing::warn!("the card terminal cannot be reached in time");
                return Outcome::NotTaken(NotTaken::Unreachable);
            }
        };
        self.phase.send_replace(Phase::Waiting);
        let deadline = Instant::now() + patience.answer;
        match timeout_at(deadline, self.exchange(&mut stream, request)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Unknown(Doubt::NoAnswer),
        }
    }

    async fn exchange(&self, stream: &mut TcpStream, request: &Request) -> Outcome {
        let sent = stream.write_all(&request.encode(self.line.suffix)).await;
        if let Err(failure) = sent {
            tracing::warn!(%failure, "the request to the card terminal may not have arrived");
            return Outcome::Unknown(Doubt::ConnectionLost);
        }
        let mut decoder = Decoder::default();
        match self.receive(stream, &mut decoder).await {
            Ok(()) => judge(decoder, request),
            Err(doubt) => Outcome::Unknown(doubt),
        }
    }

    /// Reads until the answer looks complete and nothing more comes, or until the connection ends.
    async fn receive(&self, stream: &mut TcpStream, decoder: &mut Decoder) -> Result<(), Doubt> {
        let mut piece = [0; 2048];
        loop {
            let read = if decoder.looks_complete() {
                match timeout(self.line.patience.silence, stream.read(&mut piece)).await {
                    Ok(read) => read,
                    Err(_) => return Ok(()),
                }
            } else {
                stream.read(&mut piece).await
            };
            match read {
                Ok(0) if decoder.looks_complete() => return Ok(()),
                Ok(0) => return Err(Doubt::ConnectionLost),
                Ok(length) => decoder.push(&piece[..length]).map_err(|failure| {
                    tracing::warn!(%failure, "the card terminal's answer cannot be read");
                    Doubt::Unreadable
                })?,
                // A terminal that resets the connection after a whole answer has answered.
                Err(failure)
                    if decoder.looks_complete() && failure.kind() == io::ErrorKind::ConnectionReset =>
                {
                    return Ok(());
                }
                Err(failure) => {
                    tracing::warn!(%failure, "the connection to the card terminal was lost");
                    return Err(Doubt::ConnectionLost);
                }
            }
        }
    }
}

fn judge(decoder: Decoder, request: &Request) -> Outcome {
    let Ok(frame) = decoder.finish() else { return Outcome::Unknown(Doubt::Unreadable) };
    match Answer::new(frame).outcome(request) {
        Ok(Answered::Approved(payment)) => Outcome::Taken(payment.into()),
        Ok(Answered::Partial(payment)) => Outcome::Partial(payment.into()),
        Ok(Answered::Refused) => Outcome::NotTaken(NotTaken::Refused),
        Ok(Answered::Abandoned) => Outcome::NotTaken(NotTaken::Abandoned),
        Ok(Answered::TimedOut) => Outcome::NotTaken(NotTaken::TimedOut),
        Ok(Answered::NotDone(complement)) => {
            tracing::warn!(?complement, "the card terminal did not do what it was asked");
            Outcome::NotTaken(NotTaken::NotDone)
        }
        Ok(Answered::InProgress) => Outcome::Unknown(Doubt::NoAnswer),
        Ok(Answered::Identified) => Outcome::Unknown(Doubt::Unreadable),
        Err(failure @ (AnswerError::NoStatus | AnswerError::Mismatch(_))) => {
            tracing::warn!(%failure, "the card terminal's answer settles nothing");
            Outcome::Unknown(Doubt::Unreadable)
        }
    }
}

impl NotTaken {
    /// The outcome in checkout's contract.
    #[must_use]
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::Refused | Self::NotDone => "REFUSED",
            Self::Abandoned | Self::Unreachable | Self::SettledByStaff => "ABANDONED",
            Self::TimedOut => "TIMED_OUT",
        }
    }
}

impl From<caisse_ap::Payment> for Payment {
    fn from(payment: caisse_ap::Payment) -> Self {
        let slip = payment.slip.unwrap_or_else(|failure| {
            tracing::error!(%failure, "the card slip is left out");
            None
        });
        Self {
            amount_minor: payment.amount.get(),
            brand: payment.brand.name().to_owned(),
            pan_last4: payment.pan_last4.map(|digits| digits.to_string()).unwrap_or_default(),
            application_id: payment.aid.map(|aid| aid.as_str().to_owned()).unwrap_or_default(),
            authorisation: payment.authorisation.unwrap_or_default(),
            contactless: payment.contactless,
            slip_text: slip.map(|slip| slip.text().to_owned()).unwrap_or_default(),
        }
    }
}

impl From<Payment> for CardPayment {
    fn from(payment: Payment) -> Self {
        Self {
            amount_minor: payment.amount_minor,
            brand: payment.brand,
            pan_last4: payment.pan_last4,
            application_id: payment.application_id,
            authorisation: payment.authorisation,
            contactless: payment.contactless,
            slip_text: payment.slip_text,
        }
    }
}
