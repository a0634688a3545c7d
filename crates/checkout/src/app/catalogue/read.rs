//! What is read: from memory, within the scope of whoever asks.

use barcode::Gtin;

use crate::app::App;
use crate::domain::catalogue::{Price, Product, Store, Terminal};
use crate::error::Error;

/// Which stores or terminals a caller may know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// All of them.
    Everything,
    /// The one with this code.
    Only(&'a str),
}

/// Some of a listing, and whether there is more.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// In the order of the listing.
    pub items: Vec<T>,
    /// More come after the last one.
    pub has_more: bool,
}

/// A terminal and the store it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalInStore {
    /// The terminal.
    pub terminal: Terminal,
    /// Its store.
    pub store: Store,
}

impl Scope<'_> {
    fn contains(self, code: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(own) => own == code,
        }
    }
}

/// The products after this one, by number, with the price in force now.
pub fn list_products(app: &App, after: Option<Gtin>, page_size: usize) -> Page<(Product, Option<Price>)> {
    let (catalogue, now) = (app.catalogue.current(), app.clock.now());
    page(
        catalogue
            .products_after(after)
            .map(|product| (product.clone(), catalogue.price_at(&product.gtin, now))),
        page_size,
    )
}

/// The stores of the scope after this code, by code.
pub fn list_stores(scope: Scope<'_>, app: &App, after: &str, page_size: usize) -> Page<Store> {
    let catalogue = app.catalogue.current();
    page(catalogue.stores_after(after).filter(|store| scope.contains(&store.code)).cloned(), page_size)
}

/// A terminal of the scope and the store it stands in.
pub fn get_terminal(scope: Scope<'_>, app: &App, terminal_code: &str) -> Result<TerminalInStore, Error> {
    let catalogue = app.catalogue.current();
    let terminal = catalogue.terminal(terminal_code).filter(|terminal| scope.contains(&terminal.code));
    let terminal = terminal.ok_or(Error::NotFound("terminal"))?;
    let store = catalogue.store(&terminal.store_code).ok_or(Error::NotFound("store"))?;
    Ok(TerminalInStore { terminal: terminal.clone(), store: store.clone() })
}

fn page<T>(mut all: impl Iterator<Item = T>, page_size: usize) -> Page<T> {
    let items = all.by_ref().take(page_size).collect();
    Page { items, has_more: all.next().is_some() }
}
