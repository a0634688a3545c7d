//! One connection: a request out, an answer in.

use std::{io, time::Duration};

use caisse_ap::{Answer, Decoder, Request};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{Doubt, Line};

/// A request and as much of its answer as has come. Whoever stops waiting may go on later: nothing that came is lost.
#[derive(Debug)]
pub(super) struct Call {
    stream: TcpStream,
    request: Request,
    decoder: Decoder,
    hung_up: bool,
}

impl Call {
    pub(super) fn new(stream: TcpStream, request: Request) -> Self {
        Self { stream, request, decoder: Decoder::default(), hung_up: false }
    }

    /// Whether what has come makes an answer.
    pub(super) fn looks_complete(&self) -> bool {
        self.decoder.looks_complete()
    }

    /// Whether nothing more can come.
    pub(super) const fn has_hung_up(&self) -> bool {
        self.hung_up
    }

    /// What was asked.
    pub(super) const fn request(&self) -> &Request {
        &self.request
    }

    /// The answer that has come. What comes after it is another one.
    pub(super) fn take_answer(&mut self) -> Option<Answer> {
        std::mem::take(&mut self.decoder).finish().ok().map(Answer::new)
    }

    /// Sends the request and waits for the answer.
    pub(super) async fn exchange(&mut self, line: &Line) -> Result<(), Doubt> {
        let sent = self.stream.write_all(&self.request.encode(line.suffix)).await;
        if let Err(failure) = sent {
            tracing::warn!(%failure, "the request to the card terminal may not have arrived");
            return Err(Doubt::ConnectionLost);
        }
        self.receive(line.patience.silence).await
    }

    /// Says that nothing more is sent here; what comes is still read.
    pub(super) async fn ends_asking(&mut self) {
        if let Err(failure) = self.stream.shutdown().await {
            tracing::debug!(%failure, "the card terminal is gone already");
        }
    }

    /// Reads until the answer looks complete and nothing more comes, or until the connection ends.
    pub(super) async fn receive(&mut self, silence: Duration) -> Result<(), Doubt> {
        let mut piece = [0; 2048];
        loop {
            let read = if self.decoder.looks_complete() {
                match timeout(silence, self.stream.read(&mut piece)).await {
                    Ok(read) => read,
                    Err(_) => return Ok(()),
                }
            } else {
                self.stream.read(&mut piece).await
            };
            self.hung_up = !matches!(read, Ok(1..));
            match read {
                Ok(0) if self.decoder.looks_complete() => return Ok(()),
                Ok(0) => return Err(Doubt::ConnectionLost),
                Ok(length) => self.decoder.push(&piece[..length]).map_err(|failure| {
                    tracing::warn!(%failure, "the card terminal's answer cannot be read");
                    Doubt::Unreadable
                })?,
                // A terminal that resets the connection after a whole answer has answered.
                Err(failure)
                    if self.decoder.looks_complete() && failure.kind() == io::ErrorKind::ConnectionReset =>
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
