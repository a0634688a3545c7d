//! One connection.

use std::future::pending;
use std::sync::Arc;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::sleep;

use super::{Behaviour, Mailbox, Stage, line};

/// The largest mail, as announced with SIZE.
const LARGEST: usize = 25 * 1024 * 1024;

/// What follows a command.
enum Next {
    /// Say this, and read on.
    Reply(u16, &'static str),
    /// Say this, and hang up.
    Bye(u16, &'static str),
    /// Hang up without a word.
    Drop,
}

/// A mail that has been announced and not finished.
struct Envelope {
    behaviour: Behaviour,
    from: String,
    to: Vec<String>,
}

impl Envelope {
    /// The refusal that the script wants here.
    fn refusal(&self, here: Stage) -> Option<Next> {
        match self.behaviour {
            Behaviour::Reject(stage, code) if stage == here => Some(Next::Reply(code, "refused on demand")),
            _ => None,
        }
    }
}

struct Session {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    mailbox: Arc<Mailbox>,
    envelope: Option<Envelope>,
}

/// Serves a connection to its end, whoever ends it.
pub(super) async fn run(stream: TcpStream, mailbox: Arc<Mailbox>) {
    // Replies are small and awaited: waiting to fill a packet would cost 40 ms each.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let mut session = Session { reader: BufReader::new(reader), writer, mailbox, envelope: None };
    if session.say("220 sink.test ESMTP ready\r\n").await.is_none() {
        return;
    }
    while let Some(command) = line::read(&mut session.reader).await {
        if session.answer(&String::from_utf8_lossy(&command)).await.is_none() {
            return;
        }
    }
}

impl Session {
    /// Answers one command; `None` when the connection is over.
    async fn answer(&mut self, command: &str) -> Option<()> {
        let verb = command.split_ascii_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let next = match verb.as_str() {
            "EHLO" => {
                self.envelope = None;
                let greeting =
                    format!("250-sink.test\r\n250-PIPELINING\r\n250-SIZE {LARGEST}\r\n250-SMTPUTF8\r\n");
                self.say(&greeting).await?;
                Next::Reply(250, "8BITMIME")
            }
            "HELO" | "RSET" => {
                self.envelope = None;
                Next::Reply(250, "ok")
            }
            "MAIL" => self.mail(command),
            "RCPT" => self.rcpt(command),
            "DATA" => self.data().await?,
            "NOOP" => Next::Reply(250, "ok"),
            "VRFY" => Next::Reply(252, "send and see"),
            "QUIT" => Next::Bye(221, "bye"),
            _ => Next::Reply(500, "unknown command"),
        };
        match next {
            Next::Reply(code, text) => self.say(&format!("{code} {text}\r\n")).await,
            Next::Bye(code, text) => {
                self.say(&format!("{code} {text}\r\n")).await;
                None
            }
            Next::Drop => None,
        }
    }

    fn mail(&mut self, command: &str) -> Next {
        let Some((from, parameters)) = line::path(command, "MAIL FROM:") else {
            return Next::Reply(501, "MAIL FROM:<address>");
        };
        if self.envelope.is_some() {
            return Next::Reply(503, "one mail at a time");
        }
        if line::declared_size(parameters).is_some_and(|size| size > LARGEST) {
            return Next::Reply(552, "too large");
        }
        let behaviour = self.mailbox.next_behaviour();
        let envelope = Envelope { behaviour, from: from.to_owned(), to: Vec::new() };
        if let Some(refusal) = envelope.refusal(Stage::Mail) {
            return refusal;
        }
        self.envelope = Some(envelope);
        Next::Reply(250, "ok")
    }

    fn rcpt(&mut self, command: &str) -> Next {
        let Some(envelope) = &mut self.envelope else { return Next::Reply(503, "MAIL comes first") };
        let Some((to, _)) = line::path(command, "RCPT TO:").filter(|(to, _)| !to.is_empty()) else {
            return Next::Reply(501, "RCPT TO:<address>");
        };
        if let Some(refusal) = envelope.refusal(Stage::Rcpt) {
            return refusal;
        }
        envelope.to.push(to.to_owned());
        Next::Reply(250, "ok")
    }

    async fn data(&mut self) -> Option<Next> {
        let Some(envelope) = self.envelope.take_if(|envelope| !envelope.to.is_empty()) else {
            return Some(Next::Reply(503, "RCPT comes first"));
        };
        if let Some(refusal) = envelope.refusal(Stage::Data) {
            return Some(refusal);
        }
        self.say("354 end with a dot\r\n").await?;
        let Some(raw) = self.read_mail().await? else { return Some(Next::Reply(552, "too large")) };
        if let Some(refusal) = envelope.refusal(Stage::Dot) {
            return Some(refusal);
        }
        let behaviour = envelope.behaviour;
        if let Err(error) = self.mailbox.keep(envelope.from, envelope.to, raw).await {
            tracing::warn!(%error, "a mail could not be written");
            return Some(Next::Reply(451, "cannot write the mail"));
        }
        Some(match behaviour {
            Behaviour::DropAfterData => Next::Drop,
            Behaviour::Silent => pending().await,
            Behaviour::Slow(delay) => {
                sleep(delay).await;
                Next::Reply(250, "kept")
            }
            Behaviour::Accept | Behaviour::Reject(..) | Behaviour::CloseOnConnect => Next::Reply(250, "kept"),
        })
    }

    /// Reads up to the lone dot. `None` when the peer is gone, `Some(None)` when the mail is too large.
    async fn read_mail(&mut self) -> Option<Option<Vec<u8>>> {
        let mut raw = Some(Vec::new());
        loop {
            let line = line::read(&mut self.reader).await?;
            if line == b"." {
                return Some(raw);
            }
            if let Some(mail) = &mut raw {
                // A leading dot was doubled by the sender, so that no line of a mail is a lone dot.
                mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                mail.extend_from_slice(b"\r\n");
            }
            // The rest is read all the same, for a reply in the middle of a mail would not be understood.
            raw = raw.filter(|mail| mail.len() <= LARGEST);
        }
    }

    async fn say(&mut self, text: &str) -> Option<()> {
        self.writer.write_all(text.as_bytes()).await.ok()
    }
}
