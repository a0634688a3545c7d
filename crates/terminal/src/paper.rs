//! The printer of a till: tickets on paper, on request alone. It speaks ESC/POS over TCP, as receipt printers on a network do.
//!
//! It is asked how it is before a ticket gets its number, and again after the last byte: paper that ends in the middle is said, never
//! taken for a ticket.

use std::{sync::Arc, time::Duration};

use proto::checkout::v1::PrintTicketResponse;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};

mod escpos;
mod layout;
pub mod sink;

pub use layout::lines;

/// Longest wait for the printer to be reached, and for an answer about its state.
const ANSWER: Duration = Duration::from_secs(2);
/// Longest wait for a long ticket to be printed whole.
const PRINTING: Duration = Duration::from_secs(15);

/// A printer behind a host and port. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Printer {
    address: String,
    /// Held by the one paper that is printed: such printers speak to one caller at a time.
    turn: Arc<Mutex<()>>,
}

/// A printer that has said it can print: it waits for one ticket.
#[derive(Debug)]
pub struct Ready(TcpStream, OwnedMutexGuard<()>);

/// Why there is no paper, or not the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrinterFailure {
    /// It does not answer.
    #[error("the printer does not answer")]
    Silent,
    /// There is no paper in it.
    #[error("the printer has no paper")]
    PaperEnd,
    /// Its cover is open.
    #[error("the cover of the printer is open")]
    CoverOpen,
    /// It says that something else is wrong.
    #[error("the printer is out of order")]
    Fault,
}

impl Printer {
    /// The printer at an address such as `192.0.2.7:9100`.
    #[must_use]
    pub fn at(address: String) -> Self {
        Self { address, turn: Arc::default() }
    }

    /// Asks it how it is, without a paper in mind. One that prints is well.
    ///
    /// # Errors
    /// When it cannot print, or does not say.
    pub async fn health(&self) -> Result<(), PrinterFailure> {
        match Arc::clone(&self.turn).try_lock_owned() {
            Ok(turn) => self.connected(turn).await.map(drop),
            Err(_) => Ok(()),
        }
    }

    /// Asks it whether it can print now.
    ///
    /// # Errors
    /// When it cannot, or does not say.
    pub async fn ready(&self) -> Result<Ready, PrinterFailure> {
        self.connected(Arc::clone(&self.turn).lock_owned().await).await
    }

    async fn connected(&self, turn: OwnedMutexGuard<()>) -> Result<Ready, PrinterFailure> {
        let connected = timeout(ANSWER, TcpStream::connect(&self.address)).await;
        let mut stream = connected.ok().and_then(Result::ok).ok_or(PrinterFailure::Silent)?;
        check(&mut stream).await?;
        Ok(Ready(stream, turn))
    }
}

impl Ready {
    /// Prints a ticket with its card slip, and asks whether it came out whole.
    ///
    /// # Errors
    /// When it did not, or when the printer does not say so.
    pub async fn print(self, paper: &PrintTicketResponse) -> Result<(), PrinterFailure> {
        self.put(&lines(paper)).await
    }

    /// Prints the slip of a payment that was not made, and asks whether it came out whole.
    ///
    /// # Errors
    /// When it did not, or when the printer does not say so.
    pub async fn print_slip(self, slip_text: &str) -> Result<(), PrinterFailure> {
        self.put(&layout::slip(slip_text)).await
    }

    async fn put(self, lines: &[layout::Line]) -> Result<(), PrinterFailure> {
        let Self(mut stream, _turn) = self;
        let bytes = escpos::document(lines);
        let printed = async {
            stream.write_all(&bytes).await?;
            // Answered in its turn: after everything before it is on paper.
            stream.write_all(&escpos::PAPER_AFTER_ALL).await?;
            stream.read_u8().await
        };
        let paper = timeout(PRINTING, printed).await.map_err(|_| PrinterFailure::Silent)?;
        if escpos::is_paper_end(paper.map_err(|_| PrinterFailure::Silent)?) {
            return Err(PrinterFailure::PaperEnd);
        }
        check(&mut stream).await
    }
}

/// Asks for the state of printer, cover and paper.
async fn check(stream: &mut TcpStream) -> Result<(), PrinterFailure> {
    let asked = async {
        let mut states = [0; 3];
        for (state, question) in states.iter_mut().zip(escpos::STATES) {
            stream.write_all(&question).await?;
            *state = stream.read_u8().await?;
        }
        Ok::<_, std::io::Error>(states)
    };
    let states = timeout(ANSWER, asked).await.ok().and_then(Result::ok);
    escpos::judge(states.ok_or(PrinterFailure::Silent)?)
}

#[cfg(test)]
mod tests;
