//! Plays a card payment terminal that speaks Caisse-AP over IP, for tests and demonstrations.
//!
//! With `--magic-amounts` the last two digits of an amount decide what happens ([`Behaviour::of`]); without, every payment is made.

use std::{
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use caisse_ap::{Complement, Decoder, FieldError, Frame, Operation, Request, simulate};
use clap::Args;
use money::Cents;
use platform::{Clock, Shutdown, clock::DemoClock};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::TaskTracker;

mod slip;

#[cfg(test)]
mod tests;

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
    /// 18 no answer, 19 less than asked
    #[arg(long)]
    pub magic_amounts: bool,
    /// Name of the shop on the slips
    #[arg(long, default_value = "CABAS")]
    pub shop: String,
    /// File that gets one line for every payment that was made
    #[arg(long)]
    pub charges: Option<PathBuf>,
    /// Scaled clock of a demonstration for the slips, written as the program's own `--demo-clock`
    #[arg(long)]
    pub clock: Option<DemoClock>,
}

/// What a simulated card terminal does with a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Makes it.
    Approve,
    /// The bank refuses.
    Refuse,
    /// The shopper presses the red button; the answer has no amount.
    Abandon,
    /// Nobody presents a card.
    TimeOut,
    /// Makes it, and the connection breaks before the answer.
    CutAfterApproval,
    /// Makes it, and the answer comes in pieces.
    ApproveInPieces,
    /// Neither makes it nor answers.
    Silence,
    /// Takes half of it.
    TakeLess,
}

/// The payments that simulated card terminals made. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Charges(Arc<Mutex<Vec<Charge>>>);

/// A payment that was made.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Charge {
    /// How much was taken, in cents.
    pub amount_minor: i64,
    /// The till's own reference, if it sends one.
    pub reference: Option<String>,
}

impl Behaviour {
    /// The behaviour of an amount.
    #[must_use]
    pub const fn of(amount_minor: i64) -> Self {
        match amount_minor % 100 {
            13 => Self::Refuse,
            14 => Self::Abandon,
            15 => Self::TimeOut,
            16 => Self::CutAfterApproval,
            17 => Self::ApproveInPieces,
            18 => Self::Silence,
            19 => Self::TakeLess,
            _ => Self::Approve,
        }
    }

    /// How much of an amount is taken.
    const fn takes(self, amount_minor: i64) -> i64 {
        match self {
            Self::Approve | Self::CutAfterApproval | Self::ApproveInPieces => amount_minor,
            Self::TakeLess => amount_minor / 2,
            Self::Refuse | Self::Abandon | Self::TimeOut | Self::Silence => 0,
        }
    }
}

impl Charges {
    /// The payments so far.
    #[must_use]
    pub fn all(&self) -> Vec<Charge> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, charge: Charge) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(charge);
    }
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
    let terminal = Arc::new(Terminal { config, clock, charges });
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
}

impl Terminal {
    async fn converse(&self, mut stream: TcpStream) -> anyhow::Result<()> {
        stream.set_nodelay(true)?;
        let request = tokio::time::timeout(REQUEST_TIME, receive(&mut stream))
            .await
            .context("no request in time")??;
        if request.operation() == Operation::Identification {
            return send(&mut stream, &simulate::identified(&request)?, false).await;
        }
        let amount = request.amount().map_or(0, Cents::get);
        let behaviour = if self.config.magic_amounts { Behaviour::of(amount) } else { Behaviour::Approve };
        tokio::time::sleep(Duration::from_millis(self.config.delay_ms)).await;
        let taken = behaviour.takes(amount);
        if taken > 0 {
            self.charge(&request, taken)?;
        }
        match behaviour {
            Behaviour::CutAfterApproval => Ok(()),
            Behaviour::Silence => wait_for_the_end(&mut stream).await,
            _ => {
                let answer = self.answer(&request, behaviour, taken)?;
                send(&mut stream, &answer, behaviour == Behaviour::ApproveInPieces).await
            }
        }
    }

    /// The payment is made before anybody is told, as in a real one.
    fn charge(&self, request: &Request, amount_minor: i64) -> anyhow::Result<()> {
        let charge = Charge { amount_minor, reference: request.reference().map(str::to_owned) };
        if let Some(file) = &self.config.charges {
            let mut line = serde_json::to_string(&charge)?;
            line.push('\n');
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
            file.write_all(line.as_bytes()).context("cannot write a charge down")?;
        }
        self.charges.add(charge);
        Ok(())
    }

    fn answer(&self, request: &Request, behaviour: Behaviour, taken: i64) -> Result<Frame, FieldError> {
        match behaviour {
            Behaviour::Refuse => {
                let text = slip::abandoned(&self.config.shop, self.clock.now());
                simulate::not_done(request, Complement::Refused, Some(&text))
            }
            Behaviour::Abandon => simulate::abandoned_without_amount(request),
            Behaviour::TimeOut => simulate::not_done(request, Complement::InputTimeOut, None),
            _ => {
                let card = slip::Card::of(taken);
                let text = slip::paid(&self.config.shop, self.clock.now(), &card, taken);
                let approval = simulate::Approval {
                    paid: Cents::new(taken),
                    authorisation: &card.authorisation,
                    aid: card.aid,
                    pan_last4: &card.pan_last4,
                    contactless: card.contactless,
                    slip: Some(&text),
                };
                simulate::approved(request, &approval)
            }
        }
    }
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

async fn send(stream: &mut TcpStream, answer: &Frame, in_pieces: bool) -> anyhow::Result<()> {
    let bytes = answer.encode();
    let size = if in_pieces { 7 } else { bytes.len() };
    for piece in bytes.chunks(size) {
        stream.write_all(piece).await?;
        if in_pieces {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    stream.shutdown().await?;
    Ok(())
}

async fn wait_for_the_end(stream: &mut TcpStream) -> anyhow::Result<()> {
    let mut piece = [0; 64];
    while stream.read(&mut piece).await? > 0 {}
    Ok(())
}
