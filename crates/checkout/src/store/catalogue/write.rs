//! Changes of the catalogue; each tells whether anything became different.

use barcode::Gtin;
use sqlx::PgConnection;

use crate::domain::catalogue::{DatedPrice, Product, ProductCode, Store, Supplier, Terminal};

/// Creates a store or changes it.
pub async fn save_store(tx: &mut PgConnection, store: &Store) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        r#"
        insert into store as kept (
            store_code, name, address_lines, siret, vat_number, time_zone, currency_code, label_rules, bag_gtin,
            deposit_return_limit_minor, audit_rate_basis_points, closed_hours, refund_days, refund_sale_limit_minor,
            refund_member_month_minor
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        on conflict on constraint store_pk do update
        set name = excluded.name,
            address_lines = excluded.address_lines,
            siret = excluded.siret,
            vat_number = excluded.vat_number,
            time_zone = excluded.time_zone,
            currency_code = excluded.currency_code,
            label_rules = excluded.label_rules,
            bag_gtin = excluded.bag_gtin,
            deposit_return_limit_minor = excluded.deposit_return_limit_minor,
            audit_rate_basis_points = excluded.audit_rate_basis_points,
            closed_hours = excluded.closed_hours,
            refund_days = excluded.refund_days,
            refund_sale_limit_minor = excluded.refund_sale_limit_minor,
            refund_member_month_minor = excluded.refund_member_month_minor
        where kept is distinct from excluded
        "#,
        store.code,
        store.name,
        &store.address_lines,
        store.siret,
        store.vat_number,
        store.time_zone,
        store.currency.code(),
        &store.label_rules.iter().map(ToString::to_string).collect::<Vec<String>>(),
        store.bag.as_ref().map(|gtin| gtin.as_str()),
        store.deposit_return_limit.get(),
        i32::from(store.audit_rate_basis_points),
        &store.closed_hours.iter().map(ToString::to_string).collect::<Vec<String>>(),
        i32::from(store.refund_policy.days),
        store.refund_policy.of_sale.get(),
        store.refund_policy.of_month.get(),
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What became of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalSaved {
    /// It is new or back, or its kind is another.
    Changed,
    /// It was like this before.
    Unchanged,
    /// There is no such store for it to stand in.
    NoSuchStore,
}

/// Creates a terminal, brings one back or changes its kind, and nothing else of it.
pub async fn save_terminal(tx: &mut PgConnection, terminal: &Terminal) -> sqlx::Result<TerminalSaved> {
    let saved = sqlx::query!(
        r#"
        insert into terminal as kept (terminal_code, store_code, kind)
        values ($1, $2, $3)
        on conflict on constraint terminal_pk do update
        set kind = excluded.kind,
            removed = false
        where kept.store_code = excluded.store_code
          and (kept.kind <> excluded.kind or kept.removed)
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

/// Takes a terminal out of its store.
pub async fn remove_terminal(tx: &mut PgConnection, terminal_code: &str) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        update terminal
        set removed = true
        where terminal_code = $1
        "#,
        terminal_code
    )
    .execute(tx)
    .await?;
    Ok(())
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

/// What became of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductsSaved {
    /// They are as wanted.
    Done,
    /// One of their codes belongs to another product.
    CodeClaimedTwice,
}

/// Creates or changes products with their further codes, all at once.
pub async fn save_products(tx: &mut PgConnection, products: &[Product]) -> sqlx::Result<ProductsSaved> {
    let saved = match save_rows(tx, products).await {
        Ok(()) => save_codes(tx, products).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(ProductsSaved::Done),
        Err(sqlx::Error::Database(cause)) if cause.is_unique_violation() => {
            Ok(ProductsSaved::CodeClaimedTwice)
        }
        Err(error) => Err(error),
    }
}

async fn save_rows(tx: &mut PgConnection, products: &[Product]) -> sqlx::Result<()> {
    let column = |of: fn(&Product) -> &str| products.iter().map(of).collect::<Vec<&str>>();
    let deposits: Vec<Option<&str>> =
        products.iter().map(|product| product.deposit.as_ref().map(|gtin| gtin.as_str())).collect();
    let tares: Vec<i64> = products.iter().map(|product| product.tare.get()).collect();
    let ages: Vec<i16> = products.iter().map(|product| i16::from(product.minimum_age)).collect();
    let flag = |of: fn(&Product) -> bool| products.iter().map(of).collect::<Vec<bool>>();
    sqlx::query_file!(
        "src/store/catalogue/save_products.sql",
        &column(|product| product.gtin.as_str()) as &[&str],
        &column(|product| &product.name) as &[&str],
        &column(|product| &product.brand) as &[&str],
        &column(|product| &product.category) as &[&str],
        &column(|product| &product.net_content) as &[&str],
        &column(|product| product.sold_by.as_str()) as &[&str],
        &column(|product| &product.vat_code) as &[&str],
        &column(|product| &product.supplier_code) as &[&str],
        &column(|product| product.kind.as_str()) as &[&str],
        &deposits as &[Option<&str>],
        &flag(|product| product.meal_voucher),
        &flag(|product| product.perishable),
        &column(|product| &product.tile) as &[&str],
        &tares,
        &ages,
        &flag(|product| product.legal_guarantee),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The further codes of these products become just these.
async fn save_codes(tx: &mut PgConnection, products: &[Product]) -> sqlx::Result<()> {
    let gtins: Vec<&str> = products.iter().map(|product| product.gtin.as_str()).collect();
    sqlx::query!(
        r#"
        delete from product_code
        where gtin = any($1)
        "#,
        &gtins as &[&str]
    )
    .execute(&mut *tx)
    .await?;
    let further = products.iter().flat_map(|product| product.codes.iter().map(|code| (code, product.gtin)));
    let (codes, owners): (Vec<&ProductCode>, Vec<Gtin>) = further.unzip();
    if codes.is_empty() {
        return Ok(());
    }
    let pieces: Vec<i64> = codes.iter().map(|code| code.pieces).collect();
    sqlx::query!(
        r#"
        insert into product_code (code, gtin, pieces)
        select code, gtin, pieces
        from unnest($1::text[], $2::text[], $3::bigint[]) as row (code, gtin, pieces)
        "#,
        &codes.iter().map(|code| code.code.as_str()).collect::<Vec<_>>() as &[&str],
        &owners.iter().map(|gtin| gtin.as_str()).collect::<Vec<_>>() as &[&str],
        &pieces,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Adds or changes dated prices, all at once. What is changed is remembered as overtaken: who says it once more says nothing new.
pub async fn save_prices(tx: &mut PgConnection, prices: &[DatedPrice]) -> sqlx::Result<()> {
    let gtins: Vec<&str> = prices.iter().map(|dated| dated.gtin.as_str()).collect();
    let starts: Vec<_> = prices.iter().map(|dated| dated.valid_from).collect();
    let stores: Vec<&str> = prices.iter().map(|dated| dated.store_code.as_str()).collect();
    let units: Vec<_> = prices.iter().map(|dated| dated.price.unit.get()).collect();
    let members: Vec<_> = prices.iter().map(|dated| dated.price.member.map(|cents| cents.get())).collect();
    sqlx::query!(
        r#"
        insert into overtaken_price (gtin, store_code, valid_from, price_minor, member_price_minor)
        select gtin, store_code, valid_from, old.price_minor, old.member_price_minor
        from unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::text[])
            as row (gtin, valid_from, price_minor, member_price_minor, store_code)
        join product_price as old using (gtin, store_code, valid_from)
        where (old.price_minor, old.member_price_minor)
              is distinct from (row.price_minor, row.member_price_minor)
        on conflict on constraint overtaken_price_uq do nothing
        "#,
        &gtins as &[&str],
        &starts,
        &units,
        &members as &[Option<i64>],
        &stores as &[&str]
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        insert into product_price (gtin, valid_from, price_minor, member_price_minor, store_code)
        select gtin, valid_from, price_minor, member_price_minor, store_code
        from unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::text[])
            as row (gtin, valid_from, price_minor, member_price_minor, store_code)
        on conflict on constraint product_price_pk do update
        set price_minor = excluded.price_minor,
            member_price_minor = excluded.member_price_minor
        "#,
        &gtins as &[&str],
        &starts,
        &units,
        &members as &[Option<i64>],
        &stores as &[&str]
    )
    .execute(tx)
    .await?;
    Ok(())
}
