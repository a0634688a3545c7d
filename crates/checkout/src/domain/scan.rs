//! From what the scanner sent to an article with its price of the moment.

use barcode::{Article, Gtin, Measure, Scan};
use money::{Cents, Quantity};
use time::OffsetDateTime;

use crate::domain::{
    catalogue::{Catalogue, Product, Recall, SoldBy},
    item::{Deposit, Item, LARGEST_QUANTITY, LineKind, MeasurePrice},
    measure,
    promotion::{Announcement, Offer, Promotion},
    wall,
};

mod resolve;

#[cfg(test)]
pub(crate) mod tests;

pub use resolve::{read_again, resolve};

/// The most that one label is believed to weigh, in kilograms.
const HEAVIEST_LABEL: i64 = 100;
/// What one label weighs at least, in parts of a kilogram: a gram.
const LIGHTEST_LABEL: i64 = 1_000;

/// What ends a value inside an element string.
const SEPARATOR: char = '\u{1d}';

/// Where and when something is scanned.
#[derive(Clone, Copy, Debug)]
pub struct Counter<'a> {
    /// What is sold.
    pub catalogue: &'a Catalogue,
    /// In which store.
    pub store_code: &'a str,
    /// When.
    pub now: OffsetDateTime,
}

/// How much of it is wanted, as far as the till says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Zero stands for one piece, or for what the label says.
    pub quantity: Quantity,
    /// What the container weighed that was taken off a weighing.
    pub tare: Quantity,
}

/// What was scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// An article, and how much of it.
    Article {
        /// With its prices and offers of the moment.
        item: Box<Item>,
        /// In thousandths.
        quantity: Quantity,
    },
    /// A coupon: it claims this promotion.
    Coupon {
        /// The digits of the coupon.
        promotion_code: String,
    },
    /// A number that no article bears.
    Unknown {
        /// The number.
        code: String,
        /// All that the scanner sent: it may say a measure, a day and a batch besides.
        scanned: String,
    },
}

/// Why nothing can be sold by this scan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// No article bears this code, and it is no number that an attendant could look up either.
    #[error("no article bears this code")]
    UnknownCode,
    /// It is a member's card.
    #[error("this is a member's card: send it to IdentifyMember")]
    MemberCard,
    /// It is something that is not read here.
    #[error("{0}")]
    Unreadable(barcode::ScanError),
    /// The label says grams of what is sold by the piece, or pieces of what is sold by the kilogram.
    #[error("the label does not say how much of this article there is")]
    LabelMismatch,
    /// The label says zero grams, cents or pieces, and nobody says how much it is.
    #[error("the label says zero: it has to be weighed again")]
    ZeroMeasure,
    /// It was misread.
    #[error("{0}: please scan again")]
    BadCheckDigit(barcode::ScanError),
    /// Its code says that it must not be sold any more.
    #[error("this article is past its date and is not sold")]
    Expired,
    /// It must not be sold.
    #[error("this article was recalled: {reason}")]
    Recalled {
        /// What the shopper reads.
        reason: String,
    },
    /// Not at this hour.
    #[error("this article is not sold now: {hours}")]
    NotSoldNow {
        /// The hours in which it is not, with its category.
        hours: String,
    },
    /// No deposit is left for it.
    #[error("no deposit is left for this article")]
    NotADeposit,
    /// The article has no price or no VAT rate now.
    #[error("the article has no price now")]
    NoPrice,
    /// Not a quantity that can be sold of it.
    #[error(
        "a scan takes 1 to {LARGEST_QUANTITY} thousandths: whole pieces, grams by the kilogram, nothing beside a label's own"
    )]
    QuantityOutOfRange,
}

/// Reads `code` and finds the article, with how much of it.
pub fn read(counter: Counter<'_>, code: &str, wanted: Wanted) -> Result<Read, ScanError> {
    match barcode::scan(code, counter.catalogue.label_rules(counter.store_code)) {
        Ok(Scan::Product(article)) => match counter.catalogue.product_of_code(&article.gtin) {
            Some((product, pieces)) => counter.plain(product, pieces, &article, wanted),
            None => Ok(unknown(&article, code)),
        },
        // What a label says is not the shopper's to change.
        Ok(Scan::Measured { .. }) if wanted.quantity != Quantity::ZERO => Err(ScanError::QuantityOutOfRange),
        Ok(Scan::Measured { article, value }) => match counter.catalogue.product(&article.gtin) {
            Some(product) if counter.is_absurd(product, value) => Ok(unknown(&article, code)),
            Some(product) => counter.measured(product, &article, value),
            None => Ok(unknown(&article, code)),
        },
        Ok(Scan::Coupon(coupon)) => Ok(Read::Coupon { promotion_code: coupon.to_string() }),
        Ok(Scan::MemberCard(_)) => Err(ScanError::MemberCard),
        // A kind of code that the library learns to read is unknown until a rule here says what it sells.
        Ok(_) => Err(ScanError::UnknownCode),
        Err(barcode::ScanError::EmptyMeasure) => counter.picked(code, wanted),
        Err(error) => Err(unread(error)),
    }
}

/// The deposit of an empty that comes back: by its own code, or by that of goods that are sold with it. The code of a case brings
/// all its bottles back.
pub fn read_deposit(
    counter: Counter<'_>,
    code: &str,
    pieces: Quantity,
) -> Result<(Item, Quantity), ScanError> {
    let Scan::Product(article) = barcode::scan(code, &[]).map_err(unread)? else {
        return Err(ScanError::NotADeposit);
    };
    let (product, in_case) =
        counter.catalogue.product_of_code(&article.gtin).ok_or(ScanError::UnknownCode)?;
    let deposit = match (product.kind, product.deposit) {
        (LineKind::Deposit, _) => counter.deposit(product.gtin),
        (_, Some(gtin)) => counter.deposit(gtin),
        _ => None,
    };
    let item = deposit.and_then(|deposit| deposit.returned()).ok_or(ScanError::NotADeposit)?;
    let pieces = times(pieces, in_case).and_then(|pieces| item.sellable(pieces));
    let pieces = pieces.ok_or(ScanError::QuantityOutOfRange)?;
    Ok((item, pieces))
}

/// Why a line that was scanned before must not be sold now.
pub fn stopped<'a>(counter: Counter<'a>, item: &Item) -> Option<&'a Recall> {
    counter.catalogue.stopped(&item.gtin, &item.batch, counter.now)
}

/// Whether a line that was scanned before is not sold at this hour.
pub fn is_closed(counter: Counter<'_>, item: &Item) -> bool {
    let is_goods = item.kind == LineKind::Goods;
    is_goods && counter.catalogue.closed(counter.store_code, &item.category, counter.now).is_some()
}

impl Counter<'_> {
    /// A label without a measure is the article's own number, as it is picked on the screen: then the weight comes with it.
    fn picked(&self, code: &str, wanted: Wanted) -> Result<Read, ScanError> {
        let Ok(Scan::Product(article)) = barcode::scan(code, &[]) else { return Err(ScanError::ZeroMeasure) };
        match self.catalogue.product(&article.gtin) {
            None => Ok(unknown(&article, code)),
            Some(product) if product.sold_by == SoldBy::Kilogram && wanted.quantity != Quantity::ZERO => {
                self.plain(product, 1, &article, wanted)
            }
            Some(_) => Err(ScanError::ZeroMeasure),
        }
    }

    /// Whether a label asks what no pack of goods by the kilogram costs: more than a hundred kilograms of them, or less than a gram.
    /// Then it is the label of something else, or none of the house, and the attendant looks at it.
    fn is_absurd(&self, product: &Product, value: Measure) -> bool {
        let price = self.catalogue.price_at(self.store_code, &product.gtin, self.now);
        match (value, price.filter(|_| product.sold_by == SoldBy::Kilogram)) {
            (Measure::Price(label), Some(price)) if is_priced_by_labels(product) => {
                let per_kilogram = price.unit.get();
                label > per_kilogram.saturating_mul(HEAVIEST_LABEL)
                    || label.saturating_mul(LIGHTEST_LABEL) < per_kilogram
            }
            _ => false,
        }
    }

    fn plain(
        &self,
        product: &Product,
        pieces: i64,
        article: &Article,
        wanted: Wanted,
    ) -> Result<Read, ScanError> {
        let tare = if product.sold_by == SoldBy::Kilogram { wanted.tare } else { Quantity::ZERO };
        let item = Item { tare, ..self.item(product, None, article)? };
        let quantity = match product.sold_by {
            // A case is a line of its pieces.
            SoldBy::Unit => times(wanted.quantity, pieces),
            SoldBy::Kilogram => Some(wanted.quantity),
        };
        sellable(item, quantity.ok_or(ScanError::QuantityOutOfRange)?)
    }

    fn measured(&self, product: &Product, article: &Article, value: Measure) -> Result<Read, ScanError> {
        use Measure::{Grams, Price, Units};
        let item = || Ok(Item { measured: true, ..self.item(product, None, article)? });
        match (value, product.sold_by) {
            (Grams(grams), SoldBy::Kilogram) => sellable(item()?, Quantity::grams(grams)),
            (Units(units), SoldBy::Unit) => {
                sellable(item()?, Quantity::units(units).ok_or(ScanError::QuantityOutOfRange)?)
            }
            (Price(_), _) if !is_priced_by_labels(product) => Err(ScanError::LabelMismatch),
            (Price(cents), _) => self.labelled_price(product, article, Cents::new(cents)),
            (Grams(_), SoldBy::Unit) | (Units(_), SoldBy::Kilogram) => Err(ScanError::LabelMismatch),
        }
    }

    /// The label's price wins, and the weight is derived from it: the nearest gram. Where that gram gives the label's price back,
    /// the line is a weighing like any other; where no gram does, the line costs what its label says. What has no price per
    /// kilogram is one piece at the price of its label.
    fn labelled_price(&self, product: &Product, article: &Article, label: Cents) -> Result<Read, ScanError> {
        let price = self.catalogue.price_at(self.store_code, &product.gtin, self.now);
        let by_weight = price.filter(|_| product.sold_by == SoldBy::Kilogram);
        let Some(weight) = by_weight.and_then(|price| measure::weight(label, price.unit)) else {
            let item = self.item(product, Some(label), article)?;
            return sellable(Item { measured: true, ..item }, Quantity::ONE);
        };
        let item = self.item(product, None, article)?;
        let label_price = (item.gross(weight) != Some(label)).then_some(label);
        sellable(Item { measured: true, label_price, ..item }, weight)
    }

    /// The article as it is now; `label` is the price of a pack that says its own.
    fn item(&self, product: &Product, label: Option<Cents>, article: &Article) -> Result<Item, ScanError> {
        let batch = batch_of(article);
        self.is_sold(product, article)?;
        let (sold_by, unit_price, member_price) = match label {
            Some(label) => (SoldBy::Unit, label, None),
            None => {
                let price = self.catalogue.price_at(self.store_code, &product.gtin, self.now);
                let price = price.ok_or(ScanError::NoPrice)?;
                (product.sold_by, price.unit, price.member)
            }
        };
        let rate = match product.kind.is_outside_vat() {
            true => Some(0),
            false => self.catalogue.vat_rate(&product.vat_code, self.now),
        };
        let measure = match label {
            Some(_) => None,
            None => measure::price(sold_by, &product.net_content, unit_price)
                .map(|(measure, price)| MeasurePrice { measure, price }),
        };
        let cap = self.catalogue.meal_voucher_cap(self.now).filter(|_| product.meal_voucher);
        Ok(Item {
            gtin: product.gtin,
            name: product.name.clone(),
            category: product.category.clone(),
            supplier_code: product.supplier_code.clone(),
            sold_by,
            kind: product.kind,
            unit_price,
            member_price,
            vat_code: product.vat_code.clone(),
            vat_rate_basis_points: rate.ok_or(ScanError::NoPrice)?,
            measured: false,
            label_price: None,
            batch,
            tare: Quantity::ZERO,
            minimum_age: product.minimum_age,
            legal_guarantee: product.legal_guarantee,
            measure,
            meal_voucher_cap: cap,
            deposit: product.deposit.and_then(|gtin| self.deposit(gtin)),
            offers: self.offers(product),
        })
    }

    /// Nobody sells what is past its date or recalled, or outside its hours, not even an employee at the till.
    fn is_sold(&self, product: &Product, article: &Article) -> Result<(), ScanError> {
        let batch = batch_of(article);
        let is_over =
            |expiry: barcode::ShortDate| self.today().is_none_or(|today| expiry.date(today) < today);
        if article.expiry.is_some_and(is_over) {
            return Err(ScanError::Expired);
        }
        let end = |(day, minute): (barcode::ShortDate, time::Time)| {
            wall::instant(&self.catalogue.store(self.store_code)?.time_zone, day.date(self.today()?), minute)
        };
        if article.expiry_moment.is_some_and(|moment| end(moment).is_none_or(|end| end <= self.now)) {
            return Err(ScanError::Expired);
        }
        if let Some(recall) = self.catalogue.stopped(&product.gtin, &batch, self.now) {
            return Err(ScanError::Recalled { reason: recall.reason.clone() });
        }
        match self.catalogue.closed(self.store_code, &product.category, self.now) {
            Some(hours) => Err(ScanError::NotSoldNow { hours: hours.to_string() }),
            None => Ok(()),
        }
    }

    /// The day on the calendar on the wall of the store.
    fn today(&self) -> Option<time::Date> {
        let date = wall::clock(&self.catalogue.store(self.store_code)?.time_zone, self.now)?.date();
        let month = u8::try_from(date.month()).ok().and_then(|month| time::Month::try_from(month).ok())?;
        time::Date::from_calendar_date(i32::from(date.year()), month, u8::try_from(date.day()).ok()?).ok()
    }

    fn offers(&self, product: &Product) -> Vec<Offer> {
        if product.kind.is_outside_vat() {
            return Vec::new();
        }
        let running = self.catalogue.promotions_at(self.store_code, self.now).into_iter();
        // A reduction that is announced is none for goods of which nobody could tell what they cost before.
        let offer = |promotion: &Promotion| {
            let prior = || self.catalogue.prior_price(self.store_code, &product.gtin, promotion.start);
            match promotion.announcement {
                Announcement::No => Some(promotion.offer(None)),
                Announcement::Perishable if product.perishable => Some(promotion.offer(None)),
                Announcement::Perishable | Announcement::PriorPrice => {
                    prior().map(|it| promotion.offer(Some(it)))
                }
            }
        };
        running
            .filter(|promotion| !promotion.on_claim && promotion.covers(product))
            .filter_map(offer)
            .collect()
    }

    fn deposit(&self, gtin: Gtin) -> Option<Deposit> {
        let product = self.catalogue.product(&gtin).filter(|product| product.kind == LineKind::Deposit)?;
        let price = self.catalogue.price_at(self.store_code, &gtin, self.now)?;
        Some(Deposit { gtin, name: product.name.clone(), unit_price: price.unit })
    }
}

/// A label may say what goods cost that are weighed, or whose number a scale gives out. Everything else has the price of the
/// catalogue: otherwise whoever writes a code would name the price.
fn is_priced_by_labels(product: &Product) -> bool {
    let is_weighed_out = product.sold_by == SoldBy::Kilogram || product.gtin.is_restricted_circulation();
    product.kind == LineKind::Goods && is_weighed_out
}

fn unknown(article: &Article, code: &str) -> Read {
    // The separators of an element string are kept: without them it says something else.
    let scanned = code.chars().filter(|letter| !letter.is_control() || *letter == SEPARATOR).collect();
    Read::Unknown { code: article.gtin.to_string(), scanned }
}

fn batch_of(article: &Article) -> String {
    article.batch.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// So many whole cases of pieces; zero stands for one.
fn times(quantity: Quantity, pieces: i64) -> Option<Quantity> {
    let quantity = if quantity == Quantity::ZERO { Quantity::ONE } else { quantity };
    quantity.whole()?.checked_mul(pieces).and_then(Quantity::units)
}

fn sellable(item: Item, quantity: Quantity) -> Result<Read, ScanError> {
    match item.sellable(quantity) {
        Some(quantity) => Ok(Read::Article { item: Box::new(item), quantity }),
        None => Err(ScanError::QuantityOutOfRange),
    }
}

fn unread(error: barcode::ScanError) -> ScanError {
    match error {
        barcode::ScanError::EmptyMeasure => ScanError::ZeroMeasure,
        error if error.is_misreading() => ScanError::BadCheckDigit(error),
        error => ScanError::Unreadable(error),
    }
}
