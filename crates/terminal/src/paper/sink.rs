//! A printer that keeps what it is told to print, for tests and demonstrations.

use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use clap::Args;
use platform::Shutdown;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::escpos;

/// How a printer that prints nothing is set up.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address to wait for tills on
    #[arg(long, default_value = "127.0.0.1:9100")]
    pub addr: SocketAddr,
    /// File that gets the text of every paper
    #[arg(long)]
    pub papers: Option<PathBuf>,
}

/// How a printer of the sink is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Everything is in order.
    #[default]
    Fine,
    /// There is no paper in it.
    PaperEnd,
    /// Its cover is open.
    CoverOpen,
    /// The paper ends in the middle of the next ticket.
    PaperEndsSoon,
}

/// What was printed. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Sink(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    health: Health,
    papers: Vec<String>,
    file: Option<PathBuf>,
}

impl Sink {
    /// Everything that was cut off, as text, in its order.
    #[must_use]
    pub fn papers(&self) -> Vec<String> {
        self.with(|state| state.papers.clone())
    }

    /// Changes how the printer is.
    pub fn is(&self, health: Health) {
        self.with(|state| state.health = health);
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn health(&self) -> Health {
        self.with(|state| state.health)
    }

    /// The answer to `DLE EOT n`.
    fn state(&self, question: u8) -> u8 {
        let bits = match (question, self.health()) {
            (2, Health::CoverOpen) => 0b0000_0100,
            (2, Health::PaperEnd) => 0b0010_0000,
            (4, Health::PaperEnd) => 0b0110_0000,
            _ => 0,
        };
        bits | 0b0001_0010
    }

    fn cut(&self, paper: String) {
        self.with(|state| match state.health {
            // What is left of the roll is torn off; it is no ticket.
            Health::PaperEndsSoon => state.health = Health::PaperEnd,
            _ => {
                if let Some(Err(failure)) = state.file.as_deref().map(|file| keep(file, &paper)) {
                    tracing::warn!(%failure, "a paper was not kept");
                }
                state.papers.push(paper);
            }
        });
    }
}

fn keep(file: &Path, paper: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::options().create(true).append(true).open(file)?;
    write!(file, "{paper}\u{c}")
}

/// Prints into a file until `shutdown`.
///
/// # Errors
/// When the listener breaks.
pub async fn run(config: Config, listener: TcpListener, shutdown: Shutdown) -> std::io::Result<()> {
    let sink = Sink(Arc::new(Mutex::new(State { file: config.papers, ..State::default() })));
    serve(listener, sink, shutdown).await
}

/// Prints for whoever connects, until `shutdown` or until the listener breaks.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(listener: TcpListener, sink: Sink, shutdown: Shutdown) -> std::io::Result<()> {
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            accepted = listener.accept() => accepted,
        };
        let (stream, sink) = (accepted?.0, sink.clone());
        // A till that hangs up in the middle leaves half a paper behind, as at a printer.
        tokio::spawn(async move { print(stream, &sink).await });
    }
}

async fn print(mut stream: TcpStream, sink: &Sink) -> std::io::Result<()> {
    let mut paper = String::new();
    loop {
        match stream.read_u8().await? {
            0x10 => {
                stream.read_u8().await?;
                let question = stream.read_u8().await?;
                stream.write_u8(sink.state(question)).await?;
            }
            0x1b => {
                // `@` has no argument; the others have one.
                if stream.read_u8().await? != b'@' {
                    stream.read_u8().await?;
                }
            }
            0x1d => match stream.read_u8().await? {
                b'V' => {
                    stream.read_u16().await?;
                    sink.cut(std::mem::take(&mut paper));
                }
                _ => {
                    stream.read_u8().await?;
                    let ended = sink.health() == Health::PaperEnd;
                    stream.write_u8(if ended { 0b0110_0000 } else { 0 }).await?;
                }
            },
            byte => paper.push(escpos::decoded(byte)),
        }
    }
}
