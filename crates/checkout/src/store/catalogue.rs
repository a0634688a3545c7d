//! The catalogue's tables.

use barcode::Gtin;
use money::Cents;
use sqlx::PgConnection;

use crate::domain::catalogue::{
    Catalogue, Contents, DatedPrice, DatedRate, Price, Product, Promotion, SoldBy, Store, Supplier, Terminal,
    TerminalKind,
};

mod write;

pub use write::{
    TerminalSaved, save_prices, save_products, save_promotion, save_store, save_suppliers, save_terminal,
};

/// The version of the catalogue, which moves with every change.
pub async fn version(connection: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        select version
        from catalogue_version
        "#
    )
    .fetch_one(connection)
    .await
}

/// Makes whoever else wants to change the catalogue wait for the end of this transaction.
pub async fn lock(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query_scalar!(
        r#"
        select version
        from catalogue_version
        for update
        "#
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// Tells every replica that its copy is old, once this transaction is committed.
pub async fn move_version(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update catalogue_version
        set version = version + 1
        "#
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The store a terminal stands in, if the terminal is known.
pub async fn store_of_terminal(tx: &mut PgConnection, terminal_code: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!(
        r#"
        select store_code
        from terminal
        where terminal_code = $1
        "#,
        terminal_code
    )
    .fetch_optional(tx)
    .await
}

/// The whole catalogue. Either nobody may change it meanwhile, or the transaction must see one snapshot of the database.
pub async fn load(tx: &mut PgConnection) -> sqlx::Result<Catalogue> {
    Ok(Catalogue::from(Contents {
        version: version(tx).await?,
        stores: stores(tx).await?,
        terminals: terminals(tx).await?,
        suppliers: suppliers(tx).await?,
        products: products(tx).await?,
        prices: prices(tx).await?,
        vat_rates: vat_rates(tx).await?,
        promotions: promotions(tx).await?,
    }))
}

async fn stores(tx: &mut PgConnection) -> sqlx::Result<Vec<Store>> {
    let rows = sqlx::query!(
        r#"
        select store_code, name, address_lines, siret, vat_number, time_zone, currency_code
        from store
        "#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Store {
                currency: row.currency_code.parse().map_err(decode)?,
                code: row.store_code,
                name: row.name,
                address_lines: row.address_lines,
                siret: row.siret,
                vat_number: row.vat_number,
                time_zone: row.time_zone,
            })
        })
        .collect()
}

async fn terminals(tx: &mut PgConnection) -> sqlx::Result<Vec<Terminal>> {
    let rows = sqlx::query!(
        r#"
        select terminal_code, store_code, kind
        from terminal
        "#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Terminal {
                kind: TerminalKind::parse(&row.kind).ok_or_else(|| unknown_word(&row.kind))?,
                code: row.terminal_code,
                store_code: row.store_code,
            })
        })
        .collect()
}

async fn suppliers(tx: &mut PgConnection) -> sqlx::Result<Vec<Supplier>> {
    sqlx::query_as!(
        Supplier,
        r#"
        select supplier_code as code, name
        from supplier
        "#
    )
    .fetch_all(tx)
    .await
}

async fn products(tx: &mut PgConnection) -> sqlx::Result<Vec<Product>> {
    let rows = sqlx::query!(
        r#"
        select gtin, name, brand, category, net_content, sold_by, vat_code, coalesce(supplier_code, '') as "supplier_code!"
        from product
        "#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Product {
                gtin: Gtin::parse(&row.gtin).map_err(decode)?,
                name: row.name,
                brand: row.brand,
                category: row.category,
                supplier_code: row.supplier_code,
                sold_by: SoldBy::parse(&row.sold_by).ok_or_else(|| unknown_word(&row.sold_by))?,
                vat_code: row.vat_code,
                net_content: row.net_content,
            })
        })
        .collect()
}

async fn prices(tx: &mut PgConnection) -> sqlx::Result<Vec<DatedPrice>> {
    let rows = sqlx::query!(
        r#"
        select gtin, valid_from, price_minor, member_price_minor
        from product_price
        "#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DatedPrice {
                gtin: Gtin::parse(&row.gtin).map_err(decode)?,
                valid_from: row.valid_from,
                price: Price {
                    unit: Cents::new(row.price_minor),
                    member: row.member_price_minor.map(Cents::new),
                },
            })
        })
        .collect()
}

async fn vat_rates(tx: &mut PgConnection) -> sqlx::Result<Vec<DatedRate>> {
    sqlx::query_as!(
        DatedRate,
        r#"
        select vat_code, valid_from, rate_basis_points as basis_points
        from vat_rate
        "#
    )
    .fetch_all(tx)
    .await
}

async fn promotions(tx: &mut PgConnection) -> sqlx::Result<Vec<Promotion>> {
    sqlx::query_as!(
        Promotion,
        r#"
        select
            promotion_code as code, label, category, percent_basis_points,
            start_time as start, end_time as "end", on_claim, members_only
        from promotion
        "#
    )
    .fetch_all(tx)
    .await
}

fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

fn unknown_word(word: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{word:?} is not a word of this program").into())
}
