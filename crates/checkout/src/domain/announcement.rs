//! Announced price reductions: each shows the lowest price of the thirty days before (C. conso. art. L112-1-1, as told in the VAT
//! facts), and is not announced without it. Goods that spoil quickly are excepted, if they are marked so.

use barcode::Gtin;

use crate::domain::catalogue::{Catalogue, Product};
use crate::domain::promotion::{Announcement, Promotion};

#[cfg(test)]
mod tests;

/// Why a promotion is not announced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnouncementError {
    /// It is none that stands beside a price.
    #[error("only a percentage or an amount off a price is announced beside it")]
    NoReduction,
    /// It means no product of the catalogue.
    #[error("it is for no product of the catalogue")]
    NoProduct,
    /// Nobody could tell what it cost before.
    #[error("{gtin} has no price of the thirty days before in {place}")]
    NoPriorPrice {
        /// The product.
        gtin: Gtin,
        /// The store, or all stores.
        place: String,
    },
    /// It keeps, so that what it cost before must be shown.
    #[error("{gtin} is not marked as perishable")]
    NotPerishable {
        /// The product.
        gtin: Gtin,
    },
}

/// Whether a promotion may be announced as it wants to be. A product that is not sold when it starts announces nothing.
pub fn check(catalogue: &Catalogue, promotion: &Promotion) -> Result<(), AnnouncementError> {
    if promotion.announcement == Announcement::No {
        return Ok(());
    }
    if !promotion.benefit.is_of_a_line() {
        return Err(AnnouncementError::NoReduction);
    }
    let covered: Vec<&Product> = catalogue.products().filter(|product| promotion.covers(product)).collect();
    if covered.is_empty() {
        return Err(AnnouncementError::NoProduct);
    }
    if promotion.announcement == Announcement::Perishable {
        return match covered.iter().find(|product| !product.perishable) {
            Some(product) => Err(AnnouncementError::NotPerishable { gtin: product.gtin }),
            None => Ok(()),
        };
    }
    for store_code in stores(catalogue, promotion) {
        let is_missing = |product: &&&Product| {
            catalogue.price_at(store_code, &product.gtin, promotion.start).is_some()
                && catalogue.prior_price(store_code, &product.gtin, promotion.start).is_none()
        };
        if let Some(product) = covered.iter().find(is_missing) {
            let place = if store_code.is_empty() { "all stores" } else { store_code };
            return Err(AnnouncementError::NoPriorPrice { gtin: product.gtin, place: place.to_owned() });
        }
    }
    Ok(())
}

/// The stores it runs in; the prices of all stores where there is none yet.
fn stores<'a>(catalogue: &'a Catalogue, promotion: &'a Promotion) -> Vec<&'a str> {
    if !promotion.store_codes.is_empty() {
        return promotion.store_codes.iter().map(String::as_str).collect();
    }
    let all: Vec<&str> = catalogue.stores_after("").map(|store| store.code.as_str()).collect();
    if all.is_empty() { vec![""] } else { all }
}
