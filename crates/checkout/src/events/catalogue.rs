//! What the other services learn of the catalogue.

use std::collections::BTreeMap;

use outbox::NewEvent;
use proto::{
    checkout::v1::{ChangedProduct, ChangedSupplier, ProductsChanged},
    subject::products_changed as subject,
};
use time::OffsetDateTime;

use crate::domain::{
    catalogue::{Product, Supplier},
    import::Products,
};
use crate::events::{source, timestamp};

/// One catalogue serves all stores.
const ALL_STORES: &str = "ALL";
/// So many products of the longest names fit into a message.
const MOST_PRODUCTS: usize = 200;

/// `catalogue.products_changed.ALL`, as many as the products need; none when nothing changed.
pub fn products_changed(
    read: &Products,
    catalogue_version: i64,
    now: OffsetDateTime,
) -> Result<Vec<NewEvent>, serde_json::Error> {
    let mut waiting: BTreeMap<&str, &Supplier> =
        read.suppliers.iter().map(|supplier| (supplier.code.as_str(), supplier)).collect();
    let products: Vec<&Product> = read.created.iter().chain(&read.changed).collect();
    let mut events = Vec::new();
    for part in products.chunks(MOST_PRODUCTS) {
        // A supplier comes no later than the first of its products.
        let named: Vec<&Supplier> =
            part.iter().filter_map(|product| waiting.remove(product.supplier_code.as_str())).collect();
        events.push(event(part, &named, catalogue_version, now)?);
    }
    let renamed: Vec<&Supplier> = waiting.into_values().collect();
    for part in renamed.chunks(MOST_PRODUCTS) {
        events.push(event(&[], part, catalogue_version, now)?);
    }
    Ok(events)
}

fn event(
    products: &[&Product],
    suppliers: &[&Supplier],
    catalogue_version: i64,
    now: OffsetDateTime,
) -> Result<NewEvent, serde_json::Error> {
    let body = ProductsChanged {
        catalogue_version,
        changed_time: Some(timestamp(now)),
        products: products.iter().map(|product| changed(product)).collect(),
        suppliers: suppliers
            .iter()
            .map(|supplier| ChangedSupplier {
                supplier_code: supplier.code.clone(),
                name: supplier.name.clone(),
            })
            .collect(),
    };
    NewEvent::new(subject::of(ALL_STORES), subject::TYPE, source(ALL_STORES), now, &body)
}

fn changed(product: &Product) -> ChangedProduct {
    ChangedProduct {
        gtin: product.gtin.to_string(),
        name: product.name.clone(),
        brand: product.brand.clone(),
        category: product.category.clone(),
        supplier_code: product.supplier_code.clone(),
        sold_by: product.sold_by.as_str().to_owned(),
        kind: product.kind.as_str().to_owned(),
    }
}
