//! How a document becomes a mail: *take → ask for slip and address → make it → write that sending begins → send → write what became
//! of it*. No transaction is open while somebody else is asked or the mail server talks.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use lettre::Message;
use opentelemetry::metrics::Counter;

use super::{App, slip::shown};
use crate::{
    domain::{About, Addressee, State, Verdict, delay_after},
    error::Error,
    events,
    mail::{Letter, LetterError, Links, MailServer, Report, compose},
    peers::Unanswered,
    store::{self, Begun, Ending, Taken},
};

/// How long a mail may be prepared before another worker takes it: the two questions have five seconds each, side by side.
const PREPARING: Duration = Duration::from_secs(20);
/// Added to the mail server's time, for the writes before and after.
const RECORDING: Duration = Duration::from_secs(15);
/// How long a write is tried again while the database is away. What became of a mail is worth waiting for.
const INSIST_ON_BEGIN: Duration = Duration::from_secs(10);
const INSIST_ON_OUTCOME: Duration = Duration::from_mins(5);
const INSIST_PAUSE: Duration = Duration::from_millis(100);

/// A mail that is ready to be sent.
struct Ready {
    message: Message,
    links: Option<Links>,
    with_slip: bool,
}

/// Why a mail is not sent at this attempt.
enum NotReady {
    /// Membership knows nobody to write to, or no longer.
    Nobody(Addressee),
    /// A service did not answer.
    Unanswered(Unanswered),
    /// No mail can be made of it.
    Letter(LetterError),
}

impl App {
    /// Takes the mail that has waited longest, if one is due.
    pub async fn take(&self) -> Result<Option<Taken>, Error> {
        let mut tx = self.db.begin().await?;
        let taken = store::take(&mut tx, PREPARING).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Gives up the mails whose worker crashed while the mail server may have had them: nobody knows what became of those.
    pub async fn give_up_lost(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let lost = store::give_up_lost(&mut tx, now).await?;
        for delivery in &lost {
            if let Some(event) = events::settled(delivery, now)? {
                outbox::record(&mut tx, &event).await?;
            }
        }
        tx.commit().await?;
        for delivery in lost {
            tracing::error!(delivery_id = %delivery.delivery_id.0, "a worker was lost while sending: the mail is unknown");
            count(State::Unknown);
            self.wake.wake();
        }
        Ok(())
    }

    /// Delivers a mail that this worker has taken, and writes what became of it.
    pub async fn deliver(&self, taken: Taken) -> Result<(), Error> {
        let ready = match self.prepare(&taken).await {
            Ok(ready) => ready,
            Err(reason) => {
                tracing::info!(reason = reason.words(), attempt = taken.attempt, "the mail is not sent now");
                return self.write_outcome(&taken, reason.ending(taken.attempt), &reason.words()).await;
            }
        };
        let insistence = Insistence::new(INSIST_ON_BEGIN);
        let begun = loop {
            match self.begin_sending(&taken, &ready).await {
                Ok(begun) => break begun,
                Err(failure) => insistence.pause(failure).await?,
            }
        };
        if begun == Begun::Lost {
            tracing::info!("another worker has taken the mail");
            return Ok(());
        }
        self.wake.wake();
        let Report { verdict, outcome } = self.post.server.send(&ready.message).await;
        let ending = match verdict {
            Verdict::Sent => Ending::Final(State::Sent),
            Verdict::Unknown => Ending::Final(State::Unknown),
            Verdict::Failed => Ending::Final(State::Failed),
            Verdict::Again => again(taken.attempt),
        };
        if verdict == Verdict::Unknown {
            tracing::error!(outcome, "nobody knows whether the mail arrived");
        } else if verdict != Verdict::Sent {
            tracing::warn!(outcome, attempt = taken.attempt, "the mail was not taken");
        }
        self.write_outcome(&taken, ending, &outcome).await
    }

    /// Asks for the card slips and for the address as they are at this moment, and makes the mail.
    async fn prepare(&self, taken: &Taken) -> Result<Ready, NotReady> {
        let (peers, document) = (&self.post.peers, &taken.document);
        let slips = async {
            match taken.about {
                About::Sale(sale_id) => peers.card_slips(&taken.store_code, sale_id, None).await,
                About::PaidBack { sale_id, credit_id, .. } => {
                    peers.card_slips(&taken.store_code, sale_id, Some(credit_id)).await
                }
                About::Refund { .. } => Ok(None),
            }
        };
        let (contact, slips) = tokio::join!(peers.addressee(taken.addressee), slips);
        let contact = contact.map_err(NotReady::Unanswered)?.ok_or(NotReady::Nobody(taken.addressee))?;
        let slips = slips.map_err(NotReady::Unanswered)?.unwrap_or_default();
        let slips = shown(&slips, &document.shop.siret);
        let links = (matches!(taken.about, About::Sale(_)) && document.has_goods()).then(Links::make);
        let letter = Letter {
            about: taken.about,
            document,
            contact: &contact,
            slips: &slips,
            links: links.as_ref(),
            is_to_guest: matches!(taken.addressee, Addressee::Guest(_)),
        };
        let message = compose(&letter, &self.post.from, &self.post.public_url).map_err(NotReady::Letter)?;
        Ok(Ready { message, links, with_slip: !slips.is_empty() })
    }

    /// Writes that the mail server is about to get the mail, and tells of its links, in one transaction.
    async fn begin_sending(&self, taken: &Taken, ready: &Ready) -> Result<Begun, Error> {
        let message_id = taken.about.message_id(self.post.from.email.domain());
        let mut tx = self.db.begin().await?;
        let lease = sending_lease(&self.post.server);
        let begun = store::begin_sending(&mut tx, taken, &message_id, ready.with_slip, lease).await?;
        if let (Begun::Now, Some(links)) = (begun, &ready.links) {
            outbox::record(&mut tx, &events::invited(taken, links, self.clock.now())?).await?;
        }
        tx.commit().await?;
        Ok(begun)
    }

    /// Writes what became of an attempt, however long the database is away.
    async fn write_outcome(&self, taken: &Taken, ending: Ending, outcome: &str) -> Result<(), Error> {
        let insistence = Insistence::new(INSIST_ON_OUTCOME);
        while let Err(failure) = self.settle_attempt(taken, ending, outcome).await {
            insistence.pause(failure).await?;
        }
        if let Ending::Final(state) = ending {
            count(state);
            self.wake.wake();
        }
        Ok(())
    }

    /// Writes what became of an attempt, and tells of it if it is final, in one transaction.
    async fn settle_attempt(&self, taken: &Taken, ending: Ending, outcome: &str) -> Result<(), Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let delivery = store::settle(&mut tx, taken.delivery_id, taken.attempt, ending, outcome, now).await?;
        if let Some(delivery) = &delivery
            && let Some(event) = events::settled(delivery, now)?
        {
            outbox::record(&mut tx, &event).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

impl NotReady {
    fn ending(&self, attempt: i32) -> Ending {
        match self {
            Self::Nobody(_) => Ending::Final(State::Other),
            Self::Unanswered(_) => again(attempt),
            Self::Letter(_) => Ending::Final(State::Failed),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Nobody(Addressee::Member(_)) => "the member has left".to_owned(),
            Self::Nobody(Addressee::Guest(_)) => "the address is forgotten".to_owned(),
            Self::Unanswered(unanswered) => unanswered.to_string(),
            Self::Letter(error) => error.to_string(),
        }
    }
}

/// Another attempt, unless this was the last one.
fn again(attempt: i32) -> Ending {
    delay_after(attempt, rand::random()).map_or(Ending::Final(State::Failed), Ending::Again)
}

fn sending_lease(server: &MailServer) -> Duration {
    server.bound() + RECORDING
}

/// Tries a write again while the database is away: what is not written after the mail server has answered is unknown for ever.
struct Insistence {
    since: Instant,
    within: Duration,
}

impl Insistence {
    fn new(within: Duration) -> Self {
        Self { since: Instant::now(), within }
    }

    /// Waits before the next try; gives the failure back when it has been long enough.
    async fn pause(&self, failure: Error) -> Result<(), Error> {
        if self.since.elapsed() >= self.within {
            return Err(failure);
        }
        tracing::warn!(failure = format!("{:#}", anyhow::Error::from(failure)), "a write is tried again");
        tokio::time::sleep(INSIST_PAUSE).await;
        Ok(())
    }
}

struct Counters {
    sent: Counter<u64>,
    failed: Counter<u64>,
    unknown: Counter<u64>,
}

static MAILS: LazyLock<Counters> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("receipt");
    let counter =
        |name, meaning| meter.u64_counter(name).with_unit("{mail}").with_description(meaning).build();
    Counters {
        sent: counter("mail.sent", "Mails the mail server accepted"),
        failed: counter("mail.failed", "Mails the mail server refused for good"),
        unknown: counter("mail.unknown", "Mails with an ambiguous answer"),
    }
});

/// Counts what became of a mail, after it was written.
fn count(state: State) {
    match state {
        State::Sent => MAILS.sent.add(1, &[]),
        State::Failed => MAILS.failed.add(1, &[]),
        State::Unknown => MAILS.unknown.add(1, &[]),
        State::Queued | State::Leased | State::Sending | State::Other => {}
    }
}
