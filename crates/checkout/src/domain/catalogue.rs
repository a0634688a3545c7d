//! What is sold, where, and for how much: a snapshot that is never changed, only replaced by a later one.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::LazyLock;

use barcode::{Gtin, LabelRule, MeasureKind};
use money::{Cents, Currency};
use time::OffsetDateTime;

pub mod identity;

#[cfg(test)]
mod tests;

/// How a product is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoldBy {
    /// By the piece.
    Unit,
    /// By the kilogram.
    Kilogram,
}

/// How a till is worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerminalKind {
    /// By the shopper.
    SelfCheckout,
    /// By an employee.
    Staffed,
}

/// A shop, with its own time zone and legal identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// `[A-Z0-9-]{1,16}`.
    pub code: String,
    /// The name on the ticket.
    pub name: String,
    /// Postal address on the ticket, one line each.
    pub address_lines: Vec<String>,
    /// Fourteen digits with their key.
    pub siret: String,
    /// Intra-community VAT number, or empty.
    pub vat_number: String,
    /// IANA time zone; it decides the store's day.
    pub time_zone: String,
    /// Of every price and payment of the store.
    pub currency: Currency,
}

/// A till. It never moves to another store, for its tickets are numbered there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// `[A-Z0-9-]{1,16}`, the identity in its certificate.
    pub code: String,
    /// Where it stands.
    pub store_code: String,
    /// How it is worked.
    pub kind: TerminalKind,
}

/// Who delivers products: a company, never a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplier {
    /// `[A-Z0-9-]{1,32}`.
    pub code: String,
    /// Its name; the code when no file has named it.
    pub name: String,
}

/// A product that can be scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Fourteen digits.
    pub gtin: Gtin,
    /// On screen and ticket.
    pub name: String,
    /// Or empty.
    pub brand: String,
    /// One category, or several from wide to narrow with commas between them, as the file had them; or empty.
    pub category: String,
    /// Who delivers it, and may read its reviews; or empty.
    pub supplier_code: String,
    /// By the piece or by the kilogram.
    pub sold_by: SoldBy,
    /// The rate behind it is dated.
    pub vat_code: String,
    /// What is written on the pack, such as `250 g`; or empty.
    pub net_content: String,
}

/// Tax-included prices of a piece or a kilogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// What everybody pays.
    pub unit: Cents,
    /// What a member pays, if that differs.
    pub member: Option<Cents>,
}

/// A price and since when it holds; it ends where the next one of the product starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedPrice {
    /// Of which product.
    pub gtin: Gtin,
    /// First instant of validity.
    pub valid_from: OffsetDateTime,
    /// The price.
    pub price: Price,
}

/// A VAT rate and since when it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedRate {
    /// The code that products name.
    pub vat_code: String,
    /// First instant of validity.
    pub valid_from: OffsetDateTime,
    /// 550 is 5.5 %.
    pub basis_points: i64,
}

/// A percentage off the products of one category, or off everything, between two instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// `[A-Z0-9-]{1,24}`.
    pub code: String,
    /// On screen and ticket.
    pub label: String,
    /// Empty for all products.
    pub category: String,
    /// 1 to 10000; 1000 is 10 %.
    pub percent_basis_points: i64,
    /// First instant of validity.
    pub start: OffsetDateTime,
    /// First instant after validity.
    pub end: OffsetDateTime,
    /// Given only when the code is claimed.
    pub on_claim: bool,
    /// Given only to an identified member.
    pub members_only: bool,
}

/// Everything a catalogue is made of, in any order.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Moves with every change of what follows.
    pub version: i64,
    /// The shops.
    pub stores: Vec<Store>,
    /// The tills.
    pub terminals: Vec<Terminal>,
    /// Who delivers them.
    pub suppliers: Vec<Supplier>,
    /// The products.
    pub products: Vec<Product>,
    /// Their prices: past, present and to come.
    pub prices: Vec<DatedPrice>,
    /// The VAT rates: past, present and to come.
    pub vat_rates: Vec<DatedRate>,
    /// The promotions: past, present and to come.
    pub promotions: Vec<Promotion>,
}

/// The catalogue at one version. It answers from memory: a scan never waits for the database.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    version: i64,
    stores: BTreeMap<String, Store>,
    terminals: HashMap<String, Terminal>,
    suppliers: HashMap<String, Supplier>,
    products: BTreeMap<Gtin, Product>,
    prices: HashMap<Gtin, BTreeMap<OffsetDateTime, Price>>,
    vat_rates: HashMap<String, BTreeMap<OffsetDateTime, i64>>,
    promotions: Vec<Promotion>,
}

/// The labels of the scales: 26 carries grams, 22 and 27 carry cents, after five digits of article.
/// Prefix 25 has no rule: its numbers are plain products, picked on the screen.
static LABEL_RULES: LazyLock<[LabelRule; 3]> = LazyLock::new(|| {
    [("26", MeasureKind::Grams), ("27", MeasureKind::Price), ("22", MeasureKind::Price)].map(
        |(prefix, kind)| {
            LabelRule::new(prefix, 5, 5, false, kind)
                .expect("2 + 5 + 5 digits fill a barcode before its check digit")
        },
    )
});

/// How the in-store labels of these shops are read.
pub fn label_rules() -> &'static [LabelRule] {
    &*LABEL_RULES
}

impl From<Contents> for Catalogue {
    fn from(contents: Contents) -> Self {
        let Contents { version, stores, terminals, suppliers, products, prices, vat_rates, mut promotions } =
            contents;
        let mut prices_of = HashMap::<Gtin, BTreeMap<_, _>>::with_capacity(products.len());
        for DatedPrice { gtin, valid_from, price } in prices {
            prices_of.entry(gtin).or_default().insert(valid_from, price);
        }
        let mut rates_of = HashMap::<String, BTreeMap<_, _>>::new();
        for DatedRate { vat_code, valid_from, basis_points } in vat_rates {
            rates_of.entry(vat_code).or_default().insert(valid_from, basis_points);
        }
        promotions.sort_by(|one, other| one.code.cmp(&other.code));
        Self {
            version,
            stores: stores.into_iter().map(|store| (store.code.clone(), store)).collect(),
            terminals: terminals.into_iter().map(|terminal| (terminal.code.clone(), terminal)).collect(),
            suppliers: suppliers.into_iter().map(|supplier| (supplier.code.clone(), supplier)).collect(),
            products: products.into_iter().map(|product| (product.gtin, product)).collect(),
            prices: prices_of,
            vat_rates: rates_of,
            promotions,
        }
    }
}

impl Catalogue {
    /// Grows with every change, so that a replica knows when its snapshot is old.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The product with this number.
    pub fn product(&self, gtin: &Gtin) -> Option<&Product> {
        self.products.get(gtin)
    }

    /// The products whose number is greater than this one, or all, by number.
    pub fn products_after(&self, gtin: Option<Gtin>) -> impl Iterator<Item = &Product> {
        let from = gtin.map_or(Bound::Unbounded, Bound::Excluded);
        self.products.range((from, Bound::Unbounded)).map(|(_, product)| product)
    }

    /// Who delivers under this code.
    pub fn supplier(&self, code: &str) -> Option<&Supplier> {
        self.suppliers.get(code)
    }

    /// The price of a product that starts at this very instant.
    pub fn price_starting(&self, gtin: &Gtin, valid_from: OffsetDateTime) -> Option<Price> {
        self.prices.get(gtin)?.get(&valid_from).copied()
    }

    /// The price of a product in force at an instant: the latest that has started.
    pub fn price_at(&self, gtin: &Gtin, now: OffsetDateTime) -> Option<Price> {
        latest(self.prices.get(gtin)?, now)
    }

    /// The VAT rate behind a code at an instant, in basis points.
    pub fn vat_rate(&self, vat_code: &str, now: OffsetDateTime) -> Option<i64> {
        latest(self.vat_rates.get(vat_code)?, now)
    }

    /// Whether products may name this VAT code.
    pub fn knows_vat_code(&self, vat_code: &str) -> bool {
        self.vat_rates.contains_key(vat_code)
    }

    /// The promotions that run at an instant, by code. Those that must be claimed are among them.
    pub fn promotions_at(&self, now: OffsetDateTime) -> Vec<&Promotion> {
        self.promotions.iter().filter(|promotion| promotion.runs_at(now)).collect()
    }

    /// How in-store labels are read.
    pub fn label_rules(&self) -> &[LabelRule] {
        label_rules()
    }

    /// The shop with this code.
    pub fn store(&self, code: &str) -> Option<&Store> {
        self.stores.get(code)
    }

    /// The shops whose code comes after this one in the alphabet; all of them after the empty code.
    pub fn stores_after(&self, code: &str) -> impl Iterator<Item = &Store> {
        self.stores.range::<str, _>((Bound::Excluded(code), Bound::Unbounded)).map(|(_, store)| store)
    }

    /// The till with this code.
    pub fn terminal(&self, code: &str) -> Option<&Terminal> {
        self.terminals.get(code)
    }
}

impl Product {
    /// Whether the product is of a category, alone or among others.
    pub fn is_of_category(&self, category: &str) -> bool {
        has_category(&self.category, category)
    }
}

impl Promotion {
    /// Whether it runs at an instant.
    pub fn runs_at(&self, now: OffsetDateTime) -> bool {
        self.start <= now && now < self.end
    }

    /// Whether products of these categories are meant.
    pub fn covers(&self, categories: &str) -> bool {
        self.category.is_empty() || has_category(categories, &self.category)
    }
}

impl SoldBy {
    /// The word in files, events and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Kilogram => "kg",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "unit" => Some(Self::Unit),
            "kg" => Some(Self::Kilogram),
            _ => None,
        }
    }
}

impl TerminalKind {
    /// The word in events and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SelfCheckout => "self",
            Self::Staffed => "staffed",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "self" => Some(Self::SelfCheckout),
            "staffed" => Some(Self::Staffed),
            _ => None,
        }
    }
}

/// A list is of a category when one of its parts is, or when it is that very list.
fn has_category(categories: &str, category: &str) -> bool {
    categories == category || categories.split(',').any(|part| part.trim() == category)
}

fn latest<T: Copy>(dated: &BTreeMap<OffsetDateTime, T>, now: OffsetDateTime) -> Option<T> {
    dated.range(..=now).next_back().map(|(_, value)| *value)
}
