//! An SMTP server that keeps what it receives, and misbehaves on demand.

mod door;
mod line;
mod session;

use std::collections::VecDeque;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use time::OffsetDateTime;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub use self::door::{Door, Encryption, Mechanism, SignIn};

use self::door::Hung;
use crate::port::free_port;

/// Commands that are remembered, the latest of those that came unencrypted.
const HEARD: usize = 100;
/// More than any burst of a test; the default of 128 makes clients hang.
const BACKLOG: u32 = 1024;

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    /// When its last byte was there.
    pub arrived: OffsetDateTime,
    /// The envelope's sender, as in `MAIL FROM`.
    pub from: String,
    /// The envelope's recipients, as in `RCPT TO`.
    pub to: Vec<String>,
    /// Header and body, without the dots that only the wire knows.
    pub raw: Vec<u8>,
    /// The `Message-ID` header, angle brackets included.
    pub message_id: Option<String>,
}

/// The command at which a mail is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// `MAIL FROM`
    Mail,
    /// `RCPT TO`
    Rcpt,
    /// `DATA`, before the first byte of the mail.
    Data,
    /// The dot after the last byte.
    Dot,
}

/// What the sink does with a mail, decided at its `MAIL FROM` (or, for `CloseOnConnect`, when somebody connects).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Keeps the mail and says so.
    Accept,
    /// Answers with this code, 4xx or 5xx, at this stage; the mail is not kept.
    Reject(Stage, u16),
    /// Keeps the mail, then closes the connection without a word: the sender cannot know.
    DropAfterData,
    /// Keeps the mail, then never answers: the sender cannot know, and waits.
    Silent,
    /// Keeps the mail, and says so only after this long.
    Slow(Duration),
    /// Closes the connection instead of greeting.
    CloseOnConnect,
}

/// An SMTP server on loopback. Every mail is kept in memory and as a file `<arrival in Unix nanoseconds>-<n>.eml`,
/// complete when its name appears. It ends with this value.
#[derive(Debug)]
pub struct SmtpSink {
    address: SocketAddr,
    mailbox: Arc<Mailbox>,
    serving: tokio::sync::Mutex<Option<JoinSet<()>>>,
}

impl SmtpSink {
    /// Listens on a free port of loopback and writes mails into `folder`, which is made if need be.
    ///
    /// # Errors
    /// When the folder cannot be made or no port is free.
    pub async fn start(folder: impl AsRef<Path>) -> anyhow::Result<SmtpSink> {
        SmtpSink::bind((Ipv4Addr::LOCALHOST, free_port()?).into(), folder).await
    }

    /// Listens on `address`; port 0 takes any.
    ///
    /// # Errors
    /// When the folder cannot be made or the address is taken.
    pub async fn bind(address: SocketAddr, folder: impl AsRef<Path>) -> anyhow::Result<SmtpSink> {
        tokio::fs::create_dir_all(&folder).await.context("cannot make the folder for mails")?;
        let listener = listen(address)?;
        let sink = SmtpSink {
            address: listener.local_addr()?,
            mailbox: Arc::new(Mailbox::new(folder.as_ref())),
            serving: tokio::sync::Mutex::default(),
        };
        *sink.serving.lock().await = Some(serve(listener, &sink.mailbox));
        Ok(sink)
    }

    /// Where it listens; the same after [`SmtpSink::start_again`].
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Asks this of whoever connects from now on. A sink is open to everybody until it is told otherwise.
    ///
    /// # Errors
    /// When the certificate cannot be used.
    pub fn guard(&self, door: Door) -> anyhow::Result<()> {
        let hung = door.hang()?;
        *self.mailbox.door.lock().unwrap_or_else(PoisonError::into_inner) = hung;
        Ok(())
    }

    /// The latest commands that came unencrypted: what anybody on the way could read.
    pub fn heard_in_the_clear(&self) -> Vec<String> {
        self.mailbox.heard().iter().cloned().collect()
    }

    /// `smtp://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The folder with one `.eml` per mail.
    pub fn folder(&self) -> &Path {
        &self.mailbox.folder
    }

    /// What is done with every mail from now on, unless [`SmtpSink::script`] says otherwise.
    pub fn behave(&self, behaviour: Behaviour) {
        self.mailbox.plan().usual = behaviour;
    }

    /// What is done with the next mails, one each, in this order.
    pub fn script(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.mailbox.plan().next.extend(behaviours);
    }

    /// The mails kept so far, in the order of their arrival.
    pub fn mails(&self) -> Vec<Mail> {
        self.mailbox.mails.borrow().clone()
    }

    /// Waits until `count` mails have been kept, and returns all there are.
    ///
    /// # Errors
    /// When fewer have arrived within `deadline`.
    pub async fn wait_for(&self, count: usize, deadline: Duration) -> anyhow::Result<Vec<Mail>> {
        let mut mails = self.mailbox.mails.subscribe();
        let arrived = timeout(deadline, mails.wait_for(|mails| mails.len() >= count)).await;
        match arrived {
            Ok(mails) => Ok(mails.context("the sink is gone")?.clone()),
            Err(_) => anyhow::bail!("{} of {count} mails arrived within {deadline:?}", self.mails().len()),
        }
    }

    /// Stops listening and cuts every connection, as a mail server that goes down. Mails are kept.
    pub async fn stop(&self) {
        if let Some(mut serving) = self.serving.lock().await.take() {
            serving.shutdown().await;
        }
    }

    /// Listens again on the same port.
    ///
    /// # Errors
    /// When somebody else has taken it.
    pub async fn start_again(&self) -> anyhow::Result<()> {
        let mut serving = self.serving.lock().await;
        if serving.is_none() {
            *serving = Some(serve(listen(self.address)?, &self.mailbox));
        }
        Ok(())
    }
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // The connections of the server that was stopped linger on the port; they must not keep its successor out.
    socket.set_reuseaddr(true)?;
    socket.bind(address).with_context(|| format!("cannot listen on {address}"))?;
    Ok(socket.listen(BACKLOG)?)
}

/// Accepts in one task and serves each connection in another; aborting the set ends them all.
fn serve(listener: TcpListener, mailbox: &Arc<Mailbox>) -> JoinSet<()> {
    let mailbox = Arc::clone(mailbox);
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut sessions = JoinSet::new();
        loop {
            while sessions.try_join_next().is_some() {}
            match listener.accept().await {
                Ok((stream, _)) if mailbox.closes_on_connect() => drop(stream),
                Ok((stream, _)) => {
                    sessions.spawn(session::run(stream, Arc::clone(&mailbox)));
                }
                Err(error) => tracing::debug!(%error, "a connection was lost before it was accepted"),
            }
        }
    });
    serving
}

/// What the sessions share.
struct Mailbox {
    folder: PathBuf,
    mails: watch::Sender<Vec<Mail>>,
    plan: Mutex<Plan>,
    door: Mutex<Hung>,
    heard: Mutex<VecDeque<String>>,
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mailbox").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Plan {
    usual: Behaviour,
    next: VecDeque<Behaviour>,
}

impl Mailbox {
    fn new(folder: &Path) -> Mailbox {
        let plan = Plan { usual: Behaviour::Accept, next: VecDeque::new() };
        Mailbox {
            folder: folder.to_owned(),
            mails: watch::Sender::default(),
            plan: Mutex::new(plan),
            door: Mutex::default(),
            heard: Mutex::default(),
        }
    }

    fn door(&self) -> Hung {
        self.door.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn heard(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, command: &str) {
        let mut heard = self.heard();
        heard.truncate(HEARD - 1);
        heard.push_front(command.to_owned());
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closes_on_connect(&self) -> bool {
        let mut plan = self.plan();
        let scripted = plan.next.pop_front_if(|next| *next == Behaviour::CloseOnConnect).is_some();
        scripted || (plan.next.is_empty() && plan.usual == Behaviour::CloseOnConnect)
    }

    /// The behaviour for the next mail. `CloseOnConnect` stays in the script until somebody connects.
    fn next_behaviour(&self) -> Behaviour {
        let mut plan = self.plan();
        let scripted = plan.next.pop_front_if(|next| *next != Behaviour::CloseOnConnect);
        scripted.unwrap_or(match plan.usual {
            Behaviour::CloseOnConnect => Behaviour::Accept,
            usual => usual,
        })
    }

    /// Keeps a mail: the file first, then the memory that waiters look at.
    async fn keep(&self, from: String, to: Vec<String>, raw: Vec<u8>) -> anyhow::Result<()> {
        let arrived = OffsetDateTime::now_utc();
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("{}-{number}", arrived.unix_timestamp_nanos());
        let unfinished = self.folder.join(format!(".{name}"));
        tokio::fs::write(&unfinished, &raw).await?;
        tokio::fs::rename(&unfinished, self.folder.join(format!("{name}.eml"))).await?;
        let message_id = line::header(&raw, "message-id");
        self.mails.send_modify(|mails| mails.push(Mail { arrived, from, to, raw, message_id }));
        Ok(())
    }
}

/// Tells mails of the same instant apart.
static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);
