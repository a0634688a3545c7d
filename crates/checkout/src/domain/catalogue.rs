//! What is sold, where, and for how much: a snapshot that is never changed, only replaced by a later one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use barcode::{Gtin, LabelRule, Scan};
use money::{Cents, Currency};
use time::OffsetDateTime;

use crate::domain::{promotion::Promotion, refund::policy::Policy, wall};

mod closed;
pub mod identity;
mod label;
mod price;
mod product;
mod recall;

#[cfg(test)]
mod tests;

pub use closed::{ClosedHours, ClosedHoursError};
pub use label::label_rules;
pub use price::{DatedPrice, HeldPrice, Price, PriceList, Suspect, Suspicion};
pub use product::{Product, ProductCode, SoldBy, Supplier, has_category};
pub use recall::{Recall, RecallId};

/// The most that empties bring back in one basket of a store that says nothing else.
pub const DEPOSIT_RETURN_LIMIT: Cents = Cents::new(5_000);

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
    /// How its scale labels are read; empty for the rules of the house.
    pub label_rules: Vec<LabelRule>,
    /// The bag that is offered before payment.
    pub bag: Option<Gtin>,
    /// The most that empties bring back in one basket.
    pub deposit_return_limit: Cents,
    /// How many of ten thousand baskets are looked at before payment.
    pub audit_rate_basis_points: u16,
    /// Hours of the day in which goods of a category are not sold.
    pub closed_hours: Vec<ClosedHours>,
    /// What is given back without a person.
    pub refund_policy: Policy,
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
    /// It was taken out of its store: it sells no more, and what it sold stays under its code.
    pub removed: bool,
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

/// The most of a ticket that meal vouchers pay, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatedCap {
    /// First instant of validity.
    pub valid_from: OffsetDateTime,
    /// Of one ticket.
    pub cap: Cents,
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
    /// Prices that were in force until a newer word came for the same start.
    pub overtaken: Vec<DatedPrice>,
    /// The VAT rates: past, present and to come.
    pub vat_rates: Vec<DatedRate>,
    /// The promotions: past, present and to come.
    pub promotions: Vec<Promotion>,
    /// The recalls: past and present.
    pub recalls: Vec<Recall>,
    /// What meal vouchers pay: past, present and to come.
    pub meal_voucher_caps: Vec<DatedCap>,
}

/// The catalogue at one version. It answers from memory: a scan never waits for the database.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    version: i64,
    stores: BTreeMap<String, Store>,
    terminals: HashMap<String, Terminal>,
    suppliers: HashMap<String, Supplier>,
    products: BTreeMap<Gtin, Product>,
    codes: HashMap<Gtin, (Gtin, i64)>,
    prices: HashMap<Gtin, PriceList>,
    vat_rates: HashMap<String, BTreeMap<OffsetDateTime, i64>>,
    promotions: Vec<Promotion>,
    recalls: HashMap<Gtin, Vec<Recall>>,
    meal_voucher_caps: BTreeMap<OffsetDateTime, Cents>,
}

impl From<Contents> for Catalogue {
    fn from(contents: Contents) -> Self {
        let mut prices = HashMap::<Gtin, PriceList>::with_capacity(contents.products.len());
        for DatedPrice { gtin, store_code, valid_from, price } in contents.prices {
            prices.entry(gtin).or_default().put(&store_code, valid_from, price);
        }
        for DatedPrice { gtin, store_code, valid_from, price } in contents.overtaken {
            prices.entry(gtin).or_default().put_overtaken(&store_code, valid_from, price);
        }
        let mut vat_rates = HashMap::<String, BTreeMap<_, _>>::new();
        for DatedRate { vat_code, valid_from, basis_points } in contents.vat_rates {
            vat_rates.entry(vat_code).or_default().insert(valid_from, basis_points);
        }
        let mut recalls = HashMap::<Gtin, Vec<Recall>>::new();
        for recall in contents.recalls {
            recalls.entry(recall.gtin).or_default().push(recall);
        }
        let codes = contents.products.iter().flat_map(|product| {
            product.codes.iter().map(|further| (further.code, (product.gtin, further.pieces)))
        });
        let mut promotions = contents.promotions;
        promotions.sort_by(|one, other| one.code.cmp(&other.code));
        let by_code = |supplier: Supplier| (supplier.code.clone(), supplier);
        let caps = contents.meal_voucher_caps.into_iter().map(|dated| (dated.valid_from, dated.cap));
        Self {
            version: contents.version,
            codes: codes.collect(),
            stores: contents.stores.into_iter().map(|store| (store.code.clone(), store)).collect(),
            terminals: contents.terminals.into_iter().map(|till| (till.code.clone(), till)).collect(),
            suppliers: contents.suppliers.into_iter().map(by_code).collect(),
            products: contents.products.into_iter().map(|product| (product.gtin, product)).collect(),
            prices,
            vat_rates,
            promotions,
            recalls,
            meal_voucher_caps: caps.collect(),
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

    /// The product that bears this code, and how many pieces one scan of it stands for.
    pub fn product_of_code(&self, code: &Gtin) -> Option<(&Product, i64)> {
        if let Some(product) = self.products.get(code) {
            return Some((product, 1));
        }
        let (gtin, pieces) = self.codes.get(code)?;
        Some((self.products.get(gtin)?, *pieces))
    }

    /// The products that the label of one weighed or priced piece means, by the rules of each store. Two are rare: two stores that
    /// read one prefix in different ways.
    pub fn products_of_label(&self, code: &Gtin) -> BTreeSet<Gtin> {
        let rules = self.stores.keys().map(|store_code| self.label_rules(store_code));
        let meant = |rules: &[LabelRule]| match barcode::scan(code.as_str(), rules) {
            Ok(Scan::Measured { article, .. }) => self.product(&article.gtin).map(|product| product.gtin),
            Ok(_) | Err(_) => None,
        };
        rules.filter_map(meant).collect()
    }

    /// Every product, by number.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.products.values()
    }

    /// The price of a store, or of all stores, that starts at this very instant.
    pub fn price_starting(&self, store_code: &str, gtin: &Gtin, valid_from: OffsetDateTime) -> Option<Price> {
        self.prices.get(gtin)?.starting(store_code, valid_from)
    }

    /// Whether a price was in force until a newer word came for the same start; whatever members pay, where nothing is said of them.
    pub fn is_overtaken(&self, dated: &DatedPrice, says_members: bool) -> bool {
        let DatedPrice { gtin, store_code, valid_from, price } = dated;
        let is_it = |old: Price| old.unit == price.unit && (!says_members || old.member == price.member);
        let of = |prices: &PriceList| {
            prices.starting(store_code, *valid_from).is_some_and(|now| !is_it(now))
                && prices.overtaken(store_code, *valid_from).any(is_it)
        };
        self.prices.get(gtin).is_some_and(of)
    }

    /// The price of a product in force in a store at an instant; in all stores without one of their own for the empty code.
    pub fn price_at(&self, store_code: &str, gtin: &Gtin, now: OffsetDateTime) -> Option<Price> {
        self.prices.get(gtin)?.at(store_code, now)
    }

    /// The prices that one of a store, or of all stores, would follow or displace if it started at an instant.
    pub fn prices_beside(&self, store_code: &str, gtin: &Gtin, valid_from: OffsetDateTime) -> Vec<Cents> {
        self.prices.get(gtin).map(|prices| prices.beside(store_code, valid_from)).unwrap_or_default()
    }

    /// The lowest price that everybody was asked for a product in a store during the thirty days before an instant: by its prices,
    /// and by the reductions that were given then.
    pub fn prior_price(&self, store_code: &str, gtin: &Gtin, instant: OffsetDateTime) -> Option<Cents> {
        let covers = |promotion: &&Promotion| {
            promotion.is_reduction_for_all()
                && promotion.is_given_in(store_code)
                && self.products.get(gtin).is_some_and(|product| promotion.covers(product))
        };
        let reductions: Vec<&Promotion> = self.promotions.iter().filter(covers).collect();
        self.prices.get(gtin)?.lowest_before(store_code, instant, &reductions)
    }

    /// Why a product, or this batch of it, must not be sold at an instant. A batch that no code said may be the recalled one only
    /// when all batches are: nobody could sell anything else otherwise.
    pub fn stopped(&self, gtin: &Gtin, batch: &str, now: OffsetDateTime) -> Option<&Recall> {
        self.recalls.get(gtin)?.iter().find(|recall| recall.stops(batch, now))
    }

    /// The hours in which goods of these categories are not sold in a store, if it is within them. Where the clock on the wall is not
    /// known, all hours hold.
    pub fn closed(&self, store_code: &str, categories: &str, now: OffsetDateTime) -> Option<&ClosedHours> {
        let store = self.stores.get(store_code)?;
        let hold = |hours: &&ClosedHours| {
            wall::minute(&store.time_zone, now).is_none_or(|minute| hours.hold_at(minute))
        };
        store.closed_hours.iter().filter(|hours| has_category(categories, &hours.category)).find(hold)
    }

    /// The most of a ticket that meal vouchers pay at an instant.
    pub fn meal_voucher_cap(&self, now: OffsetDateTime) -> Option<Cents> {
        latest(&self.meal_voucher_caps, now)
    }

    /// The VAT rate behind a code at an instant, in basis points.
    pub fn vat_rate(&self, vat_code: &str, now: OffsetDateTime) -> Option<i64> {
        latest(self.vat_rates.get(vat_code)?, now)
    }

    /// Whether products may name this VAT code.
    pub fn knows_vat_code(&self, vat_code: &str) -> bool {
        self.vat_rates.contains_key(vat_code)
    }

    /// The promotions that are given in a store at an instant, by code. Those that must be claimed are among them.
    pub fn promotions_at(&self, store_code: &str, now: OffsetDateTime) -> Vec<&Promotion> {
        let zone = self.stores.get(store_code).map_or("", |store| store.time_zone.as_str());
        self.promotions.iter().filter(|promotion| promotion.runs_at(store_code, zone, now)).collect()
    }

    /// How the labels of a store's scales are read.
    pub fn label_rules(&self, store_code: &str) -> &[LabelRule] {
        let own = self.stores.get(store_code).map(|store| store.label_rules.as_slice());
        match own {
            Some(rules) if !rules.is_empty() => rules,
            _ => label_rules(),
        }
    }

    /// The shop with this code.
    pub fn store(&self, code: &str) -> Option<&Store> {
        self.stores.get(code)
    }

    /// The shops whose code comes after this one in the alphabet; all of them after the empty code.
    pub fn stores_after(&self, code: &str) -> impl Iterator<Item = &Store> {
        self.stores.range::<str, _>((Bound::Excluded(code), Bound::Unbounded)).map(|(_, store)| store)
    }

    /// All tills.
    pub fn terminals(&self) -> impl Iterator<Item = &Terminal> {
        self.terminals.values()
    }

    /// The till with this code.
    pub fn terminal(&self, code: &str) -> Option<&Terminal> {
        self.terminals.get(code)
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

fn latest<T: Copy>(dated: &BTreeMap<OffsetDateTime, T>, now: OffsetDateTime) -> Option<T> {
    dated.range(..=now).next_back().map(|(_, value)| *value)
}
