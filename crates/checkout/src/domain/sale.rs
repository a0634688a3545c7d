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
    payment::CardPayment,
    price::{PricedLine, vat_rows},
    seal,
};

#[cfg(test)]
pub(crate) mod tests;

/// The most characters of a card slip.
pub const LONGEST_SLIP: usize = 4_000;

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
    /// How it was paid; `None` when there was nothing to pay, or when something is paid out at the desk.
    pub payment: Option<CardPayment>,
    /// The member, if one was recognised.
    pub member_id: Option<MemberId>,
    /// The seal of the fiscal record.
    pub fiscal_hash: Hash,
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
    /// What the card terminal took, if it was asked.
    pub payment: Option<&'a CardPayment>,
    /// What it printed for the shopper.
    pub slip_text: &'a str,
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
    /// The slip, if it may be kept.
    pub slip: Result<String, CardNumberInSlip>,
}

/// Why a basket does not become a sale this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaleError {
    /// The basket is not waiting for a payment.
    #[error(transparent)]
    Basket(#[from] BasketError),
    /// Something is to be paid, and nothing was.
    #[error("{expected} is to be paid", expected = expected.get())]
    PaymentNeeded {
        /// What is to be paid, in cents.
        expected: Cents,
    },
    /// The card terminal took another amount than was asked of it.
    #[error("{taken} was taken where {expected} is to be paid")]
    AmountMismatch {
        /// What is to be paid.
        expected: Cents,
        /// What was taken.
        taken: Cents,
    },
    /// The ticket contradicts itself, and nothing that does is ever sealed.
    #[error("the ticket cannot be sealed: {0}")]
    Unsealable(#[from] Inconsistent),
}

/// Decides whether the payment makes the basket a sale, and which.
pub fn complete(order: Order<'_>) -> Result<Completed, SaleError> {
    let Shown { basket_id, currency, training, basket, priced } = order.log.shown()?;
    let mut paid = basket.clone();
    paid.apply(&Edit::Pay { sale_id: order.sale_id })?;
    check_payment(priced.total, order.payment)?;
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
        payment: order.payment.cloned(),
        member_id: basket.member_id,
        fiscal_hash: fiscal::GENESIS,
        receipt: basket.receipt(),
        training,
        language: basket.receipt_language,
    };
    let sealed = seal::ticket(&ticket, &order.head.hash)?;
    ticket.fiscal_hash = sealed.hash;
    // The shopper has paid: a slip that may not be kept is left out, and never stands in the way of the sale.
    let contracts = order.card_contracts.iter().map(String::as_str);
    let rule = SlipRule::new(&order.store.siret, contracts);
    let slip = rule.check(order.slip_text).map(|()| order.slip_text.to_owned());
    Ok(Completed { ticket, sealed, basket_version: basket.version, slip })
}

/// A card pays what is to be paid, exactly; and no card is asked when that is nothing or less.
fn check_payment(total: Cents, payment: Option<&CardPayment>) -> Result<(), SaleError> {
    match payment {
        Some(payment) if payment.amount != total => {
            Err(SaleError::AmountMismatch { expected: total, taken: payment.amount })
        }
        None if total > Cents::ZERO => Err(SaleError::PaymentNeeded { expected: total }),
        Some(_) | None => Ok(()),
    }
}

impl Ticket {
    /// How it was paid: its kind, and how much. What empties bring back beyond the shopping is paid out at the desk.
    pub fn paid(&self) -> Option<(&'static str, Cents)> {
        match &self.payment {
            Some(payment) => Some(("card", payment.amount)),
            None if self.total.is_negative() => Some(("desk", self.total)),
            None => None,
        }
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
