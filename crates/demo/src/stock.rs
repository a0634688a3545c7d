//! What an operator does before the shop opens: stores, tills, products, prices, staff; through the operators' commands.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context;
use futures::future::try_join_all;
use proto::checkout::v1::{
    LineKind, ListProductsRequest, Product, SoldBy, catalogue_service_client::CatalogueServiceClient,
};
use serde::Serialize;
use serde_json::json;

use crate::shop::Shop;

mod usual;

use usual::UsualPrices;

/// The invented catalogue and its later prices.
const CATALOGUE: &str = include_str!("../data/catalogue.csv");
const PRICES: &str = include_str!("../data/prices.csv");
const RETURNABLES: &str = include_str!("../data/returnables.csv");
/// What is not sold to everybody.
const RESTRICTED: &str = include_str!("../data/restricted.csv");

/// A supplier of the invented catalogue, whose page shows reviews.
pub const SUPPLIER: &str = "FERME-DES-AULNES";

/// The promotion that members have for the asking.
pub const WELCOME: &str = "BIENVENUE-5";

/// The deposit on a bottle.
pub const DEPOSIT: &str = "9524999000014";

/// The batch that is recalled before the shop opens.
const BATCH: &str = "A7";

/// Somebody who can sign in.
#[derive(Clone, Debug, Serialize)]
pub struct SignIn {
    /// Sign-in name.
    pub login: String,
    /// Password.
    pub password: String,
    /// What it opens.
    pub role: &'static str,
}

/// The store and the tills of the demo, as `cabas shop` takes them.
///
/// # Errors
/// When a command fails.
pub async fn furnish(shop: &Shop) -> anyhow::Result<()> {
    let file = shop.folder.join("shop.json");
    let always = ("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    let promotion =
        |code: &str, label: &str, category: &str, percent: i64, on_claim: bool, members_only: bool| {
            json!({"code": code, "label": label, "category": category, "percent_basis_points": percent,
            "start": always.0, "end": always.1, "on_claim": on_claim, "members_only": members_only})
        };
    let store = json!({
        "code": "LILLE", "name": "La Ferme d'Exemple", "address": ["1 rue de l'Exemple", "59000 Lille"],
        "siret": "00000000000000", "vat_number": "FR12000000000", "time_zone": "Europe/Paris", "currency": "EUR",
        "terminals": [{"code": "LILLE-01", "kind": "self"}, {"code": "LILLE-02", "kind": "staffed"}],
    });
    let promotions = [
        promotion("CONSERVES-10", "10 % sur les conserves", "Conserves", 1000, false, false),
        json!({"code": "FROMAGES-3", "label": "3 fromages pour 2", "category": "Fromages", "gives": "n_for_m",
            "take": 3, "pay": 2, "start": always.0, "end": always.1}),
        promotion(WELCOME, "Bienvenue : 5 % pour les adhérents", "", 500, true, true),
    ];
    fs::write(&file, serde_json::to_vec_pretty(&json!({"stores": [store], "promotions": promotions}))?)?;
    shop.run_to_end(&["shop", path(&file)?]).await?;
    Ok(())
}

/// Imports the catalogue and its prices, and gives what is sold to everybody; prices that nobody gave are drawn around the
/// category's median, and it says so.
///
/// # Errors
/// When a command fails.
pub async fn fill_shelves(
    shop: &Shop,
    catalogue: Option<&Path>,
    prices: Option<&Path>,
    seed: u64,
) -> anyhow::Result<Vec<Product>> {
    let (catalogue, prices) = match (catalogue, prices.map(Path::to_owned)) {
        (Some(catalogue), prices) => (catalogue.to_owned(), prices),
        (None, prices) => {
            let (invented, later) = (shop.folder.join("catalogue.csv"), shop.folder.join("prices.csv"));
            fs::write(&invented, CATALOGUE)?;
            fs::write(&later, PRICES)?;
            (invented, Some(prices.unwrap_or(later)))
        }
    };
    let told = shop.run_to_end(&["catalogue", "import", path(&catalogue)?]).await?;
    eprintln!("catalogue: {}", told.trim());
    let prices = match prices {
        Some(prices) => Some(prices),
        None => draw_prices(shop, seed).await?,
    };
    if let Some(prices) = prices {
        let told = shop.run_to_end(&["catalogue", "prices", path(&prices)?]).await?;
        eprintln!("prices: {}", told.trim());
    }
    for (name, goods) in [("returnables.csv", RETURNABLES), ("restricted.csv", RESTRICTED)] {
        let file = shop.folder.join(name);
        fs::write(&file, goods)?;
        shop.run_to_end(&["catalogue", "import", path(&file)?]).await?;
    }
    let sold = sold(shop, |product| product.minimum_age == 0).await?;
    anyhow::ensure!(!sold.is_empty(), "nothing has a price: nothing can be sold");
    Ok(sold)
}

/// What is sold to those alone whom an attendant lets buy it.
///
/// # Errors
/// When checkout does not answer.
pub async fn restricted(shop: &Shop) -> anyhow::Result<Vec<Product>> {
    sold(shop, |product| product.minimum_age > 0 && product.sold_by() == SoldBy::Unit).await
}

async fn sold(shop: &Shop, is_wanted: impl Fn(&Product) -> bool) -> anyhow::Result<Vec<Product>> {
    let is_sold = |product: &Product| product.price_minor.is_some() && product.kind() == LineKind::Goods;
    let all = products(shop).await?.into_iter();
    Ok(all.filter(|product| is_sold(product) && is_wanted(product)).collect())
}

/// Recalls a batch of something sold by the piece, and gives the code that a piece of it bears.
///
/// # Errors
/// When the command fails.
pub async fn recall(shop: &Shop, products: &[Product]) -> anyhow::Result<Option<String>> {
    let Some(product) = products.iter().find(|product| product.sold_by() == SoldBy::Unit) else {
        return Ok(None);
    };
    let reason = "Lot rappelé par le fournisseur";
    let told = shop.run_to_end(&["recall", &product.gtin, "--batch", BATCH, "--reason", reason]).await?;
    eprintln!("recall: {}, batch {BATCH}: {}", product.name, told.lines().next().unwrap_or_default());
    Ok(Some(format!("]d201{}10{BATCH}", product.gtin)))
}

/// Creates an account for every role of people.
///
/// # Errors
/// When a command fails.
pub async fn hire(shop: &Shop) -> anyhow::Result<Vec<SignIn>> {
    try_join_all(["desk", "attendant", "manager", "supplier"].map(|role| engage(shop, role))).await
}

async fn engage(shop: &Shop, role: &'static str) -> anyhow::Result<SignIn> {
    let password = format!("{}-{:016x}", role, rand::random::<u64>());
    let file = shop.folder.join("secrets").join(format!("{role}.password"));
    fs::write(&file, &password)?;
    let [place, code] = if role == "supplier" { ["--supplier", SUPPLIER] } else { ["--store", "LILLE"] };
    let password_file = path(&file)?;
    let arguments = ["staff", "add", "--login", role, "--role", role, place, code];
    shop.run_to_end(&[&arguments[..], &["--password-file", password_file]].concat()).await?;
    Ok(SignIn { login: role.to_owned(), password, role })
}

/// Every product that checkout knows.
async fn products(shop: &Shop) -> anyhow::Result<Vec<Product>> {
    let url = format!("https://{}", shop.addresses.checkout).parse()?;
    let peer = platform::peer::connect(&url, "checkout", &shop.identity("operator"))?;
    let mut client = CatalogueServiceClient::new(peer);
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let page =
            client.list_products(ListProductsRequest { page_size: 1000, page_token }).await?.into_inner();
        found.extend(page.products);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(found);
        }
    }
}

/// Writes a file of prices drawn from the seed, around the median of each product's category; none when every product has a price.
async fn draw_prices(shop: &Shop, seed: u64) -> anyhow::Result<Option<PathBuf>> {
    let products = products(shop).await?;
    let usual = UsualPrices::of(&products, seed)?;
    let without: Vec<&Product> = products.iter().filter(|product| product.price_minor.is_none()).collect();
    if without.is_empty() {
        return Ok(None);
    }
    let file = shop.folder.join("prices-drawn.csv");
    let mut out = std::io::BufWriter::new(fs::File::create(&file)?);
    writeln!(out, "code,price,price_from")?;
    for product in &without {
        let cents = usual.draw(product);
        writeln!(out, "{},{}.{:02},2020-01-01", product.gtin, cents / 100, cents % 100)?;
    }
    out.flush()?;
    let unheard_of = without.iter().filter(|product| !usual.knows(&product.category)).count();
    eprintln!(
        "prices: {} products have none; theirs are drawn from the seed around the category's median ({unheard_of} are of a category \
         without any price, whose median is drawn as well)",
        without.len()
    );
    Ok(Some(file))
}

fn path(file: &Path) -> anyhow::Result<&str> {
    file.to_str().with_context(|| format!("{} is not UTF-8", file.display()))
}
