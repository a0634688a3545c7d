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
    #[error("only a percentage or an amount off a price is announced beside it, and none that is claimed")]
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

/// Whether a promotion may be announced as it wants to be. A product that is sold for the first time when it has started is not
/// reduced by it, and does not stand in its way: nobody could tell what it cost before, neither here nor at the tills. At least one
/// product must be reduced, else nothing is announced.
pub fn check(catalogue: &Catalogue, promotion: &Promotion) -> Result<(), AnnouncementError> {
    if promotion.announcement == Announcement::No {
        return Ok(());
    }
    if !promotion.benefit.is_of_a_line() || promotion.on_claim {
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
    let (stores, mut is_any_reduced) = (stores(catalogue, promotion), false);
    let missing = |product: &Product, store_code: &str| AnnouncementError::NoPriorPrice {
        gtin: product.gtin,
        place: if store_code.is_empty() { "all stores".to_owned() } else { store_code.to_owned() },
    };
    for store_code in &stores {
        for product in &covered {
            let is_reduced = catalogue.prior_price(store_code, &product.gtin, promotion.start).is_some();
            if !is_reduced && catalogue.price_at(store_code, &product.gtin, promotion.start).is_some() {
                return Err(missing(product, store_code));
            }
            is_any_reduced |= is_reduced;
        }
    }
    if is_any_reduced { Ok(()) } else { Err(missing(covered[0], stores[0])) }
}

/// The stores it runs in; the prices of all stores where there is none yet.
fn stores<'a>(catalogue: &'a Catalogue, promotion: &'a Promotion) -> Vec<&'a str> {
    if !promotion.store_codes.is_empty() {
        return promotion.store_codes.iter().map(String::as_str).collect();
    }
    let all: Vec<&str> = catalogue.stores_after("").map(|store| store.code.as_str()).collect();
    if all.is_empty() { vec![""] } else { all }
}
