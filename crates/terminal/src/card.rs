//! The driver of a card payment terminal that speaks Caisse-AP over IP.
//!
//! One connection per payment, one payment at a time. What is not surely "not taken" is unknown: from the first byte of a request
//! on, only a readable answer tells what happened. Where none comes in time, the driver goes on listening, and hands on what comes.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use caisse_ap::{Complement, Profile, Request, RequestError, Suffix};
use money::Cents;
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
    time::{Instant, timeout, timeout_at},
};

mod call;
mod judge;
mod outcome;
mod profile;
mod shop;

#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;

use call::Call;
pub use outcome::{Doubt, NotTaken, Outcome, Payment};
pub(crate) use profile::ProfileFile;
pub(crate) use shop::{NothingFound, Shop};

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
    /// Whether it can give money back.
    pub has_credit: bool,
    /// Whether it says that it is there when it is asked.
    pub has_identification: bool,
}

/// No card terminal is waited for so long in all: then checkout lets a person say what became of a refund (`refund_credit.is_overdue`).
pub(crate) const PATIENCE_IN_ALL: Duration = Duration::from_mins(15);

/// How long to wait for a card terminal.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// For the answer, from the request on.
    pub answer: Duration,
    /// For an answer that comes after that: nobody waits for it, and it is not thrown away.
    pub late: Duration,
    /// For more of an answer that looks complete; the protocol has no end mark.
    pub silence: Duration,
}

/// The driver of one card terminal. Clones drive the same one.
#[derive(Clone, Debug)]
pub struct CardTerminal(Arc<Driver>);

#[derive(Debug)]
struct Driver {
    line: Line,
    turn: tokio::sync::Mutex<()>,
    phase: watch::Sender<Phase>,
    shop: Mutex<Arc<Shop>>,
    /// Payments without an answer that are still listened for.
    listening: AtomicUsize,
    /// Slips that were left out because they held a card number, and nobody was told of yet.
    slips_refused: AtomicUsize,
    late: mpsc::UnboundedSender<Late>,
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

/// An answer that came when nobody waited for it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// The payment, as the caller named it.
    pub reference: String,
    /// What was asked, in cents; below zero what was to be given back.
    pub amount_minor: i64,
    /// What became of it.
    pub outcome: Outcome,
}

/// Whether a card terminal is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It says so.
    Ready,
    /// A payment is under way, or may be.
    Busy,
    /// It answers, and not that it is ready.
    NotReady(Complement),
    /// It cannot be reached.
    Unreachable,
    /// It is reached, and its answer is none.
    Unreadable,
    /// Its profile says that it does not know the question.
    NotAsked,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(90),
            late: Duration::from_mins(10),
            silence: Duration::from_millis(250),
        }
    }
}

impl CardTerminal {
    /// The driver of the card terminal at the end of `line`, and where the answers that come too late are heard.
    #[must_use]
    pub fn new(line: Line) -> (Self, mpsc::UnboundedReceiver<Late>) {
        let (late, late_answers) = mpsc::unbounded_channel();
        let driver = Driver {
            line,
            turn: tokio::sync::Mutex::new(()),
            phase: watch::Sender::new(Phase::Idle),
            shop: Mutex::default(),
            listening: AtomicUsize::new(0),
            slips_refused: AtomicUsize::new(0),
            late,
        };
        (Self(Arc::new(driver)), late_answers)
    }

    /// What the driver is doing, as it changes.
    #[must_use]
    pub fn phase(&self) -> watch::Receiver<Phase> {
        self.0.phase.subscribe()
    }

    /// Learns in which shop it stands. Until then every number that looks like a card's is one.
    pub(crate) fn learn(&self, shop: Shop) {
        *self.0.shop.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(shop);
    }

    /// The shop, as far as it is known.
    pub(crate) fn shop(&self) -> Arc<Shop> {
        Arc::clone(&self.0.shop.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes `amount_minor` cents from a card. The caller has written down that it asks.
    pub async fn debit(&self, amount_minor: i64, reference: &str) -> Outcome {
        let request = self.0.line.profile.debit(Cents::new(amount_minor), Some(reference));
        self.ask(request, amount_minor, reference).await
    }

    /// Whether it can give money back.
    #[must_use]
    pub(crate) fn has_credit(&self) -> bool {
        self.0.line.has_credit
    }

    /// How many slips were left out since this was asked last, because they held a card number.
    pub(crate) fn take_refused_slips(&self) -> usize {
        self.0.slips_refused.swap(0, Ordering::Relaxed)
    }

    /// Gives `amount_minor` cents back to the card whose holder presents it. `Taken` means: given back. The same care is needed as for
    /// a payment: what is unknown may have been given back.
    pub async fn credit(&self, amount_minor: i64, reference: &str) -> Outcome {
        if !self.0.line.has_credit {
            return Outcome::not_taken(NotTaken::NotDone);
        }
        let request = self.0.line.profile.credit(Cents::new(amount_minor), Some(reference));
        self.ask(request, -amount_minor, reference).await
    }

    /// Asks the card terminal whether it is there. No money is involved, and no payment is disturbed.
    pub async fn identify(&self) -> Health {
        let driver = &self.0;
        if !driver.line.has_identification {
            return Health::NotAsked;
        }
        let Ok(_turn) = driver.turn.try_lock() else { return Health::Busy };
        if driver.listening.load(Ordering::Relaxed) > 0 {
            return Health::Busy;
        }
        let request = driver.line.profile.identification();
        let Some(stream) = driver.connect().await else { return Health::Unreachable };
        let mut call = Call::new(stream, request);
        match timeout(driver.line.patience.connect, call.exchange(&driver.line)).await {
            Ok(Ok(())) => {
                call.take_answer().map_or(Health::Unreadable, |answer| judge::health(&answer, call.request()))
            }
            Ok(Err(_)) | Err(_) => Health::Unreadable,
        }
    }

    /// Whether it is there: as it says itself, or, where it does not know the question, as far as it can be reached.
    pub async fn health(&self) -> Health {
        let health = self.identify().await;
        if health != Health::NotAsked {
            return health;
        }
        let Ok(_turn) = self.0.turn.try_lock() else { return Health::Busy };
        if self.0.listening.load(Ordering::Relaxed) > 0 {
            return Health::Busy;
        }
        match self.0.connect().await {
            Some(_) => Health::NotAsked,
            None => Health::Unreachable,
        }
    }

    async fn ask(
        &self,
        request: Result<Request, RequestError>,
        amount_minor: i64,
        reference: &str,
    ) -> Outcome {
        let driver = &self.0;
        let _turn = driver.turn.lock().await;
        let Ok(request) = request else { return Outcome::not_taken(NotTaken::NotDone) };
        driver.phase.send_replace(Phase::Connecting);
        let Some(stream) = driver.connect().await else {
            driver.phase.send_replace(Phase::Idle);
            return Outcome::not_taken(NotTaken::Unreachable);
        };
        let mut call = Call::new(stream, request);
        let outcome = self.converse(&mut call).await;
        driver.phase.send_replace(Phase::Idle);
        match outcome {
            Outcome::Unknown(Doubt::NoAnswer) => self.listen(call, amount_minor, reference),
            Outcome::NotTaken { .. } if !call.has_hung_up() => self.hear_out(call, amount_minor, reference),
            _ => {}
        }
        outcome
    }

    async fn converse(&self, call: &mut Call) -> Outcome {
        let driver = &self.0;
        driver.phase.send_replace(Phase::Waiting);
        let deadline = Instant::now() + driver.line.patience.answer;
        match timeout_at(deadline, call.exchange(&driver.line)).await {
            Ok(ended) => self.judged(ended, call),
            Err(_) if call.looks_complete() => self.judged(Ok(()), call),
            Err(_) => Outcome::Unknown(Doubt::NoAnswer),
        }
    }

    /// Goes on listening where nobody waits any more: what is known late settles a payment better than any guess. What took nothing is
    /// heard out for the rest of that time.
    fn listen(&self, mut call: Call, amount_minor: i64, reference: &str) {
        let (listens, reference) = (Listens::begin(self.clone()), reference.to_owned());
        tokio::spawn(async move {
            let card = &listens.0;
            let until = Instant::now() + card.0.line.patience.late;
            let Some(ended) = card.hear(&mut call, until).await else { return };
            let outcome = card.judged(ended, &mut call);
            tracing::warn!(reference, "an answer of the card terminal came after its time");
            let took_nothing = matches!(outcome, Outcome::NotTaken { .. });
            let late = Late { reference, amount_minor, outcome };
            // A till that is gone meanwhile hears nothing; then the journal says "unknown".
            let _ = card.0.late.send(late.clone());
            if took_nothing && !call.has_hung_up() {
                card.hear_second_answer(call, until, amount_minor, late.reference).await;
            }
        });
    }

    /// Listens, where nobody waits, for what a card terminal adds that has said in time that it took nothing.
    fn hear_out(&self, call: Call, amount_minor: i64, reference: &str) {
        let (listens, reference) = (Listens::begin(self.clone()), reference.to_owned());
        tokio::spawn(async move {
            let card = &listens.0;
            let until = Instant::now() + card.0.line.patience.late;
            card.hear_second_answer(call, until, amount_minor, reference).await;
        });
    }

    /// A card terminal that took nothing may say afterwards, on the same connection, that it did. It is listened to until it hangs up,
    /// also while it is asked for something else: money that moves late belongs to the payment that asked for it. Then the till sends
    /// nothing more on the old connection, and says so, for a card terminal that waits for that before it serves the next one.
    async fn hear_second_answer(&self, mut call: Call, until: Instant, amount_minor: i64, reference: String) {
        let mut phase = self.phase();
        let heard = tokio::select! {
            heard = self.hear(&mut call, until) => Some(heard),
            _ = phase.wait_for(|phase| *phase != Phase::Idle) => None,
        };
        let heard = match heard {
            Some(heard) => heard,
            None => {
                call.ends_asking().await;
                self.hear(&mut call, until).await
            }
        };
        // A connection that ends now has nothing to add.
        let Some(Ok(())) = heard else { return };
        let outcome = self.judged(Ok(()), &mut call);
        if matches!(outcome, Outcome::Taken(_) | Outcome::Partial(_)) {
            tracing::error!(reference, "the card terminal took money after it had said that it did not");
            let _ = self.0.late.send(Late { reference, amount_minor, outcome });
        }
    }

    /// How an answer ends that comes after its time; nothing when none does, or nobody is left to hear it.
    async fn hear(&self, call: &mut Call, until: Instant) -> Option<Result<(), Doubt>> {
        let silence = self.0.line.patience.silence;
        tokio::select! {
            heard = timeout_at(until, call.receive(silence)) => heard.ok(),
            () = self.0.late.closed() => None,
        }
    }

    fn judged(&self, ended: Result<(), Doubt>, call: &mut Call) -> Outcome {
        match ended.map(|()| call.take_answer()) {
            Ok(Some(answer)) => {
                let refused = &self.0.slips_refused;
                judge::outcome(&answer, call.request(), self.shop().rule(), refused)
            }
            Ok(None) => Outcome::Unknown(Doubt::Unreadable),
            Err(doubt) => Outcome::Unknown(doubt),
        }
    }
}

/// A payment that is listened for, until this is dropped.
struct Listens(CardTerminal);

impl Listens {
    fn begin(card: CardTerminal) -> Self {
        card.0.listening.fetch_add(1, Ordering::Relaxed);
        Self(card)
    }
}

impl Drop for Listens {
    fn drop(&mut self) {
        self.0.0.listening.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Driver {
    async fn connect(&self) -> Option<TcpStream> {
        match timeout(self.line.patience.connect, TcpStream::connect(&self.line.address)).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(failure)) => {
                tracing::warn!(%failure, "the card terminal cannot be reached");
                None
            }
            Err(_) => {
                tracing::warn!("the card terminal cannot be reached in time");
                None
            }
        }
    }
}
