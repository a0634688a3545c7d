//! Changes of the catalogue; each tells whether anything became different.

use sqlx::PgConnection;

use crate::domain::catalogue::{DatedPrice, Product, Promotion, Store, Supplier, Terminal};

/// Creates a store or changes it.
pub async fn save_store(tx: &mut PgConnection, store: &Store) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        insert into store as kept (store_code, name, address_lines, siret, vat_number, time_zone, currency_code)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict on constraint store_pk do update
        set name = excluded.name,
            address_lines = excluded.address_lines,
            siret = excluded.siret,
            vat_number = excluded.vat_number,
            time_zone = excluded.time_zone,
            currency_code = excluded.currency_code
        where kept is distinct from excluded
        "#,
        store.code,
        store.name,
        &store.address_lines,
        store.siret,
        store.vat_number,
        store.time_zone,
        store.currency.code()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What became of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalSaved {
    /// It is new, or its kind is.
    Changed,
    /// It was like this before.
    Unchanged,
    /// There is no such store for it to stand in.
    NoSuchStore,
}

/// Creates a terminal or changes its kind, and nothing else of it.
pub async fn save_terminal(tx: &mut PgConnection, terminal: &Terminal) -> sqlx::Result<TerminalSaved> {
    let saved = sqlx::query!(
        r#"
        insert into terminal as kept (terminal_code, store_code, kind)
        values ($1, $2, $3)
        on conflict on constraint terminal_pk do update
        set kind = excluded.kind
        where kept.store_code = excluded.store_code
          and kept.kind <> excluded.kind
        "#,
        terminal.code,
        terminal.store_code,
        terminal.kind.as_str()
    )
    .execute(tx)
    .await;
    match saved {
        Ok(done) if done.rows_affected() > 0 => Ok(TerminalSaved::Changed),
        Ok(_) => Ok(TerminalSaved::Unchanged),
        Err(sqlx::Error::Database(cause)) if cause.constraint() == Some("terminal_store_fk") => {
            Ok(TerminalSaved::NoSuchStore)
        }
        Err(error) => Err(error),
    }
}

/// Creates a promotion or changes it.
pub async fn save_promotion(tx: &mut PgConnection, promotion: &Promotion) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        insert into promotion as kept (
            promotion_code, label, category, percent_basis_points, start_time, end_time, on_claim, members_only
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict on constraint promotion_pk do update
        set label = excluded.label,
            category = excluded.category,
            percent_basis_points = excluded.percent_basis_points,
            start_time = excluded.start_time,
            end_time = excluded.end_time,
            on_claim = excluded.on_claim,
            members_only = excluded.members_only
        where kept is distinct from excluded
        "#,
        promotion.code,
        promotion.label,
        promotion.category,
        promotion.percent_basis_points,
        promotion.start,
        promotion.end,
        promotion.on_claim,
        promotion.members_only
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Creates or renames suppliers.
pub async fn save_suppliers(tx: &mut PgConnection, suppliers: &[Supplier]) -> sqlx::Result<()> {
    let codes: Vec<&str> = suppliers.iter().map(|supplier| supplier.code.as_str()).collect();
    let names: Vec<&str> = suppliers.iter().map(|supplier| supplier.name.as_str()).collect();
    sqlx::query!(
        r#"
        insert into supplier (supplier_code, name)
        select supplier_code, name
        from unnest($1::text[], $2::text[]) as row (supplier_code, name)
        on conflict on constraint supplier_pk do update
        set name = excluded.name
        "#,
        &codes as &[&str],
        &names as &[&str]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Creates or changes products, all at once.
pub async fn save_products(tx: &mut PgConnection, products: &[Product]) -> sqlx::Result<()> {
    let column = |of: fn(&Product) -> &str| products.iter().map(of).collect::<Vec<&str>>();
    sqlx::query!(
        r#"
        insert into product (gtin, name, brand, category, net_content, sold_by, vat_code, supplier_code)
        select gtin, name, brand, category, net_content, sold_by, vat_code, nullif(supplier_code, '')
        from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
            as row (gtin, name, brand, category, net_content, sold_by, vat_code, supplier_code)
        on conflict on constraint product_pk do update
        set name = excluded.name,
            brand = excluded.brand,
            category = excluded.category,
            net_content = excluded.net_content,
            sold_by = excluded.sold_by,
            vat_code = excluded.vat_code,
            supplier_code = excluded.supplier_code
        "#,
        &column(|product| product.gtin.as_str()) as &[&str],
        &column(|product| &product.name) as &[&str],
        &column(|product| &product.brand) as &[&str],
        &column(|product| &product.category) as &[&str],
        &column(|product| &product.net_content) as &[&str],
        &column(|product| product.sold_by.as_str()) as &[&str],
        &column(|product| &product.vat_code) as &[&str],
        &column(|product| &product.supplier_code) as &[&str]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds or changes dated prices, all at once.
pub async fn save_prices(tx: &mut PgConnection, prices: &[DatedPrice]) -> sqlx::Result<()> {
    let gtins: Vec<&str> = prices.iter().map(|dated| dated.gtin.as_str()).collect();
    let starts: Vec<_> = prices.iter().map(|dated| dated.valid_from).collect();
    let units: Vec<_> = prices.iter().map(|dated| dated.price.unit.get()).collect();
    let members: Vec<_> = prices.iter().map(|dated| dated.price.member.map(|cents| cents.get())).collect();
    sqlx::query!(
        r#"
        insert into product_price (gtin, valid_from, price_minor, member_price_minor)
        select gtin, valid_from, price_minor, member_price_minor
        from unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[])
            as row (gtin, valid_from, price_minor, member_price_minor)
        on conflict on constraint product_price_pk do update
        set price_minor = excluded.price_minor,
            member_price_minor = excluded.member_price_minor
        "#,
        &gtins as &[&str],
        &starts,
        &units,
        &members as &[Option<i64>]
    )
    .execute(tx)
    .await?;
    Ok(())
}
