//! The stores, tills and goods of a load, made by an operator's RPCs; and the guard that keeps it away from everything else.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, ensure};
use platform::{
    peer::{self, Peer},
    pki,
};
use proto::checkout::v1::{
    CancelCause, ImportCatalogueRequest, ImportPricesRequest, ListStoresRequest, PutStoreRequest,
    PutTerminalRequest, Store, Terminal, TerminalKind, catalogue_service_client::CatalogueServiceClient,
};
use terminal::client::{CallError, Client, Patience, RequestId, Scanned};
use tokio::{
    task::JoinSet,
    time::{Instant, interval},
};

use super::LoadArgs;
use crate::operator::{refused, request_id};

/// How the codes of stores and tills begin.
const PREFIX: &str = "LOAD-";
/// Articles on the shelves.
const ARTICLES: u32 = 100;
/// How often a till is tried that does not sell yet.
const STEP: Duration = Duration::from_millis(100);
/// Every replica knows a new catalogue within a second; a shop that does not sell after this never will.
const READY: Duration = Duration::from_secs(30);

/// What the shop had before the load came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Stores of an earlier load.
    pub has_loads: bool,
    /// Stores of anybody else.
    pub has_others: bool,
}

/// A till, ready to sell.
#[derive(Debug)]
pub struct Till {
    /// Its code.
    pub code: String,
    /// Its client, connected.
    pub client: Client,
}

/// The code of a store, counted from 1.
fn store_code(store: u16) -> String {
    format!("{PREFIX}{store:03}")
}

/// What the shop has.
pub async fn look(catalogue: &mut CatalogueServiceClient<Peer>) -> anyhow::Result<Found> {
    let mut codes = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListStoresRequest { page_size: 1_000, page_token };
        let page = catalogue.list_stores(request).await.map_err(refused)?.into_inner();
        codes.extend(page.stores.into_iter().map(|store| store.store_code));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(Found::of(&codes));
        }
    }
}

impl Found {
    fn of(codes: &[String]) -> Self {
        let (loads, others): (Vec<_>, Vec<_>) = codes.iter().partition(|code| code.starts_with(PREFIX));
        Self { has_loads: !loads.is_empty(), has_others: !others.is_empty() }
    }

    /// A load makes real sales, with numbers, seals and figures that cannot be taken back. It sells in its own stores only, and only
    /// where nobody can have meant otherwise.
    pub fn admit(self, again: bool, beside: bool) -> anyhow::Result<()> {
        ensure!(
            beside || !self.has_others,
            "this shop has stores of its own: a load's sales would stand in its totals for ever; \
             take a shop that is for trying, or say --beside"
        );
        ensure!(
            again || !self.has_loads,
            "this shop has stores {PREFIX}… already; say --again to sell in them once more"
        );
        Ok(())
    }
}

/// Makes stores, tills, goods and certificates, and gives the tills of each store once all of them sell.
pub async fn lay(
    args: &LoadArgs,
    mut catalogue: CatalogueServiceClient<Peer>,
) -> anyhow::Result<Vec<Vec<Till>>> {
    let terminals: Vec<String> = (1..=args.stores).flat_map(|store| args.codes_of(store)).collect();
    pki::create(&args.pki, &terminals)?;
    let request = ImportCatalogueRequest {
        request_id: request_id(),
        file: goods().into_bytes(),
        default_vat_code: "reduced".to_owned(),
    };
    let done = catalogue.import_catalogue(request).await.map_err(refused)?.into_inner();
    ensure!(done.rejected.is_empty(), "checkout refuses the load's goods: {:?}", done.rejected[0]);
    for store in 1..=args.stores {
        furnish(args, &mut catalogue, store).await?;
    }
    let mut opening = JoinSet::new();
    let mut tills: Vec<Vec<Till>> = (0..args.stores).map(|_| Vec::new()).collect();
    for (place, store) in (0..).zip(1..=args.stores) {
        for code in args.codes_of(store) {
            let tls = pki::identity(&args.pki, &format!("terminal-{code}"));
            let client =
                Client::new(peer::connect(&args.checkout_url, "checkout", &tls)?, Patience::default());
            opening.spawn(async move {
                ready(&client).await.with_context(|| format!("{code} does not sell"))?;
                Ok::<_, anyhow::Error>((place, Till { code, client }))
            });
        }
    }
    while let Some(opened) = opening.join_next().await {
        let (place, till): (usize, Till) = opened??;
        if let Some(store) = tills.get_mut(place) {
            store.push(till);
        }
    }
    Ok(tills)
}

impl LoadArgs {
    /// The tills of a store, counted from 1.
    fn codes_of(&self, store: u16) -> impl Iterator<Item = String> + use<> {
        (1..=self.terminals).map(move |till| format!("{}-{till:02}", store_code(store)))
    }
}

/// One store with its tills, and its own prices: the goods have a price in no other store, so that no other till can sell them.
async fn furnish(
    args: &LoadArgs,
    catalogue: &mut CatalogueServiceClient<Peer>,
    number: u16,
) -> anyhow::Result<()> {
    let code = store_code(number);
    let store = Store {
        store_code: code.clone(),
        name: "Magasin d'essai de charge".to_owned(),
        address_lines: vec!["1 rue de l'Exemple".to_owned(), "59000 Lille".to_owned()],
        siret: "00000000000000".to_owned(),
        vat_number: "FR12000000000".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        currency_code: "EUR".to_owned(),
        ..Store::default()
    };
    let request = PutStoreRequest { request_id: request_id(), store: Some(store) };
    catalogue.put_store(request).await.map_err(refused)?;
    for terminal_code in args.codes_of(number) {
        let kind = TerminalKind::Self_.into();
        let terminal = Terminal { terminal_code, store_code: code.clone(), kind };
        let request = PutTerminalRequest { request_id: request_id(), terminal: Some(terminal) };
        catalogue.put_terminal(request).await.map_err(refused)?;
    }
    let request = ImportPricesRequest { request_id: request_id(), file: prices(&code).into_bytes() };
    let done = catalogue.import_prices(request).await.map_err(refused)?.into_inner();
    let is_whole = done.rejected.is_empty() && done.held == 0;
    ensure!(
        is_whole,
        "checkout refuses the load's prices in {code}: {:?}, {} held",
        done.rejected,
        done.held
    );
    Ok(())
}

/// Waits until a till sells; its basket is given up again. The handshake is over then, and burdens no measured scan.
async fn ready(client: &Client) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut steps = interval(STEP);
    loop {
        steps.tick().await;
        match try_one(client).await {
            Ok(true) => return Ok(()),
            Err(failure @ CallError::NoAnswer(_)) => return Err(failure.into()),
            Ok(false) => ensure!(started.elapsed() < READY, "its goods have no price"),
            Err(failure) => ensure!(started.elapsed() < READY, "{failure}"),
        }
    }
}

async fn try_one(client: &Client) -> Result<bool, CallError> {
    let basket = client.open_basket(RequestId::fresh()).await?;
    let Ok(basket_id) = basket.basket_id.parse() else { return Ok(false) };
    let code = article(0);
    let scanned = Scanned { code: &code, quantity_milli: 0, tare_milli: 0 };
    let filled = client.scan_item(RequestId::fresh(), basket_id, basket.basket_version, scanned).await;
    client.cancel_basket(RequestId::fresh(), basket_id, CancelCause::Shopper).await?;
    Ok(filled?.total.is_some_and(|total| total.amount_minor > 0))
}

/// The codes of the goods: of GS1's prefix 952, which is for examples, so that no real product has one of them.
#[must_use]
pub fn codes() -> Vec<String> {
    (0..ARTICLES).map(article).collect()
}

fn article(number: u32) -> String {
    let digits = format!("952777{number:06}");
    let check = barcode::check_digit(&digits).unwrap_or_default();
    format!("{digits}{check}")
}

fn goods() -> String {
    let mut file =
        "code,product_name,brands,category,quantity,sold_by,vat_code,supplier,supplier_name\n".to_owned();
    for number in 0..ARTICLES {
        let (category, vat) = if number % 4 == 0 { ("Conserves", "normal") } else { ("Légumes", "reduced") };
        let code = article(number);
        file += &format!(
            "{code},Article d'essai numéro {number},Essai de charge,{category},1 pièce,unit,{vat},ESSAI,Essai SARL\n"
        );
    }
    file
}

fn prices(store_code: &str) -> String {
    let mut file = "code,price,price_from,store\n".to_owned();
    for number in 0..ARTICLES {
        let cents = 100 + number * 7 % 400;
        let code = article(number);
        file += &format!("{code},{}.{:02},2020-01-01,{store_code}\n", cents / 100, cents % 100);
    }
    file
}

/// The tills by their codes.
#[must_use]
pub fn by_code(stores: &[Vec<Till>]) -> BTreeMap<String, Client> {
    stores.iter().flatten().map(|till| (till.code.clone(), till.client.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(codes: &[&str]) -> Found {
        Found::of(&codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_load_is_refused_where_somebody_trades_unless_it_is_meant() {
        let real = found(&["LILLE", "ROUBAIX"]);
        assert!(real.admit(false, false).is_err());
        assert!(real.admit(true, false).is_err());
        assert!(real.admit(false, true).is_ok());
        assert!(found(&["LOADING-BAY"]).admit(false, false).is_err(), "a store that only sounds like it");
    }

    #[test]
    fn a_load_sells_in_the_stores_of_another_load_only_when_it_is_told() {
        assert!(found(&[]).admit(false, false).is_ok());
        assert!(found(&["LOAD-001"]).admit(false, false).is_err());
        assert!(found(&["LOAD-001"]).admit(true, false).is_ok());
        assert!(found(&["LOAD-001", "LILLE"]).admit(true, false).is_err());
        assert!(found(&["LOAD-001", "LILLE"]).admit(true, true).is_ok());
    }

    #[test]
    fn the_goods_of_a_load_bear_codes_that_no_product_has_and_prices_in_its_stores_only() {
        for code in codes() {
            let gtin = code.starts_with("952").then(|| code.parse::<barcode::Gtin>().unwrap());
            assert!(gtin.is_some_and(|gtin| barcode::Ean13::from_gtin(&gtin).is_some()), "{code}");
        }
        assert!(!goods().contains("price"), "a price of the catalogue would be one of all stores");
        assert!(prices("LOAD-007").lines().skip(1).all(|row| row.ends_with(",LOAD-007")));
    }
}
