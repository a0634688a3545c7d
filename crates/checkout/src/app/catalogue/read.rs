//! What is read: from memory, within the scope of whoever asks.

use anyhow::Context;
use barcode::Gtin;

use crate::app::App;
use crate::domain::catalogue::{Catalogue, Price, Product, Store, Terminal};
use crate::domain::search;
use crate::error::Error;

/// The most tiles that a till is shown.
const MOST_TILES: usize = 500;

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

impl<'a> Scope<'a> {
    /// The one code it holds.
    pub fn only(self) -> Result<&'a str, Error> {
        match self {
            Self::Only(code) => Ok(code),
            Self::Everything => Err(Error::NotFound("terminal")),
        }
    }

    fn contains(self, code: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(own) => own == code,
        }
    }
}

/// The products after this one, by number, with the price in force now: for a till or a person that of the store, else that of all
/// stores.
pub fn list_products(
    scope: Scope<'_>,
    app: &App,
    after: Option<Gtin>,
    page_size: usize,
) -> Page<(Product, Option<Price>)> {
    let (catalogue, now) = (app.catalogue.current(), app.clock.now());
    let store_code = match scope {
        Scope::Everything => "",
        Scope::Only(store_code) => store_code,
    };
    let priced = |product: &Product| (product.clone(), catalogue.price_at(store_code, &product.gtin, now));
    page(catalogue.products_after(after).map(priced), page_size)
}

/// The products whose names answer what was typed at a till, the best first, as far as they are sold there now.
pub async fn find_products(
    app: &App,
    terminal_code: &str,
    text: &str,
    most: usize,
) -> Result<Vec<(Product, Option<Price>)>, Error> {
    let (app, terminal_code, text) = (app.clone(), terminal_code.to_owned(), text.to_owned());
    // A hundred thousand names take a while: scans of other tills do not wait for it.
    let searching = tokio::task::spawn_blocking(move || {
        let catalogue = app.catalogue.current();
        let found = search::search(&catalogue, &text).into_iter().filter_map(|gtin| catalogue.product(&gtin));
        sold(&app, &catalogue, &terminal_code, found, most)
    });
    searching.await.context("the search ended")?
}

/// What a till offers on its screen.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The products that bear no code, by the tile they are found under and by name.
    pub tiles: Vec<(Product, Option<Price>)>,
    /// The bag that is offered before payment.
    pub bag: Option<(Product, Option<Price>)>,
}

/// What a till offers on its screen, with the prices of its store.
pub fn get_tiles(app: &App, terminal_code: &str) -> Result<Shelf, Error> {
    let catalogue = app.catalogue.current();
    let mut tiles: Vec<&Product> = catalogue.products().filter(|product| !product.tile.is_empty()).collect();
    tiles.sort_by_key(|product| (&product.tile, &product.name));
    let tiles = sold(app, &catalogue, terminal_code, tiles.into_iter(), MOST_TILES)?;
    let store = catalogue.terminal(terminal_code).and_then(|terminal| catalogue.store(&terminal.store_code));
    let bag = store.and_then(|store| catalogue.product(&store.bag?));
    let bag = sold(app, &catalogue, terminal_code, bag.into_iter(), 1)?.pop();
    Ok(Shelf { tiles, bag })
}

/// Those of the products that a till can sell now, with their prices in its store.
fn sold<'a>(
    app: &App,
    catalogue: &Catalogue,
    terminal_code: &str,
    products: impl Iterator<Item = &'a Product>,
    most: usize,
) -> Result<Vec<(Product, Option<Price>)>, Error> {
    let terminal = catalogue.terminal(terminal_code).ok_or(Error::NotFound("terminal"))?;
    let now = app.clock.now();
    let priced = |product: &Product| {
        let is_sold = catalogue.stopped(&product.gtin, "", now).is_none();
        let price = catalogue.price_at(&terminal.store_code, &product.gtin, now).filter(|_| is_sold)?;
        Some((product.clone(), Some(price)))
    };
    Ok(products.filter_map(priced).take(most).collect())
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

/// The first of a listing, and whether more come.
pub(super) fn page<T>(mut all: impl Iterator<Item = T>, page_size: usize) -> Page<T> {
    let items = all.by_ref().take(page_size).collect();
    Page { items, has_more: all.next().is_some() }
}
