//! What a till shows: written by the till, read by its page.

use std::time::Duration;

use caisse_ap::Complement;
use proto::checkout::v1 as pb;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;

pub use super::notice::Notice;
use super::{cue::Cue, due::Due, finding};
use crate::{
    card::Doubt,
    client::Refusal,
    journal::Note,
    receipt::Token,
    suspension::SuspensionCode,
    tender::{Returned, Tender, TenderKind},
};

/// What the till shows now.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Grows with every change.
    pub revision: u64,
    /// What the change is heard as.
    pub cue: Option<Cue>,
    /// Grows with every shopper: what one chose must not meet the next.
    pub shopper: u64,
    /// The screen.
    pub screen: Screen,
    /// What came of the last command, if there is something to say.
    pub notice: Option<Notice>,
    /// How membership greets the bearer of the card.
    pub greeting: Option<String>,
    /// The basket that the till is at.
    pub basket_id: Option<Uuid>,
    /// Somebody was called, and comes.
    pub called: bool,
    /// Some baskets of the store are drawn and looked at before payment.
    pub audits: bool,
    /// When the basket is given up, if nobody says anything.
    pub gives_up: Option<Instant>,
    /// How long nobody may touch the till before it asks whether the shopper is still there.
    pub asks_after: Duration,
    /// The bag to ask about before payment; `None` once that is answered.
    pub bag: Option<Box<pb::Product>>,
    /// What was found when somebody scanned a part of the basket again.
    pub recount: Option<Recount>,
    /// What the card terminal said of a payment that was not made: until the shopper goes on, or the next one comes.
    pub unpaid: Option<FailedPayment>,
    /// What is to be paid, and by which means it may be.
    pub due: Due,
    /// What was given back, as long as the shopper is to read it.
    pub returned: Vec<Returned>,
    /// What a person of the store is to look into; no concern of the shopper's.
    pub notes: Vec<Note>,
    /// What is wrong with the till.
    pub findings: Vec<pb::TillFinding>,
    /// The number of a ticket that was wanted on paper and was not printed; 0 when there is none.
    pub unprinted: i64,
    /// What checkout holds of the basket was not looked at yet: checkout is not told that the till goes on.
    pub unread: bool,
    /// Somebody practises: nothing that is shown is in earnest.
    pub training: bool,
    /// The IANA time zone of the shop, for the attendant; or empty while nobody knows it.
    pub time_zone: String,
}

/// Why a till serves nobody, although nobody locked it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closure {
    /// Something that it needs is not there; see the findings.
    Findings,
    /// Another machine is the till.
    Claimed(Refusal),
    /// Checkout has not said yet that this machine is the till.
    NoCheckout,
}

/// What scanning a part of a basket again has found, in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recount {
    /// Scanned again, and in the basket.
    pub found: i64,
    /// Scanned again, and not in the basket.
    pub missing: i64,
    /// In the basket, and not scanned again.
    pub not_scanned: i64,
}

/// A payment that was not made. Its slip belongs in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct FailedPayment {
    /// The card terminal's own reason, if it gave one.
    pub complement: Option<Complement>,
    /// The slip, or all those of a payment in parts, one under the other; or empty.
    pub slip_text: String,
}

impl FailedPayment {
    /// What was said of it; nothing where nothing was.
    pub(super) fn of(complement: &str, slip_text: String) -> Option<Self> {
        let complement = Complement::of_code(complement);
        let said = complement.is_some() || !slip_text.is_empty();
        said.then_some(Self { complement, slip_text })
    }
}

impl std::fmt::Debug for FailedPayment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = self.slip_text.chars().count();
        write!(formatter, "FailedPayment({:?}, <{length} characters>)", self.complement)
    }
}

/// A screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Screen {
    /// The till finds out where it stood.
    Starting,
    /// Nobody is served.
    Idle,
    /// Nobody is to be served.
    Locked,
    /// Nobody can be served; it opens by itself.
    Closed(Closure),
    /// A basket is open.
    Scanning(Box<pb::Basket>),
    /// The shopper's turn at the card terminal.
    Paying {
        /// The amount, in cents.
        total_minor: i64,
    },
    /// A part is paid; the rest is paid next, or the part is given back.
    Held {
        /// What was given.
        tenders: Vec<Tender>,
        /// What is still to be paid, in cents.
        due_minor: i64,
    },
    /// The shopper's turn at the card terminal, to get money back.
    GivingBack {
        /// What goes back.
        tender: Tender,
    },
    /// The money was taken, or surely was not, and checkout is being told.
    Telling {
        /// The amount, in cents.
        total_minor: i64,
        /// Whether the money was taken.
        taken: bool,
    },
    /// A person is needed.
    Attendant {
        /// Why.
        trouble: Trouble,
        /// The amount, in cents.
        total_minor: i64,
        /// When the card terminal was asked.
        asked_time: OffsetDateTime,
        /// The payment, as it was sent there for reference.
        attempt_id: Uuid,
        /// The tender that is to be given back, if that is why.
        tender_id: Option<Uuid>,
        /// By which means it was asked for, or goes back.
        kind: TenderKind,
    },
    /// The basket waits for its shopper, who notes the code.
    Suspended(SuspensionCode),
    /// The basket is a sale.
    Thanks(Sale),
}

/// Why a person is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody knows whether the shopper paid.
    PaymentUnknown(Doubt),
    /// A part that was paid has to go back by hand.
    GiveBack {
        /// How much, in cents.
        owed_minor: i64,
        /// Nobody knows whether the card terminal has given it back.
        is_unknown: bool,
    },
    /// The money was taken, and checkout refuses the sale.
    SaleRefused(Refusal),
    /// Nobody knows whether money of a refund of an earlier sale went back.
    RefundUnknown,
}

/// A sale that checkout acknowledged, or what was practised as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The sale.
    pub sale_id: Uuid,
    /// What was paid, in cents.
    pub total_minor: i64,
    /// The ticket's number.
    pub sequence: i64,
    /// How the ticket is given.
    pub given: Given,
    /// It was practised, and is no sale.
    pub training: bool,
}

/// How the ticket of a sale is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// By mail, to the address of the member's card.
    CardEmail,
    /// By mail, to the address that was typed.
    TypedEmail,
    /// Behind a code on the screen.
    Qr(Token),
    /// On paper.
    Paper,
    /// Not at all, as the shopper wished.
    Nothing,
    /// Nothing was chosen, or the code is lost: the desk gives it.
    AtDesk,
}

/// Nobody reads a code with a telephone faster, or notes one.
pub(super) const CODE_STAYS: Duration = Duration::from_secs(60);

impl Given {
    /// How long the screen stays: longer where there is something to read from it.
    pub(super) fn stays(self, thanks: Duration) -> Duration {
        match self {
            Self::Qr(_) => thanks.max(CODE_STAYS),
            _ => thanks,
        }
    }
}

impl View {
    /// What a till shows before it knows where it stood.
    pub(super) fn starting() -> Self {
        Self {
            revision: 0,
            cue: None,
            shopper: 0,
            screen: Screen::Starting,
            notice: None,
            greeting: None,
            basket_id: None,
            called: false,
            audits: false,
            gives_up: None,
            asks_after: Duration::ZERO,
            bag: None,
            recount: None,
            unpaid: None,
            due: Due::default(),
            returned: Vec::new(),
            notes: Vec::new(),
            findings: Vec::new(),
            unprinted: 0,
            unread: false,
            training: false,
            time_zone: String::new(),
        }
    }

    /// Whether the till takes no command now: what it does must come to its end first.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        matches!(
            self.screen,
            Screen::Starting
                | Screen::Closed(Closure::NoCheckout)
                | Screen::Paying { .. }
                | Screen::GivingBack { .. }
                | Screen::Telling { .. }
        )
    }

    /// The open basket.
    #[must_use]
    pub fn basket(&self) -> Option<&pb::Basket> {
        match &self.screen {
            Screen::Scanning(basket) => Some(basket),
            _ => None,
        }
    }

    /// Whether the printer was in order when it was last asked.
    #[must_use]
    pub fn can_print(&self) -> bool {
        !self.findings.iter().any(|finding| finding::is_of_the_printer(*finding))
    }

    /// How the ticket of a sale is given: one that did not come out of the printer, at the desk.
    pub(crate) fn given(&self, sale: &Sale) -> Given {
        let is_missed = self.unprinted > 0 && self.unprinted == sale.sequence;
        if is_missed && sale.given == Given::Paper { Given::AtDesk } else { sale.given }
    }

    /// The sale that was just made.
    #[must_use]
    pub const fn sale(&self) -> Option<&Sale> {
        match &self.screen {
            Screen::Thanks(sale) => Some(sale),
            _ => None,
        }
    }
}
