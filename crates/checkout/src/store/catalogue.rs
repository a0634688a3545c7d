//! The catalogue's tables.

use std::collections::HashMap;

use barcode::Gtin;
use futures::TryStreamExt;
use money::{Cents, Quantity};
use sqlx::PgConnection;

use crate::domain::{
    catalogue::{
        Catalogue, ClosedHoursError, Contents, DatedCap, DatedPrice, DatedRate, Price, Product, ProductCode,
        SoldBy, Store, Supplier, Terminal, TerminalKind,
    },
    item::LineKind,
    refund::policy::Policy,
};
use crate::store::{promotion, recall};

mod write;

pub use write::{
    ProductsSaved, TerminalSaved, remove_terminal, save_prices, save_products, save_store, save_suppliers,
    save_terminal,
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

/// A terminal as it is kept, if it is known.
pub async fn terminal(tx: &mut PgConnection, terminal_code: &str) -> sqlx::Result<Option<Terminal>> {
    let row = sqlx::query_as!(
        TerminalRow,
        r#"
        select terminal_code, store_code, kind, removed
        from terminal
        where terminal_code = $1
        "#,
        terminal_code
    )
    .fetch_optional(tx)
    .await?;
    row.map(TerminalRow::terminal).transpose()
}

struct TerminalRow {
    terminal_code: String,
    store_code: String,
    kind: String,
    removed: bool,
}

impl TerminalRow {
    fn terminal(self) -> sqlx::Result<Terminal> {
        Ok(Terminal {
            kind: TerminalKind::parse(&self.kind).ok_or_else(|| unknown_word(&self.kind))?,
            code: self.terminal_code,
            store_code: self.store_code,
            removed: self.removed,
        })
    }
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
        overtaken: overtaken(tx).await?,
        vat_rates: vat_rates(tx).await?,
        promotions: promotion::all(tx).await?,
        recalls: recall::all(tx).await?,
        meal_voucher_caps: meal_voucher_caps(tx).await?,
    }))
}

/// All stores as they are kept.
pub async fn stores(tx: &mut PgConnection) -> sqlx::Result<Vec<Store>> {
    let rows = sqlx::query!(
        r#"
        select store_code, name, address_lines, siret, vat_number, time_zone, currency_code, label_rules, bag_gtin,
               deposit_return_limit_minor, audit_rate_basis_points, closed_hours, refund_days, refund_sale_limit_minor,
               refund_member_month_minor
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
                label_rules: row
                    .label_rules
                    .iter()
                    .map(|rule: &String| rule.parse())
                    .collect::<Result<_, _>>()
                    .map_err(decode::<barcode::LabelRuleError>)?,
                bag: row.bag_gtin.map(|gtin| Gtin::parse(&gtin)).transpose().map_err(decode)?,
                deposit_return_limit: Cents::new(row.deposit_return_limit_minor),
                audit_rate_basis_points: u16::try_from(row.audit_rate_basis_points).map_err(decode)?,
                closed_hours: row
                    .closed_hours
                    .iter()
                    .map(|hours: &String| hours.parse())
                    .collect::<Result<_, _>>()
                    .map_err(decode::<ClosedHoursError>)?,
                refund_policy: Policy {
                    days: u16::try_from(row.refund_days).map_err(decode)?,
                    of_sale: Cents::new(row.refund_sale_limit_minor),
                    of_month: Cents::new(row.refund_member_month_minor),
                },
            })
        })
        .collect()
}

async fn terminals(tx: &mut PgConnection) -> sqlx::Result<Vec<Terminal>> {
    let rows = sqlx::query_as!(
        TerminalRow,
        r#"
        select terminal_code, store_code, kind, removed
        from terminal
        "#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(TerminalRow::terminal).collect()
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

/// Row by row: a hundred thousand rows at once would weigh more than the catalogue they become.
async fn products(tx: &mut PgConnection) -> sqlx::Result<Vec<Product>> {
    let mut codes = codes(tx).await?;
    let mut products = Vec::new();
    let mut rows = sqlx::query!(
        r#"
        select gtin, name, brand, category, net_content, sold_by, vat_code,
               coalesce(supplier_code, '') as "supplier_code!",
               kind, deposit_gtin, meal_voucher, perishable, tile, tare_milli, minimum_age, legal_guarantee
        from product
        "#
    )
    .fetch(tx);
    while let Some(row) = rows.try_next().await? {
        products.push(Product {
            gtin: Gtin::parse(&row.gtin).map_err(decode)?,
            name: row.name,
            brand: row.brand,
            category: row.category,
            supplier_code: row.supplier_code,
            sold_by: SoldBy::parse(&row.sold_by).ok_or_else(|| unknown_word(&row.sold_by))?,
            vat_code: row.vat_code,
            net_content: row.net_content,
            kind: LineKind::parse(&row.kind).ok_or_else(|| unknown_word(&row.kind))?,
            deposit: row.deposit_gtin.map(|gtin| Gtin::parse(&gtin)).transpose().map_err(decode)?,
            meal_voucher: row.meal_voucher,
            perishable: row.perishable,
            legal_guarantee: row.legal_guarantee,
            tile: row.tile,
            tare: Quantity::new(row.tare_milli),
            minimum_age: u8::try_from(row.minimum_age).map_err(decode)?,
            codes: codes.remove(&row.gtin).unwrap_or_default(),
        });
    }
    Ok(products)
}

/// The further codes by product, each list in ascending order.
async fn codes(tx: &mut PgConnection) -> sqlx::Result<HashMap<String, Vec<ProductCode>>> {
    let rows = sqlx::query!(
        r#"
        select code, gtin, pieces
        from product_code
        order by code
        "#
    )
    .fetch_all(tx)
    .await?;
    let mut codes = HashMap::<String, Vec<ProductCode>>::new();
    for row in rows {
        let code = Gtin::parse(&row.code).map_err(decode)?;
        codes.entry(row.gtin).or_default().push(ProductCode { code, pieces: row.pieces });
    }
    Ok(codes)
}

async fn meal_voucher_caps(tx: &mut PgConnection) -> sqlx::Result<Vec<DatedCap>> {
    let rows = sqlx::query!(
        r#"
        select valid_from, cap_minor
        from meal_voucher_cap
        "#
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DatedCap { valid_from: row.valid_from, cap: Cents::new(row.cap_minor) })
        .collect())
}

async fn prices(tx: &mut PgConnection) -> sqlx::Result<Vec<DatedPrice>> {
    let mut prices = Vec::new();
    let mut rows = sqlx::query!(
        r#"
        select gtin, store_code, valid_from, price_minor, member_price_minor
        from product_price
        "#
    )
    .fetch(tx);
    while let Some(row) = rows.try_next().await? {
        prices.push(DatedPrice {
            gtin: Gtin::parse(&row.gtin).map_err(decode)?,
            store_code: row.store_code,
            valid_from: row.valid_from,
            price: Price {
                unit: Cents::new(row.price_minor),
                member: row.member_price_minor.map(Cents::new),
            },
        });
    }
    Ok(prices)
}

async fn overtaken(tx: &mut PgConnection) -> sqlx::Result<Vec<DatedPrice>> {
    let rows = sqlx::query!(
        r#"
        select gtin, store_code, valid_from, price_minor, member_price_minor
        from overtaken_price
        "#
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let price =
                Price { unit: Cents::new(row.price_minor), member: row.member_price_minor.map(Cents::new) };
            let gtin = Gtin::parse(&row.gtin).map_err(decode)?;
            Ok(DatedPrice { gtin, store_code: row.store_code, valid_from: row.valid_from, price })
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

/// A value that this program would not have written.
pub(super) fn decode<E: std::error::Error + Send + Sync + 'static>(error: E) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// A word that this program would not have written.
pub(super) fn unknown_word(word: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{word:?} is not a word of this program").into())
}
