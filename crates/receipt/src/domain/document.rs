//! What a ticket shows, as its event told it: frozen, and about things only.

use money::Cents;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Language;

/// A ticket or a credit note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Where it was sold.
    pub shop: Shop,
    /// The till.
    pub terminal_code: String,
    /// Number of the document at its till.
    pub sequence: i64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// ISO 4217 currency of every amount.
    pub currency_code: String,
    /// What was bought or given back.
    pub lines: Vec<Line>,
    /// Totals per VAT rate.
    pub vat_rows: Vec<VatRow>,
    /// Total with tax.
    pub total: Cents,
    /// What was taken off in all.
    pub discount: Cents,
    /// Deposits charged less deposits given back: outside VAT.
    #[serde(default)]
    pub deposits: Cents,
    /// What of the total meal vouchers may pay.
    #[serde(default)]
    pub meal_voucher: Cents,
    /// Hash of the sealed fiscal record.
    pub fiscal_hash: String,
    /// The fiscal version that sealed it; empty when none was told.
    #[serde(default)]
    pub fiscal_version: String,
    /// In which language it is wanted.
    #[serde(default)]
    pub language: Language,
    /// What only a ticket or only a credit note tells.
    pub matter: Matter,
}

/// The shop as it stood on the ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// Its name.
    pub name: String,
    /// Its postal address.
    pub address_lines: Vec<String>,
    /// Its SIRET.
    pub siret: String,
    /// Its VAT number.
    pub vat_number: String,
    /// Its IANA time zone.
    pub time_zone: String,
}

/// What only a ticket, only a credit note or only the mail of money that went back tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// A sale.
    Receipt {
        /// How it was paid.
        payments: Vec<Payment>,
    },
    /// A refund.
    CreditNote {
        /// Number of the ticket it gives back from.
        sale_sequence: i64,
        /// When the sale was made.
        #[serde(with = "time::serde::rfc3339")]
        sale_time: OffsetDateTime,
        /// How the money comes back.
        payout: Payout,
        /// What of it went to store credit: all where that was asked for, else what no card had paid.
        #[serde(default)]
        to_credit: Cents,
        /// What of it a person pays out by hand at the desk: what no card of a guest had paid.
        #[serde(default)]
        by_hand: Cents,
    },
    /// Money of a refund that went back to a card: no document of its own.
    PaidBack {
        /// Number of the ticket it gives back from.
        sale_sequence: i64,
        /// When the sale was made.
        #[serde(with = "time::serde::rfc3339")]
        sale_time: OffsetDateTime,
        /// The card that it went to: its brand, or empty.
        brand: String,
        /// Its last four digits, or empty.
        last4: String,
    },
}

/// A line of the ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The product's label.
    pub label: String,
    /// Sold by the kilogram; otherwise by the piece.
    pub by_weight: bool,
    /// Thousandths of a piece or of a kilogram.
    pub quantity_milli: i64,
    /// Price of a piece or of a kilogram.
    pub unit_price: Cents,
    /// Before discounts.
    pub gross: Cents,
    /// What was paid.
    pub total: Cents,
    /// VAT rate in basis points.
    pub vat_rate_basis_points: i64,
    /// What was taken off.
    pub discounts: Vec<Discount>,
    /// A deposit, charged or given back: no article, and outside VAT.
    #[serde(default)]
    pub is_deposit: bool,
    /// What the container weighed that was taken off, in grams.
    #[serde(default)]
    pub tare_milli: i64,
    /// What it costs by the measure that prices are compared by, if that is another one.
    #[serde(default)]
    pub measure: Option<MeasurePrice>,
    /// The law guarantees for two years that it is as it should be.
    #[serde(default)]
    pub legal_guarantee: bool,
    /// The lowest price of the thirty days before an announced reduction.
    #[serde(default)]
    pub prior_price: Option<Cents>,
}

/// A price by the kilogram, the litre or the piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasurePrice {
    /// `kg`, `l` or `piece`.
    pub measure: String,
    /// Its tax-included price.
    pub price: Cents,
}

/// What a rule took off a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// Its label.
    pub label: String,
    /// How much, positive.
    pub amount: Cents,
}

/// Totals of a VAT rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VatRow {
    /// The rate in basis points.
    pub rate_basis_points: i64,
    /// Without tax.
    pub ht: Cents,
    /// The tax.
    pub vat: Cents,
    /// With tax.
    pub ttc: Cents,
}

/// A payment of a sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// How much.
    pub amount: Cents,
    /// Brand of the card, or empty.
    pub brand: String,
    /// Last four digits of the card number, or empty.
    pub last4: String,
    /// With what.
    #[serde(default)]
    pub means: Means,
}

/// With what a part of a sale was paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// A bank card.
    #[default]
    Card,
    /// A card of meal vouchers.
    MealVoucher,
    /// The member's store credit.
    StoreCredit,
    /// Paid out at the desk, below zero.
    Desk,
    /// In a way that came up after this program.
    Other,
}

/// How the money of a refund comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payout {
    /// To the same card, its holder present at the desk.
    Desk,
    /// To the member's store credit.
    StoreCredit,
    /// To the same card, by the office in the acquirer's own pages.
    Acquirer,
    /// In a way that came up after this program.
    Other,
}

impl Document {
    /// Whether anything was bought that can be rated or given back: empties alone cannot.
    #[must_use]
    pub fn has_goods(&self) -> bool {
        self.lines.iter().any(|line| !line.is_deposit)
    }

    /// Pieces, and one for each weighed line; packagings are none.
    #[must_use]
    pub fn article_count(&self) -> i64 {
        let goods = self.lines.iter().filter(|line| !line.is_deposit);
        let articles = goods.map(|line| if line.by_weight { 1 } else { line.quantity_milli / 1000 });
        articles.fold(0, i64::saturating_add)
    }

    /// The four characters of the seal that tickets show, and the fiscal version that sealed it.
    #[must_use]
    pub fn short_hash(&self) -> String {
        fiscal::shown(&self.fiscal_hash, &self.fiscal_version)
    }
}
