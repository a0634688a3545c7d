//! Prices that wait for a person, and the files of prices that came.

use barcode::Gtin;
use money::Cents;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::catalogue::{DatedPrice, HeldPrice, Price, Suspect};
use crate::store::catalogue::decode;

/// Lets prices wait for a person; one that waits already waits once. Of those for one start the newest waits alone: whoever accepted an
/// older one would undo it.
pub async fn hold(tx: &mut PgConnection, suspects: &[Suspect]) -> sqlx::Result<()> {
    let column = |of: fn(&Suspect) -> &str| suspects.iter().map(of).collect::<Vec<&str>>();
    let starts: Vec<OffsetDateTime> = suspects.iter().map(|suspect| suspect.dated.valid_from).collect();
    let amounts =
        |of: fn(&Suspect) -> Cents| suspects.iter().map(|suspect| of(suspect).get()).collect::<Vec<i64>>();
    let members: Vec<Option<i64>> =
        suspects.iter().map(|suspect| suspect.dated.price.member.map(Cents::get)).collect();
    sqlx::query!(
        r#"
        delete from held_price
        using unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[])
            as newer (gtin, store_code, valid_from, price_minor, member_price_minor)
        where held_price.gtin = newer.gtin
          and held_price.store_code = newer.store_code
          and held_price.valid_from = newer.valid_from
          and (held_price.price_minor, held_price.member_price_minor)
              is distinct from (newer.price_minor, newer.member_price_minor)
        "#,
        &column(|suspect| suspect.dated.gtin.as_str()) as &[&str],
        &column(|suspect| &suspect.dated.store_code) as &[&str],
        &starts,
        &amounts(|suspect| suspect.dated.price.unit),
        &members as &[Option<i64>],
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        insert into held_price (
            held_price_id, gtin, store_code, valid_from, price_minor, member_price_minor, previous_price_minor
        )
        select gen_random_uuid(), gtin, store_code, valid_from, price_minor, member_price_minor, previous_price_minor
        from unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[])
            as row (gtin, store_code, valid_from, price_minor, member_price_minor, previous_price_minor)
        on conflict on constraint held_price_uq do nothing
        "#,
        &column(|suspect| suspect.dated.gtin.as_str()) as &[&str],
        &column(|suspect| &suspect.dated.store_code) as &[&str],
        &starts,
        &amounts(|suspect| suspect.dated.price.unit),
        &members as &[Option<i64>],
        &amounts(|suspect| suspect.previous),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Throws away what waits for the products, stores and starts of these prices.
pub async fn supersede(tx: &mut PgConnection, prices: &[DatedPrice]) -> sqlx::Result<()> {
    let column = |of: fn(&DatedPrice) -> &str| prices.iter().map(of).collect::<Vec<&str>>();
    let starts: Vec<OffsetDateTime> = prices.iter().map(|dated| dated.valid_from).collect();
    sqlx::query!(
        r#"
        delete from held_price
        using unnest($1::text[], $2::text[], $3::timestamptz[]) as newer (gtin, store_code, valid_from)
        where held_price.gtin = newer.gtin
          and held_price.store_code = newer.store_code
          and held_price.valid_from = newer.valid_from
        "#,
        &column(|dated| dated.gtin.as_str()) as &[&str],
        &column(|dated| &dated.store_code) as &[&str],
        &starts,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// The held prices after this one, by their ids.
pub async fn after(tx: &mut PgConnection, after: Uuid, most: i64) -> sqlx::Result<Vec<HeldPrice>> {
    let rows = sqlx::query!(
        r#"
        select held_price_id, gtin, store_code, valid_from, price_minor, member_price_minor, previous_price_minor
        from held_price
        where held_price_id > $1
        order by held_price_id
        limit $2
        "#,
        after,
        most,
    )
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let price =
                Price { unit: Cents::new(row.price_minor), member: row.member_price_minor.map(Cents::new) };
            let gtin = Gtin::parse(&row.gtin).map_err(decode)?;
            let dated = DatedPrice { gtin, store_code: row.store_code, valid_from: row.valid_from, price };
            let suspect = Suspect { dated, previous: Cents::new(row.previous_price_minor) };
            Ok(HeldPrice { held_price_id: row.held_price_id, suspect })
        })
        .collect()
}

/// Takes a held price out, to be put in force or thrown away; `None` when it does not wait.
pub async fn take(tx: &mut PgConnection, held_price_id: Uuid) -> sqlx::Result<Option<DatedPrice>> {
    let row = sqlx::query!(
        r#"
        delete from held_price
        where held_price_id = $1
        returning gtin, store_code, valid_from, price_minor, member_price_minor
        "#,
        held_price_id,
    )
    .fetch_optional(tx)
    .await?;
    row.map(|row| {
        let price =
            Price { unit: Cents::new(row.price_minor), member: row.member_price_minor.map(Cents::new) };
        let gtin = Gtin::parse(&row.gtin).map_err(decode)?;
        Ok(DatedPrice { gtin, store_code: row.store_code, valid_from: row.valid_from, price })
    })
    .transpose()
}

/// The lines that were not taken of a file of prices, if it came before.
pub async fn refused_lines(tx: &mut PgConnection, digest: &[u8; 32]) -> sqlx::Result<Option<Vec<i64>>> {
    sqlx::query_scalar!(
        r#"
        select refused_lines
        from price_file
        where digest = $1
        "#,
        digest,
    )
    .fetch_optional(tx)
    .await
}

/// Remembers that a file of prices was applied, but for some lines.
pub async fn remember_file(
    tx: &mut PgConnection,
    digest: &[u8; 32],
    refused_lines: &[i64],
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        insert into price_file (digest, applied_time, refused_lines)
        values ($1, $2, $3)
        on conflict on constraint price_file_pk do update
        set refused_lines = excluded.refused_lines
        "#,
        digest,
        now,
        refused_lines,
    )
    .execute(tx)
    .await?;
    Ok(())
}
