//! From what the scanner sent to an article with its price of the moment.

use barcode::{Gtin, Measure, Scan};
use money::{Cents, Quantity};
use time::OffsetDateTime;

use crate::domain::{
    catalogue::{Catalogue, Product, SoldBy},
    item::{Item, LARGEST_QUANTITY, Offer},
};

#[cfg(test)]
mod tests;

/// Why nothing can be sold by this scan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// No article bears this code.
    #[error("no article bears this code")]
    UnknownCode,
    /// It is a member's card.
    #[error("this is a member's card: send it to IdentifyMember")]
    MemberCard,
    /// It is something that is not read here.
    #[error("{0}")]
    Unreadable(barcode::ScanError),
    /// It was misread.
    #[error("{0}: please scan again")]
    BadCheckDigit(barcode::ScanError),
    /// The article has no price or no VAT rate now.
    #[error("the article has no price now")]
    NoPrice,
    /// Not a quantity that can be sold of it.
    #[error(
        "a scan takes 1 to {LARGEST_QUANTITY} thousandths: whole pieces, grams by the kilogram, nothing beside a label's own"
    )]
    QuantityOutOfRange,
}

/// Reads `code` and finds the article, with how much of it. A `wanted` quantity of zero stands for one piece, or for what the
/// label says.
pub fn read(
    catalogue: &Catalogue,
    code: &str,
    wanted: Quantity,
    now: OffsetDateTime,
) -> Result<(Item, Quantity), ScanError> {
    match barcode::scan(code, catalogue.label_rules()) {
        Ok(Scan::Product(gtin)) => plain(catalogue, find(catalogue, &gtin)?, wanted, now),
        // What a label says is not the shopper's to change.
        Ok(Scan::Measured { .. }) if wanted != Quantity::ZERO => Err(ScanError::QuantityOutOfRange),
        Ok(Scan::Measured { lookup, value }) => measured(catalogue, find(catalogue, &lookup)?, value, now),
        Ok(Scan::MemberCard(_)) => Err(ScanError::MemberCard),
        // A kind of code that the library learns to read is unknown until a rule here says what it sells.
        Ok(_) => Err(ScanError::UnknownCode),
        Err(barcode::ScanError::EmptyMeasure) => picked(catalogue, code, wanted, now),
        Err(error) => Err(unread(error)),
    }
}

/// A label without a measure is the article's own number, as it is picked on the screen: then the weight comes with it.
fn picked(
    catalogue: &Catalogue,
    code: &str,
    wanted: Quantity,
    now: OffsetDateTime,
) -> Result<(Item, Quantity), ScanError> {
    match barcode::scan(code, &[]) {
        Ok(Scan::Product(gtin)) => match find(catalogue, &gtin)? {
            product if product.sold_by == SoldBy::Kilogram => plain(catalogue, product, wanted, now),
            _ => Err(ScanError::Unreadable(barcode::ScanError::EmptyMeasure)),
        },
        _ => Err(ScanError::UnknownCode),
    }
}

fn plain(
    catalogue: &Catalogue,
    product: &Product,
    wanted: Quantity,
    now: OffsetDateTime,
) -> Result<(Item, Quantity), ScanError> {
    let item = item(catalogue, product, None, now)?;
    let quantity = match product.sold_by {
        SoldBy::Unit if wanted == Quantity::ZERO => Quantity::ONE,
        SoldBy::Unit | SoldBy::Kilogram => wanted,
    };
    sellable(item, quantity)
}

fn measured(
    catalogue: &Catalogue,
    product: &Product,
    value: Measure,
    now: OffsetDateTime,
) -> Result<(Item, Quantity), ScanError> {
    match (value, product.sold_by) {
        (Measure::Grams(grams), SoldBy::Kilogram) => {
            sellable(measured_item(catalogue, product, now)?, Quantity::grams(grams))
        }
        (Measure::Units(units), SoldBy::Unit) => {
            let quantity = Quantity::units(units).ok_or(ScanError::QuantityOutOfRange)?;
            sellable(measured_item(catalogue, product, now)?, quantity)
        }
        (Measure::Price(cents), _) => labelled_price(catalogue, product, Cents::new(cents), now),
        (Measure::Grams(_), SoldBy::Unit) | (Measure::Units(_), SoldBy::Kilogram) => {
            Err(ScanError::UnknownCode)
        }
    }
}

/// The label's price wins. The weight is derived where it gives exactly that price; where no whole gram does, the pack is
/// sold as one piece at its price, so that price times quantity is always what is paid.
fn labelled_price(
    catalogue: &Catalogue,
    product: &Product,
    label: Cents,
    now: OffsetDateTime,
) -> Result<(Item, Quantity), ScanError> {
    if product.sold_by == SoldBy::Kilogram
        && let Some(price) = catalogue.price_at(&product.gtin, now)
        && let Some(grams) = grams_for(label, price.unit)
    {
        return sellable(measured_item(catalogue, product, now)?, grams);
    }
    let item = item(catalogue, product, Some(label), now)?;
    sellable(Item { measured: true, ..item }, Quantity::ONE)
}

fn grams_for(label: Cents, per_kilogram: Cents) -> Option<Quantity> {
    let grams = money::round_half_up(i128::from(label.get()) * 1_000, i128::from(per_kilogram.get()))?;
    let grams = Quantity::grams(grams);
    (money::price(per_kilogram, grams)? == label && (1..=LARGEST_QUANTITY).contains(&grams.get()))
        .then_some(grams)
}

fn measured_item(catalogue: &Catalogue, product: &Product, now: OffsetDateTime) -> Result<Item, ScanError> {
    Ok(Item { measured: true, ..item(catalogue, product, None, now)? })
}

/// The article as it is now; `label` is the price of a pack that says its own.
fn item(
    catalogue: &Catalogue,
    product: &Product,
    label: Option<Cents>,
    now: OffsetDateTime,
) -> Result<Item, ScanError> {
    let (sold_by, unit_price, member_price) = match label {
        Some(label) => (SoldBy::Unit, label, None),
        None => {
            let price = catalogue.price_at(&product.gtin, now).ok_or(ScanError::NoPrice)?;
            (product.sold_by, price.unit, price.member)
        }
    };
    let offers = catalogue.promotions_at(now);
    let offers = offers.into_iter().filter(|offer| !offer.on_claim && offer.covers(&product.category));
    Ok(Item {
        gtin: product.gtin,
        name: product.name.clone(),
        category: product.category.clone(),
        supplier_code: product.supplier_code.clone(),
        sold_by,
        unit_price,
        member_price,
        vat_code: product.vat_code.clone(),
        vat_rate_basis_points: catalogue.vat_rate(&product.vat_code, now).ok_or(ScanError::NoPrice)?,
        measured: false,
        offers: offers.map(Offer::from).collect(),
    })
}

fn find<'a>(catalogue: &'a Catalogue, gtin: &Gtin) -> Result<&'a Product, ScanError> {
    catalogue.product(gtin).ok_or(ScanError::UnknownCode)
}

fn sellable(item: Item, quantity: Quantity) -> Result<(Item, Quantity), ScanError> {
    match item.sellable(quantity) {
        Some(quantity) => Ok((item, quantity)),
        None => Err(ScanError::QuantityOutOfRange),
    }
}

fn unread(error: barcode::ScanError) -> ScanError {
    match error {
        barcode::ScanError::BadCheckDigit { .. } | barcode::ScanError::BadVerifier { .. } => {
            ScanError::BadCheckDigit(error)
        }
        _ => ScanError::Unreadable(error),
    }
}
