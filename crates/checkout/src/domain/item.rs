//! An article as it was scanned: its words, prices and offers of that moment, which no later change of the catalogue reaches.

use barcode::Gtin;
use money::{Cents, Quantity};
use serde::{Deserialize, Serialize};

use crate::domain::{catalogue::SoldBy, promotion::Offer};

/// The largest quantity of a line, in thousandths.
pub const LARGEST_QUANTITY: i64 = 999_999;

/// What an article is, as far as prices and tax care.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Goods.
    #[default]
    Goods,
    /// The deposit on a returnable packaging; outside VAT (CGI art. 267, III, as told in the VAT facts).
    Deposit,
    /// An empty that came back: its price is negative.
    DepositReturn,
    /// A bag to carry the shopping in.
    Bag,
}

/// An article as it was when it was scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number.
    pub gtin: Gtin,
    /// Its name.
    pub name: String,
    /// Its categories, or empty.
    pub category: String,
    /// Its supplier, or empty.
    pub supplier_code: String,
    /// By the piece or by the kilogram.
    pub sold_by: SoldBy,
    /// What it is.
    #[serde(default, skip_serializing_if = "LineKind::is_goods")]
    pub kind: LineKind,
    /// The price per piece or kilogram; negative for an empty that came back, and for nothing else.
    pub unit_price: Cents,
    /// The price for members, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_price: Option<Cents>,
    /// The code of its VAT rate.
    pub vat_code: String,
    /// The rate then in force, in basis points.
    pub vat_rate_basis_points: i64,
    /// A label said how much or for how much: nobody may say otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub measured: bool,
    /// What the label says that it costs, where the price per kilogram gives that for no whole gram: the quantity is the nearest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_price: Option<Cents>,
    /// The batch that its code said, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub batch: String,
    /// What the container weighed that was taken off the weighing.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub tare: Quantity,
    /// The age in years below which it is not sold; 0 when it is sold to everybody.
    #[serde(default, skip_serializing_if = "is_for_everybody")]
    pub minimum_age: u8,
    /// The law guarantees for two years that it is as it should be, and the ticket says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub legal_guarantee: bool,
    /// What it costs by the measure that prices are compared by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<MeasurePrice>,
    /// The most of a ticket that meal vouchers pay, if they pay this article: the cap in force when it was scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meal_voucher_cap: Option<Cents>,
    /// The deposit that goes with each piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposit: Option<Deposit>,
    /// The promotions that ran for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<Offer>,
}

/// What prices are compared by, for the eye beside the line: nothing is computed from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasurePrice {
    /// Of how much.
    pub measure: Measure,
    /// Its tax-included price.
    pub price: Cents,
}

/// A kilogram, a litre or a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// A kilogram.
    #[serde(rename = "kg")]
    Kilogram,
    /// A litre.
    #[serde(rename = "l")]
    Litre,
    /// A piece.
    #[serde(rename = "piece")]
    Piece,
}

/// A returnable packaging.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// Its number.
    pub gtin: Gtin,
    /// Its name.
    pub name: String,
    /// What is left for each piece.
    pub unit_price: Cents,
}

impl Item {
    /// How many bytes of text it carries.
    pub fn words(&self) -> usize {
        let deposit = self.deposit.as_ref().map_or(0, |deposit| deposit.name.len());
        self.name.len() + self.category.len() + self.supplier_code.len() + self.batch.len() + deposit
    }

    /// Whether another scan of it grows the line: goods by the piece do, a weighing stands for itself.
    pub fn can_grow(&self) -> bool {
        self.sold_by == SoldBy::Unit && !self.measured
    }

    /// The quantity, if so much of the article can be sold in one line.
    pub fn sellable(&self, quantity: Quantity) -> Option<Quantity> {
        let whole = self.sold_by == SoldBy::Kilogram || quantity.whole().is_some();
        (whole && (1..=LARGEST_QUANTITY).contains(&quantity.get())).then_some(quantity)
    }

    /// What so much of it costs before discounts: what its label says, where that is not price times quantity.
    pub fn gross(&self, quantity: Quantity) -> Option<Cents> {
        self.label_price.or_else(|| money::price(self.unit_price, quantity))
    }

    /// The packaging of this article as an article of its own: charged with it, and outside VAT.
    pub fn packaging(&self) -> Option<Self> {
        self.deposit.as_ref().map(|deposit| deposit.item(LineKind::Deposit, deposit.unit_price))
    }
}

impl Deposit {
    /// An empty of it that comes back.
    pub fn returned(&self) -> Option<Item> {
        let price = Cents::ZERO.checked_sub(self.unit_price)?;
        Some(self.item(LineKind::DepositReturn, price))
    }

    fn item(&self, kind: LineKind, unit_price: Cents) -> Item {
        Item {
            gtin: self.gtin,
            name: self.name.clone(),
            category: String::new(),
            supplier_code: String::new(),
            sold_by: SoldBy::Unit,
            kind,
            unit_price,
            member_price: None,
            vat_code: OUTSIDE_VAT.to_owned(),
            vat_rate_basis_points: 0,
            measured: false,
            label_price: None,
            batch: String::new(),
            tare: Quantity::ZERO,
            minimum_age: 0,
            legal_guarantee: false,
            measure: None,
            meal_voucher_cap: None,
            deposit: None,
            offers: Vec::new(),
        }
    }
}

/// The VAT code of what is outside the tax.
pub const OUTSIDE_VAT: &str = "outside";

impl LineKind {
    /// The word in events, files and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Goods => "goods",
            Self::Deposit => "deposit",
            Self::DepositReturn => "deposit_return",
            Self::Bag => "bag",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Goods, Self::Deposit, Self::DepositReturn, Self::Bag]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }

    /// Deposits are no turnover: no tax is in them, and no promotion touches them.
    pub fn is_outside_vat(self) -> bool {
        matches!(self, Self::Deposit | Self::DepositReturn)
    }

    fn is_goods(&self) -> bool {
        *self == Self::Goods
    }
}

impl Measure {
    /// The word in files and contracts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kilogram => "kg",
            Self::Litre => "l",
            Self::Piece => "piece",
        }
    }
}

fn is_for_everybody(age: &u8) -> bool {
    *age == 0
}

fn is_nothing(quantity: &Quantity) -> bool {
    *quantity == Quantity::ZERO
}
