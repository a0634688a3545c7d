//! The task in which a till lives.

use std::time::Duration;

use barcode::CardNumber;
use platform::{Clock, Shutdown};
use proto::checkout::v1 as pb;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{Instant, sleep_until},
};
use url::Url;

pub(super) use super::stop::Stop;
use super::{
    Command, Greeter, Message, abandoner,
    claimant::{self, Claim},
    known::Known,
    reporter::{self, ReportAnswer},
    ticket::{Paper, Printed},
    view::{FailedPayment, Notice, Recount, Sale, Trouble, View},
};
use crate::{
    attendant::Attendant,
    card::{CardTerminal, Late},
    client::Client,
    journal::{Edit, GivenUp, Journal, JournalError, LastSale, Mode, Note},
    ledger::Ledger,
    paper::Printer,
    practice::Practice,
    scale::Scale,
    stage::{IllegalMove, Stage},
    tender::Returned,
};

/// What a till is made of.
#[derive(Debug)]
pub struct Parts {
    /// Code of the till.
    pub code: String,
    /// Checkout.
    pub client: Client,
    /// Membership, for the greeting.
    pub greeter: Greeter,
    /// The card terminal.
    pub card: CardTerminal,
    /// Its answers that nobody waited for any more.
    pub late: mpsc::UnboundedReceiver<Late>,
    /// The scale, if there is one.
    pub scale: Option<Scale>,
    /// The printer, if there is one.
    pub printer: Option<Printer>,
    /// Where the code on the screen leads, if one is shown.
    pub public_url: Option<Url>,
    /// What must not be forgotten.
    pub journal: Journal,
    /// Where the journal lies.
    pub place: String,
    /// The sales that were acknowledged, if anybody wants to know.
    pub ledger: Option<Ledger>,
    /// The attendants' code.
    pub attendant: Attendant,
    /// Business time.
    pub clock: Clock,
    /// How long thanks are shown.
    pub thanks: Duration,
    /// How long nobody may touch the till before it asks.
    pub idle: Duration,
}

/// The till itself: its stage is in the journal, the rest is only in memory.
#[derive(Debug)]
pub struct Machine {
    pub(super) parts: Parts,
    pub(super) stage: Stage,
    pub(super) edits: Vec<Edit>,
    pub(super) basket: Option<pb::Basket>,
    /// The card of the shopper, for a replay of the basket; never written down.
    pub(super) card: Option<CardNumber>,
    pub(super) greeting: Option<String>,
    pub(super) trouble: Option<Trouble>,
    /// What became of the last payments.
    pub(super) known: Known,
    pub(super) thanks: Option<Sale>,
    /// After a restart: when thanks make way at the latest, whatever is done meanwhile.
    pub(super) thanks_end: Option<Instant>,
    /// What is owed to the shopper of the last sale, as the journal has it.
    pub(super) last_sale: Option<LastSale>,
    /// The baskets that checkout does not know to be given up.
    pub(super) given_up: watch::Sender<Vec<GivenUp>>,
    /// Checkout keeps the basket that was suspended here, and its code is still shown.
    pub(super) suspended: bool,
    pub(super) notice: Option<Notice>,
    pub(super) shutdown: Shutdown,
    /// When checkout was asked for the shop, whether it answered or not.
    pub(super) shop_asked: Option<Instant>,
    /// The bag that the store offers, and since when that is known.
    pub(super) bag: Option<pb::Product>,
    pub(super) bag_read: Option<Instant>,
    /// The shopper has said how many bags.
    pub(super) bag_answered: bool,
    /// What the card terminal said of a payment that was not made.
    pub(super) unpaid: Option<FailedPayment>,
    /// What checkout holds of the basket that is paid was not looked at since this machine became the till.
    pub(super) bill_unread: bool,
    /// What was given back of a payment in parts, for the shopper to read.
    pub(super) returned: Vec<Returned>,
    /// What the shop owes the member, what is held of it included.
    pub(super) store_credit_minor: i64,
    /// What a person of the store is to look into.
    pub(super) notes: Vec<Note>,
    /// What was found when somebody scanned a part of the basket again.
    pub(super) recount: Option<Recount>,
    /// The till is to serve nobody after the shopper of the moment.
    pub(super) locked: bool,
    /// Some baskets of the store are drawn and looked at.
    pub(super) audits: bool,
    /// The call for a person that waits.
    pub(super) call: Option<String>,
    /// When the shopper called, or took the call back.
    pub(super) call_changed: Option<Instant>,
    /// What is practised and what is in earnest.
    pub(super) mode: Mode,
    /// The card terminal of a till that trains.
    pub(super) practice: Practice,
    pub(super) shopper: u64,
    /// Somebody has read, chosen or typed at the till since the last shopper went.
    pub(super) visited: bool,
    /// When the till does something by itself: makes way, asks, or gives up.
    pub(super) timer: Option<Instant>,
    pub(super) warned: bool,
    /// What was shown when the last command that may move money came to its end.
    pub(super) moved: u64,
    /// A command came to its end, and nobody has been shown so yet.
    pub(super) answered: bool,
    /// Whether this machine is the till.
    pub(super) claim: watch::Receiver<Claim>,
    /// What the self-check has found.
    pub(super) findings: watch::Receiver<Vec<pb::TillFinding>>,
    /// The till's clock and checkout's differ.
    pub(super) clock_wrong: bool,
    /// Papers come to their end while the till goes on; one is printed at a time.
    pub(super) papers: (mpsc::Sender<Printed>, mpsc::Receiver<Printed>),
    /// The last one that was begun, until it has come to its end.
    pub(super) printing: Option<Paper>,
    /// The number of a ticket that was wanted on paper and was not printed; 0 when there is none.
    pub(super) unprinted: i64,
    pub(super) inbox: mpsc::Receiver<Message>,
    pub(super) shown: watch::Sender<View>,
}

impl Machine {
    pub(super) fn new(
        parts: Parts,
        practice: Practice,
        inbox: mpsc::Receiver<Message>,
        shown: watch::Sender<View>,
        findings: watch::Receiver<Vec<pb::TillFinding>>,
    ) -> Self {
        Self {
            parts,
            unpaid: None,
            bill_unread: false,
            returned: Vec::new(),
            store_credit_minor: 0,
            notes: Vec::new(),
            recount: None,
            stage: Stage::Idle,
            edits: Vec::new(),
            basket: None,
            card: None,
            greeting: None,
            trouble: None,
            known: Known::default(),
            thanks: None,
            thanks_end: None,
            last_sale: None,
            given_up: watch::Sender::default(),
            suspended: false,
            notice: None,
            shutdown: Shutdown::new(),
            shop_asked: None,
            bag: None,
            bag_read: None,
            bag_answered: false,
            locked: false,
            audits: false,
            call: None,
            call_changed: None,
            mode: Mode::default(),
            practice,
            shopper: 0,
            visited: false,
            timer: None,
            warned: false,
            moved: 0,
            answered: false,
            claim: watch::channel(Claim::default()).1,
            findings,
            clock_wrong: false,
            papers: mpsc::channel(1),
            printing: None,
            unprinted: 0,
            inbox,
            shown,
        }
    }

    /// Finds out where the till stood, then carries out commands until `shutdown`. A command that has begun comes to its end: money
    /// may be on its way.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub async fn run(mut self, shutdown: Shutdown) -> anyhow::Result<()> {
        let (told, answers) = watch::channel(None);
        let (claim, claimed) = watch::channel(Claim::default());
        self.claim = claimed.clone();
        let lost = Notify::new();
        let Parts { client, journal, place, clock, .. } = &self.parts;
        let claiming = claimant::run(client.clone(), journal.clone(), place.clone(), claim, &lost);
        let (client, clock, shown) = (client.clone(), clock.clone(), self.shown.subscribe());
        self.given_up.send_replace(journal.read()?.given_up);
        let abandoning =
            abandoner::run(client.clone(), journal.clone(), self.given_up.clone(), claimed.clone());
        let reporting = reporter::run(client, shown, told, claimed, &lost, clock);
        tokio::select! {
            ended = self.work(answers, shutdown) => ended,
            () = reporting => Ok(()),
            ended = abandoning => Ok(ended?),
            ended = claiming => Ok(ended?),
        }
    }

    async fn work(
        mut self,
        mut answers: watch::Receiver<Option<ReportAnswer>>,
        shutdown: Shutdown,
    ) -> anyhow::Result<()> {
        self.shutdown = shutdown.clone();
        let recovered = self.recover().await;
        self.keep_notice(recovered)?;
        self.touched();
        loop {
            self.show();
            let timer = self.timer;
            let message = tokio::select! {
                biased;
                () = shutdown.cancelled() => return Ok(()),
                // Before anybody pays again: what is pressed without having seen it is not carried out.
                Some(late) = self.parts.late.recv() => {
                    let heard = self.hear_late_answer(late).await;
                    self.keep_notice(heard)?;
                    self.touched();
                    self.show();
                    self.moved = self.shown.borrow().revision;
                    continue;
                }
                message = self.inbox.recv() => match message {
                    Some(message) => message,
                    None => return Ok(()),
                },
                Ok(()) = self.claim.changed() => {
                    self.on_claim().await?;
                    continue;
                }
                Ok(()) = self.findings.changed() => {
                    self.forget_that_it_was_closed();
                    continue;
                }
                Some(printed) = self.papers.1.recv() => {
                    self.on_printed(printed).await?;
                    continue;
                }
                Ok(()) = answers.changed() => {
                    let answer = answers.borrow_and_update().clone();
                    if let Some(answer) = answer {
                        self.obey(answer).await?;
                    }
                    continue;
                }
                () = sleep_until(timer.unwrap_or_else(Instant::now)), if timer.is_some() => {
                    self.on_timer().await?;
                    continue;
                }
            };
            self.answer(message).await?;
        }
    }

    /// Carries out what was asked, and says what came of it.
    async fn answer(&mut self, message: Message) -> anyhow::Result<()> {
        if matches!(message.command, Command::Touch) {
            self.go_on();
            let _ = message.reply.send(Ok(self.shown.borrow().clone()));
            return Ok(());
        }
        let moves_money = message.command.moves_money();
        // It was asked before the last payment was seen to end: a second press, or another window.
        if moves_money && message.seen < self.moved {
            let _ = message.reply.send(Err(Notice::Busy));
            return Ok(());
        }
        self.notice = None;
        let answer = match self.carry_out(message.command).await {
            Ok(()) => Ok(()),
            Err(Stop::Told(notice)) => {
                self.notice = Some(notice);
                Err(notice)
            }
            Err(Stop::Broken(failure)) => return Err(failure),
        };
        self.touched();
        self.answered = true;
        self.show();
        if moves_money {
            self.moved = self.shown.borrow().revision;
        }
        // Whoever asked may be gone; what was asked has happened all the same.
        let _ = message.reply.send(answer.map(|()| self.shown.borrow().clone()));
        Ok(())
    }

    /// Shows what came of a step that nobody at the till asked for. Without a journal the till ends.
    pub(super) fn keep_notice(&mut self, step: Result<(), Stop>) -> anyhow::Result<()> {
        match step {
            Ok(()) => Ok(()),
            Err(Stop::Told(notice)) => {
                self.notice = Some(notice);
                Ok(())
            }
            Err(Stop::Broken(failure)) => Err(failure),
        }
    }

    /// Writes the stage down, then takes it.
    pub(super) async fn advance(&mut self, to: Result<Stage, IllegalMove>) -> Result<(), Stop> {
        let stage = to?;
        self.parts.journal.stage(&stage).await?;
        self.stage = stage;
        // What is open is looked at by itself, whenever it is taken up.
        self.bill_unread &= !matches!(self.stage, Stage::Scanning { .. });
        Ok(())
    }

    /// Forgets the shopper.
    pub(super) fn forget(&mut self) {
        self.bill_unread = false;
        self.edits.clear();
        self.basket = None;
        self.card = None;
        self.greeting = None;
        self.trouble = None;
        self.bag_answered = false;
        self.recount = None;
        self.unpaid = None;
        self.returned.clear();
        self.store_credit_minor = 0;
        self.unprinted = 0;
    }

    /// The next shopper has come, if the last one has paid.
    pub(super) async fn make_way(&mut self) -> Result<(), JournalError> {
        if self.thanks.take().is_some() {
            self.thanks_end = None;
            self.leave_the_sale().await?;
            self.next_shopper();
        }
        if self.stage == Stage::Idle {
            self.unpaid = None;
        }
        Ok(())
    }

    /// What the last one chose is of no concern to the next.
    pub(super) fn next_shopper(&mut self) {
        self.forget();
        self.visited = false;
        self.shopper += 1;
    }
}
