//! The till: one shopper at a time, whoever calls. Page and programs use the same few verbs.
//!
//! All of it lives in one task ([`Machine`]), so that commands come one after the other and a caller who hangs up stops nothing.

use barcode::Scan;
use proto::checkout::v1 as pb;
use tokio::sync::{mpsc, oneshot, watch};
use url::Url;

mod abandoner;
mod attend;
mod basket;
mod claimant;
mod command;
mod cue;
mod due;
mod finding;
mod giving_back;
mod greeter;
mod held;
mod idle;
mod known;
mod last_sale;
mod late;
mod machine;
mod newer;
mod notice;
mod payment;
mod proof;
mod recovery;
mod refund;
mod reporter;
mod scanner;
mod screen;
mod settle;
mod standing;
mod stop;
mod suspension;
mod ticket;
mod training;
mod view;

use crate::{
    client::{Client, Shown},
    practice::Practice,
    receipt::{Language, Wanted},
    scale::Scale,
    suspension::SuspensionCode,
};
use command::Command;
use scanner::Scanner;

pub use cue::Cue;
pub use due::{Due, Means};
pub(crate) use finding::of_printer;
pub use greeter::Greeter;
pub use machine::{Machine, Parts};
pub use notice::RefundNotice;
pub use proof::Seen;
pub use view::{Closure, FailedPayment, Given, Notice, Recount, Sale, Screen, Trouble, View};

/// Commands that wait; more are refused as busy.
const WAITING: usize = 16;
/// The longest text a scanner may send.
const LONGEST_CODE: usize = 256;

/// The handle of a till. Clones speak to the same one.
#[derive(Clone, Debug)]
pub struct Till {
    commands: mpsc::Sender<Message>,
    view: watch::Receiver<View>,
    scanner: Scanner,
    client: Client,
    scale: Option<Scale>,
    offers: Offers,
    findings: watch::Sender<Vec<pb::TillFinding>>,
    practice: Practice,
}

/// The ways to a ticket that this till has, beside mail and none.
#[derive(Clone, Debug)]
pub struct Offers {
    /// A code on the screen, which leads below this address.
    pub public_url: Option<Url>,
    /// Paper.
    pub paper: bool,
}

/// A command and where its answer goes.
#[derive(Debug)]
pub(crate) struct Message {
    command: Command,
    /// What was shown when it was asked.
    seen: u64,
    reply: oneshot::Sender<Result<View, Notice>>,
}

/// What a person has found out about a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The card terminal's own journal, or the merchant's slip, shows the payment of the whole amount.
    Paid(Seen),
    /// The card terminal's own journal shows no payment, or what was taken was given back.
    NotPaid,
    /// Tell checkout once more.
    TryAgain,
}

/// A till and the task that is to be run for it.
#[must_use]
pub fn new(parts: Parts) -> (Till, Machine) {
    let (commands, inbox) = mpsc::channel(WAITING);
    let shown = watch::Sender::new(View::starting());
    let findings = watch::Sender::new(Vec::new());
    let found = findings.subscribe();
    let practice = Practice::default();
    let till = Till {
        commands,
        view: shown.subscribe(),
        scanner: Scanner::default(),
        client: parts.client.clone(),
        scale: parts.scale.clone(),
        offers: Offers { public_url: parts.public_url.clone(), paper: parts.printer.is_some() },
        findings,
        practice: practice.clone(),
    };
    (till, Machine::new(parts, practice, inbox, shown, found))
}

impl Till {
    /// What the till shows now.
    #[must_use]
    pub fn view(&self) -> View {
        self.view.borrow().clone()
    }

    /// What the till shows, as it changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<View> {
        self.view.clone()
    }

    /// Tells what the self-check has found: the whole of it, each time.
    pub fn finds(&self, found: Vec<pb::TillFinding>) {
        self.findings.send_if_modified(|findings| {
            let is_news = *findings != found;
            *findings = found;
            is_news
        });
    }

    /// Takes what a scanner read at a millisecond of its own clock: the same code twice within 200 of them is one scan.
    pub async fn scan_at(&self, raw: &str, read_ms: u64) -> Result<View, Notice> {
        if self.scanner.is_echo(raw, read_ms) {
            return Ok(self.view());
        }
        self.scan(raw, 0).await
    }

    /// Takes what a scanner sent: an article, or a member's card. Opens a basket if there is none.
    pub async fn scan(&self, raw: &str, quantity_milli: i64) -> Result<View, Notice> {
        self.weighed(raw, quantity_milli, 0).await
    }

    /// Takes an article with its net weight, and what the container weighed that was taken off.
    pub async fn weighed(&self, raw: &str, quantity_milli: i64, tare_milli: i64) -> Result<View, Notice> {
        if let Ok(Scan::MemberCard(card)) = barcode::scan(raw, &[]) {
            return self.send(Command::Identify { card }).await;
        }
        let code: String = raw.trim().chars().filter(|c| !c.is_control() || *c == '\u{1d}').collect();
        if code.is_empty() || code.chars().count() > LONGEST_CODE {
            return Err(Notice::Refused(crate::client::Refusal::UnreadableCode));
        }
        self.send(Command::Scan { code, quantity_milli, tare_milli }).await
    }

    /// Takes empties back, by the code of the packaging or of its goods.
    pub async fn return_deposit(&self, code: &str, quantity_milli: i64) -> Result<View, Notice> {
        self.send(Command::ReturnDeposit { code: code.trim().to_owned(), quantity_milli }).await
    }

    /// Says which product an unknown code is, and how much of it where no label says it; a person does, with the attendants' code.
    pub async fn resolve(
        &self,
        attendant_code: &str,
        line_id: i32,
        code: &str,
        quantity_milli: i64,
    ) -> Result<View, Notice> {
        let (attendant_code, code) = (attendant_code.trim().to_owned(), code.trim().to_owned());
        self.send(Command::Resolve { attendant_code, line_id, code, quantity_milli }).await
    }

    /// Answers the question for bags: so many, or none.
    pub async fn take_bags(&self, pieces: i64) -> Result<View, Notice> {
        self.send(Command::Bags { pieces }).await
    }

    /// Forgets the member: it was the wrong card.
    pub async fn unidentify(&self) -> Result<View, Notice> {
        self.send(Command::Unidentify).await
    }

    /// The products that are picked on the screen; none when checkout does not answer.
    pub async fn tiles(&self) -> Vec<pb::Product> {
        self.client.tiles().await.map(|tiles| tiles.products).unwrap_or_default()
    }

    /// The products whose names answer what was typed.
    pub async fn search(&self, text: &str) -> Vec<pb::Product> {
        self.client.search(text).await.unwrap_or_default()
    }

    /// Whether a scale is there.
    #[must_use]
    pub const fn has_scale(&self) -> bool {
        self.scale.is_some()
    }

    /// What lies on the scale, in grams.
    pub async fn read_scale(&self) -> Result<i64, Notice> {
        let scale = self.scale.as_ref().ok_or(Notice::NoWeight)?;
        scale.read().await.map_err(|failure| {
            tracing::warn!(%failure, "the scale gave no weight");
            Notice::NoWeight
        })
    }

    /// Presents a member's card. Opens a basket if there is none.
    pub async fn identify(&self, raw: &str) -> Result<View, Notice> {
        match barcode::scan(raw, &[]) {
            Ok(Scan::MemberCard(card)) => self.send(Command::Identify { card }).await,
            _ => Err(Notice::NotACard),
        }
    }

    /// Changes the quantity of a line.
    pub async fn set_quantity(&self, line_id: i32, quantity_milli: i64) -> Result<View, Notice> {
        self.send(Command::SetQuantity { line_id, quantity_milli }).await
    }

    /// Takes a line out.
    pub async fn remove(&self, line_id: i32) -> Result<View, Notice> {
        self.send(Command::Remove { line_id }).await
    }

    /// Claims a discount by its code.
    pub async fn apply_discount(&self, code: &str) -> Result<View, Notice> {
        self.send(Command::ApplyDiscount { code: code.trim().to_uppercase() }).await
    }

    /// Ends the look at a drawn basket by what an attendant has scanned again.
    pub async fn record_audit(&self, attendant_code: &str, codes: Vec<String>) -> Result<View, Notice> {
        self.send(Command::RecordAudit { attendant_code: attendant_code.to_owned(), codes }).await
    }

    /// The ways to a ticket that this till has.
    #[must_use]
    pub const fn offers(&self) -> &Offers {
        &self.offers
    }

    /// Says how the ticket is wanted, in French.
    pub async fn choose_receipt(&self, wanted: Wanted) -> Result<View, Notice> {
        self.choose_receipt_in(wanted, Language::French).await
    }

    /// Says how the ticket is wanted, and in which language.
    pub async fn choose_receipt_in(&self, wanted: Wanted, language: Language) -> Result<View, Notice> {
        self.send(Command::ChooseReceipt { wanted, language }).await
    }

    /// Prints the ticket of the sale that is shown.
    pub async fn print(&self) -> Result<View, Notice> {
        self.send(Command::Print).await
    }

    /// Pays all that is due by card. Answers when the sale is acknowledged, or when it is known that there is none, or that nobody
    /// knows; or when the card terminal took a part, and the rest is due.
    pub async fn pay(&self) -> Result<View, Notice> {
        self.pay_by(Means::Card).await
    }

    /// Pays by a means, all that is due or a part of it.
    pub async fn pay_by(&self, means: Means) -> Result<View, Notice> {
        self.send(Command::Pay { means }).await
    }

    /// Gives back what is held of a payment in parts; then the basket is open again.
    pub async fn give_back(&self) -> Result<View, Notice> {
        self.send(Command::GiveBack).await
    }

    /// Says what the card terminal that is not there answers, while a payment is practised.
    pub fn practise(&self, accepted: bool) -> Result<View, Notice> {
        if self.practice.say(accepted) { Ok(self.view()) } else { Err(Notice::NoBasket) }
    }

    /// Gives the basket up.
    pub async fn cancel(&self) -> Result<View, Notice> {
        self.send(Command::Cancel).await
    }

    /// Takes the basket off the till: its shopper gets a code, and goes on wherever that is typed.
    pub async fn suspend(&self) -> Result<View, Notice> {
        self.send(Command::Suspend).await
    }

    /// Brings a suspended basket here, by its code or by the card of its member.
    pub async fn resume(&self, typed: &str) -> Result<View, Notice> {
        let shown = match (barcode::scan(typed, &[]), SuspensionCode::parse(typed)) {
            (Ok(Scan::MemberCard(card)), _) => Shown::Card(card),
            (_, Some(code)) => Shown::Code(code),
            _ => return Err(Notice::NotACode),
        };
        self.send(Command::Resume { shown }).await
    }

    /// Makes way for the next shopper after a sale, or after a code was noted.
    pub async fn next(&self) -> Result<View, Notice> {
        self.send(Command::Next).await
    }

    /// Somebody reads or types at the till: it does not give the basket up.
    pub async fn touch(&self) -> Result<View, Notice> {
        self.send(Command::Touch).await
    }

    /// Calls somebody of the store.
    pub async fn help(&self) -> Result<View, Notice> {
        self.send(Command::Help).await
    }

    /// Takes the call back.
    pub async fn no_help(&self) -> Result<View, Notice> {
        self.send(Command::NoHelp).await
    }

    /// Settles a payment that nobody knew about; a person does, with the attendants' code.
    pub async fn settle(&self, attendant_code: &str, settlement: Settlement) -> Result<View, Notice> {
        self.send(Command::Settle { attendant_code: attendant_code.trim().to_owned(), settlement }).await
    }

    /// Gives a refund that waits in the store back to its card, by the number of its credit note, and the till of that where several have
    /// the number; a person does, with the attendants' code. Answers when checkout knows what became of it, or that nobody knows.
    pub async fn give_refund(
        &self,
        attendant_code: &str,
        number: i64,
        terminal_code: &str,
    ) -> Result<View, Notice> {
        let (attendant_code, terminal_code) =
            (attendant_code.trim().to_owned(), terminal_code.trim().to_uppercase());
        self.send(Command::GiveRefund { attendant_code, number, terminal_code }).await
    }

    async fn send(&self, command: Command) -> Result<View, Notice> {
        let (is_busy, seen) = {
            let view = self.view.borrow();
            (view.is_busy(), view.revision)
        };
        if is_busy {
            return Err(Notice::Busy);
        }
        let (reply, answer) = oneshot::channel();
        match self.commands.try_send(Message { command, seen, reply }) {
            Ok(()) => answer.await.unwrap_or(Err(Notice::Stopping)),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Notice::Busy),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Notice::Stopping),
        }
    }
}
