//! Plays a card payment terminal that speaks Caisse-AP over IP, for tests and demonstrations.
//!
//! With `--magic-amounts` the last two digits of an amount decide what happens ([`Behaviour::of`]), with `--script` one line a payment;
//! without, every payment is made. One payment at a time: a till that asks meanwhile is told that the terminal is busy.

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use caisse_ap::{Complement, Decoder, FieldError, Frame, Operation, Request, Tag, simulate};
use clap::Args;
use money::Cents;
use platform::{Clock, Shutdown, clock::DemoClock};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Mutex,
};
use tokio_util::task::TaskTracker;

mod behaviour;
mod charges;
mod merchant;
mod script;
mod slip;

#[cfg(test)]
mod tests;

pub use behaviour::{Behaviour, NoBehaviour};
pub use charges::{Charge, Charges};
pub use merchant::PlayedPayment;
use script::Script;

/// How long a till may take to send its request.
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// How a simulated card terminal is set up.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address to wait for tills on
    #[arg(long, default_value = "127.0.0.1:8888")]
    pub addr: SocketAddr,
    /// Milliseconds that a shopper takes to pay
    #[arg(long, default_value_t = 0)]
    pub delay_ms: u64,
    /// Lets the last two digits of an amount decide: 13 refused, 14 abandoned, 15 timed out, 16 cut after approval, 17 in pieces,
    /// 18 no answer, 19 less than asked, 20 to 29 not done, each for another reason, 34 abandoned with the amount, 35 cut before
    /// approval, 36 acknowledged first, 37 answered late, 38 largest slip, 39 with a line end, 40 busy, 41 a field twice, 42 in two
    /// halves, 43 not done although called authorised, 44 by a card of meal vouchers
    #[arg(long)]
    pub magic_amounts: bool,
    /// File with what happens, one word a payment or credit: approve, refuse, abandon, time-out, cut-before, cut-after, silence, late,
    /// less, busy and so on; where a line is empty or missing, it is as without the file
    #[arg(long)]
    pub script: Option<PathBuf>,
    /// Milliseconds after which a late answer comes
    #[arg(long, default_value_t = 3_000)]
    pub late_ms: u64,
    /// Name of the shop on the slips
    #[arg(long, default_value = "CABAS")]
    pub shop: String,
    /// File that gets one line for every payment that was made
    #[arg(long)]
    pub charges: Option<PathBuf>,
    /// File that gets one line for every payment that was asked, as the merchant's own slips would tell it
    #[arg(long)]
    pub payments: Option<PathBuf>,
    /// Scaled clock of a demonstration for the slips, written as the program's own `--demo-clock`
    #[arg(long)]
    pub clock: Option<DemoClock>,
}

/// Answers tills until `shutdown`.
///
/// # Errors
/// When the listener breaks.
pub async fn run(config: Config, listener: TcpListener, shutdown: Shutdown) -> anyhow::Result<()> {
    serve(config, listener, Charges::default(), shutdown).await
}

/// Answers tills until `shutdown`, and counts what was paid.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    charges: Charges,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    tracing::info!(address = %listener.local_addr()?, "a simulated card terminal waits for tills");
    let clock = config.clock.clone().map_or_else(Clock::system, Clock::demo);
    charges.remember(config.charges.as_ref())?;
    let script = Script::of(config.script.clone());
    let terminal = Arc::new(Terminal { config, clock, charges, script, turn: Mutex::new(()) });
    let conversations = TaskTracker::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted.context("the listener broke")?.0,
            () = shutdown.cancelled() => break,
        };
        let (terminal, shutdown) = (Arc::clone(&terminal), shutdown.clone());
        conversations.spawn(async move {
            tokio::select! {
                ended = terminal.converse(stream) => if let Err(failure) = ended {
                    tracing::warn!(failure = format!("{failure:#}"), "a conversation with a till ended");
                },
                () = shutdown.cancelled() => {}
            }
        });
    }
    conversations.close();
    conversations.wait().await;
    Ok(())
}

struct Terminal {
    config: Config,
    clock: Clock,
    charges: Charges,
    script: Script,
    /// Held by the payment that is being made.
    turn: Mutex<()>,
}

/// How an answer travels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Whole,
    Pieces,
    Halves,
    LineEnd,
    Twice,
}

impl Terminal {
    async fn converse(&self, mut stream: TcpStream) -> anyhow::Result<()> {
        stream.set_nodelay(true)?;
        let request = tokio::time::timeout(REQUEST_TIME, receive(&mut stream))
            .await
            .context("no request in time")??;
        let Ok(turn) = self.turn.try_lock() else {
            return send(
                &mut stream,
                simulate::not_done(&request, Complement::Unknown, None)?,
                Manner::Whole,
            )
            .await;
        };
        if request.operation() == Operation::Identification {
            return send(&mut stream, simulate::identified(&request)?, Manner::Whole).await;
        }
        let amount_minor = request.amount().map_or(0, Cents::get);
        let (behaviour, card_end) = self.behaviour(amount_minor)?;
        let card = slip::Card::presented(behaviour.takes(amount_minor), card_end);
        if let Some(file) = &self.config.payments {
            PlayedPayment::of(behaviour, request.operation(), amount_minor, &card).write(file)?;
        }
        if behaviour == Behaviour::Silence {
            // It has lost the request, and is free for the next one.
            drop(turn);
            return wait_for_the_end(&mut stream).await;
        }
        if behaviour == Behaviour::RefuseThenApprove {
            self.refuse(&mut stream, &request).await?;
            // It is free for the next request, and comes back to this one.
            drop(turn);
            return self.play(&mut stream, &request, behaviour, &card).await;
        }
        self.play(&mut stream, &request, behaviour, &card).await
    }

    /// What happens, and the end of the card's number where that is said.
    fn behaviour(&self, amount_minor: i64) -> anyhow::Result<(Behaviour, Option<String>)> {
        let by_amount = || self.config.magic_amounts.then(|| Behaviour::of(amount_minor));
        Ok(match self.script.next()? {
            Some(written) => written,
            None => (by_amount().unwrap_or(Behaviour::Approve), None),
        })
    }

    /// Refuses a payment on a connection that stays open.
    async fn refuse(&self, stream: &mut TcpStream, request: &Request) -> anyhow::Result<()> {
        tokio::time::sleep(Duration::from_millis(self.config.delay_ms)).await;
        let text = slip::refused(&self.config.shop, self.clock.now(), request);
        let refused = simulate::not_done(request, Complement::Refused, Some(&text))?;
        Ok(stream.write_all(&refused.encode()).await?)
    }

    async fn play(
        &self,
        stream: &mut TcpStream,
        request: &Request,
        behaviour: Behaviour,
        card: &slip::Card,
    ) -> anyhow::Result<()> {
        if behaviour == Behaviour::Acknowledge {
            stream.write_all(&simulate::acknowledged(request)?.encode()).await?;
        }
        if behaviour != Behaviour::Busy {
            tokio::time::sleep(Duration::from_millis(self.config.delay_ms)).await;
        }
        if matches!(behaviour, Behaviour::AnswerLate | Behaviour::RefuseThenApprove) {
            tokio::time::sleep(Duration::from_millis(self.config.late_ms)).await;
        }
        let taken = behaviour.takes(request.amount().map_or(0, Cents::get));
        if taken > 0 && !self.book(request, taken)? {
            let text = slip::refused(&self.config.shop, self.clock.now(), request);
            let refused = simulate::not_done(request, Complement::Refused, Some(&text))?;
            return send(stream, refused, Manner::Whole).await;
        }
        let manner = match behaviour {
            Behaviour::CutBeforeApproval | Behaviour::CutAfterApproval | Behaviour::Silence => return Ok(()),
            Behaviour::ApproveInPieces => Manner::Pieces,
            Behaviour::ApproveInHalves => Manner::Halves,
            Behaviour::LineEnd => Manner::LineEnd,
            Behaviour::SayTwice => Manner::Twice,
            _ => Manner::Whole,
        };
        send(stream, self.answer(request, behaviour, (taken, card))?, manner).await
    }

    /// The payment is made before anybody is told, as in a real one.
    fn book(&self, request: &Request, amount_minor: i64) -> anyhow::Result<bool> {
        let sign = if request.operation() == Operation::Credit { -1 } else { 1 };
        let reference = request.reference().map(str::to_owned);
        let charge = Charge { amount_minor: sign * amount_minor, reference };
        self.charges.book(charge, self.config.charges.as_deref())
    }

    fn answer(
        &self,
        request: &Request,
        behaviour: Behaviour,
        (taken, card): (i64, &slip::Card),
    ) -> Result<Frame, FieldError> {
        let (shop, now) = (&self.config.shop, self.clock.now());
        match behaviour {
            Behaviour::NotDone(complement @ (Complement::Refused | Complement::Forbidden)) => {
                simulate::not_done(request, complement, Some(&slip::refused(shop, now, request)))
            }
            Behaviour::NotDone(complement) => simulate::not_done(request, complement, None),
            Behaviour::Busy => simulate::not_done(request, Complement::Unknown, None),
            Behaviour::Abandon => simulate::abandoned_without_amount(request),
            Behaviour::AbandonWithAmount => {
                simulate::not_done(request, Complement::AbandonedByCardholder, None)
            }
            Behaviour::TimeOut => simulate::not_done(request, Complement::InputTimeOut, None),
            _ => {
                let meal_voucher = behaviour == Behaviour::MealVoucherCard;
                let mut text = slip::paid(shop, now, card, taken, request.operation());
                if behaviour == Behaviour::LargestSlip {
                    text = slip::largest(&text);
                }
                let approval = simulate::Approval {
                    paid: Cents::new(taken),
                    authorisation: &card.authorisation,
                    // Cards of meal vouchers are known by the terminal's application, not by their own.
                    aid: if meal_voucher { "A0000009990000" } else { card.aid },
                    pan_last4: &card.pan_last4,
                    contactless: card.contactless,
                    meal_voucher,
                    slip: Some(&text),
                };
                let approved = simulate::approved(request, &approval)?;
                if behaviour == Behaviour::OtherReference {
                    under_another_reference(&approved)
                } else {
                    Ok(approved)
                }
            }
        }
    }
}

/// The same answer, as if it were that of another payment.
fn under_another_reference(answer: &Frame) -> Result<Frame, FieldError> {
    let mut other = Frame::default();
    for field in answer.fields() {
        match field.tag() {
            Tag::REFERENCE => other.push(Tag::REFERENCE, "another-payment")?,
            tag => other.push(tag, field.value())?,
        }
    }
    Ok(other)
}

/// Adds one line to a file, which is made where there is none.
fn append(file: &Path, line: &impl serde::Serialize) -> anyhow::Result<()> {
    let line = format!("{}\n", serde_json::to_string(line)?);
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    Ok(file.write_all(line.as_bytes())?)
}

async fn receive(stream: &mut TcpStream) -> anyhow::Result<Request> {
    let mut decoder = Decoder::default();
    let mut piece = [0; 2048];
    loop {
        let read = if decoder.request_looks_complete() {
            // Fields may follow; a till that waits for its answer sends no more.
            match tokio::time::timeout(Duration::from_millis(5), stream.read(&mut piece)).await {
                Ok(read) => read?,
                Err(_) => 0,
            }
        } else {
            stream.read(&mut piece).await?
        };
        if read == 0 {
            break;
        }
        decoder.push(&piece[..read])?;
    }
    Ok(Request::from_frame(&decoder.finish()?)?)
}

async fn send(stream: &mut TcpStream, answer: Frame, manner: Manner) -> anyhow::Result<()> {
    let mut bytes = answer.encode();
    let (size, pause) = match manner {
        Manner::Whole => (bytes.len(), Duration::ZERO),
        Manner::Pieces => (7, Duration::from_millis(1)),
        // Cut in the middle of a field, and longer apart than a till waits for more of an answer.
        Manner::Halves => (bytes.len().div_ceil(2), Duration::from_millis(400)),
        Manner::Twice => {
            bytes.extend(Tag::TILL.letters());
            bytes.extend(b"00201");
            (bytes.len(), Duration::ZERO)
        }
        Manner::LineEnd => {
            bytes.extend(b"\r\n");
            (bytes.len(), Duration::ZERO)
        }
    };
    for (turn, piece) in bytes.chunks(size).enumerate() {
        if turn > 0 {
            tokio::time::sleep(pause).await;
        }
        stream.write_all(piece).await?;
    }
    stream.shutdown().await?;
    Ok(())
}

async fn wait_for_the_end(stream: &mut TcpStream) -> anyhow::Result<()> {
    let mut piece = [0; 64];
    while stream.read(&mut piece).await? > 0 {}
    Ok(())
}
