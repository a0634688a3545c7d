//! What an operator does before the shop opens: stores, tills, products, prices, staff; through the operators' commands.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context;
use proto::checkout::v1::{ListProductsRequest, Product, catalogue_service_client::CatalogueServiceClient};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Serialize;
use serde_json::json;

use crate::shop::Shop;

/// The invented catalogue and its later prices.
const CATALOGUE: &str = include_str!("../data/catalogue.csv");
const PRICES: &str = include_str!("../data/prices.csv");

/// A supplier of the invented catalogue, whose page shows reviews.
pub const SUPPLIER: &str = "FERME-DES-AULNES";

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
        promotion("BIENVENUE-5", "Bienvenue : 5 % pour les adhérents", "", 500, true, true),
    ];
    fs::write(&file, serde_json::to_vec_pretty(&json!({"stores": [store], "promotions": promotions}))?)?;
    shop.run_to_end(&["shop", path(&file)?]).await?;
    Ok(())
}

/// Imports the catalogue and its prices; prices that nobody gave are drawn around the category's usual price, and it says so.
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
        Some(prices) => prices,
        None => draw_prices(shop, seed).await?,
    };
    let told = shop.run_to_end(&["catalogue", "prices", path(&prices)?]).await?;
    eprintln!("prices: {}", told.trim());
    Ok(products(shop).await?.into_iter().filter(|product| product.price_minor.is_some()).collect())
}

/// Creates an account for every role of people.
///
/// # Errors
/// When a command fails.
pub async fn hire(shop: &Shop) -> anyhow::Result<Vec<SignIn>> {
    let mut staff = Vec::new();
    for role in ["desk", "attendant", "manager", "supplier"] {
        let password = format!("{}-{:016x}", role, rand::random::<u64>());
        let file = shop.folder.join("secrets").join(format!("{role}.password"));
        fs::write(&file, &password)?;
        let place: [&str; 2] =
            if role == "supplier" { ["--supplier", SUPPLIER] } else { ["--store", "LILLE"] };
        let arguments = [
            "staff",
            "add",
            "--login",
            role,
            "--role",
            role,
            place[0],
            place[1],
            "--password-file",
            path(&file)?,
        ];
        shop.run_to_end(&arguments).await?;
        staff.push(SignIn { login: role.to_owned(), password, role });
    }
    Ok(staff)
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

/// Writes a file of prices drawn from the seed, around what its kind of product usually costs.
async fn draw_prices(shop: &Shop, seed: u64) -> anyhow::Result<PathBuf> {
    let file = shop.folder.join("prices-drawn.csv");
    let mut out = std::io::BufWriter::new(fs::File::create(&file)?);
    writeln!(out, "code,price,price_from")?;
    let mut rng = StdRng::seed_from_u64(seed);
    let medians = medians()?;
    let usual = medians.values().copied().sum::<i64>() / i64::try_from(medians.len())?.max(1);
    let mut drawn = 0;
    for product in products(shop).await?.into_iter().filter(|product| product.price_minor.is_none()) {
        let median = medians.get(&product.category).copied().unwrap_or(usual);
        let cents = (median * rng.random_range(50..=180) / 100).max(10);
        writeln!(out, "{},{}.{:02},2020-01-01", product.gtin, cents / 100, cents % 100)?;
        drawn += 1;
    }
    out.flush()?;
    eprintln!("prices: none were given, {drawn} are drawn from the seed around the category's median");
    Ok(file)
}

/// The median price of each category of the invented catalogue, in cents.
fn medians() -> anyhow::Result<BTreeMap<String, i64>> {
    let mut prices: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(CATALOGUE.as_bytes());
    let headers = reader.headers()?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name).context("a column is missing");
    let (category, price) = (column("category")?, column("price")?);
    for row in reader.records() {
        let row = row?;
        let cents = money::Cents::parse(&row[price]).context("a price of the catalogue")?;
        prices.entry(row[category].to_owned()).or_default().push(cents.get());
    }
    Ok(prices
        .into_iter()
        .map(|(category, mut cents)| {
            cents.sort_unstable();
            (category, cents[cents.len() / 2])
        })
        .collect())
}

fn path(file: &Path) -> anyhow::Result<&str> {
    file.to_str().with_context(|| format!("{} is not UTF-8", file.display()))
}
