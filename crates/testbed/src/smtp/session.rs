//! One connection.

use std::future::pending;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::door::{self, Hung};
use super::{Behaviour, Mailbox, Mechanism, Stage, line};

/// The largest mail, as announced with SIZE.
const LARGEST: usize = 25 * 1024 * 1024;

/// What bytes come and go by, encrypted or not.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

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
    stream: BufReader<Box<dyn Wire>>,
    mailbox: Arc<Mailbox>,
    door: Hung,
    encrypted: bool,
    /// The peer was told to go on encrypted.
    upgrading: bool,
    signed_in: bool,
    envelope: Option<Envelope>,
}

/// Serves a connection to its end, whoever ends it.
pub(super) async fn run(stream: TcpStream, mailbox: Arc<Mailbox>) {
    // Replies are small and awaited: waiting to fill a packet would cost 40 ms each.
    let _ = stream.set_nodelay(true);
    let door = mailbox.door();
    let mut session = match &door.wraps {
        None => Session::new(Box::new(stream), mailbox, door, false),
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => Session::new(Box::new(stream), mailbox, door, true),
            Err(error) => return tracing::debug!(%error, "a connection was not encrypted"),
        },
    };
    if session.say("220 sink.test ESMTP ready\r\n").await.is_none() {
        return;
    }
    session.serve().await;
    if let Some(acceptor) = session.door.upgrades.clone().filter(|_| session.upgrading) {
        // What was sent ahead in the clear is lost with the buffer: it must not be taken for encrypted.
        match acceptor.accept(session.stream.into_inner()).await {
            Ok(stream) => {
                let mut session = Session::new(Box::new(stream), session.mailbox, session.door, true);
                session.serve().await;
            }
            Err(error) => tracing::debug!(%error, "a connection was not encrypted"),
        }
    }
}

impl Session {
    fn new(stream: Box<dyn Wire>, mailbox: Arc<Mailbox>, door: Hung, encrypted: bool) -> Session {
        let stream = BufReader::new(stream);
        Session { stream, mailbox, door, encrypted, upgrading: false, signed_in: false, envelope: None }
    }

    /// Answers until somebody hangs up, or the conversation is to go on encrypted.
    async fn serve(&mut self) {
        while !self.upgrading {
            let Some(command) = line::read(&mut self.stream).await else { return };
            let command = String::from_utf8_lossy(&command);
            if !self.encrypted {
                self.mailbox.hear(&command);
            }
            if self.answer(&command).await.is_none() {
                return;
            }
        }
    }

    /// Answers one command; `None` when the connection is over.
    async fn answer(&mut self, command: &str) -> Option<()> {
        let mut words = command.split_ascii_whitespace();
        let verb = words.next().unwrap_or_default().to_ascii_uppercase();
        let next = match verb.as_str() {
            "EHLO" => {
                self.envelope = None;
                let greeting = self.greeting();
                self.say(&greeting).await?;
                Next::Reply(250, "8BITMIME")
            }
            "HELO" | "RSET" => {
                self.envelope = None;
                Next::Reply(250, "ok")
            }
            "STARTTLS" if self.door.offers && !self.encrypted => {
                self.upgrading = self.door.upgrades.is_some();
                if self.upgrading { Next::Reply(220, "go on") } else { Next::Reply(454, "not now") }
            }
            "AUTH" if self.asks_for_a_name() => self.sign_in(words.next(), words.next()).await?,
            "MAIL" if self.door.upgrades.is_some() && !self.encrypted => {
                Next::Reply(530, "STARTTLS comes first")
            }
            "MAIL" if self.door.sign_in.is_some() && !self.signed_in => Next::Reply(530, "AUTH comes first"),
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

    /// The lines of the answer to `EHLO`, but the last.
    fn greeting(&self) -> String {
        let mut lines = format!("250-sink.test\r\n250-PIPELINING\r\n250-SIZE {LARGEST}\r\n250-SMTPUTF8\r\n");
        if self.door.offers && !self.encrypted {
            lines += "250-STARTTLS\r\n";
        }
        if let Some(sign_in) = self.door.sign_in.as_ref().filter(|_| self.asks_for_a_name()) {
            lines += &format!("250-AUTH {}\r\n", sign_in.mechanism.word());
        }
        lines
    }

    /// A password is asked for where it is safe, or where nothing else can be had.
    fn asks_for_a_name(&self) -> bool {
        self.door.sign_in.is_some() && (self.encrypted || !self.door.offers)
    }

    /// `AUTH`, with or without its first answer on the same line. The refusal tells the password back, as a careless server might.
    async fn sign_in(&mut self, mechanism: Option<&str>, first: Option<&str>) -> Option<Next> {
        let expected = self.door.sign_in.clone()?;
        if !mechanism.is_some_and(|word| word.eq_ignore_ascii_case(expected.mechanism.word())) {
            return Some(Next::Reply(504, "another mechanism"));
        }
        let (user, password) = match expected.mechanism {
            Mechanism::Plain => {
                let answer = self.asked("", first).await?;
                let mut parts = answer.split('\0').skip(1).map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
            }
            Mechanism::Login => (self.asked("Username:", first).await?, self.asked("Password:", None).await?),
        };
        self.signed_in = (&user, &password) == (&expected.user, &expected.password);
        if self.signed_in {
            return Some(Next::Reply(235, "welcome"));
        }
        self.say(&format!("535-5.7.8 {user} is not let in with {password}\r\n")).await?;
        Some(Next::Reply(535, "5.7.8 try again"))
    }

    /// The answer to a question of `AUTH`, unless it was given before.
    async fn asked(&mut self, question: &str, given: Option<&str>) -> Option<String> {
        if let Some(given) = given {
            return Some(door::decoded(given.as_bytes()));
        }
        self.say(&format!("334 {}\r\n", door::encoded(question))).await?;
        Some(door::decoded(&line::read(&mut self.stream).await?))
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
            let line = line::read(&mut self.stream).await?;
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
        self.stream.write_all(text.as_bytes()).await.ok()?;
        self.stream.flush().await.ok()
    }
}
