//! From a frozen basket and a card payment to a ticket.

use caisse_ap::{CardNumberInSlip, SlipRule};
use fiscal::{Hash, Head, Inconsistent, Sealed};
use money::{Cents, Currency, VatTotal};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::domain::{
    basket::{
        BasketError, Edit,
        receipt::{Language, Receipt},
    },
    catalogue::{Store, Terminal, TerminalKind},
    id::{BasketId, MemberId, SaleId},
    log::{Log, Shown},
    payment::{Card, Given, Tender, TenderError},
    price::{PricedLine, vat_rows},
    seal,
};

#[cfg(test)]
pub(crate) mod tests;

/// The most characters of a card slip.
pub const LONGEST_SLIP: usize = 4_000;
/// The most card slips beside those of its tenders that go with a ticket, or are told at once.
pub const MOST_SLIPS: usize = 10;

/// A shop as its tickets show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its postal address.
    pub address_lines: Vec<String>,
    /// Its SIRET.
    pub siret: String,
    /// Its VAT number.
    pub vat_number: String,
    /// Its time zone.
    pub time_zone: String,
}

/// A paid basket: never edited again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The sale.
    pub sale_id: SaleId,
    /// The basket it was.
    pub basket_id: BasketId,
    /// The shop, as it was.
    pub shop: Shop,
    /// The till.
    pub terminal_code: String,
    /// How the till was worked.
    #[serde(with = "kind_word")]
    pub terminal_kind: TerminalKind,
    /// The till's number for it, without gaps.
    pub sequence: i64,
    /// When it was sold.
    #[serde(with = "time::serde::rfc3339")]
    pub completed_time: OffsetDateTime,
    /// Of every amount.
    pub currency: Currency,
    /// The lines.
    pub lines: Vec<PricedLine>,
    /// What was paid.
    pub total: Cents,
    /// What was taken off.
    pub discount: Cents,
    /// The tax, highest rate first.
    #[serde(with = "vat_rows")]
    pub vat_totals: Vec<VatTotal>,
    /// Deposits charged less deposits given back: outside VAT.
    #[serde(default)]
    pub deposits: Cents,
    /// What of it meal vouchers may pay.
    #[serde(default)]
    pub meal_voucher: Cents,
    /// How it was paid, in the order of the tenders; nothing when there was nothing to pay, or when something is paid out at the desk.
    pub payments: Vec<Tender>,
    /// The member, if one was recognised.
    pub member_id: Option<MemberId>,
    /// The seal of the fiscal record.
    pub fiscal_hash: Hash,
    /// The fiscal version that sealed it; empty when none was kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fiscal_version: String,
    /// How the shopper wants it; `None` when a guest chose nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// It was practised: no sale, in a chain of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub training: bool,
    /// The language in which the shopper wants it.
    #[serde(default, skip_serializing_if = "Language::is_french")]
    pub language: Language,
}

/// What is asked for, with everything it depends on.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The identity of the sale to be.
    pub sale_id: SaleId,
    /// The basket.
    pub log: &'a Log,
    /// Where it was filled.
    pub store: &'a Store,
    /// At which till.
    pub terminal: &'a Terminal,
    /// Where the till's chain of tickets ends; of training tickets, for a basket of training.
    pub head: &'a Head,
    /// The last tender, if something was due; the others are in the basket.
    pub last: Option<&'a Given>,
    /// The slips that were not told before, of payments that were not made and of money that went back.
    pub slip_texts: &'a [String],
    /// The house's contracts with its bank, which a slip may show.
    pub card_contracts: &'a [String],
    /// When.
    pub now: OffsetDateTime,
}

/// A sale to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// Its ticket.
    pub ticket: Ticket,
    /// Its fiscal record, the new end of the till's chain.
    pub sealed: Sealed,
    /// The version of the basket that was paid.
    pub basket_version: i64,
    /// The slips of payments that were not made or were given back, and of all tenders that have one, in their order.
    pub slip_texts: Vec<String>,
    /// How many were left out because they hold a card number.
    pub slips_refused: usize,
}

/// One way in which a ticket was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid<'a> {
    /// The word in events and fiscal records.
    pub kind: &'static str,
    /// How much.
    pub amount: Cents,
    /// The card, if it was one.
    pub card: Option<&'a Card>,
}

/// Why a basket does not become a sale this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaleError {
    /// The basket is not waiting for a payment.
    #[error(transparent)]
    Basket(#[from] BasketError),
    /// The tenders do not pay the total.
    #[error(transparent)]
    Tender(#[from] TenderError),
    /// The ticket contradicts itself, and nothing that does is ever sealed.
    #[error("the ticket cannot be sealed: {0}")]
    Unsealable(#[from] Inconsistent),
}

/// Decides whether the tenders make the basket a sale, and which.
pub fn complete(order: Order<'_>) -> Result<Completed, SaleError> {
    let Shown { basket_id, currency, training, basket, priced } = order.log.shown()?;
    let mut paid = basket.clone();
    paid.apply(&Edit::Pay { sale_id: order.sale_id })?;
    let payments = basket.tenders.complete(order.last.map(|last| &last.tender))?;
    let mut ticket = Ticket {
        sale_id: order.sale_id,
        basket_id,
        shop: Shop::from(order.store),
        terminal_code: order.terminal.code.clone(),
        terminal_kind: order.terminal.kind,
        sequence: order.head.sequence + 1,
        completed_time: order.now,
        currency,
        lines: priced.lines,
        total: priced.total,
        discount: priced.discount,
        vat_totals: priced.vat_totals,
        deposits: priced.deposits,
        meal_voucher: priced.meal_voucher,
        payments,
        member_id: basket.member_id,
        fiscal_hash: fiscal::GENESIS,
        fiscal_version: fiscal::VERSION.to_owned(),
        receipt: basket.receipt(),
        training,
        language: basket.receipt_language,
    };
    let sealed = seal::ticket(&ticket, &order.head.hash)?;
    ticket.fiscal_hash = sealed.hash;
    let may_be_kept = |text: &&str| check_slip(order.store, order.card_contracts, text).is_ok();
    let (told, refused): (Vec<&str>, Vec<&str>) =
        order.slip_texts.iter().map(String::as_str).partition(may_be_kept);
    let last = order.last.map(|last| last.slip_text.as_str());
    let kept = last.filter(may_be_kept);
    let slips_refused = refused.len() + usize::from(kept != last);
    let held = basket.tenders.held().iter().map(|held| held.slip_text.as_str());
    let slip_texts = order.log.slips(told.into_iter(), held.chain(kept));
    Ok(Completed { ticket, sealed, basket_version: basket.version, slip_texts, slips_refused })
}

/// Whether a slip may be kept. The shopper has paid: one that may not is left out, and never stands in the way of a tender.
pub fn check_slip(store: &Store, card_contracts: &[String], text: &str) -> Result<(), CardNumberInSlip> {
    SlipRule::new(&store.siret, card_contracts.iter().map(String::as_str)).check(text)
}

impl Ticket {
    /// How it was paid, together the total. What empties bring back beyond the shopping is paid out at the desk.
    pub fn paid(&self) -> Vec<Paid<'_>> {
        if self.total.is_negative() {
            return vec![Paid { kind: "desk", amount: self.total, card: None }];
        }
        let paid = self.payments.iter().map(|tender| Paid {
            kind: tender.means.as_str(),
            amount: tender.amount,
            card: tender.means.card(),
        });
        paid.collect()
    }
}

impl From<&Store> for Shop {
    fn from(store: &Store) -> Self {
        Self {
            code: store.code.clone(),
            name: store.name.clone(),
            address_lines: store.address_lines.clone(),
            siret: store.siret.clone(),
            vat_number: store.vat_number.clone(),
            time_zone: store.time_zone.clone(),
        }
    }
}

/// Keeps the kind of a till as its word.
mod kind_word {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::domain::catalogue::TerminalKind;

    pub fn serialize<S: Serializer>(kind: &TerminalKind, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TerminalKind, D::Error> {
        let word = String::deserialize(deserializer)?;
        TerminalKind::parse(&word).ok_or_else(|| D::Error::custom("no kind of till"))
    }
}
